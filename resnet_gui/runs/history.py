"""The curves of a run as growing arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resnet_gui.runs.events import AnyEvent, EpochEnded, SettingChanged, StepMetrics

Values = NDArray[np.float64]
STEP_COLUMNS = ("loss", "top1", "top5", "rate")


class GrowingArray:
    """A float64 array that can be appended to; `values` is a view, so reading it costs nothing."""

    def __init__(self) -> None:
        self._buffer: Values = np.empty(1024)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def values(self) -> Values:
        """A read-only view of what was appended, (n,). Later appends do not change it."""
        view = self._buffer[: self._count]
        view.flags.writeable = False
        return view

    def extend(self, values: tuple[float, ...] | list[float]) -> None:
        """Append values."""
        end = self._count + len(values)
        if end > len(self._buffer):
            larger = np.empty(max(end, 2 * len(self._buffer)))
            larger[: self._count] = self._buffer[: self._count]
            self._buffer = larger
        self._buffer[self._count : end] = values
        self._count = end


@dataclass(frozen=True, slots=True)
class Epoch:
    """One finished epoch: its number, last step and validation values (None without a validation)."""

    epoch: int
    step: int
    val_loss: float | None
    val_top1: float | None
    val_top5: float | None
    complete: bool


class History:
    """Every step's loss, top-1, top-5 and learning rate, every epoch's validation, every change of a setting."""

    def __init__(self) -> None:
        self._steps = GrowingArray()
        self._columns = {name: GrowingArray() for name in STEP_COLUMNS}
        self._epochs: list[Epoch] = []
        self._changes: list[SettingChanged] = []

    def append(self, event: AnyEvent) -> bool:
        """Take in an event; return whether it changed the history."""
        if isinstance(event, StepMetrics):
            self._steps.extend([float(event.first_step + offset) for offset in range(len(event.loss))])
            for name, column in self._columns.items():
                column.extend(getattr(event, name))
            return True
        if isinstance(event, EpochEnded):
            self._epochs.append(
                Epoch(event.epoch, event.step, event.val_loss, event.val_top1, event.val_top5, event.complete)
            )
            return True
        if isinstance(event, SettingChanged):
            self._changes.append(event)
            return True
        return False

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self._steps)

    @property
    def steps(self) -> Values:
        """Step numbers from 1, (n,)."""
        return self._steps.values

    def column(self, name: str) -> Values:
        """Return one value a step, (n,): "loss", "top1", "top5" or "rate"."""
        return self._columns[name].values

    @property
    def epochs(self) -> tuple[Epoch, ...]:
        """The epochs that ended, in order."""
        return tuple(self._epochs)

    @property
    def changes(self) -> tuple[SettingChanged, ...]:
        """The settings that were changed on the way, in order."""
        return tuple(self._changes)

    @property
    def epochs_ended(self) -> int:
        """How many epochs have ended; one that was cut by a stop has not."""
        return max((epoch.epoch for epoch in self._epochs if epoch.complete), default=0)

    @property
    def epochs_begun(self) -> int:
        """How many epochs have begun, the one under way with them."""
        last_step = max((epoch.step for epoch in self._epochs if epoch.complete), default=0)
        return self.epochs_ended + (len(self) > last_step)

    def validation(self, name: str) -> tuple[Values, Values]:
        """Return the steps (m,) and values (m,) of the validations: "val_loss", "val_top1" or "val_top5"."""
        points = [(entry.step, getattr(entry, name)) for entry in self._epochs if entry.val_loss is not None]
        array = np.array(points, dtype=np.float64).reshape(-1, 2)
        return array[:, 0], array[:, 1]

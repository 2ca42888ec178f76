"""Schedules: the learning rate of every step."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from resnet_gui.runs.config import TrainingConfig

PLATEAU_FACTOR = 0.2
PLATEAU_LEAST_GAIN = 1e-4
"""By how much a loss must fall below the lowest so far to count as lower; as in Keras' ReduceLROnPlateau."""
RISING_SHARE = 0.25


class Schedule(ABC):
    """The learning rate over one phase of a training, whose steps are counted from 0.

    The rate of a step depends on its number and, where `state` says so, on the epochs that have ended.
    """

    @abstractmethod
    def rate(self, step: int) -> float:
        """Return the learning rate of a step."""

    def on_epoch_end(self, val_loss: float | None) -> None:
        """Take note of an epoch's validation loss, None if there was no validation; most schedules need none."""
        return

    def state(self) -> dict[str, float]:
        """Return what `restore` needs to go on from here, finite numbers only."""
        return {}

    def restore(self, state: dict[str, float]) -> None:
        """Go on from a `state` of the same kind of schedule."""
        return


@dataclass(frozen=True, slots=True)
class Constant(Schedule):
    """The same rate from the first step to the last."""

    peak: float

    def rate(self, step: int) -> float:
        """Return the rate, which is the same for all."""
        return self.peak


@dataclass(frozen=True, slots=True)
class Cosine(Schedule):
    """From the peak along half a cosine wave to 0 just after the last step: Keras' CosineDecay."""

    peak: float
    steps: int

    def rate(self, step: int) -> float:
        """Return the rate of a step; 0 after the last."""
        done = min(step / self.steps, 1.0)
        return self.peak * 0.5 * (1 + math.cos(math.pi * done))


@dataclass(frozen=True, slots=True)
class OneCycle(Schedule):
    """A straight rise to the peak over the first quarter of the steps, then a straight fall.

    Straight both ways because that is what the recipe "CIFAR-100 in an hour" was measured with. The lines come from 0
    just before the first step and reach it just after the last, so that no step is made at rate 0.
    """

    peak: float
    steps: int

    def rate(self, step: int) -> float:
        """Return the rate of a step; 0 after the last."""
        rising = max(round(self.steps * RISING_SHARE), 1)
        rise = (step + 1) / rising
        fall = (self.steps - step) / (self.steps - rising + 1)
        return self.peak * max(min(rise, fall), 0.0)


@dataclass(slots=True)
class Plateau(Schedule):
    """A fifth of the rate whenever so many epochs have brought no lower validation loss.

    The rule is that of `keras.callbacks.ReduceLROnPlateau(factor=0.2, patience=patience)`.
    """

    peak: float
    patience: int
    _lowest: float = field(default=math.inf, init=False)
    _waited: int = field(default=0, init=False)
    _falls: int = field(default=0, init=False)

    def rate(self, step: int) -> float:
        """Return the rate of the next step, whichever it is."""
        return self.peak * PLATEAU_FACTOR**self._falls

    def on_epoch_end(self, val_loss: float | None) -> None:
        """Let the rate fall if it is time; an epoch without validation does not count."""
        if val_loss is None:
            return
        if val_loss < self._lowest - PLATEAU_LEAST_GAIN:
            self._lowest, self._waited = val_loss, 0
            return
        self._waited += 1
        if self._waited >= self.patience:
            self._falls, self._waited = self._falls + 1, 0

    def state(self) -> dict[str, float]:
        """Return the lowest loss, if there was one, how long it has been so, and how often the rate fell."""
        lowest = {"lowest": self._lowest} if math.isfinite(self._lowest) else {}
        return {"waited": self._waited, "falls": self._falls, **lowest}

    def restore(self, state: dict[str, float]) -> None:
        """Go on from a `state`."""
        self._lowest = state.get("lowest", math.inf)
        self._waited, self._falls = int(state["waited"]), int(state["falls"])


@dataclass(slots=True)
class WarmUp(Schedule):
    """A straight rise from almost 0 to where another schedule begins, before that schedule.

    Attributes:
        then: the other schedule; its first step is the one after the rise, its first epoch likewise.
        steps: of the rise.
        epochs: of the rise.
    """

    then: Schedule
    steps: int
    epochs: int
    _ended: int = field(default=0, init=False)

    def rate(self, step: int) -> float:
        """Return the rate of a step."""
        if step >= self.steps:
            return self.then.rate(step - self.steps)
        return self.then.rate(0) * (step + 1) / (self.steps + 1)

    def on_epoch_end(self, val_loss: float | None) -> None:
        """Hand the loss of an epoch after the rise on."""
        self._ended += 1
        if self._ended > self.epochs:
            self.then.on_epoch_end(val_loss)

    def state(self) -> dict[str, float]:
        """Return how many epochs have ended, and the other schedule's state."""
        return {"ended": self._ended, **self.then.state()}

    def restore(self, state: dict[str, float]) -> None:
        """Go on from a `state`."""
        self._ended = int(state["ended"])
        self.then.restore(state)


def make_schedule(config: TrainingConfig, steps_per_epoch: int, epochs: int, peak: float) -> Schedule:
    """Return the schedule that a config asks for.

    Args:
        config: says which; one_cycle rises by itself and has no other warm-up.
        steps_per_epoch: of the phase.
        epochs: of the phase.
        peak: its highest rate.
    """
    steps = steps_per_epoch * epochs
    if config.schedule == "one_cycle":
        return OneCycle(peak, steps)
    warm_up = min(config.warmup_epochs, epochs)
    schedule = _after_warm_up(config, steps_per_epoch * (epochs - warm_up), peak)
    return WarmUp(schedule, steps_per_epoch * warm_up, warm_up) if warm_up else schedule


def _after_warm_up(config: TrainingConfig, steps: int, peak: float) -> Schedule:
    if config.schedule == "cosine":
        return Cosine(peak, max(steps, 1))  # 1: a phase that is all warm-up rises towards the peak nevertheless
    if config.schedule == "plateau":
        return Plateau(peak, config.plateau_patience)
    return Constant(peak)

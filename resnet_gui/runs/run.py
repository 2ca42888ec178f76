"""Run: one training is one folder.

- run.json: what was trained on what, how it went (replaced atomically)
- metrics.jsonl: one line a step, an epoch and a change of state (appended, flushed with each batch of lines)
- checkpoints/: the best weights, and what going on needs
- model/: the bundle of the best epoch, and model.keras
- log.txt: what happened, in words
- training.lock: held by the program that trains it
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import msgspec

from resnet_gui.atomic import append_whole, clear_unfinished, write_atomically
from resnet_gui.data.files import read_regular
from resnet_gui.errors import ImageError, RunError
from resnet_gui.runs.changes import change_words, differences, undone
from resnet_gui.runs.config import TrainingConfig, steps_per_epoch
from resnet_gui.runs.events import (
    AnyEvent,
    EpochEnded,
    Finished,
    Message,
    SettingChanged,
    StateChanged,
    Tested,
    TrainingPlanned,
)
from resnet_gui.runs.history import History
from resnet_gui.runs.joined_steps import joined_steps
from resnet_gui.runs.lock import is_being_trained
from resnet_gui.runs.metrics_file import cut_metrics, last_step, metric_lines, read_metrics
from resnet_gui.runs.speed import Speed, SpeedMeter
from resnet_gui.runs.state import FinishReason, TrainingState

FORMAT_VERSION = 1
_LARGEST_RECORD = 16 * 2**20  # a hundred times what a thousand class names take


class SplitCounts(msgspec.Struct, frozen=True):
    """How many pictures each split has."""

    train: int
    validation: int
    test: int


class BestEpoch(msgspec.Struct, frozen=True):
    """The epoch whose weights are kept; top-1 and top-5 are validation shares, None without validation."""

    epoch: int
    step: int
    val_top1: float | None
    val_top5: float | None


class TestResult(msgspec.Struct, frozen=True):
    """The best model on the source's test split, shares 0-1."""

    count: int
    top1: float
    top5: float


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What run.json says.

    Attributes:
        config: the settings in force; what the run was begun with is `begun_with`.
        changes: the settings that were changed while it was trained.
        to_repeat: those that were changed after the step that it goes on from: they will be again, at the same steps.
    """

    format_version: int = FORMAT_VERSION
    created: float
    config: TrainingConfig
    changes: tuple[SettingChanged, ...] = ()
    to_repeat: tuple[SettingChanged, ...] = ()
    class_names: tuple[str, ...] = ()
    split: SplitCounts | None = None
    parameters: int = 0
    environment: dict[str, str] = {}
    state: TrainingState = TrainingState.IDLE
    finish_reason: FinishReason | None = None
    message: str = ""
    best: BestEpoch | None = None
    test: TestResult | None = None
    speed: Speed | None = None

    @property
    def begun_with(self) -> TrainingConfig:
        """The settings that the run was begun with, before any of them was changed."""
        return undone(self.config, self.changes)

    def in_force_at(self, step: int) -> TrainingConfig:
        """Return the settings in force when so many steps had been made, before any was changed there."""
        return undone(self.config, [change for change in self.changes if change.step >= step])


class Interruption(msgspec.Struct, frozen=True):
    """Where a training stands, or was cut: the last step that was told, 0 before the first, and its epoch."""

    epoch: int
    step: int


class _Version(msgspec.Struct):
    """All that may be asked of a record before it is known which version's it is."""

    format_version: int


class Run:
    """One training and its folder."""

    def __init__(self, folder: Path, record: RunRecord) -> None:
        self.folder = folder
        self.record = record
        self._meter = SpeedMeter(record.config)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open an existing run.

        Raises:
            RunError: the folder holds no run that can be read.
        """
        try:
            content = read_regular(folder / "run.json", _LARGEST_RECORD)
            if msgspec.json.decode(content, type=_Version).format_version > FORMAT_VERSION:
                raise RunError(f"The run {folder.name} was made by a newer version.", "Update the program to open it.")
            record = msgspec.json.decode(content, type=RunRecord)
        except ImageError as error:
            raise RunError(f"{folder} holds no run: its run.json {error.message}.") from error
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise RunError(f"{folder / 'run.json'} is damaged: {error}.") from error
        return cls(folder, record)

    @property
    def name(self) -> str:
        """The folder's name, which is the run's."""
        return self.folder.name

    @property
    def model_folder(self) -> Path:
        """Where the bundle and model.keras lie once they are made."""
        return self.folder / "model"

    @property
    def checkpoint_folder(self) -> Path:
        """Where weights are kept."""
        return self.folder / "checkpoints"

    def interruption(self) -> Interruption | None:
        """Return where the run was cut, by a crash or a power cut; None if it ended or is being trained."""
        if not self.record.state.busy or is_being_trained(self.folder):
            return None
        return self.reached()

    def reached(self) -> Interruption:
        """Return how far the run came.

        Raises:
            OSError: its curves cannot be read.
        """
        last = last_step(self.metrics_file)
        return Interruption(last.epoch, last.first_step) if last else Interruption(0, 0)

    @property
    def metrics_file(self) -> Path:
        """Where the curves are."""
        return self.folder / "metrics.jsonl"

    def update(self, **changes: Any) -> None:
        """Change fields of the record and write run.json atomically.

        Raises:
            RunError: it cannot be written.
        """
        self.record = msgspec.structs.replace(self.record, **changes)
        try:
            write_atomically(self.folder / "run.json", msgspec.json.format(msgspec.json.encode(self.record)))
        except OSError as error:
            raise _unwritable(self.folder, error) from error

    def append(self, event: AnyEvent) -> None:
        """Write down an event: curves and states in metrics.jsonl, words in log.txt, the outcome in run.json.

        One that could not be written can be appended again, and then stands there once.

        Raises:
            RunError: it cannot be written.
        """
        changes = _record_changes(event, self.record)
        if changes:  # before the lines, because this alone may be done twice
            self.update(**changes, speed=self._meter.speed or self.record.speed)
        try:
            self._write(event)
        except OSError as error:
            raise _unwritable(self.folder, error) from error
        self._meter.follow(event)

    def _write(self, event: AnyEvent) -> None:
        additions = []
        lines = metric_lines(event)
        if lines:
            additions.append((self.metrics_file, "".join(line + "\n" for line in lines).encode()))
        text = _log_text(event)
        if text:
            clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(event.time))
            additions.append((self.folder / "log.txt", f"{clock} {text}\n".encode(errors="backslashreplace")))
        append_whole(*additions)

    def sync(self) -> None:
        """Make the curves survive a power cut, up to here.

        Raises:
            OSError: the system cannot.
        """
        if self.metrics_file.is_file():
            with self.metrics_file.open("rb+") as file:
                os.fsync(file.fileno())

    def rewind(self, step: int, epochs: int, best: BestEpoch | None, config: TrainingConfig | None = None) -> None:
        """Take back what came after a step, and what was left half written, so that a training can go on from there.

        Settings that were changed after the step are kept in mind, to be changed again when the training comes there.

        Args:
            step: the last one that stays, 0 for none.
            epochs: how many that have ended stay.
            best: the best of them.
            config: the settings to go on with, None for those in force at the step; what they have otherwise is written
                down as changed there.

        Raises:
            RunError: it cannot be written.
        """
        try:
            clear_unfinished(self.folder)
            cut_metrics(self.metrics_file, step, epochs)
        except OSError as error:
            raise _unwritable(self.folder, error) from error
        now = self.record.in_force_at(step)
        later = [change for change in self.record.changes if change.step >= step]
        self.update(
            config=now,
            changes=self.record.changes[: len(self.record.changes) - len(later)],
            to_repeat=(*later, *self.record.to_repeat),
            best=best,
            test=None,
            finish_reason=None,
            message="",
        )
        for change in differences(now, config or now, step):
            self.append(change)
        self._meter = SpeedMeter(self.record.config)

    def read_history(self) -> History:
        """Read the curves back; a torn last line and lines of other kinds are passed over."""
        history = History()
        for event in read_metrics(self.metrics_file):
            history.append(event)
        return history

    def read_events(self) -> Iterator[AnyEvent]:
        """Tell the run again from its folder: the plan, every step, epoch and changed setting, the test, the end.

        Steps that follow one another are told together.
        """
        plan, last = self.plan(), self.record.created
        if plan is not None:
            yield plan
        for event in joined_steps(read_metrics(self.metrics_file)):
            last = event.time
            yield self.marked(event)
        yield from self.outcome(last)

    def plan(self) -> TrainingPlanned | None:
        """Tell again what will be, or was, done; None as long as that is not known."""
        record = self.record
        if record.split is None:
            return None
        return TrainingPlanned(
            time=record.created,
            run=str(self.folder),
            class_names=record.class_names,
            steps_per_epoch=steps_per_epoch(record.split.train, record.config.batch_size),
            epochs=record.begun_with.all_epochs,
            train_count=record.split.train,
            validation_count=record.split.validation,
            test_count=record.split.test,
            parameters=record.parameters,
            environment=record.environment,
        )

    def marked(self, event: AnyEvent) -> AnyEvent:
        """Return an event of metrics.jsonl, which does not say which epoch is the best, with that said."""
        best = self.record.best
        if best is None or not isinstance(event, EpochEnded):
            return event
        return msgspec.structs.replace(event, best=event.epoch == best.epoch)

    def outcome(self, when: float) -> Iterator[Tested | Finished]:
        """Tell again the test and the end, if there were any, as of `when`."""
        record = self.record
        if record.test is not None:
            yield Tested(time=when, count=record.test.count, top1=record.test.top1, top5=record.test.top5)
        if record.finish_reason is not None:
            yield Finished(time=when, reason=record.finish_reason, message=record.message)


def _record_changes(event: AnyEvent, record: RunRecord) -> dict[str, Any]:
    if isinstance(event, StateChanged):
        return {"state": event.state}
    if isinstance(event, TrainingPlanned):
        split = SplitCounts(event.train_count, event.validation_count, event.test_count)
        return {
            "class_names": event.class_names,
            "split": split,
            "parameters": event.parameters,
            "environment": event.environment,
        }
    if isinstance(event, EpochEnded) and event.best:
        return {"best": BestEpoch(event.epoch, event.step, event.val_top1, event.val_top5)}
    if isinstance(event, SettingChanged):
        return _with_change(event, record)
    if isinstance(event, Tested):
        return {"test": TestResult(event.count, event.top1, event.top5)}
    if isinstance(event, Finished):
        return {"state": TrainingState.IDLE, "finish_reason": event.reason, "message": event.message}
    return {}


def _with_change(event: SettingChanged, record: RunRecord) -> dict[str, Any]:
    """Write a change down; one that was not waited for takes the place of all that were to come of its setting."""
    if event in record.changes:  # it is written down for the second time, because the first was not complete
        return {}

    def is_it(other: SettingChanged) -> bool:
        return (other.step, other.name, other.new) == (event.step, event.name, event.new)

    repeated = any(map(is_it, record.to_repeat))
    return {
        "config": msgspec.structs.replace(record.config, **{event.name: event.new}),
        "changes": (*record.changes, event),
        "to_repeat": tuple(
            other for other in record.to_repeat if (not is_it(other) if repeated else other.name != event.name)
        ),
    }


def _log_text(event: AnyEvent) -> str:
    if isinstance(event, Message):
        return event.text
    if isinstance(event, SettingChanged):
        return change_words(event)
    if isinstance(event, Finished):
        return "\n".join(filter(None, [f"{event.reason.capitalize()}. {event.message}".strip(), event.details]))
    return ""


def unreadable_curves(folder: Path, error: OSError) -> RunError:
    """Return what is said when the curves of a run cannot be read."""
    return RunError(
        f"The curves of the run {folder.name} cannot be read: {error.strerror or error}.",
        f"Check that you may read what is in {folder}.",
    )


def _unwritable(folder: Path, error: OSError) -> RunError:
    return RunError(
        f"The run's folder {folder} cannot be written: {error.strerror or error}.",
        "Check the disk's free space and that you may write there, or choose another folder for runs.",
    )

"""A training whose folder cannot be written holds, says why, and goes on as if nothing had happened."""

from __future__ import annotations

import errno
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import AnyEvent, EpochEnded, Finished, Message, StateChanged, StepMetrics, Tested
from resnet_gui.runs.lock import is_being_trained
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.runs.store import RunStore
from resnet_gui.training import persistence
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import run_training
from tests.broken_disk import BrokenDisk
from tests.fake_trainer import FakeTrainer, step_values

Hook = Callable[[AnyEvent], None]
STEPS = 8
"""Steps that a FakeTrainer makes."""
EVENTS = {
    "the first state": StateChanged,
    "a step": StepMetrics,
    "a line of the log": Message,
    "the end of an epoch": EpochEnded,
    "the test": Tested,
}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return RunStore(tmp_path / "runs").create(TrainingConfig(), "one")


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch, run: Run) -> BrokenDisk:
    return BrokenDisk(monkeypatch, run.folder)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be looked every hundredth of a second whether the folder can be written again."""
    monkeypatch.setattr(persistence, "RETRY_SECONDS", 0.01)


def train(run: Run, hook: Hook, control: TrainingControl | None = None) -> list[AnyEvent]:
    """Play a training; `hook` acts from inside it, at each event."""
    told: list[AnyEvent] = []

    def tell(event: AnyEvent) -> None:
        told.append(event)
        hook(event)

    end = run_training(run, control or TrainingControl(), tell, FakeTrainer())
    assert [event for event in told if isinstance(event, Finished)] == [end] == told[-1:]
    return told


def reasons(told: list[AnyEvent]) -> list[str]:
    return [event.reason for event in told if isinstance(event, StateChanged) and event.reason]


def assert_nothing_is_lost(run: Run) -> None:
    """Compare what is on disk with what a training that met no fault leaves there."""
    again = Run.open(run.folder)
    history = again.read_history()
    assert history.steps.tolist() == list(range(1, STEPS + 1))
    assert history.column("loss").tolist() == [step_values(step)[0] for step in range(1, STEPS + 1)]
    assert [epoch.step for epoch in history.epochs] == [4, 8]
    assert again.record.test is not None
    assert again.record.best is not None
    assert (again.record.state, again.record.finish_reason) == (TrainingState.IDLE, FinishReason.COMPLETED)
    log = (run.folder / "log.txt").read_text()
    assert log.count("Hello from the trainer") == log.count("Completed.") == 1
    assert not is_being_trained(run.folder)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", EVENTS.values(), ids=EVENTS)
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO])
def test_whatever_cannot_be_written_waits_and_is_written_when_it_can(
    run: Run, disk: BrokenDisk, monkeypatch: pytest.MonkeyPatch, kind: type, error: int
) -> None:
    append, broken = Run.append, []

    def append_and_break(run: Run, event: AnyEvent) -> None:
        if isinstance(event, kind) and not broken:
            broken.append(event)
            disk.error = error
        append(run, event)

    def mend(event: AnyEvent) -> None:
        if isinstance(event, Message) and "is paused" in event.text:
            disk.error = None

    monkeypatch.setattr(Run, "append", append_and_break)
    told = train(run, mend)
    (reason,) = reasons(told)
    assert str(run.folder) in reason
    assert disk.refused
    assert_nothing_is_lost(run)
    assert reason in (run.folder / "log.txt").read_text()
    states = [event.state for event in told if isinstance(event, StateChanged)]
    paused = states.index(TrainingState.PAUSED)
    assert kind is StateChanged or states[paused - 1] is states[paused + 1]


@pytest.mark.usefixtures("impatient")
def test_the_end_waits_too_and_stays_the_last_thing_that_is_written(run: Run, disk: BrokenDisk) -> None:
    def hook(event: AnyEvent) -> None:
        if isinstance(event, Tested):
            disk.error = errno.ENOSPC
        if isinstance(event, Message) and "is paused" in event.text:
            disk.error = None

    told = train(run, hook)
    assert len(reasons(told)) == 1
    assert_nothing_is_lost(run)


def test_a_full_disk_says_how_much_is_needed_and_waits_for_as_much(
    run: Run, disk: BrokenDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2.8 million weights: a checkpoint of these and two numbers more for each, with the best weights 45 MB."""
    free = iter([0, 3_000_000, 44_000_000, 60_000_000])
    looked: list[int] = []

    def look(_folder: Path) -> int:
        looked.append(next(free))
        if looked[-1] > 3_000_000:
            disk.error = None  # there is room for a line, but not for the next checkpoint
        return looked[-1]

    monkeypatch.setattr(persistence, "free_disk", look)
    monkeypatch.setattr(persistence, "RETRY_SECONDS", 0.01)

    def fill(event: AnyEvent) -> None:
        if isinstance(event, StepMetrics) and event.first_step == 3:
            disk.error = errno.ENOSPC

    told = train(run, fill)
    assert reasons(told) == [
        f"The disk is full: {run.folder} needs about 45 MB more. The training is paused. Make room, and it goes on "
        "by itself."
    ]
    assert looked == [0, 3_000_000, 44_000_000, 60_000_000]
    assert_nothing_is_lost(run)


def test_resume_tries_again_at_once_and_says_if_it_was_in_vain(run: Run, disk: BrokenDisk) -> None:
    """Nobody waits five seconds here."""
    control, holds = TrainingControl(), []

    def hook(event: AnyEvent) -> None:
        if isinstance(event, StepMetrics) and event.first_step == 3:
            disk.error = errno.EROFS
        if isinstance(event, StateChanged) and event.reason:
            holds.append(event)
            if len(holds) == 3:
                disk.error = None
            control.resume()

    told = train(run, hook, control)
    assert len(set(reasons(told))) == 1
    assert len(reasons(told)) == 3
    assert_nothing_is_lost(run)


def test_stop_ends_the_waiting_in_words(run: Run, disk: BrokenDisk) -> None:
    control = TrainingControl()

    def hook(event: AnyEvent) -> None:
        if isinstance(event, StepMetrics) and event.first_step == 3:
            disk.error = errno.ENOSPC
        if isinstance(event, StateChanged) and event.reason:
            control.stop()

    told = train(run, hook, control)
    end = told[-1]
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.STOPPED
    assert end.message.startswith(f"The disk is full: {run.folder} needs")
    assert "resumed" in end.advice
    disk.error = None
    assert len(Run.open(run.folder).read_history()) == 3  # the steps before are there
    assert Run.open(run.folder).interruption() is not None  # and it can be gone on with


def test_stop_from_another_thread_is_heard_while_it_waits(run: Run, disk: BrokenDisk) -> None:
    control, holding = TrainingControl(), threading.Event()

    def stop_soon() -> None:
        assert holding.wait(30)
        control.stop()

    def hook(event: AnyEvent) -> None:
        if isinstance(event, StepMetrics):
            disk.error = errno.ENOSPC
        if isinstance(event, Message) and "is paused" in event.text:
            holding.set()

    stopper = threading.Thread(target=stop_soon)
    stopper.start()
    told = train(run, hook, control)
    stopper.join()
    assert isinstance(told[-1], Finished)
    assert told[-1].reason is FinishReason.STOPPED


@pytest.mark.usefixtures("impatient")
def test_a_folder_that_is_gone_is_waited_for(run: Run, tmp_path: Path) -> None:
    """Renamed and put back for real, as with a disk that is unplugged."""
    elsewhere = tmp_path / "unplugged"

    def hook(event: AnyEvent) -> None:
        if isinstance(event, StepMetrics) and event.first_step == 3:
            run.folder.rename(elsewhere)
        if isinstance(event, Message) and "is gone" in event.text:
            elsewhere.rename(run.folder)

    told = train(run, hook)
    (reason,) = reasons(told)
    assert reason.startswith(f"The run's folder {run.folder} is gone.")
    assert "Put the folder back" in reason
    assert_nothing_is_lost(run)


def test_a_folder_that_stays_gone_ends_with_stop_in_words_and_is_not_made_anew(run: Run) -> None:
    control = TrainingControl()

    def hook(event: AnyEvent) -> None:
        if isinstance(event, StepMetrics) and event.first_step == 3:
            shutil.rmtree(run.folder)
        if isinstance(event, StateChanged) and event.reason:
            control.stop()

    told = train(run, hook, control)
    end = told[-1]
    assert isinstance(end, Finished)
    assert (end.reason, end.message.partition(".")[0]) == (
        FinishReason.STOPPED,
        f"The run's folder {run.folder} is gone",
    )
    assert not run.folder.exists()


def test_stopping_first_and_finding_the_folder_gone_then_ends_in_words(run: Run) -> None:
    control = TrainingControl()

    def hook(event: AnyEvent) -> None:
        if isinstance(event, StepMetrics) and event.first_step == 3:
            control.stop()
            shutil.rmtree(run.folder)

    told = train(run, hook, control)
    assert isinstance(told[-1], Finished)
    assert told[-1].reason is FinishReason.STOPPED
    assert "is gone" in told[-1].message
    assert not reasons(told)


def test_another_reason_is_told_when_it_comes(run: Run, disk: BrokenDisk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persistence, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(persistence, "free_disk", lambda _folder: 10**12)

    def hook(event: AnyEvent) -> None:
        if isinstance(event, StepMetrics) and event.first_step == 3:
            disk.error = errno.ENOSPC
        if isinstance(event, Message) and "is paused" in event.text:
            disk.error = errno.EROFS if "is full" in event.text else None

    told = train(run, hook)
    assert ["is full" in reason for reason in reasons(told)] == [True, False]
    assert "may not be written to" in reasons(told)[1]
    assert_nothing_is_lost(run)


def test_a_pause_that_was_asked_for_waits_for_no_disk(run: Run, disk: BrokenDisk) -> None:
    """Whoever resumes then learns of the disk."""
    control = TrainingControl()
    monitored: list[str] = []

    def hook(event: AnyEvent) -> None:
        if isinstance(event, StepMetrics) and event.first_step == 3:
            control.pause()
        if isinstance(event, StateChanged) and event.state is TrainingState.PAUSED:
            monitored.append(event.reason)
            control.resume()
            disk.error = errno.EROFS if not event.reason else None

    train(run, hook, control)
    assert monitored[0] == ""
    assert_nothing_is_lost(run)


def test_an_error_in_whoever_listens_is_reported_once_and_the_training_goes_on(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _trace: reported.append(error))

    def hook(event: AnyEvent) -> None:
        if isinstance(event, StepMetrics):
            raise ZeroDivisionError(event.first_step)

    train(run, hook)
    assert [error.args for error in reported] == [(1,)]
    assert_nothing_is_lost(run)

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from resnet_gui.errors import CancelledError, ConfigError, RunError, TrainingError
from resnet_gui.gui.training_session import TrainingSession
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import Finished, StepMetrics
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import FitFunction
from tests.fake_trainer import FakeTrainer, step_values

MakeSession = Callable[[FitFunction], TrainingSession]
CONFIG = TrainingConfig()


class Recorder:
    """Writes down what a session emits."""

    def __init__(self, session: TrainingSession) -> None:
        self.states: list[TrainingState] = []
        self.ends: list[Finished] = []
        self.failures: list[Finished] = []
        session.state_changed.connect(self.states.append)
        session.finished.connect(self.ends.append)
        session.failed.connect(self.failures.append)


def train(qtbot: QtBot, session: TrainingSession, name: str = "") -> Finished:
    with qtbot.waitSignal(session.finished) as blocker:
        session.start(CONFIG, name)
    return blocker.args[0]


def test_states_follow_the_events(qtbot: QtBot, make_session: MakeSession) -> None:
    session = make_session(FakeTrainer(epochs=2))
    recorder = Recorder(session)
    assert train(qtbot, session).reason is FinishReason.COMPLETED
    running = [TrainingState.RUNNING, TrainingState.VALIDATING]
    assert recorder.states == [
        TrainingState.PREPARING, *running, *running, TrainingState.FINISHING, TrainingState.IDLE,
    ]  # fmt: skip


def test_history_holds_every_step(qtbot: QtBot, make_session: MakeSession) -> None:
    session = make_session(FakeTrainer(epochs=3, steps_per_epoch=5))
    train(qtbot, session)
    assert session.history.steps.tolist() == list(range(1, 16))
    assert session.history.column("loss").tolist() == [step_values(step)[0] for step in range(1, 16)]
    assert [epoch.step for epoch in session.history.epochs] == [5, 10, 15]


def test_run_holds_what_was_shown(qtbot: QtBot, make_session: MakeSession, store: RunStore) -> None:
    session = make_session(FakeTrainer())
    train(qtbot, session, "mine")
    assert session.run is not None
    assert session.run.name == "mine"
    written = store.open("mine").read_history()
    np.testing.assert_array_equal(written.column("top1"), session.history.column("top1"))


def test_pause_and_resume(qtbot: QtBot, make_session: MakeSession) -> None:
    session = make_session(FakeTrainer(at={3: TrainingControl.pause}))
    with qtbot.waitSignal(session.state_changed, check_params_cb=lambda state: state is TrainingState.PAUSED):
        session.start(CONFIG)
    assert len(session.history) == 3
    with qtbot.waitSignal(session.finished) as blocker:
        session.resume()
    assert blocker.args[0].reason is FinishReason.COMPLETED
    assert len(session.history) == 8


def test_stop_while_paused_ends_it(qtbot: QtBot, make_session: MakeSession) -> None:
    session = make_session(FakeTrainer(at={3: TrainingControl.pause}))
    with qtbot.waitSignal(session.state_changed, check_params_cb=lambda state: state is TrainingState.PAUSED):
        session.start(CONFIG)
    recorder = Recorder(session)
    with qtbot.waitSignals([session.message_logged, session.finished]):
        session.stop()
    assert recorder.states == [TrainingState.STOPPING, TrainingState.IDLE]
    assert [end.reason for end in recorder.ends] == [FinishReason.STOPPED]
    assert len(session.history) == 3
    assert not session.history.epochs[-1].complete


def test_requests_do_not_change_the_state(qtbot: QtBot, make_session: MakeSession) -> None:
    gate = threading.Event()
    session = make_session(FakeTrainer(at={1: lambda _control: gate.wait()}))
    with qtbot.waitSignal(session.state_changed, check_params_cb=lambda state: state is TrainingState.RUNNING):
        session.start(CONFIG)
    session.pause()
    assert session.state is TrainingState.RUNNING
    session.stop()
    assert session.state is TrainingState.RUNNING
    with qtbot.waitSignal(session.finished):
        gate.set()
    assert session.state is TrainingState.IDLE


def test_second_start_is_refused(qtbot: QtBot, make_session: MakeSession, store: RunStore) -> None:
    session = make_session(FakeTrainer(at={1: TrainingControl.pause}))
    with qtbot.waitSignal(session.state_changed, check_params_cb=lambda state: state is TrainingState.PAUSED):
        session.start(CONFIG)
    with pytest.raises(TrainingError, match="A training is running"):
        session.start(CONFIG)
    with qtbot.waitSignal(session.finished):
        session.stop()
    assert len(store.list().runs) == 1


def test_next_training_starts_afresh(qtbot: QtBot, make_session: MakeSession) -> None:
    session = make_session(FakeTrainer())
    train(qtbot, session)
    first = session.history
    train(qtbot, session)
    assert session.history is not first
    assert len(session.history) == 8


def test_settings_out_of_range_are_refused(make_session: MakeSession) -> None:
    session = make_session(FakeTrainer())
    with pytest.raises(ConfigError, match="Epochs"):
        session.start(TrainingConfig(epochs=0))
    assert not session.busy


def test_thread_is_over_when_finished_is_told(qtbot: QtBot, make_session: MakeSession) -> None:
    session = make_session(FakeTrainer())
    running: list[bool] = []

    def look(_end: Finished) -> None:
        workers = session.findChildren(QThread)
        running.extend(worker.isRunning() for worker in workers)
        running.append(session.busy)

    session.finished.connect(look)
    train(qtbot, session)
    assert True not in running


def fail_with(error: Exception) -> Callable[[TrainingControl], None]:
    def fail(_control: TrainingControl) -> None:
        raise error

    return fail


def test_unexpected_error_becomes_one_finished(qtbot: QtBot, make_session: MakeSession, store: RunStore) -> None:
    session = make_session(FakeTrainer(at={2: fail_with(ZeroDivisionError("by nought"))}))
    recorder = Recorder(session)
    end = train(qtbot, session, "bad")
    assert recorder.ends == [end]
    assert recorder.failures == [end]
    assert end.reason is FinishReason.FAILED
    assert "by nought" in end.message
    assert "ZeroDivisionError" in end.details
    assert store.open("bad").record.finish_reason is FinishReason.FAILED
    assert recorder.states[-1] is TrainingState.IDLE


def test_error_in_words_keeps_its_words(qtbot: QtBot, make_session: MakeSession) -> None:
    session = make_session(FakeTrainer(at={2: fail_with(TrainingError("The loss is NaN.", "Lower the rate."))}))
    end = train(qtbot, session)
    assert (end.message, end.advice) == ("The loss is NaN.", "Lower the rate.")


def test_cancelled_counts_as_stopped(qtbot: QtBot, make_session: MakeSession) -> None:
    session = make_session(FakeTrainer(at={2: fail_with(CancelledError())}))
    recorder = Recorder(session)
    assert train(qtbot, session).reason is FinishReason.STOPPED
    assert not recorder.failures


def test_trainer_without_an_end_gets_one(qtbot: QtBot, make_session: MakeSession) -> None:
    session = make_session(lambda _run, _control, _on_event: None)
    recorder = Recorder(session)
    assert train(qtbot, session).reason is FinishReason.FAILED
    assert len(recorder.ends) == 1


def test_error_after_the_end_is_no_second_end(qtbot: QtBot, make_session: MakeSession) -> None:
    def fit(run: Run, control: TrainingControl, on_event: Callable[[Any], None]) -> None:
        FakeTrainer()(run, control, on_event)
        raise ValueError("too late")

    session = make_session(fit)
    recorder = Recorder(session)
    assert train(qtbot, session).reason is FinishReason.COMPLETED
    assert len(recorder.ends) == 1


def test_run_that_cannot_be_made_fails_in_words(qtbot: QtBot, make_session: MakeSession, store: RunStore) -> None:
    store.folder.write_text("a file where the folder should be")
    session = make_session(FakeTrainer())
    end = train(qtbot, session)
    assert end.reason is FinishReason.FAILED
    assert "cannot be made" in end.message
    assert end.advice
    assert session.run is None


def test_unwritable_run_ends_the_training(
    qtbot: QtBot, make_session: MakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Run.append

    def append(run: Run, event: Any) -> None:
        if isinstance(event, StepMetrics) and event.first_step == 3:
            raise RunError("The disk is full.", "Make room.")
        write(run, event)

    monkeypatch.setattr(Run, "append", append)
    session = make_session(FakeTrainer())
    recorder = Recorder(session)
    end = train(qtbot, session)
    assert end.reason is FinishReason.FAILED
    assert end.message == "The disk is full."
    assert len(recorder.ends) == 1
    assert len(session.history) == 2

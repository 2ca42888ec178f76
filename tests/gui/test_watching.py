"""A run that another program trains: it can be watched, and no more; when that program dies, it can be resumed here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from resnet_gui.gui import run_reader
from resnet_gui.gui.error_dialog import ErrorDialog
from resnet_gui.gui.main_window import MainWindow
from resnet_gui.gui.train_tab.actions import Request
from resnet_gui.runs.events import Finished
from resnet_gui.runs.lock import training_lock
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.runs.store import RunStore
from resnet_gui.training.run_training import FitFunction
from tests.fake_trainer import FakeTrainer, make_steps
from tests.interrupted import STEPS_PER_EPOCH, interrupted_run
from tests.other_program import OtherProgram

pytestmark = pytest.mark.usefixtures("few_pictures")
MakeWindow = Callable[[FitFunction], MainWindow]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look more often than for a user, for whom once a second is enough."""
    monkeypatch.setattr(run_reader, "_INTERVAL_MS", 50)


def usable(window: MainWindow) -> set[Request]:
    buttons = window.train_tab.buttons
    return {request for request, button in buttons.items() if button.isEnabled() and button.isVisible()}


@pytest.mark.slow
def test_it_is_seen_growing_and_taken_up_when_its_program_is_killed(
    qtbot: QtBot, make_window: MakeWindow, store: RunStore
) -> None:
    run = interrupted_run(store)
    window = make_window(FakeTrainer(3, STEPS_PER_EPOCH))
    qtbot.waitUntil(window.runs.offer.isVisible)
    session, tab, offer = window.session, window.train_tab, window.runs.offer
    own = msgspec.structs.replace(tab.config(), epochs=77)
    tab.set_config(own)
    with OtherProgram(run) as other:
        other.do("steps 2")
        window.runs.show_run(Run.open(run.folder))
        qtbot.waitUntil(lambda: len(session.history) == 6)
        assert session.elsewhere
        assert not session.busy
        assert session.state is TrainingState.RUNNING
        assert tab.progress.stage.text() == "Epoch 2/3"
        assert offer.text.startswith("cut is being trained by another window or program.")
        assert usable(window) == set()
        assert "another window or program" in tab.buttons[Request.START].toolTip()
        assert tab.config() == run.record.config
        assert not tab.form.fields["epochs"].editor.isEnabled()
        other.do("steps 2")
        qtbot.waitUntil(lambda: len(session.history) == 8)
        other.do("epoch")
        other.do("steps 1")
        qtbot.waitUntil(lambda: len(session.history.epochs) == 2)
        assert "Best validation" in tab.progress.result.text()
        other.kill()
        with qtbot.waitSignal(session.interrupted):
            pass
    assert offer.text == "Interrupted at epoch 3, step 9: cut (ResNet-18, Demo shapes)."
    assert tab.config() == own  # what was entered here is there again
    assert tab.progress.stage.text() == "Interrupted"
    with qtbot.waitSignal(session.finished):
        qtbot.waitUntil(lambda: usable(window) == {Request.START})
        qtbot.mouseClick(offer.resume_button, Qt.MouseButton.LeftButton)
    assert session.history.steps.tolist() == list(range(1, 13))
    assert Run.open(run.folder).record.finish_reason is FinishReason.COMPLETED


@pytest.mark.slow
def test_its_end_is_told_and_nothing_is_to_be_resumed(qtbot: QtBot, make_window: MakeWindow, store: RunStore) -> None:
    run = interrupted_run(store)
    window = make_window(FakeTrainer())
    with OtherProgram(run) as other:
        window.runs.show_run(Run.open(run.folder))
        qtbot.waitUntil(lambda: window.session.elsewhere)
        with qtbot.waitSignal(window.session.finished) as blocker:
            other.do("end")
    assert blocker.args[0].reason is FinishReason.COMPLETED
    assert not window.runs.offer.isVisible()
    assert window.train_tab.progress.stage.text() == "Completed"
    qtbot.waitUntil(lambda: usable(window) == {Request.START})


def test_one_can_stop_watching_and_train_here(qtbot: QtBot, make_window: MakeWindow, store: RunStore) -> None:
    run = interrupted_run(store)
    window = make_window(FakeTrainer())
    own = window.train_tab.config()
    with training_lock(run.folder):
        window.runs.show_run(run)
        qtbot.waitUntil(lambda: window.session.elsewhere)
        qtbot.mouseClick(window.runs.offer.leave_button, Qt.MouseButton.LeftButton)
        assert not window.session.elsewhere
        assert not window.runs.offer.isVisible()
        assert len(window.session.history) == 6  # what was seen stays
        assert window.train_tab.config() == own
        qtbot.waitUntil(lambda: usable(window) == {Request.START})
        run.append(make_steps(7, 1, 2))
        with qtbot.waitSignal(window.session.finished):
            window.train_tab.buttons[Request.START].click()
    assert len(window.session.history) == 8
    assert window.session.run is not None
    assert window.session.run.name != run.name


def test_what_somebody_else_has_resumed_first_is_shown_instead(
    qtbot: QtBot, make_window: MakeWindow, store: RunStore
) -> None:
    run = interrupted_run(store)
    window = make_window(FakeTrainer())
    qtbot.waitUntil(window.runs.offer.isVisible)
    with training_lock(run.folder):
        qtbot.mouseClick(window.runs.offer.resume_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: window.session.elsewhere)
        assert not window.findChildren(ErrorDialog)
        assert "another window or program" in window.runs.offer.text


def test_going_back_to_a_checkpoint_elsewhere_begins_the_curves_anew(
    qtbot: QtBot, make_window: MakeWindow, store: RunStore
) -> None:
    run = interrupted_run(store)
    window = make_window(FakeTrainer())
    with training_lock(run.folder):
        window.runs.show_run(run)
        qtbot.waitUntil(lambda: len(window.session.history) == 6)
        run.rewind(4, 1, run.record.best, run.record.config)
        run.append(make_steps(5, 1, 2))
        qtbot.waitUntil(lambda: window.session.history.steps.tolist() == [1, 2, 3, 4, 5])
        assert len(window.session.history.epochs) == 1


def test_a_run_that_is_deleted_while_it_is_watched_is_told(
    qtbot: QtBot, make_window: MakeWindow, store: RunStore
) -> None:
    run = interrupted_run(store)
    window = make_window(FakeTrainer())
    with training_lock(run.folder):
        window.runs.show_run(run)
        qtbot.waitUntil(lambda: window.session.elsewhere)
        with qtbot.waitSignal(window.session.failed):
            (run.folder / "run.json").unlink()
    (dialog,) = window.findChildren(ErrorDialog)
    assert "holds no run" in dialog.text
    dialog.close()
    assert not window.session.elsewhere
    qtbot.waitUntil(lambda: usable(window) == {Request.START})


def test_the_window_closes_at_once_while_it_watches(qtbot: QtBot, make_window: MakeWindow, store: RunStore) -> None:
    run = interrupted_run(store)
    window = make_window(FakeTrainer())
    with training_lock(run.folder):
        window.runs.show_run(run)
        qtbot.waitUntil(lambda: window.session.elsewhere)
        assert window.close()


def test_an_interrupted_run_that_is_shown_can_be_resumed(
    qtbot: QtBot, make_window: MakeWindow, store: RunStore
) -> None:
    run = interrupted_run(store, "unknown", cut_after=1, checkpoint=0)
    window = make_window(FakeTrainer(3, STEPS_PER_EPOCH))
    with qtbot.waitSignal(window.session.interrupted):
        window.runs.show_run(run)
    assert window.runs.offer.resume_button.isVisible()
    assert window.train_tab.progress.stage.text() == "Interrupted"
    with qtbot.waitSignal(window.session.finished):
        window.runs.offer.resume_button.click()
    assert len(window.session.history) == 12


def test_a_run_that_ended_is_shown_without_touching_the_form(
    qtbot: QtBot, make_window: MakeWindow, store: RunStore, tmp_path: Path
) -> None:
    run = interrupted_run(store)
    run.append(Finished(time=9.0, reason=FinishReason.FAILED, message="It was late."))
    window = make_window(FakeTrainer())
    own = window.train_tab.config()
    with qtbot.waitSignal(window.session.finished):
        window.runs.show_run(run)
    assert window.train_tab.config() == own
    assert window.train_tab.plots._history is window.session.history
    assert not window.train_tab.plots._stale  # drawn at once, whatever drawing may cost while a training runs
    assert not window.train_tab.plots._hint.isVisible()
    assert window.train_tab.progress.failure.text() == "It was late."
    assert not window.findChildren(ErrorDialog)  # it was told when it happened

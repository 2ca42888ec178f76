"""Going on with a run in the window: one curve, the right words, and no harm when it is cut once more."""

from __future__ import annotations

import threading
from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from resnet_gui.gui.error_dialog import ErrorDialog
from resnet_gui.gui.main_window import MainWindow
from resnet_gui.gui.runs_dialog.dialog import RunsDialog
from resnet_gui.gui.train_tab.actions import Request
from resnet_gui.gui.training_session import TrainingSession
from resnet_gui.runs.events import EpochEnded, Finished, StateChanged
from resnet_gui.runs.lock import training_lock
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import FitFunction
from tests.fake_trainer import FakeTrainer, OnEvent, step_values
from tests.interrupted import STEPS_PER_EPOCH, interrupted_run, write_checkpoint

pytestmark = pytest.mark.usefixtures("few_pictures")
MakeSession = Callable[[FitFunction], TrainingSession]
MakeWindow = Callable[[FitFunction], MainWindow]
ALL_STEPS = list(range(1, 3 * STEPS_PER_EPOCH + 1))


def trainer(epochs: int = 3, at: dict[int, Callable[[TrainingControl], object]] | None = None) -> FakeTrainer:
    return FakeTrainer(epochs, STEPS_PER_EPOCH, at)


def resume(qtbot: QtBot, session: TrainingSession, run: Run, epochs: int | None = None) -> Finished:
    with qtbot.waitSignal(session.finished) as blocker:
        session.resume_run(run, epochs)
    return blocker.args[0]


@pytest.mark.parametrize(("cut_after", "checkpoint"), [(6, 4), (8, 6), (3, 0), (9, 8)])
def test_the_curve_is_one_line(
    qtbot: QtBot, make_session: MakeSession, store: RunStore, cut_after: int, checkpoint: int
) -> None:
    run = interrupted_run(store, cut_after=cut_after, checkpoint=checkpoint)
    session = make_session(trainer())
    shown: list[int] = []
    session.metrics_changed.connect(lambda history: shown.append(len(history)))
    assert resume(qtbot, session, run).reason is FinishReason.COMPLETED
    assert session.history.steps.tolist() == ALL_STEPS
    assert session.history.column("loss").tolist() == [step_values(step)[0] for step in ALL_STEPS]
    assert [epoch.epoch for epoch in session.history.epochs] == [1, 2, 3]
    assert shown == sorted(shown)  # it never goes back
    assert shown[0] == 0
    written = Run.open(run.folder).read_history()
    assert written.steps.tolist() == ALL_STEPS
    assert written.epochs == session.history.epochs


def test_what_is_told_again_comes_before_anything_new(qtbot: QtBot, make_session: MakeSession, store: RunStore) -> None:
    """The window is slow, the training quick: the curves must hold no step twice all the same."""
    session = make_session(trainer())
    run = interrupted_run(store)
    worker_is_over = threading.Event()

    def wait(_event: object) -> None:
        worker_is_over.wait()  # with everything written before the first event is looked at

    def fit(run: Run, control: TrainingControl, on_event: OnEvent) -> None:
        trainer()(run, control, on_event)
        worker_is_over.set()

    session._fit = fit
    session.planned.connect(wait)
    resume(qtbot, session, run)
    assert session.history.steps.tolist() == ALL_STEPS


def test_a_complete_run_says_so_and_keeps_its_curves(qtbot: QtBot, make_session: MakeSession, store: RunStore) -> None:
    session = make_session(trainer())
    run = interrupted_run(store)
    resume(qtbot, session, run)
    before = (run.folder / "metrics.jsonl").read_bytes()
    end = resume(qtbot, session, run)
    assert end.reason is FinishReason.COMPLETED
    assert "is complete: there is nothing to go on with" in end.message
    assert session.history.steps.tolist() == ALL_STEPS
    assert (run.folder / "metrics.jsonl").read_bytes() == before


def test_more_epochs_extend_a_complete_run(qtbot: QtBot, make_session: MakeSession, store: RunStore) -> None:
    run = interrupted_run(store)
    resume(qtbot, make_session(trainer()), run)
    write_checkpoint(run, 12, 3)
    session = make_session(trainer(epochs=5))
    told: list[int] = []
    session.settings_told.connect(lambda config: told.append(config.epochs))
    assert resume(qtbot, session, run, 5).reason is FinishReason.COMPLETED
    assert session.history.steps.tolist() == list(range(1, 21))
    assert told[-1] == 5
    assert session.run is not None
    assert session.run.record.config.epochs == 5


@pytest.mark.parametrize("reason", [FinishReason.STOPPED, FinishReason.FAILED])
def test_stopped_and_failed_runs_go_on_too(
    qtbot: QtBot, make_session: MakeSession, store: RunStore, reason: FinishReason
) -> None:
    run = interrupted_run(store)
    run.append(Finished(time=9.0, reason=reason, message="It was late."))
    session = make_session(trainer())
    assert resume(qtbot, session, Run.open(run.folder)).reason is FinishReason.COMPLETED
    assert session.history.steps.tolist() == ALL_STEPS
    assert Run.open(run.folder).record.message == ""


def test_a_run_that_is_trained_elsewhere_is_refused_in_words(
    qtbot: QtBot, make_session: MakeSession, store: RunStore
) -> None:
    run = interrupted_run(store)
    before = (run.folder / "metrics.jsonl").read_bytes()
    session = make_session(trainer())
    with training_lock(run.folder):
        end = resume(qtbot, session, run)
    assert end.reason is FinishReason.FAILED
    assert "being trained already, in another window or program" in end.message
    assert (run.folder / "metrics.jsonl").read_bytes() == before


def test_a_run_that_was_deleted_meanwhile_is_told(qtbot: QtBot, make_session: MakeSession, store: RunStore) -> None:
    run = interrupted_run(store)
    store.delete(run)
    session = make_session(trainer())
    end = resume(qtbot, session, run)
    assert end.reason is FinishReason.FAILED
    assert "is gone" in end.message
    assert not session.busy


def test_curves_that_cannot_be_read_end_it_in_words(
    qtbot: QtBot, make_session: MakeSession, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_run: Run) -> list[EpochEnded]:
        raise PermissionError(13, "Permission denied")

    session = make_session(trainer())
    run = interrupted_run(store)
    monkeypatch.setattr(Run, "read_events", refuse)
    end = resume(qtbot, session, run)
    assert end.reason is FinishReason.FAILED
    assert end.message == "The curves of the run cut cannot be read: Permission denied."


# The window


def offer_is_there(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(window.runs.offer.isVisible)


def test_an_interrupted_run_is_offered_at_start_and_goes_on(
    qtbot: QtBot,
    make_window: MakeWindow,
    store: RunStore,
) -> None:
    interrupted_run(store)
    window = make_window(trainer(at={6: TrainingControl.pause}))
    offer_is_there(qtbot, window)
    offer = window.runs.offer
    assert offer.text == "Interrupted at epoch 2, step 6: cut (ResNet-18, Demo shapes)."
    assert not offer.list_button.isVisible()
    window.tabs.setCurrentWidget(window.classify_tab)
    qtbot.mouseClick(offer.resume_button, Qt.MouseButton.LeftButton)
    assert window.tabs.currentWidget() is window.train_tab
    assert not offer.isVisible()
    qtbot.waitUntil(lambda: window.session.state is TrainingState.PAUSED)
    tab = window.train_tab
    assert tab.config().epochs == 3
    assert tab.config().seed == 7
    assert not tab.form.fields["epochs"].editor.isEnabled()
    assert tab.progress.stage.text() == "Paused, epoch 2/3"
    assert tab.progress.stage_count.text() == "step 2/4"
    assert tab.progress.total_bar.value() == 500
    log = tab.log.toPlainText()
    for words in ("Going on with the run cut.", "Epoch 1: validation loss", "Goes on after epoch 1, step 4."):
        assert log.count(words) == 1
    with qtbot.waitSignal(window.session.finished):
        tab.buttons[Request.RESUME].click()
    assert window.session.history.steps.tolist() == ALL_STEPS
    assert tab.progress.stage.text() == "Completed"
    assert tab.form.fields["epochs"].editor.isEnabled()


def test_nothing_is_offered_where_nothing_was_interrupted(
    qtbot: QtBot,
    make_window: MakeWindow,
    store: RunStore,
) -> None:
    interrupted_run(store).append(Finished(time=9.0, reason=FinishReason.STOPPED))
    window = make_window(trainer())
    qtbot.waitUntil(lambda: not window.runs._started.isActive() and window.runs._looking is None)
    assert not window.runs.offer.isVisible()


def test_not_now_is_remembered_until_it_is_cut_elsewhere(
    qtbot: QtBot,
    make_window: MakeWindow,
    store: RunStore,
) -> None:
    run = interrupted_run(store)
    window = make_window(trainer())
    offer_is_there(qtbot, window)
    qtbot.mouseClick(window.runs.offer.decline_button, Qt.MouseButton.LeftButton)
    assert not window.runs.offer.isVisible()
    window.close()
    again = make_window(trainer())
    qtbot.waitUntil(lambda: not again.runs._started.isActive() and again.runs._looking is None)
    assert not again.runs.offer.isVisible()
    again.close()
    run.append(StateChanged(time=1.0, state=TrainingState.RUNNING))
    interrupted_run(store, "other", cut_after=9)
    third = make_window(trainer())
    offer_is_there(qtbot, third)
    assert "other" in third.runs.offer.text


def test_several_interrupted_runs_lead_to_the_list(
    qtbot: QtBot,
    make_window: MakeWindow,
    store: RunStore,
) -> None:
    for number in (1, 2, 3):
        interrupted_run(store, f"run {number}", created=float(number))
    window = make_window(trainer())
    offer_is_there(qtbot, window)
    offer = window.runs.offer
    assert "run 3" in offer.text
    assert "2 other trainings were interrupted, too." in offer.text
    qtbot.mouseClick(offer.list_button, Qt.MouseButton.LeftButton)
    (dialog,) = window.findChildren(RunsDialog)
    qtbot.waitUntil(lambda: dialog._model.rowCount() == 3)
    dialog.close()


def test_who_starts_a_training_first_is_not_asked(
    qtbot: QtBot,
    make_window: MakeWindow,
    store: RunStore,
) -> None:
    interrupted_run(store)
    window = make_window(trainer(at={2: TrainingControl.pause}))
    window.train_tab.actions_by_request[Request.START].trigger()
    qtbot.waitUntil(lambda: not window.runs._started.isActive() and window.runs._looking is None)
    assert not window.runs.offer.isVisible()


@pytest.mark.parametrize("moment", ["at once", "before the first step", "in a step"])
def test_closing_the_window_while_it_goes_on_harms_nothing(
    qtbot: QtBot,
    make_window: MakeWindow,
    store: RunStore,
    moment: str,
) -> None:
    run = interrupted_run(store)
    reached, gate = threading.Event(), threading.Event()

    def hold(_control: TrainingControl) -> None:
        reached.set()
        gate.wait()

    def fit(run: Run, control: TrainingControl, on_event: OnEvent) -> None:
        if moment == "before the first step":
            hold(control)
            control.check()
        trainer(at={5: hold} if moment == "in a step" else {})(run, control, on_event)

    window = make_window(fit)
    window.runs.resume(run)
    if moment != "at once":
        qtbot.waitUntil(reached.is_set)
    window.stop_and_close()
    gate.set()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert not window.session.busy
    cut = Run.open(run.folder)
    assert cut.record.finish_reason is FinishReason.STOPPED
    steps = cut.read_history().steps.tolist()
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) >= 4
    again = make_window(trainer())
    with qtbot.waitSignal(again.session.finished):
        again.runs.resume(cut)
    assert again.session.history.steps.tolist() == ALL_STEPS


def test_a_failure_while_going_on_is_one_dialog_and_the_window_lives(
    qtbot: QtBot,
    make_window: MakeWindow,
    store: RunStore,
) -> None:
    def fail(_control: TrainingControl) -> None:
        raise ValueError("the moon is full")

    run = interrupted_run(store)
    window = make_window(trainer(at={7: fail}))
    with qtbot.waitSignal(window.session.failed):
        window.runs.resume(run)
    (dialog,) = window.findChildren(ErrorDialog)
    assert "the moon is full" in dialog.text
    dialog.close()
    assert len(window.session.history) == 7
    qtbot.waitUntil(window.train_tab.buttons[Request.START].isEnabled)


def test_no_key_of_the_offer_is_somebody_elses(qtbot: QtBot, make_window: MakeWindow, store: RunStore) -> None:
    interrupted_run(store)
    window = make_window(trainer())
    offer_is_there(qtbot, window)
    offer = window.runs.offer
    for button in (offer.resume_button, offer.list_button, offer.decline_button, offer.leave_button):
        assert "&" not in button.text()
        assert button.toolTip()
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_the_settings_of_a_run_of_another_version_are_said_not_to_be_shown(
    qtbot: QtBot,
    make_window: MakeWindow,
    store: RunStore,
) -> None:
    run = interrupted_run(store)
    run.update(config=msgspec.structs.replace(run.record.config, network="resnet9000"))
    window = make_window(trainer())
    with qtbot.waitSignal(window.session.finished):
        window.runs.resume(Run.open(run.folder))
    assert "resnet9000" in window.train_tab.log.toPlainText()

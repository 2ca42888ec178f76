"""What a user sees of faults while a training runs, and that the window and the training go on."""

from __future__ import annotations

import errno
import gc
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from resnet_gui import paths
from resnet_gui.data.dataset import LabelledPictures
from resnet_gui.gui.error_dialog import ErrorDialog
from resnet_gui.gui.main_window import MainWindow
from resnet_gui.gui.train_tab.actions import Request
from resnet_gui.gui.train_tab.tab import TrainTab
from resnet_gui.gui.training_session import TrainingSession
from resnet_gui.gui.window_settings import WindowSettings
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import AnyEvent, Finished, StateChanged, StepMetrics
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from tests.broken_disk import BrokenDisk
from tests.fake_trainer import FakeTrainer

MakeSession = Callable[..., TrainingSession]


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch, store: RunStore) -> BrokenDisk:
    return BrokenDisk(monkeypatch, store.folder)


def breaking(disk: BrokenDisk, error: int) -> FakeTrainer:
    """Return a trainer whose disk breaks after its third step."""
    return FakeTrainer(at={3: lambda _control: setattr(disk, "error", error)})


@pytest.fixture
def make_tab(qtbot: QtBot, make_session: MakeSession, few_pictures: LabelledPictures) -> Iterator[Callable]:
    tabs: list[TrainTab] = []

    def make(fit: FakeTrainer) -> TrainTab:
        tab = TrainTab(make_session(fit))
        tabs.append(tab)
        qtbot.addWidget(tab)
        tab.resize(1200, 750)
        tab.show()
        qtbot.waitUntil(tab.actions_by_request[Request.START].isEnabled)
        return tab

    yield make
    for tab in tabs:
        tab.shut_down()


def held(qtbot: QtBot, tab: TrainTab) -> str:
    """Start, and return what the panel says when the training holds."""
    tab.buttons[Request.START].click()
    qtbot.waitUntil(lambda: bool(tab.progress.held.text))
    return tab.progress.held.text


def press(qtbot: QtBot, button: QPushButton) -> None:
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_full_disk_is_told_where_one_looks_and_resume_tries_again(
    qtbot: QtBot, make_tab: Callable, disk: BrokenDisk
) -> None:
    tab = make_tab(breaking(disk, errno.ENOSPC))
    told: list[str] = []
    tab.status_changed.connect(told.append)
    words = held(qtbot, tab)
    assert words.startswith("The disk is full:")
    assert "goes on by itself" in words
    assert tab.progress.held.isVisible()
    assert tab.progress.stage.text() == "Paused, epoch 1/2"
    assert words in told[-1]
    assert words in tab.log.toPlainText()
    assert not [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, ErrorDialog)]
    disk.error = None
    with qtbot.waitSignal(tab._session.finished) as blocker:
        press(qtbot, tab.buttons[Request.RESUME])
    assert blocker.args[0].reason is FinishReason.COMPLETED
    assert not tab.progress.held.isVisible()
    assert len(tab._session.run.read_history()) == 8


def test_stop_while_it_holds_ends_in_words_and_without_a_dialog(
    qtbot: QtBot, make_tab: Callable, disk: BrokenDisk
) -> None:
    tab = make_tab(breaking(disk, errno.EROFS))
    assert "may not be written to" in held(qtbot, tab)
    with qtbot.waitSignal(tab._session.finished) as blocker:
        press(qtbot, tab.buttons[Request.STOP])
    disk.error = None
    end = blocker.args[0]
    assert end.reason is FinishReason.STOPPED
    assert tab.progress.stage.text() == "Stopped"
    assert tab.progress.failure.text() == end.message
    assert "may not be written to" in end.message
    assert not tab.progress.held.isVisible()
    assert tab.actions_by_request[Request.START].isEnabled()
    assert not [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, ErrorDialog)]


def the_dialog(qtbot: QtBot) -> ErrorDialog:
    def shown() -> list[ErrorDialog]:
        return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, ErrorDialog)]

    qtbot.waitUntil(lambda: len(shown()) == 1)
    return shown()[0]


def fail_in_a_slot(session: TrainingSession) -> None:
    def fail(event: AnyEvent) -> None:
        if isinstance(event, StepMetrics):
            raise ZeroDivisionError("a mistake of ours")

    session.event_arrived.connect(fail)


def fail_in_a_thread(session: TrainingSession) -> None:
    def fail() -> None:
        raise ZeroDivisionError("a mistake of ours")

    def start(event: AnyEvent) -> None:
        if isinstance(event, StateChanged):
            thread = threading.Thread(target=fail)
            thread.start()
            thread.join()

    session.event_arrived.connect(start)


def fail_on_the_training_s_thread(session: TrainingSession) -> None:
    """In what is given the events where they are made, before they come to the window's thread."""

    def fail(event: AnyEvent) -> None:
        if isinstance(event, StepMetrics):
            raise ZeroDivisionError("a mistake of ours")

    session.started.connect(lambda: session._worker.event_ready.connect(fail, Qt.ConnectionType.DirectConnection))


@pytest.mark.usefixtures("reporter")
@pytest.mark.parametrize("fail", [fail_in_a_slot, fail_in_a_thread, fail_on_the_training_s_thread])
def test_a_mistake_anywhere_is_one_dialog_and_the_training_goes_on(
    qtbot: QtBot, make_session: MakeSession, caplog: pytest.LogCaptureFixture, fail: Callable
) -> None:
    session = make_session(FakeTrainer())
    fail(session)
    with qtbot.waitSignal(session.finished) as blocker:
        session.start(TrainingConfig())
    assert blocker.args[0].reason is FinishReason.COMPLETED
    assert len(session.history) == 8
    assert len(session.run.read_history()) == 8
    dialog = the_dialog(qtbot)
    assert "a mistake of ours" in dialog.text
    assert "ZeroDivisionError" in caplog.text
    (copy,) = [button for button in dialog.findChildren(QPushButton) if button.text() == "&Copy"]
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert "a mistake of ours" in QApplication.clipboard().text()
    dialog.close()
    del dialog


# Errors of TensorFlow's own, in the window, with the real trainer


def ask_for_an_exabyte() -> None:
    import tensorflow as tf

    tf.zeros([2**29, 2**29]).numpy()


def assert_what_is_not_so() -> None:
    import tensorflow as tf

    tf.debugging.assert_less(tf.constant(3), tf.constant(2), message="labels out of range")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fail", "words", "kind", "remedy"),
    [
        (ask_for_an_exabyte, "There was not enough memory for this training.", "ResourceExhaustedError", "16"),
        (assert_what_is_not_so, "labels out of range", "InvalidArgumentError", ""),
    ],
)
def test_an_error_of_tensorflow_in_a_step_is_told_and_the_run_goes_on_from_before(
    qtbot: QtBot,
    store: RunStore,
    tmp_path: Path,
    few_pictures: LabelledPictures,
    monkeypatch: pytest.MonkeyPatch,
    fail: Callable[[], None],
    words: str,
    kind: str,
    remedy: str,
) -> None:
    from resnet_gui.training.engine import Engine
    from resnet_gui.training.resume import resume_training
    from resnet_gui.training.run_training import run_training
    from tests.training import tiny_network
    from tests.training.same_training import assert_same

    monkeypatch.setitem(tiny_network.NETWORKS, tiny_network.SPEC.name, tiny_network.SPEC)
    unbroken = RunStore(tmp_path / "other").create(tiny_network.TINY, "unbroken")
    assert run_training(unbroken, TrainingControl(), lambda _: None).reason is FinishReason.COMPLETED

    window = MainWindow(store, WindowSettings(paths.settings_file()))
    window.show()
    with monkeypatch.context() as patch:
        train_batch, steps = Engine.train_batch, []

        def failing(*arguments: object) -> object:
            steps.append(arguments)
            if len(steps) == 8:  # in the second epoch
                fail()
            return train_batch(*arguments)

        patch.setattr(Engine, "train_batch", failing)
        with qtbot.waitSignal(window.session.finished, timeout=120_000) as blocker:
            window.session.start(tiny_network.TINY, "failed")
        steps.clear()
    end: Finished = blocker.args[0]
    assert end.reason is FinishReason.FAILED
    dialog = the_dialog(qtbot)
    assert words in end.message
    assert end.advice
    assert kind in dialog.text
    assert [remedy in button.text() for button in dialog.findChildren(QPushButton)].count(True) > 0
    dialog.close()
    del dialog
    assert window.session.state is TrainingState.IDLE
    assert Run.open(store.folder / "failed").record.best is not None
    assert (store.folder / "failed" / "model" / "model.keras").is_file()  # the epoch before is kept

    told: list[AnyEvent] = []
    resume_training(store.open("failed"), TrainingControl(), told.append)
    assert_same(unbroken, store.open("failed"), arrays_at_least=7)
    window.close()
    window.deleteLater()
    gc.collect()

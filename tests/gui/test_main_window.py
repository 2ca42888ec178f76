"""The window as a whole: closing, failures, menus, what it remembers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QMenu, QMessageBox, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from resnet_gui import launcher, paths
from resnet_gui.data.dataset import LabelledPictures
from resnet_gui.gui.error_dialog import ErrorDialog
from resnet_gui.gui.launcher_offer import LauncherOffer
from resnet_gui.gui.main_window import MainWindow
from resnet_gui.gui.theme import Appearance, is_dark
from resnet_gui.gui.train_tab.actions import Request
from resnet_gui.gui.window_settings import WindowSettings
from resnet_gui.runs.events import AnyEvent, Finished
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import FitFunction
from tests.bundles import make_bundle, make_run, paint
from tests.fake_trainer import FakeTrainer, OnEvent

pytestmark = pytest.mark.usefixtures("few_pictures")
MakeWindow = Callable[[FitFunction], MainWindow]


def holding_trainer() -> FakeTrainer:
    """Return a trainer that is paused at its third step until somebody stops or resumes it."""
    return FakeTrainer(at={3: TrainingControl.pause})


def start(qtbot: QtBot, window: MainWindow) -> None:
    window.train_tab.actions_by_request[Request.START].trigger()
    qtbot.waitUntil(lambda: window.session.state is TrainingState.PAUSED)


def the_dialog(qtbot: QtBot, kind: type) -> QMessageBox | ErrorDialog:
    def shown() -> list:
        return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, kind) and widget.isVisible()]

    qtbot.waitUntil(lambda: len(shown()) == 1)
    return shown()[0]


def press(qtbot: QtBot, dialog: QMessageBox, text: str) -> None:
    (button,) = [button for button in dialog.findChildren(QPushButton) if button.text() == text]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_an_idle_window_closes_at_once(make_window: MakeWindow) -> None:
    window = make_window(FakeTrainer())
    assert window.close()
    assert not window.isVisible()


def test_closing_while_training_asks_and_can_be_taken_back(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window(holding_trainer())
    start(qtbot, window)
    assert not window.close()
    press(qtbot, the_dialog(qtbot, QMessageBox), "&Keep training")
    assert window.isVisible()
    assert window.session.busy
    with qtbot.waitSignal(window.session.finished):
        window.session.resume()
    assert window.isVisible()


def test_closing_while_training_stops_saves_and_then_closes(
    qtbot: QtBot, make_window: MakeWindow, store: RunStore
) -> None:
    window = make_window(holding_trainer())
    start(qtbot, window)
    window.close()
    press(qtbot, the_dialog(qtbot, QMessageBox), "&Stop and close")
    qtbot.waitUntil(lambda: not window.isVisible())
    (run,) = store.list().runs
    assert run.record.finish_reason is FinishReason.STOPPED
    assert len(run.read_history()) == 3


def test_a_failure_while_closing_is_told_and_the_window_stays(qtbot: QtBot, make_window: MakeWindow) -> None:
    def fail_when_stopped(run: Run, control: TrainingControl, on_event: OnEvent) -> None:
        def tell(event: AnyEvent) -> None:
            if isinstance(event, Finished):
                raise OSError("the disk is full")
            on_event(event)

        holding_trainer()(run, control, tell)

    window = make_window(fail_when_stopped)
    start(qtbot, window)
    window.stop_and_close()
    dialog = the_dialog(qtbot, ErrorDialog)
    assert isinstance(dialog, ErrorDialog)
    assert "the disk is full" in dialog.text
    assert not window.session.busy
    assert window.isVisible()
    dialog.close()
    assert window.close()


def test_a_signal_closes_without_asking(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window(holding_trainer())
    start(qtbot, window)
    window.stop_and_close()
    qtbot.waitUntil(lambda: not window.isVisible())


def test_a_second_start_is_not_possible(qtbot: QtBot, make_window: MakeWindow, store: RunStore) -> None:
    window = make_window(holding_trainer())
    start(qtbot, window)
    assert not window.train_tab.actions_by_request[Request.START].isEnabled()
    window.train_tab.actions_by_request[Request.START].trigger()
    assert len(store.list().runs) == 1


def test_a_failure_is_one_dialog_with_the_details_and_the_window_lives(qtbot: QtBot, make_window: MakeWindow) -> None:
    def fail(_control: TrainingControl) -> None:
        raise ValueError("the moon is full")

    window = make_window(FakeTrainer(at={2: fail}))
    window.train_tab.actions_by_request[Request.START].trigger()
    dialog = the_dialog(qtbot, ErrorDialog)
    assert isinstance(dialog, ErrorDialog)
    assert "the moon is full" in dialog.text
    assert "Traceback" in dialog.text
    dialog.close()
    assert window.isVisible()
    assert window.train_tab.actions_by_request[Request.START].isEnabled()


def failing_with(remedy: dict[str, int | float | str]) -> FitFunction:
    """Return a trainer that fails and knows what would have gone better."""

    def train(run: Run, control: TrainingControl, on_event: OnEvent) -> None:
        def tell(event: AnyEvent) -> None:
            if isinstance(event, Finished):
                event = msgspec.structs.replace(
                    event, reason=FinishReason.FAILED, message="The memory is full.", remedy=remedy
                )
            on_event(event)

        FakeTrainer()(run, control, tell)

    return train


def test_a_failures_remedy_goes_into_the_form_and_start_can_be_pressed(
    qtbot: QtBot, make_window: MakeWindow, store: RunStore
) -> None:
    window = make_window(failing_with({"batch_size": 16, "learning_rate": 1e-4}))
    start = window.train_tab.actions_by_request[Request.START]
    before = window.train_tab.config()
    start.trigger()
    dialog = the_dialog(qtbot, ErrorDialog)
    window.tabs.setCurrentWidget(window.classify_tab)
    press(qtbot, dialog, "Use batch size 16, learning rate 0.0001")
    assert window.tabs.currentWidget() is window.train_tab
    better = msgspec.structs.replace(before, batch_size=16, learning_rate=1e-4)
    assert window.train_tab.config() == better
    assert start.isEnabled()
    start.trigger()
    qtbot.waitUntil(lambda: not window.session.busy)
    the_dialog(qtbot, ErrorDialog).close()
    assert better in [run.record.config for run in store.list().runs]


def test_a_failure_without_a_remedy_offers_none(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window(failing_with({}))
    window.train_tab.actions_by_request[Request.START].trigger()
    dialog = the_dialog(qtbot, ErrorDialog)
    assert not [button for button in dialog.findChildren(QPushButton) if button.text().startswith("Use")]
    dialog.close()


def keys_shown(window: MainWindow) -> list[str]:
    """Return the letter of everything in sight that has one, as it is pressed with Alt."""
    texts = [action.text() for action in window.menuBar().actions()]
    texts += [window.tabs.tabText(number) for number in range(window.tabs.count())]
    texts += [found.text() for found in window.findChildren(QAbstractButton) if found.isVisible()]
    texts += [found.text() for found in window.findChildren(QLabel) if found.buddy() and found.isVisible()]
    return [match[1].upper() for text in texts if (match := re.search("&([^&])", text))]


@pytest.mark.parametrize("source", ["cifar100", "folder", "shapes"])
def test_no_key_means_two_things(make_window: MakeWindow, source: str) -> None:
    paths.settings_file().write_text("[General]\nlauncher_offered=true\n")
    window = make_window(FakeTrainer())
    form = window.train_tab.form
    form.data.chooser.choose(source)
    for section in form.sections.values():
        section.open()
    keys = keys_shown(window)
    assert {"N", "B", "L", "U"} <= set(keys)
    assert sorted(keys) == sorted(set(keys))


def test_a_runs_folder_that_cannot_be_written_is_told(qtbot: QtBot, make_window: MakeWindow, store: RunStore) -> None:
    store.folder.write_text("a file where the folder should be")
    window = make_window(FakeTrainer())
    window.train_tab.actions_by_request[Request.START].trigger()
    dialog = the_dialog(qtbot, ErrorDialog)
    assert isinstance(dialog, ErrorDialog)
    assert "cannot be made" in dialog.text
    dialog.close()
    assert window.isVisible()


def test_a_trained_model_is_offered_and_selected_on_the_classify_tab(
    qtbot: QtBot, make_window: MakeWindow, store: RunStore
) -> None:
    def train(run: Run, control: TrainingControl, on_event: OnEvent) -> None:
        make_bundle(run.model_folder)
        make_run(store, "by another window", created=time.time() + 60)  # the newest, and offered first
        FakeTrainer()(run, control, on_event)

    window = make_window(train)
    chooser = window.classify_tab._toolbar.chooser
    assert chooser.entry is None
    with qtbot.waitSignal(window.session.finished):
        window.train_tab.actions_by_request[Request.START].trigger()
    assert chooser.itemText(0).endswith("(by another window)")
    assert window.session.run is not None
    assert chooser.entry is not None
    assert chooser.entry.key == window.session.run.name


def test_pictures_are_classified_while_a_training_runs(
    qtbot: QtBot, make_window: MakeWindow, store: RunStore, tmp_path: Path
) -> None:
    make_run(store, "ready")
    paint(tmp_path / "red.png", "red")
    window = make_window(holding_trainer())
    start(qtbot, window)
    window.classify([tmp_path / "red.png"])
    assert window.tabs.currentWidget() is window.classify_tab
    qtbot.waitUntil(lambda: window.classify_tab._model.done == 1)
    assert window.session.state is TrainingState.PAUSED


def test_the_appearance_is_chosen_in_the_menu_and_remembered(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window(FakeTrainer())
    menus = window.menuBar().findChildren(QMenu)
    actions = {action.text(): action for menu in menus for action in menu.actions()}
    actions["&Dark"].trigger()
    qtbot.waitUntil(lambda: is_dark(window.palette()))
    assert WindowSettings(paths.settings_file()).appearance is Appearance.DARK
    actions["&Light"].trigger()
    qtbot.waitUntil(lambda: not is_dark(window.palette()))


@pytest.mark.parametrize("content", ["appearance=plaid", "geometry=7", "\x00\x01"])
def test_damaged_settings_do_not_keep_the_window_from_opening(make_window: MakeWindow, content: str) -> None:
    paths.settings_file().write_text(f"[General]\n{content}\n")
    assert make_window(FakeTrainer()).isVisible()


def test_the_menu_entry_is_offered_once(make_window: MakeWindow) -> None:
    window = make_window(FakeTrainer())
    (offer,) = window.findChildren(LauncherOffer)
    assert offer.isVisible()
    offer.answered.emit(True)
    assert launcher.is_installed()
    assert not offer.isVisible()
    window.close()
    (again,) = make_window(FakeTrainer()).findChildren(LauncherOffer)
    assert not again.isVisible()


def test_declining_the_offer_changes_nothing_and_is_remembered(make_window: MakeWindow) -> None:
    (offer,) = make_window(FakeTrainer()).findChildren(LauncherOffer)
    offer.answered.emit(False)
    assert not launcher.is_installed()
    assert WindowSettings(paths.settings_file()).launcher_offered


def test_a_finished_run_is_told_again_as_it_was(
    qtbot: QtBot, make_window: MakeWindow, few_pictures: LabelledPictures
) -> None:
    window = make_window(FakeTrainer(epochs=3, steps_per_epoch=5))
    with qtbot.waitSignal(window.session.finished):
        window.train_tab.actions_by_request[Request.START].trigger()
    live, run = window.session.history, window.session.run
    assert run is not None
    again = make_window(FakeTrainer())
    with qtbot.waitSignal(again.session.finished):
        again.session.show(run)
    assert again.session.history.column("loss").tolist() == live.column("loss").tolist()
    assert again.train_tab.progress.result.text() == window.train_tab.progress.result.text()
    assert again.session.state is TrainingState.IDLE


def test_the_window_is_gone_before_its_threads_are_waited_for(
    make_window: MakeWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window(FakeTrainer())
    seen = []
    shut_down = window.train_tab.shut_down
    monkeypatch.setattr(window.train_tab, "shut_down", lambda: (seen.append(window.isVisible()), shut_down()))
    window.close()
    assert seen == [False]


@pytest.mark.parametrize("place", ["train", "classify"])
def test_no_two_controls_in_sight_answer_to_the_same_letter(
    qtbot: QtBot, make_window: MakeWindow, store: RunStore, tmp_path: Path, place: str
) -> None:
    """Qt would go from one to the other and press neither."""
    make_run(store, "colours")
    window = make_window(FakeTrainer())
    if place == "classify":
        window.classify([paint(tmp_path / "red.png", "red")])
        qtbot.waitUntil(lambda: not window.classify_tab.is_empty)
    letters: dict[str, list[str]] = {}
    controls = [
        *(action.text() for action in window.menuBar().actions()),
        *(window.tabs.tabText(number) for number in range(window.tabs.count())),
        *(
            button.defaultAction().text()
            if isinstance(button, QToolButton) and button.defaultAction()
            else button.text()
            for button in window.tabs.findChildren(QAbstractButton)
            if button.isVisible()
        ),
        *(label.text() for label in window.tabs.findChildren(QLabel) if label.isVisible() and label.buddy()),
    ]
    for text in controls:
        for letter in re.findall(r"&([^&])", text.replace("&&", "")):
            letters.setdefault(letter.lower(), []).append(text)
    assert len(letters) > 10
    assert not {letter: texts for letter, texts in letters.items() if len(texts) > 1}

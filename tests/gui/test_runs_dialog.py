"""File > Runs: everything that was trained, by keyboard and by mouse."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QInputDialog, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from resnet_gui.errors import RunError
from resnet_gui.gui.error_dialog import ErrorDialog
from resnet_gui.gui.main_window import MainWindow
from resnet_gui.gui.runs_dialog.dialog import RunsDialog
from resnet_gui.gui.runs_dialog.table_model import Column
from resnet_gui.gui.training_session import TrainingSession
from resnet_gui.runs.events import Finished, Tested
from resnet_gui.runs.lock import training_lock
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import FitFunction
from tests.fake_trainer import FakeTrainer
from tests.interrupted import STEPS_PER_EPOCH, interrupted_run, write_checkpoint

MakeDialog = Callable[[], RunsDialog]


def complete(store: RunStore, name: str = "whole", created: float = 2.0) -> Run:
    run = interrupted_run(store, name, cut_after=12, checkpoint=12, created=created)
    run.append(Tested(time=8.0, count=10, top1=0.5, top5=0.9))
    run.append(Finished(time=9.0, reason=FinishReason.COMPLETED))
    return run


def damage(store: RunStore, name: str) -> None:
    (store.folder / name).mkdir(parents=True)
    (store.folder / name / "run.json").write_text("{")


@pytest.fixture
def session(qtbot: QtBot, store: RunStore) -> Iterator[TrainingSession]:
    session = TrainingSession(store, FakeTrainer(3, STEPS_PER_EPOCH, {6: TrainingControl.pause}))
    yield session
    session.stop()
    qtbot.waitUntil(lambda: not session.busy)
    session.deleteLater()


@pytest.fixture
def make_dialog(qtbot: QtBot, session: TrainingSession) -> Iterator[MakeDialog]:
    """Return a function that opens the dialog and waits until it has read the runs."""
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    dialogs: list[RunsDialog] = []

    def make() -> RunsDialog:
        dialog = RunsDialog(session, window)
        dialogs.append(dialog)
        dialog.open()
        qtbot.waitUntil(lambda: dialog._task is None)
        return dialog

    yield make
    window.close()


def cells(dialog: RunsDialog, row: int) -> list[str]:
    model = dialog.table.model()
    return [str(model.index(row, column).data()) for column in range(model.columnCount())]


def the_question(dialog: RunsDialog) -> QMessageBox:
    (question,) = dialog.findChildren(QMessageBox)
    return question


def press(qtbot: QtBot, owner: QWidget, text: str) -> None:
    (button,) = [button for button in owner.findChildren(QPushButton) if button.text() == text]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def usable(dialog: RunsDialog) -> set[str]:
    return {button.text() for button in dialog.buttons.findChildren(QPushButton) if button.isEnabled()}


ALWAYS = {"Rea&d again", "&Close"}
ANY = ALWAYS | {"Open &folder", "&Delete…"}


def test_the_table_says_what_became_of_each_run(make_dialog: MakeDialog, store: RunStore) -> None:
    interrupted_run(store, created=1_000_000_000.0)
    complete(store, created=1_000_000_060.0)
    damage(store, "odd")
    dialog = make_dialog()
    assert dialog.table.isVisible()
    started = time.strftime("%Y-%m-%d %H:%M", time.localtime(1_000_000_000))
    whole, cut, odd = (cells(dialog, row) for row in range(3))
    assert whole[0] == "whole"
    assert whole[2:6] == ["ResNet-18", "Demo shapes", "completed", "3/3"]
    assert whole[6].endswith(" %")
    assert whole[7] == "50.0 %"
    assert cut[:6] == ["cut", started, "ResNet-18", "Demo shapes", "interrupted at epoch 2, step 6", "2/3"]
    assert cut[7] == ""
    assert odd[0] == "odd"
    assert odd[4].startswith("damaged: ")
    dialog.table.selectRow(2)
    assert "run.json is damaged: " in dialog.details.text()
    dialog.table.selectRow(0)
    assert str(store.folder / "whole") in dialog.details.text()


def test_without_runs_it_says_where_they_come_from(make_dialog: MakeDialog) -> None:
    dialog = make_dialog()
    assert not dialog.table.isVisible()
    assert "no runs yet" in dialog.words.text()
    assert usable(dialog) == ALWAYS


def test_what_can_be_done_follows_what_is_selected(make_dialog: MakeDialog, store: RunStore) -> None:
    cut = interrupted_run(store, created=4.0)
    complete(store, created=3.0)
    store.create(cut.record.config, "new", now=2.0)
    damage(store, "odd")
    dialog = make_dialog()
    dialog.table.selectRow(0)
    assert usable(dialog) == ANY | {"&Show", "&Resume", "&More epochs…", "&Use these settings"}
    dialog.table.selectRow(1)
    assert usable(dialog) == ANY | {"&Show", "&More epochs…", "&Use these settings"}
    assert "It is complete." in dialog.buttons.resume_button.toolTip()
    dialog.table.selectRow(2)
    assert usable(dialog) == ANY | {"&Show", "&Resume", "&Use these settings"}
    dialog.table.selectRow(3)
    assert usable(dialog) == ALWAYS | {"Open &folder"}
    assert "run.json is damaged" in dialog.buttons.show_button.toolTip()
    dialog.table.clearSelection()
    assert usable(dialog) == ALWAYS
    assert "Select one run." in dialog.buttons.show_button.toolTip()
    dialog.table.selectAll()
    assert usable(dialog) == ALWAYS | {"Open &folder"}


def test_what_is_being_trained_can_only_be_watched(make_dialog: MakeDialog, store: RunStore) -> None:
    run = interrupted_run(store)
    with training_lock(run.folder):
        dialog = make_dialog()
        assert cells(dialog, 0)[4] == "being trained now"
        assert usable(dialog) == ALWAYS | {"&Show", "&Use these settings", "Open &folder"}
        assert "stop it first" in dialog.buttons.delete_button.toolTip()


def test_while_a_training_runs_here_nothing_else_is_shown_or_resumed(
    qtbot: QtBot, make_dialog: MakeDialog, store: RunStore, session: TrainingSession
) -> None:
    run = interrupted_run(store)
    complete(store)
    session.resume_run(run)
    qtbot.waitUntil(lambda: session.state is TrainingState.PAUSED)
    dialog = make_dialog()
    dialog.table.selectRow(0)
    assert usable(dialog) == ANY
    assert "A training runs in this window" in dialog.buttons.show_button.toolTip()
    session.resume()
    qtbot.waitUntil(lambda: dialog.buttons.show_button.isEnabled())
    qtbot.waitUntil(lambda: cells(dialog, 1)[4] == "completed")


@pytest.mark.parametrize("way", ["Enter", "double click", "button"])
def test_a_run_is_shown(qtbot: QtBot, make_dialog: MakeDialog, store: RunStore, way: str) -> None:
    interrupted_run(store)
    dialog = make_dialog()
    with qtbot.waitSignal(dialog.show_requested) as blocker:
        if way == "Enter":
            qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
        elif way == "double click":
            place = dialog.table.visualRect(dialog.table.model().index(0, 0)).center()
            qtbot.mouseClick(dialog.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
            qtbot.mouseDClick(dialog.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
        else:
            qtbot.mouseClick(dialog.buttons.show_button, Qt.MouseButton.LeftButton)
    assert blocker.args[0].name == "cut"
    assert not dialog.isVisible()


def test_arrow_keys_go_through_the_runs_and_tab_to_the_buttons(
    qtbot: QtBot, make_dialog: MakeDialog, store: RunStore
) -> None:
    interrupted_run(store, "first", created=2.0)
    interrupted_run(store, "second", created=1.0)
    dialog = make_dialog()
    dialog.activateWindow()
    assert dialog.focusWidget() is dialog.table
    qtbot.keyClick(dialog.table, Qt.Key.Key_Down)
    assert [row.run.name for row in dialog.selected()] == ["second"]
    qtbot.keyClick(dialog.table, Qt.Key.Key_Tab)
    assert dialog.focusWidget() is dialog.buttons.show_button
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_more_epochs_are_asked_for_and_given(qtbot: QtBot, make_dialog: MakeDialog, store: RunStore) -> None:
    complete(store)
    dialog = make_dialog()
    press(qtbot, dialog, "&More epochs…")
    (ask,) = dialog.findChildren(QInputDialog)
    assert "It has 3 of 3." in ask.labelText()
    assert (ask.intMinimum(), ask.intValue()) == (4, 13)
    ask.setIntValue(5)
    with qtbot.waitSignal(dialog.resume_requested) as blocker:
        ask.accept()
    run, epochs = blocker.args
    assert (run.name, epochs) == ("whole", 5)


def test_columns_are_sorted_by_what_they_mean(make_dialog: MakeDialog, store: RunStore) -> None:
    for number, (name, cut_after) in enumerate([("b", 9), ("A", 3), ("c", 6)]):
        interrupted_run(store, name, cut_after=cut_after, checkpoint=0, created=float(number))
    dialog = make_dialog()

    def order() -> list[str]:
        return [cells(dialog, row)[0] for row in range(3)]

    assert order() == ["c", "A", "b"]
    dialog.table.sortByColumn(Column.NAME, Qt.SortOrder.AscendingOrder)
    assert order() == ["A", "b", "c"]
    dialog.table.sortByColumn(Column.EPOCHS, Qt.SortOrder.DescendingOrder)
    assert order() == ["b", "c", "A"]


def test_folders_are_opened(
    qtbot: QtBot, make_dialog: MakeDialog, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    damage(store, "odd")
    dialog = make_dialog()
    press(qtbot, dialog, "Open &folder")
    assert [Path(url.toLocalFile()) for url in opened] == [store.folder / "odd"]


def test_deleting_asks_and_can_be_taken_back(qtbot: QtBot, make_dialog: MakeDialog, store: RunStore) -> None:
    run = complete(store)
    dialog = make_dialog()
    qtbot.keyClick(dialog.table, Qt.Key.Key_Delete)
    question = the_question(dialog)
    assert question.text() == "Delete the run whole for good?"
    assert "cannot be brought back" in question.informativeText()
    qtbot.keyClick(question, Qt.Key.Key_Return)  # what is pressed by mistake keeps it
    assert run.folder.is_dir()


def test_several_runs_are_deleted_for_good(qtbot: QtBot, make_dialog: MakeDialog, store: RunStore) -> None:
    complete(store, "one")
    complete(store, "two")
    interrupted_run(store, "kept", created=9.0)
    dialog = make_dialog()
    dialog.table.selectAll()
    assert len(dialog.selected()) == 3
    dialog.table.clearSelection()
    dialog._select([1, 2])
    press(qtbot, dialog, "&Delete…")
    assert the_question(dialog).text() == "Delete these 2 runs for good?"
    with qtbot.waitSignal(dialog.deleted):
        press(qtbot, the_question(dialog), "&Delete")
    qtbot.waitUntil(lambda: dialog._model.rowCount() == 1)
    assert [path.name for path in store.folder.iterdir()] == ["kept"]
    assert [row.run.name for row in dialog.selected()] == ["kept"]


def test_what_cannot_be_deleted_is_told(
    qtbot: QtBot, make_dialog: MakeDialog, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = complete(store)
    dialog = make_dialog()

    def refuse(_store: RunStore, run: Run) -> None:
        raise RunError(f"{run.folder} cannot be deleted: it is in use.")

    monkeypatch.setattr(RunStore, "delete", refuse)
    press(qtbot, dialog, "&Delete…")
    with qtbot.waitSignal(dialog.deleted):
        press(qtbot, the_question(dialog), "&Delete")
    qtbot.waitUntil(lambda: bool(dialog.findChildren(ErrorDialog)))
    (told,) = dialog.findChildren(ErrorDialog)
    assert "it is in use" in told.text
    told.close()
    assert run.folder.is_dir()


def test_it_closes_while_it_reads(make_dialog: MakeDialog, store: RunStore, session: TrainingSession) -> None:
    for number in range(20):
        interrupted_run(store, str(number))
    dialog = make_dialog()
    dialog.refresh()
    dialog.close()


# With the window


@pytest.mark.usefixtures("few_pictures")
def test_the_window_does_what_the_dialog_asks_for(
    qtbot: QtBot, make_window: Callable[[FitFunction], MainWindow], store: RunStore
) -> None:
    run = complete(store)
    write_checkpoint(run, 12, 3)
    window = make_window(FakeTrainer(4, STEPS_PER_EPOCH))
    window.tabs.setCurrentWidget(window.classify_tab)

    def dialog() -> RunsDialog:
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
        opened = window.findChildren(RunsDialog)[-1]
        qtbot.waitUntil(lambda: opened._task is None)
        return opened

    with qtbot.waitSignal(window.session.finished):
        press(qtbot, dialog(), "&Show")
    assert window.tabs.currentWidget() is window.train_tab
    assert len(window.session.history) == 12
    assert window.train_tab.config().seed == 0
    press(qtbot, dialog(), "&Use these settings")
    assert window.train_tab.config() == run.record.config
    press(qtbot, dialog(), "&More epochs…")
    (ask,) = window.findChildren(QInputDialog)
    ask.setIntValue(4)
    with qtbot.waitSignal(window.session.finished):
        ask.accept()
    assert window.session.history.steps.tolist() == list(range(1, 17))
    assert window.train_tab.config().epochs == 4
    opened = dialog()
    press(qtbot, opened, "&Delete…")
    with qtbot.waitSignal(window.runs.deleted):
        press(qtbot, the_question(opened), "&Delete")
    assert not store.list().runs

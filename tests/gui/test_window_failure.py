from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from resnet_gui.gui.error_dialog import ErrorDialog
from resnet_gui.gui.main_window import MainWindow
from resnet_gui.gui.train_tab.actions import Request
from resnet_gui.gui.window_settings import WindowSettings
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from tests.fake_trainer import FakeTrainer

pytestmark = [
    pytest.mark.usefixtures("few_pictures"),
]


def fail(_control: TrainingControl) -> None:
    raise ZeroDivisionError("by nought")


@pytest.fixture
def window(qtbot: QtBot, store: RunStore, tmp_path: Path) -> Iterator[MainWindow]:
    window = MainWindow(store, WindowSettings(tmp_path / "settings.ini"), FakeTrainer(at={2: fail}))
    qtbot.addWidget(window)
    window.show()
    yield window
    window.close()


def start(qtbot: QtBot, window: MainWindow) -> ErrorDialog:
    """Start a training that fails, and return the dialog about it, the only one there is."""
    tab = window.train_tab
    qtbot.waitUntil(tab.buttons[Request.START].isEnabled)
    with qtbot.waitSignal(window.session.finished):
        tab.buttons[Request.START].click()
    (dialog,) = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, ErrorDialog)]
    return dialog


def test_failed_training_is_told_in_one_dialog(qtbot: QtBot, window: MainWindow) -> None:
    dialog = start(qtbot, window)
    assert "by nought" in dialog.text
    assert "ZeroDivisionError" in dialog.text  # in the details
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()


def test_folder_that_cannot_be_written_is_told_in_words(qtbot: QtBot, window: MainWindow, store: RunStore) -> None:
    store.folder.parent.mkdir(exist_ok=True)
    store.folder.write_text("a file where the folder should be")
    dialog = start(qtbot, window)
    assert "cannot be made" in dialog.text
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()

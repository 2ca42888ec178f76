from __future__ import annotations

import logging
import sys
import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from resnet_gui.errors import DataError
from resnet_gui.gui.error_dialog import ErrorDialog, install_excepthook, show_error


def open_dialogs() -> list[ErrorDialog]:
    return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, ErrorDialog)]


def close_dialogs(qtbot: QtBot) -> None:
    for dialog in open_dialogs():
        dialog.close()
    qtbot.waitUntil(lambda: not open_dialogs())


def button(dialog: ErrorDialog, text: str) -> QPushButton:
    return next(found for found in dialog.findChildren(QPushButton) if found.text().replace("&", "") == text)


def test_says_what_happened_and_returns_at_once(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = show_error(parent, "The disk is full.", "Make room.", "Traceback")
    assert dialog.isVisible()
    assert dialog.isModal()
    close_dialogs(qtbot)


def test_details_wait_for_their_button(qtbot: QtBot) -> None:
    dialog = show_error(None, "It broke.", "", "Traceback: line 1")
    details = dialog.findChild(QPlainTextEdit)
    assert not details.isVisible()
    button(dialog, "Details").click()
    assert details.isVisible()
    assert details.toPlainText() == "Traceback: line 1"
    close_dialogs(qtbot)


def test_without_details_there_is_no_button_for_them(qtbot: QtBot) -> None:
    dialog = show_error(None, "It broke.")
    assert "Details" not in [found.text().replace("&", "") for found in dialog.findChildren(QPushButton)]
    close_dialogs(qtbot)


def test_copies_everything(qtbot: QtBot) -> None:
    dialog = show_error(None, "It broke.", "Mend it.", "Traceback")
    button(dialog, "Copy").click()
    assert QGuiApplication.clipboard().text() == "It broke.\n\nMend it.\n\nTraceback"
    assert dialog.isVisible()
    close_dialogs(qtbot)


def test_remedy_is_the_first_button_and_told_when_it_is_pressed(qtbot: QtBot) -> None:
    dialog = show_error(None, "Out of memory.", remedy="Use batch size 16")
    assert button(dialog, "Use batch size 16").isDefault()
    with qtbot.waitSignal(dialog.remedy_requested):
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not open_dialogs())


def test_closing_is_no_remedy(qtbot: QtBot) -> None:
    dialog = show_error(None, "Out of memory.", remedy="Use batch size 16")
    with qtbot.assertNotEmitted(dialog.remedy_requested):
        button(dialog, "Close").click()
    close_dialogs(qtbot)


def raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


def report(error: Exception) -> None:
    sys.excepthook(type(error), raised(error), error.__traceback__)


@pytest.mark.usefixtures("reporter")
def test_uncaught_error_is_shown_and_logged(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        report(ValueError("odd"))
    (dialog,) = open_dialogs()
    assert "odd" in dialog.text
    assert "ValueError" in dialog.text
    assert "odd" in caplog.text
    close_dialogs(qtbot)


@pytest.mark.usefixtures("reporter")
def test_error_in_words_keeps_its_words(qtbot: QtBot) -> None:
    report(DataError("No pictures.", "Add some."))
    (dialog,) = open_dialogs()
    assert dialog.text.startswith("No pictures.\n\nAdd some.")
    close_dialogs(qtbot)


@pytest.mark.usefixtures("reporter")
def test_one_dialog_at_a_time(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(3):
        report(ValueError(f"error {number}"))
    (dialog,) = open_dialogs()
    assert "error 0" in dialog.text
    assert "error 2" in caplog.text
    close_dialogs(qtbot)
    report(ValueError("later"))
    assert len(open_dialogs()) == 1
    close_dialogs(qtbot)


@pytest.mark.usefixtures("reporter")
def test_error_of_another_thread_is_shown_on_this_one(qtbot: QtBot) -> None:
    def fail() -> None:
        raise ValueError("elsewhere")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: len(open_dialogs()) == 1)
    assert "elsewhere" in open_dialogs()[0].text
    close_dialogs(qtbot)


def test_hooks_are_given_back(qapp: QApplication) -> None:
    before = sys.excepthook, threading.excepthook
    reporter = install_excepthook(qapp)
    assert sys.excepthook is not before[0]
    reporter.uninstall()
    assert (sys.excepthook, threading.excepthook) == before
    reporter.deleteLater()

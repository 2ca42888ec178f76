"""However many errors come: a log of limited size, one dialog at a time, and a window that lives."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QThread, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from resnet_gui import paths
from resnet_gui.gui.error_dialog import ErrorDialog, ExceptionReporter, install_excepthook
from resnet_gui.gui.error_rate import Answer, ErrorRate


class Clock:
    """Seconds that go forward when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_error_that_comes_with_every_frame_is_shown_once_a_minute_and_counted() -> None:
    clock = Clock()
    rate = ErrorRate(clock)
    answers = [rate.came("same")[0] for _ in range(1000)]
    assert answers.count(Answer.SHOWN) == 1
    assert answers[0] is Answer.SHOWN
    assert [number for number, answer in enumerate(answers, 1) if answer is Answer.COUNTED] == [10, 100, 1000]
    clock.now = 59.9
    assert rate.came("same")[0] is Answer.NOTHING
    clock.now = 60.0
    assert rate.came("same") == (Answer.SHOWN, 1002)


def test_of_errors_that_all_differ_thirty_a_minute_are_written() -> None:
    clock = Clock()
    rate = ErrorRate(clock)
    assert [rate.came(f"error {number}")[0] for number in range(1000)].count(Answer.SHOWN) == 30
    clock.now = 60.0
    assert rate.came("another")[0] is Answer.SHOWN


@pytest.fixture
def reporter(qapp: QApplication) -> Iterator[ExceptionReporter]:
    with capture_exceptions():  # pytest-qt's own hook is put back after it
        reporter = install_excepthook(qapp)
        yield reporter
        reporter.uninstall()
        reporter.deleteLater()


def open_dialogs() -> list[ErrorDialog]:
    found = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, ErrorDialog)]
    return [dialog for dialog in found if dialog.isVisible()]


def the_dialog(qtbot: QtBot) -> ErrorDialog:
    qtbot.waitUntil(lambda: len(open_dialogs()) == 1)
    return open_dialogs()[0]


class Failing(QWidget):
    """Makes a mistake whenever it is painted."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        raise RuntimeError("in a paint event")


class FailingThread(QThread):
    """Makes a mistake in a thread of Qt's."""

    def run(self) -> None:
        raise RuntimeError("in a thread of Qt's")


def fail(where: str) -> None:
    raise RuntimeError(where)


@pytest.mark.parametrize("where", ["slot", "paint event", "thread of Qt's", "thread of Python's"])
def test_a_mistake_anywhere_is_one_dialog_that_can_be_copied(
    qtbot: QtBot, reporter: ExceptionReporter, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    with caplog.at_level(logging.CRITICAL):
        match where:
            case "slot":
                QTimer.singleShot(0, lambda: fail("in a slot"))
            case "paint event":
                widget = Failing()
                qtbot.addWidget(widget)
                widget.show()
            case "thread of Qt's":
                thread = FailingThread()
                thread.start()
                assert thread.wait(5000)
            case _:
                python = threading.Thread(target=fail, args=("in a thread of Python's",))
                python.start()
                python.join()
        dialog = the_dialog(qtbot)
    assert f"in a {where}" in dialog.text
    assert "Traceback" in dialog.text
    assert sum("Uncaught exception" in record.getMessage() for record in caplog.records) == 1
    dialog.reject()


def test_a_storm_of_mistakes_neither_floods_the_log_nor_piles_up_dialogs(
    qtbot: QtBot, reporter: ExceptionReporter, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        for _ in range(1000):
            try:
                fail("again")
            except RuntimeError as error:
                sys.excepthook(type(error), error, error.__traceback__)
        the_dialog(qtbot).reject()
        QApplication.processEvents()
    assert len(caplog.records) == 4  # in full, and the 10th, 100th and 1000th time
    assert not open_dialogs()


def test_a_long_log_keeps_its_end_in_a_second_file_and_begins_anew() -> None:
    log = paths.log_file()
    lines = b"".join(b"line %07d\n" % number for number in range(2 * paths.LOG_SIZE // 13))
    log.write_bytes(lines)
    with log.open("ab") as somebody_else:  # C++ libraries keep it open
        assert paths.short_log() == log
        somebody_else.write(b"after\n")
    older = Path(f"{log}.1")
    assert log.read_bytes() == b"after\n"
    assert older.read_bytes() == lines[-paths.LOG_SIZE :]
    assert paths.short_log().read_bytes() == b"after\n"  # short enough

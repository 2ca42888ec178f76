"""The program with a window as a process: how it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from resnet_gui import paths

_CLOSE_WHILE_A_DROPPED_TASK_RUNS = """
import sys, time
from PySide6.QtCore import QTimer
from resnet_gui.gui import app, main_window
from resnet_gui.gui.task import Task

class Window(main_window.MainWindow):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        QTimer.singleShot(0, self.leave)

    def leave(self):
        Task(lambda _report: time.sleep(1.5)).start()
        self.close()

main_window.MainWindow = Window
sys.exit(app.main([]))
"""

_FAIL_WHILE_OPENING = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from resnet_gui.gui import app, main_window

def read_and_close():
    dialog = QApplication.activeModalWidget()
    print(dialog.text)
    dialog.close()

class Window(main_window.MainWindow):
    def __init__(self, *arguments):
        QTimer.singleShot(0, read_and_close)
        raise PermissionError(13, "Permission denied", "/closed")

main_window.MainWindow = Window
sys.exit(app.main([]))
"""


def run_program(program: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.slow
def test_closing_waits_for_work_that_was_dropped() -> None:
    done = run_program(_CLOSE_WHILE_A_DROPPED_TASK_RUNS)
    assert done.returncode == 0, done.stderr
    assert "QThread" not in done.stderr


@pytest.mark.slow
def test_a_window_that_cannot_be_opened_says_why() -> None:
    done = run_program(_FAIL_WHILE_OPENING)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("The window cannot be opened: [Errno 13] Permission denied: '/closed'\n\n")
    assert "Traceback" in done.stdout
    assert "Permission denied: '/closed'" in paths.log_file().read_text(encoding="utf-8")

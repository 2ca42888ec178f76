"""The program with a window as a process: how it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

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

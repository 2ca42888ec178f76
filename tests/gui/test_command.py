from __future__ import annotations

import subprocess
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QProcess
from pytestqt.qtbot import QtBot

from resnet_gui.gui.command import PROGRAM, CommandRunner
from tests.gui.fake_commands import program_failing, program_hanging, program_printing, python


class Told:
    """Writes down what a runner tells."""

    def __init__(self, runner: CommandRunner) -> None:
        self.lines: list[object] = []
        self.failures: list[tuple[str, str]] = []
        self.finishes = 0
        runner.line_arrived.connect(self.lines.append)
        runner.failed.connect(lambda message, details: self.failures.append((message, details)))
        runner.finished.connect(self._on_finished)

    def _on_finished(self) -> None:
        self.finishes += 1


def child_pids() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def test_lines_arrive_in_order_and_then_the_end(qtbot: QtBot) -> None:
    lines = [{"step": 1, "loss": 0.5}, {"words": "fünf"}, [None]]
    runner = CommandRunner(program_printing(lines))
    told = Told(runner)
    with qtbot.waitSignal(runner.finished):
        runner.start([])
    assert told.lines == lines
    assert not told.failures
    assert not runner.running


def test_arguments_are_handed_over_as_they_are(qtbot: QtBot) -> None:
    arguments = ["--data=/my pictures/-x", "", 'quoted "words"', "ünï"]
    runner = CommandRunner(python("import json, sys; print(json.dumps(sys.argv[1:]))"))
    told = Told(runner)
    with qtbot.waitSignal(runner.finished):
        runner.start(arguments)
    assert told.lines == [arguments]


def test_a_line_is_told_while_the_command_goes_on(qtbot: QtBot) -> None:
    runner = CommandRunner(program_hanging([{"step": 1}]))
    with qtbot.waitSignal(runner.line_arrived):
        runner.start([])
    assert runner.running
    runner.cancel()


def test_a_large_line_and_one_without_an_end_are_read_whole(qtbot: QtBot) -> None:
    runner = CommandRunner(python("print('[' + '1,' * 500_000 + '1]'); print('{}', end='')"))
    told = Told(runner)
    with qtbot.waitSignal(runner.finished):
        runner.start([])
    assert told.lines == [[1] * 500_001, {}]


@pytest.mark.parametrize(
    ("stderr", "words"),
    [
        ("some noise\nresnet-gui-cli: There is no such folder. Choose another.\n",
         "There is no such folder. Choose another."),
        ("usage: resnet-gui-cli model\nresnet-gui-cli model: error: unknown: x\n", "unknown: x"),
        ("Traceback ...\nZeroDivisionError: oh\n", "The command failed."),
    ],
)  # fmt: skip
def test_the_words_of_a_failure_are_those_of_the_command(qtbot: QtBot, stderr: str, words: str) -> None:
    runner = CommandRunner(program_failing(stderr))
    told = Told(runner)
    with qtbot.waitSignal(runner.failed):
        runner.start([])
    assert told.failures == [(words, stderr.strip())]
    assert not told.finishes


def test_a_command_that_dies_is_told_of(qtbot: QtBot) -> None:
    runner = CommandRunner(python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"))
    with qtbot.waitSignal(runner.failed) as failed:
        runner.start([])
    assert "memory" in failed.args[0]


def test_a_program_that_is_not_there_is_told_of(qtbot: QtBot, tmp_path: Path) -> None:
    runner = CommandRunner([str(tmp_path / "missing")])
    told = Told(runner)
    with qtbot.waitSignal(runner.failed):
        runner.start([])
    assert "cannot be started" in told.failures[0][0]
    assert len(told.failures) == 1
    assert not runner.running


def test_an_answer_that_is_no_json_is_a_failure(qtbot: QtBot) -> None:
    runner = CommandRunner(python("print('{}'); print('Hello', flush=True); import time; time.sleep(60)"))
    told = Told(runner)
    with qtbot.waitSignal(runner.failed):
        runner.start([])
    assert told.lines == [{}]
    assert told.failures[0][1].strip() == "Hello"
    assert not child_pids()


def test_cancelling_kills_and_nothing_more_is_told(qtbot: QtBot) -> None:
    before = child_pids()
    runner = CommandRunner(program_hanging([{"step": 1}]))
    told = Told(runner)
    with qtbot.waitSignal(runner.line_arrived):
        runner.start([])
    runner.cancel()
    assert child_pids() == before
    QCoreApplication.processEvents()
    assert (told.lines, told.failures, told.finishes) == ([{"step": 1}], [], 0)


def test_starting_again_ends_what_was_running(qtbot: QtBot) -> None:
    runner = CommandRunner(python(
        "import sys, time; print(sys.argv[1], flush=True); time.sleep(60) if sys.argv[1] == '1' else None"
    ))  # fmt: skip
    told = Told(runner)
    with qtbot.waitSignal(runner.line_arrived):
        runner.start(["1"])
    with qtbot.waitSignal(runner.finished):
        runner.start(["2"])
    assert told.lines == [1, 2]
    assert not child_pids()


@pytest.mark.parametrize("by_parent", [True, False])
def test_the_command_dies_with_its_runner(qtbot: QtBot, by_parent: bool) -> None:
    parent = QObject()
    runner = CommandRunner(program_hanging([{}]), parent if by_parent else None)
    with qtbot.waitSignal(runner.line_arrived):
        runner.start([])
    assert child_pids()
    if by_parent:
        parent.deleteLater()
    else:
        del runner
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not child_pids()
    qtbot.waitUntil(lambda: not QCoreApplication.instance().findChildren(QProcess))


def test_a_runner_may_be_deleted_by_what_it_tells(qtbot: QtBot) -> None:
    runner = CommandRunner(program_printing([{}]))
    runner.finished.connect(runner.deleteLater)
    with qtbot.waitSignal(runner.destroyed):
        runner.start([])


QUITTING = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
from resnet_gui.gui.command import CommandRunner

def run():
    app = QApplication([])
    window = QWidget()
    runner = CommandRunner([sys.executable, "-c", sys.argv[1]], window)
    runner.line_arrived.connect(lambda pid: (print(pid, flush=True), QTimer.singleShot(0, app.quit)))
    runner.start([])
    app.exec()

run()
"""


def test_the_command_dies_with_the_program_without_a_word() -> None:
    hanging = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    ended = subprocess.run([*python(QUITTING), hanging], capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert not psutil.pid_exists(int(ended.stdout))


@pytest.mark.slow
def test_the_programs_own_command_line_is_run(qtbot: QtBot) -> None:
    runner = CommandRunner()
    assert runner._program == PROGRAM
    with qtbot.waitSignal(runner.finished, timeout=30_000):
        runner.start(["runs", "--json"])
    with qtbot.waitSignal(runner.failed, timeout=30_000) as failed:
        runner.start(["train", "--data=shapes", "--epochs=0"])
    assert failed.args[0].startswith("Epochs must be at least 1")

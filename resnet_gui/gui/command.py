"""CommandRunner: a command of the program's own command line, in a process of its own.

What needs TensorFlow and is no training runs this way: its 6 s of importing and its 600 MB stay out of the window's
process, and to cancel is to kill.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, QProcess, QProcessEnvironment, Signal

PROGRAM = (sys.executable, "-m", "resnet_gui.cli.main")
_ENVIRONMENT = {
    "PYTHONUNBUFFERED": "1",  # each line comes when it is printed
    "PYTHONIOENCODING": "utf-8",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
# "resnet-gui-cli: words" from the program, "resnet-gui-cli model: error: words" from its parser.
_FAILURE = re.compile(r"^resnet-gui-cli[^:]*: (?:error: )?(.+)$", re.MULTILINE)


class CommandRunner(QObject):
    """Runs one command at a time and tells what it prints, one JSON object a line.

    Exactly one of `failed` and `finished` follows each start, unless it is cancelled: then nothing does. The process
    never outlives the runner.

    Args:
        program: what the arguments are given to.
        parent: what owns the runner.
    """

    line_arrived = Signal(object)
    failed = Signal(str, str)
    """Words for the user, and everything the command wrote to stderr."""
    finished = Signal()

    def __init__(self, program: Sequence[str] = PROGRAM, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._program = tuple(program)
        # In a list of its own, because nothing else of the runner is left when it tells that it is destroyed.
        self._processes: list[QProcess] = []
        self.destroyed.connect(partial(_end, self._processes))

    @property
    def running(self) -> bool:
        """Whether a command was started and its outcome is still to come."""
        return bool(self._processes)

    def start(self, arguments: Sequence[str]) -> None:
        """Run a command; one that is running is cancelled."""
        self.cancel()
        # The application owns it: it must not be deleted with the runner before it has been ended, nor by Python
        # while it is telling something.
        process = QProcess(QCoreApplication.instance())
        environment = QProcessEnvironment.systemEnvironment()
        for name, value in _ENVIRONMENT.items():
            environment.insert(name, value)
        process.setProcessEnvironment(environment)
        process.setStandardInputFile(QProcess.nullDevice())
        process.readyReadStandardOutput.connect(self._on_output_arrived)
        process.errorOccurred.connect(self._on_error_occurred)
        process.finished.connect(self._on_process_finished)
        self._processes.append(process)
        process.start(self._program[0], [*self._program[1:], *arguments])

    def cancel(self) -> None:
        """Kill the command, if one is running; nothing more is told of it."""
        _end(self._processes)

    def _on_output_arrived(self) -> None:
        while self._processes and self._processes[0].canReadLine():
            self._tell(bytes(self._processes[0].readLine().data()))

    def _tell(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            value = json.loads(line)
        except ValueError:
            self.cancel()
            self.failed.emit(self.tr("The command gave an answer that cannot be read."), line.decode(errors="replace"))
        else:
            self.line_arrived.emit(value)

    def _on_error_occurred(self, error: QProcess.ProcessError) -> None:
        if self._processes and error is QProcess.ProcessError.FailedToStart:
            reason = self._processes[0].errorString()
            self.cancel()
            self.failed.emit(self.tr("The command cannot be started: {reason}").format(reason=reason), "")

    def _on_process_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._on_output_arrived()
        if self._processes:  # a last line may lack its end
            self._tell(bytes(self._processes[0].readAllStandardOutput().data()))
        if not self._processes:
            return
        process = self._processes.pop()
        process.deleteLater()
        if status is QProcess.ExitStatus.NormalExit and code == 0:
            self.finished.emit()
            return
        details = bytes(process.readAllStandardError().data()).decode(errors="replace").strip()
        self.failed.emit(self._words_for(details, crashed=status is QProcess.ExitStatus.CrashExit), details)

    def _words_for(self, stderr: str, *, crashed: bool) -> str:
        if crashed:
            return self.tr("The command was ended by the system; perhaps there was too little memory.")
        words = _FAILURE.findall(stderr)
        return words[-1] if words else self.tr("The command failed.")


def _end(processes: list[QProcess], *_: object) -> None:
    """Kill the processes and wait until they are gone, so that none becomes a zombie."""
    while processes:
        process = processes.pop()
        process.kill()
        process.waitForFinished()
        process.deleteLater()

"""Task: one job off the GUI thread, told like a sentence.

task = Task(work)
task.succeeded.connect(self._on_scanned)
task.failed.connect(self._on_failed)
task.start()
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from PySide6.QtCore import QMetaMethod, QThread, Signal

from resnet_gui.errors import CancelledError
from resnet_gui.progress import Report

# Decoders and networks recurse deeply, and macOS gives threads 512 KiB unless told otherwise.
_STACK_SIZE = 16 * 2**20
_REPORT_INTERVAL = 0.1

# Every task between start and outcome. Without it, a task that nobody keeps would be destroyed while it runs,
# and Qt ends the program for that; it also is why a task has no parent to be deleted with.
_unfinished: set[Task] = set()


class Task(QThread):
    """Runs `work(report)` once in a thread of its own; exactly one outcome follows, on the GUI thread.

    Args:
        work: gets a `report(stage, done, total)` that it calls often: it raises CancelledError once the task
            is cancelled, and may be called from the task's thread only.
    """

    progressed = Signal(str, int, int)
    """Stage, done, total; ten times a second at most, and whenever the stage changes."""
    succeeded = Signal(object)
    """What `work` returned."""
    failed = Signal(Exception)
    """What `work` raised. If nothing is connected, it is raised on the GUI thread."""
    cancelled = Signal()

    _reported = Signal(str, int, int)

    def __init__(self, work: Callable[[Report], object]) -> None:
        super().__init__()
        self.setStackSize(_STACK_SIZE)
        self._work = work
        self._cancel_requested = threading.Event()
        self._last_report = ("", -_REPORT_INTERVAL)
        self._result: object = None
        self._error: Exception | None = None
        # Through the event loop, so that handlers of any kind run on the GUI thread, after the work has ended.
        self._reported.connect(self._on_reported)
        self.finished.connect(self._on_finished)

    def start(self, priority: QThread.Priority = QThread.Priority.InheritPriority) -> None:
        """Begin the work."""
        _unfinished.add(self)
        super().start(priority)

    def cancel(self) -> None:
        """Ask the work to end at its next report; a result that comes nevertheless is dropped."""
        self._cancel_requested.set()

    def wait(self) -> bool:  # type: ignore[override]
        """Return once the work has ended and its outcome is told; call it on the GUI thread."""
        super().wait()
        self._on_finished()
        return True

    def run(self) -> None:
        """Do the work; called by Qt in the task's own thread."""
        try:
            self._result = self._work(self._report)
        except Exception as error:  # noqa: BLE001  every kind is handed over to the GUI thread
            self._error = error

    def _report(self, stage: str, done: int, total: int) -> None:
        if self._cancel_requested.is_set():
            raise CancelledError
        last_stage, last_time = self._last_report
        now = time.monotonic()
        if stage != last_stage or now - last_time >= _REPORT_INTERVAL:
            self._last_report = (stage, now)
            self._reported.emit(stage, done, total)

    def _on_reported(self, stage: str, done: int, total: int) -> None:
        if not self._cancel_requested.is_set():
            self.progressed.emit(stage, done, total)

    def _on_finished(self) -> None:
        if self not in _unfinished:
            return  # told by `wait` already
        super().wait()  # Qt tells that a thread finished a moment before it has
        _unfinished.discard(self)
        error, result = self._error, self._result
        self._error = self._result = None  # the outcome must not live as long as whoever keeps the task
        if isinstance(error, CancelledError) or (error is None and self._cancel_requested.is_set()):
            self.cancelled.emit()
        elif error is None:
            self.succeeded.emit(result)
        elif self.isSignalConnected(QMetaMethod.fromSignal(self.failed)):
            self.failed.emit(error)
        else:
            raise error


def any_running() -> bool:
    """Return whether there is a task whose outcome is still to come."""
    return bool(_unfinished)


def finish_tasks() -> None:
    """Cancel every unfinished task and wait until none runs: the last thing a program does."""
    tasks = list(_unfinished)
    for task in tasks:
        task.cancel()
    for task in tasks:
        task.wait()

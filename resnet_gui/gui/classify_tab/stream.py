"""Stream: what a generator yields off the GUI thread, handed over in batches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from resnet_gui.gui.task import Task
from resnet_gui.paths import give_way
from resnet_gui.progress import Report

_INTERVAL_MS = 60
_LARGEST_BATCH = 500  # what a handler can take in without keeping the window waiting


class Stream(QObject):
    """Iterates a generator once in a Task and collects its items some times a second.

    Collecting at intervals, not sending each item, keeps the window quick however fast items come.

    Args:
        make_items: returns the generator, which is iterated, and closed, in the task's thread. It gets a `report`
            to call where items can be long in coming: that raises CancelledError once the stream is cancelled.
        parent: the owner, which must call `finish` before it goes away.
    """

    batch_ready = Signal(list)
    ended = Signal()
    """Nothing more comes: it was all, or the stream was cancelled, or it failed."""
    failed = Signal(Exception)
    """Comes just before `ended`."""

    def __init__(self, make_items: Callable[[Report], Generator[Any, None, None]], parent: QObject) -> None:
        super().__init__(parent)
        self._make_items = make_items
        self._ready: deque[Any] = deque()
        self._is_cancelled = False
        self._task_ended = False
        self._is_over = False
        self._error: Exception | None = None
        self._task = Task(self._work)
        self._task.succeeded.connect(self._on_task_ended)
        self._task.cancelled.connect(self._on_task_ended)
        self._task.failed.connect(self._on_task_failed)
        self._timer = QTimer(self, interval=_INTERVAL_MS)
        self._timer.timeout.connect(self._on_timeout)

    @property
    def is_cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self._is_cancelled

    def start(self) -> None:
        """Begin."""
        self._timer.start()
        self._task.start()

    def cancel(self) -> None:
        """Hand nothing over any more and end at the next report or item."""
        self._is_cancelled = True
        self._task.cancel()

    def finish(self) -> None:
        """Cancel, and wait for the thread."""
        self.cancel()
        self._task.wait()
        self._end_if_empty()

    def _work(self, report: Report) -> None:
        def check(_stage: str = "", _done: int = 0, _total: int = 0) -> None:
            report("", 0, 0)  # how far a stream is, is told by what it hands over

        give_way()
        with closing(self._make_items(check)) as items:
            check()
            for item in items:
                self._ready.append(item)
                check()

    def _on_timeout(self) -> None:
        batch = [self._ready.popleft() for _ in range(min(len(self._ready), _LARGEST_BATCH))]
        if batch and not self._is_cancelled:
            self.batch_ready.emit(batch)
        self._end_if_empty()

    def _on_task_ended(self) -> None:
        self._task_ended = True
        self._on_timeout()

    def _on_task_failed(self, error: Exception) -> None:
        self._error = error
        self._on_task_ended()

    def _end_if_empty(self) -> None:
        if self._is_cancelled:
            self._ready.clear()
        if not self._task_ended or self._ready or self._is_over:
            return
        self._is_over = True
        self._timer.stop()
        if self._error is not None:
            self.failed.emit(self._error)
        self.ended.emit()
        self.deleteLater()

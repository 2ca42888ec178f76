"""RunReader: reads a run off the GUI thread, again and again as long as some program trains it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from resnet_gui.gui.task import Task
from resnet_gui.runs.follower import RunFollower, RunNews

_INTERVAL_MS = 1000


class RunReader(QObject):
    """Tells what is in a run's folder and, about once a second, what was added, until nobody trains it any more.

    Args:
        folder: the run's.
    """

    arrived = Signal(object)  # RunNews; the last says that nobody trains the run
    failed = Signal(object)  # Exception; the last there is to hear

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._follower = RunFollower(folder)
        self._task: Task | None = None
        self._pause = QTimer(self, singleShot=True, interval=_INTERVAL_MS)
        self._pause.timeout.connect(self.read)

    def read(self) -> None:
        """Look what there is, and go on looking while the run is being trained."""
        task = Task(lambda _report: self._follower.read())
        task.succeeded.connect(partial(self._on_read, task))
        task.failed.connect(partial(self._on_failed, task))
        self._task = task
        task.start()

    def drop(self) -> None:
        """Read no more; what is being read is passed over."""
        self._pause.stop()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def shut_down(self) -> None:
        """Read no more, and wait for what is being read."""
        task = self._task
        self.drop()
        if task is not None:
            task.wait()

    def _on_read(self, task: Task, news: RunNews) -> None:
        if task is not self._task:
            return
        self._task = None
        if news.trained:
            self._pause.start()
        self.arrived.emit(news)

    def _on_failed(self, task: Task, error: Exception) -> None:
        if task is self._task:
            self._task = None
            self.failed.emit(error)

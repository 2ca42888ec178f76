"""RunDeleter: asks before runs are deleted, and deletes them off the GUI thread."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from resnet_gui.errors import ResNetGuiError
from resnet_gui.gui.error_dialog import show_error
from resnet_gui.gui.task import Task
from resnet_gui.progress import Report
from resnet_gui.runs.run import Run
from resnet_gui.runs.store import RunStore


class RunDeleter(QObject):
    """Deletes runs for good, one after the other, if the user wants it.

    Args:
        store: where they are.
        window: what the question stands on.
    """

    deleted = Signal()  # whatever could be deleted is gone

    def __init__(self, store: RunStore, window: QWidget) -> None:
        super().__init__(window)
        self._store = store
        self._window = window
        self._task: Task | None = None

    def ask(self, runs: Sequence[Run]) -> None:
        """Ask whether to delete some runs, and do it."""
        if self._task is not None:
            return
        question = QMessageBox(self._window)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.setIcon(QMessageBox.Icon.Warning)
        question.setWindowTitle(self.tr("Delete runs"))
        question.setTextFormat(Qt.TextFormat.PlainText)
        one = self.tr("Delete the run {name} for good?").format(name=runs[0].name)
        many = self.tr("Delete these {count} runs for good?").format(count=len(runs))
        question.setText(one if len(runs) == 1 else many)
        question.setInformativeText(
            self.tr(
                "Settings, curves, checkpoints and the model, {size} in all, are deleted from this computer. They do "
                "not go to a wastebasket and cannot be brought back."
            ).format(size=_size_words(sum(_size(run.folder) for run in runs)))
        )
        delete = question.addButton(self.tr("&Delete"), QMessageBox.ButtonRole.DestructiveRole)
        keep = question.addButton(self.tr("&Keep"), QMessageBox.ButtonRole.RejectRole)
        question.setDefaultButton(keep)
        question.setEscapeButton(keep)
        delete.clicked.connect(lambda: self._delete(runs))
        question.open()

    def shut_down(self) -> None:
        """Wait for a run that is being deleted; it would be left half there."""
        if self._task is not None:
            self._task.wait()

    def _delete(self, runs: Sequence[Run]) -> None:
        def work(report: Report) -> None:
            for number, run in enumerate(runs):
                report("Deleting", number, len(runs))
                self._store.delete(run)

        self._task = Task(work)
        self._task.succeeded.connect(self._on_ended)
        self._task.failed.connect(self._on_failed)
        self._task.start()

    def _on_ended(self) -> None:
        self._task = None
        self.deleted.emit()

    def _on_failed(self, error: Exception) -> None:
        self._on_ended()
        if not isinstance(error, ResNetGuiError):
            raise error  # a mistake of the program's own is reported as such
        show_error(self._window, error.message, error.advice)


def _size(folder: Path) -> int:
    """Return the bytes of all files in a folder that can be seen."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            file = os.path.join(path, name)
            total += os.lstat(file).st_size if os.path.lexists(file) else 0
    return total


def _size_words(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(count / 1e6, 0.1):.1f} MB"

"""FolderCopy: pictures copied into one folder per class, off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from resnet_gui.gui.classify_tab.file_dialog import make_file_dialog
from resnet_gui.gui.classify_tab.picture import Classified
from resnet_gui.gui.task import Task
from resnet_gui.inference.copies import Copies, ToCopy, copy_into_folders
from resnet_gui.progress import Report


class FolderCopy(QObject):
    """Copies pictures, one lot after the other.

    Args:
        parent: the owner, which must call `shut_down` before it goes away.
    """

    begun = Signal()
    progressed = Signal(int, int)
    """Done, total."""
    copied = Signal(Copies)
    failed = Signal(Exception)
    cancelled = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._task: Task | None = None

    @property
    def is_busy(self) -> bool:
        """Whether pictures are being copied."""
        return self._task is not None

    def ask(self, rows: Callable[[], Sequence[Classified]], class_names: Sequence[str]) -> None:
        """Ask for a folder and copy there the pictures that have a class by then."""
        dialog = make_file_dialog(
            self._parent,
            self.tr("Copy the pictures into one folder per class, inside this folder"),
            QFileDialog.FileMode.Directory,
            lambda names: self.copy(Path(names[0]), rows(), class_names),
        )
        dialog.setLabelText(QFileDialog.DialogLabel.Accept, self.tr("Copy here"))
        dialog.open()

    def copy(self, folder: Path, rows: Sequence[Classified], class_names: Sequence[str]) -> None:
        """Copy pictures; those without a class are passed over. `copied`, `failed` or `cancelled` follows."""

        def work(report: Report) -> Copies:
            return copy_into_folders([copy for row in rows for copy in _to_copy(row)], class_names, folder, report)

        self._task = Task(work)
        self._task.progressed.connect(self._on_progressed)
        self._task.succeeded.connect(self._on_succeeded)
        self._task.failed.connect(self._on_failed)
        self._task.cancelled.connect(self._on_cancelled)
        self._task.start()
        self.begun.emit()

    def cancel(self) -> None:
        """Copy no more; what is copied stays."""
        if self._task is not None:
            self._task.cancel()

    def shut_down(self) -> None:
        """Cancel, and wait for the thread."""
        if self._task is not None:
            self._task.cancel()
            self._task.wait()

    def _on_progressed(self, _stage: str, done: int, total: int) -> None:
        self.progressed.emit(done, total)

    def _on_succeeded(self, copies: Copies) -> None:
        self._task = None
        self.copied.emit(copies)

    def _on_failed(self, error: Exception) -> None:
        self._task = None
        self.failed.emit(error)

    def _on_cancelled(self) -> None:
        self._task = None
        self.cancelled.emit()


def _to_copy(row: Classified) -> list[ToCopy]:
    if row.result.prediction is None:
        return []
    source = row.picture.source
    name = source.name if isinstance(source, Path) else f"{row.picture.name}.png"
    return [ToCopy(source, name, row.result.prediction.best.class_name)]

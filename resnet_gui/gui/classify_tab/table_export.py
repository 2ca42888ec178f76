"""TableExport: the predictions as a CSV file, asked for in a dialog and written off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from resnet_gui.gui.classify_tab.file_dialog import make_file_dialog
from resnet_gui.gui.classify_tab.picture import Classified
from resnet_gui.gui.task import Task
from resnet_gui.inference.classify import TOP
from resnet_gui.inference.table import PredictionTable
from resnet_gui.progress import Report


class TableExport(QObject):
    """Writes one table after the other.

    Args:
        parent: the owner, which must call `shut_down` before it goes away.
    """

    begun = Signal()
    exported = Signal(Path)
    failed = Signal(Exception)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._task: Task | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a table is being written."""
        return self._task is not None

    def ask(self, rows: Callable[[], Sequence[Classified]], not_sure_below: float) -> None:
        """Ask for a file and write to it the predictions that there are then."""
        dialog = make_file_dialog(
            self._parent,
            self.tr("Export the predictions"),
            QFileDialog.FileMode.AnyFile,
            lambda names: self.write(Path(names[0]), rows(), not_sure_below),
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([self.tr("Tables (*.csv)"), self.tr("All files (*)")])
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(self.tr("predictions.csv"))
        dialog.open()

    def write(self, path: Path, rows: Sequence[Classified], not_sure_below: float) -> None:
        """Write the predictions of pictures; `exported` or `failed` follows."""

        def work(report: Report) -> Path:
            superclasses = any(row.result.prediction and row.result.prediction.best.superclass for row in rows)
            with PredictionTable(path, TOP, not_sure_below, superclasses=superclasses) as table:
                for done, row in enumerate(rows):
                    report(path.name, done, len(rows))
                    table.add(row.picture.location, row.result, row.true_class)
            return path

        self._task = Task(work)
        self._task.succeeded.connect(self._on_succeeded)
        self._task.failed.connect(self._on_failed)
        self._task.start()
        self.begun.emit()

    def shut_down(self) -> None:
        """Wait until the table is written: the user asked for it."""
        if self._task is not None:
            self._task.wait()

    def _on_succeeded(self, path: Path) -> None:
        self._task = None
        self.exported.emit(path)

    def _on_failed(self, error: Exception) -> None:
        self._task = None
        self.failed.emit(error)

"""Saving: the predictions as a table, the pictures in folders; of what is shown or of all."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from resnet_gui.gui.classify_tab.folder_copy import FolderCopy
from resnet_gui.gui.classify_tab.picture import Classified
from resnet_gui.gui.classify_tab.picture_model import PictureModel
from resnet_gui.gui.classify_tab.progress_row import counted
from resnet_gui.gui.classify_tab.table_export import TableExport
from resnet_gui.gui.classify_tab.work_row import WorkRow
from resnet_gui.inference.copies import Copies
from resnet_gui.inference.find import printable_name

Rows = Callable[[], list[Classified]]


class Saving(QObject):
    """Asks which pictures are meant where some are not shown, has them saved, and says what became of it.

    Attributes:
        table: writes tables.
        folders: copies pictures.
        row: shows how far copying is, and cancels it.

    Args:
        model: the pictures.
        parent: the widget that the dialogs belong to, which must call `shut_down` before it goes away.
    """

    busy_changed = Signal()
    saved = Signal(str)
    """What was saved, in words."""
    left_out = Signal(str, list)
    """What was saved, in words, and FileProblems of the rest."""
    failed = Signal(Exception)

    def __init__(self, model: PictureModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._parent = parent
        self.table = TableExport(parent)
        self.folders = FolderCopy(parent)
        self.row = WorkRow(self.tr("Progress of copying"), self.tr("Stop here; what is copied stays"))
        self.row.hide()
        self.row.cancel_requested.connect(self.folders.cancel)
        self.table.begun.connect(self.busy_changed)
        self.table.exported.connect(self._on_exported)
        self.table.failed.connect(self._on_failed)
        self.folders.begun.connect(self._on_copy_begun)
        self.folders.progressed.connect(self._on_copy_progressed)
        self.folders.copied.connect(self._on_copied)
        self.folders.cancelled.connect(self._on_copy_cancelled)
        self.folders.failed.connect(self._on_failed)

    def export_table(self) -> None:
        """Ask for a file and write the predictions to it."""
        not_sure_below = self._model.filter.not_sure_below
        self._choose(self.tr("Export which predictions?"), lambda rows: self.table.ask(rows, not_sure_below))

    def copy_pictures(self) -> None:
        """Ask for a folder and copy the pictures there, into one folder per class."""
        class_names = self._model.records.class_names
        self._choose(self.tr("Copy which pictures?"), lambda rows: self.folders.ask(rows, class_names))

    def shut_down(self) -> None:
        """Let a table be finished, end copying, and wait for the threads."""
        self.table.shut_down()
        self.folders.shut_down()

    def _choose(self, question: str, save: Callable[[Rows], None]) -> None:
        if not self._model.filter.hides_some:
            save(self._model.classified)
            return
        box = QMessageBox(self._parent)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(question)
        box.setText(question)
        shown = self.tr("The {count} that are &shown").format(count=counted(self._model.rowCount()))
        every = self.tr("&All {count}").format(count=counted(len(self._model.records)))
        for title, rows in (
            (shown, self._model.classified),
            (every, partial(self._model.classified, all_of_them=True)),
        ):
            button = box.addButton(title, QMessageBox.ButtonRole.AcceptRole)
            button.clicked.connect(lambda _checked=False, rows=rows: save(rows))
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.open()

    def _on_exported(self, path: Path) -> None:
        self.busy_changed.emit()
        shown = printable_name(str(path))
        self.saved.emit(self.tr("The predictions were saved to {file}").format(file=shown))

    def _on_copy_begun(self) -> None:
        self._on_copy_progressed(0, 0)
        self.row.show()
        self.busy_changed.emit()

    def _on_copy_progressed(self, done: int, total: int) -> None:
        words = self.tr("Copying pictures")
        if total:
            words = self.tr("Copied {done} of {total}").format(done=counted(done), total=counted(total))
        self.row.show_work(words, done, total)

    def _on_copied(self, copies: Copies) -> None:
        self._on_copy_ended()
        folder = printable_name(str(copies.folder))
        words = self.tr("{count} pictures were copied to {folder}.").format(count=counted(copies.copied), folder=folder)
        if copies.present:
            present = self.tr("{count} were there already.").format(count=counted(copies.present))
            words = f"{words} {present}"
        if copies.problems:
            left_out = self.tr("{count} could not be copied.").format(count=counted(len(copies.problems)))
            self.left_out.emit(f"{words} {left_out}", copies.problems)
        else:
            self.saved.emit(words)

    def _on_copy_cancelled(self) -> None:
        self._on_copy_ended()
        self.saved.emit(self.tr("Copying was stopped; what was copied stays."))

    def _on_failed(self, error: Exception) -> None:
        self._on_copy_ended()
        self.failed.emit(error)

    def _on_copy_ended(self) -> None:
        self.row.setVisible(self.folders.is_busy)
        self.busy_changed.emit()

"""ModelExport: the way from the chosen model to a file or folder for other programs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtWidgets import QMessageBox, QWidget

from resnet_gui.errors import ConfigError
from resnet_gui.gui.classify_tab.model_chooser import ModelChooser
from resnet_gui.gui.command import PROGRAM
from resnet_gui.gui.error_dialog import show_error
from resnet_gui.gui.export_dialogs import ExportDialog, ExportFileDialog
from resnet_gui.gui.icons import set_icon
from resnet_gui.inference.export_check import difference_words
from resnet_gui.inference.export_run import Exported
from resnet_gui.inference.export_target import free_place


class ModelExport(QObject):
    """Asks where to, exports in a process of its own, and tells how it went.

    Args:
        window: what its dialogs stand on.
        chooser: whose chosen model is exported.
        program: what runs the command.
    """

    def __init__(self, window: QWidget, chooser: ModelChooser, program: Sequence[str] = PROGRAM) -> None:
        super().__init__(window)
        self._window = window
        self._chooser = chooser
        self._program = program
        self._dialog: ExportDialog | None = None
        self.action = QAction(self.tr("E&xport model…"), self)
        self.action.setIconText(self.tr("Export model…"))
        self.action.setShortcut(QKeySequence("Ctrl+Shift+E"))
        self.action.setToolTip(
            self.tr("Save the chosen model for other programs: Keras, ONNX, OpenVINO ({keys})").format(
                keys=self.action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            )
        )
        set_icon(self.action, "export", window)
        self.action.triggered.connect(self._on_triggered)
        chooser.model_changed.connect(self._update_action)
        self._update_action()

    def shut_down(self) -> None:
        """End an export that is running."""
        if self._dialog is not None:
            self._dialog.reject()

    @property
    def _run(self) -> Path | None:
        """The chosen model's run, if it is a run's."""
        entry = self._chooser.entry
        folder = entry.bundle.folder.parent if entry else None
        return folder if folder and os.path.isfile(folder / "run.json") else None

    def _update_action(self) -> None:
        self.action.setEnabled(self._run is not None and self._dialog is None)

    def _on_triggered(self) -> None:
        run = self._run
        if run is None:  # deleted meanwhile
            show_error(self._window, self.tr("The model is not there any more."), self.tr("Choose another one."))
            return
        dialog = ExportFileDialog(run.name, self._window)
        dialog.fileSelected.connect(lambda name: self._on_target_chosen(run, dialog.with_ending(Path(name))))
        dialog.open()

    def _on_target_chosen(self, run: Path, target: Path) -> None:
        try:
            place = free_place(target, run.name)
        except ConfigError as error:
            show_error(self._window, error.message, error.advice)
            return
        self._dialog = ExportDialog(run, place, self._program, self._window)
        self._dialog.exported.connect(self._on_exported)
        self._dialog.failed.connect(self._on_failed)
        self._dialog.finished.connect(self._on_dialog_finished)
        self._update_action()
        self._dialog.show()

    def _on_dialog_finished(self) -> None:
        self._dialog = None
        self._update_action()

    def _on_failed(self, message: str, details: str) -> None:
        show_error(self._window, message, "", details)

    def _on_exported(self, exported: Exported) -> None:
        told = QMessageBox(self._window)
        told.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        told.setIcon(QMessageBox.Icon.Information)
        told.setWindowTitle(self.tr("Model exported"))
        told.setTextFormat(Qt.TextFormat.PlainText)
        told.setText(self.tr("The model is in\n{place}").format(place=exported.target))
        told.setInformativeText(_agreement_words(self, exported))
        show = told.addButton(self.tr("Open &folder"), QMessageBox.ButtonRole.ActionRole)
        told.setDefaultButton(told.addButton(QMessageBox.StandardButton.Close))
        folder = str(Path(exported.target).parent)
        show.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(folder)))
        told.open()


def _agreement_words(owner: QObject, exported: Exported) -> str:
    checked = owner.tr(
        "Checked on {count} pictures: the largest difference of a probability from the network's in this program is "
        "{difference}."
    ).format(count=exported.pictures, difference=difference_words(exported.largest_difference))
    if exported.mirror_averaging:
        checked += " " + owner.tr(
            "This program averages over the mirror image of a picture too; the file alone does not."
        )
    if exported.description is None:
        return checked
    beside = owner.tr("Class names and what the model takes are in {file}, beside it.").format(
        file=Path(exported.description).name
    )
    return f"{checked}\n\n{beside}"

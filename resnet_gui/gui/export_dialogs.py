"""The dialogs of an export: where to, and waiting for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.dialogs.command_dialog import CommandDialog, Waiting
from resnet_gui.gui.train_tab.dialogs.window_size import resize_within_screen
from resnet_gui.inference.export_run import Exported
from resnet_gui.inference.export_target import ENDINGS, remove_unfinished


class ExportFileDialog(QFileDialog):
    """Asks for the kind and the name. Deletes itself when closed.

    Args:
        name: what is suggested, without an ending.
        parent: the window it stands on.
    """

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Export the model"))
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.setFileMode(QFileDialog.FileMode.AnyFile)
        self.setOption(QFileDialog.Option.DontConfirmOverwrite)  # nothing is ever overwritten
        self._endings = {
            self.tr("Keras model (*.keras)"): ".keras",
            self.tr("Older Keras model, HDF5 (*.h5)"): ".h5",
            self.tr("ONNX model (*.onnx)"): ".onnx",
            self.tr("Folder for this program and OpenVINO (*)"): "",
        }
        self.setNameFilters(list(self._endings))
        self.selectFile(name)

    def with_ending(self, path: Path) -> Path:
        """Return the path with the ending of the chosen kind, unless it has that of a kind already."""
        if path.suffix.lower() in ENDINGS:
            return path
        return Path(f"{path}{self._endings[self.selectedNameFilter()]}")


class ExportDialog(CommandDialog):
    """Waits for the export and can be cancelled; then nothing of it is left.

    Args:
        run: the run's folder.
        target: where to.
        program: what runs the command.
        parent: the window it stays above.
    """

    exported = Signal(object)
    """What was Exported."""
    failed = Signal(str, str)
    """Words for the user, and everything the command wrote to stderr."""

    def __init__(self, run: Path, target: Path, program: Sequence[str], parent: QWidget | None) -> None:
        super().__init__(["export", str(run), f"--to={target}", "--json"], program, parent)
        self.setWindowTitle(self.tr("Export the model"))
        self._target = target
        self._exported: Exported | None = None
        waiting = Waiting()
        waiting.cancel_requested.connect(self.reject)
        waiting.show_words(self.tr("Writing {name}, and comparing its answers…").format(name=target.name))
        QVBoxLayout(self).addWidget(waiting)
        resize_within_screen(self, QSize(em(34), em(14)))
        self.runner.line_arrived.connect(self._on_line_arrived)
        self.runner.failed.connect(self._on_failed)
        self.runner.finished.connect(self._on_finished)
        self.start()

    def done(self, result: int) -> None:
        """Close the window; what a cancelled export had begun is deleted."""
        cancelled = self.runner.running
        super().done(result)
        if cancelled:
            remove_unfinished(self._target)

    def _on_line_arrived(self, line: object) -> None:
        try:
            self._exported = msgspec.convert(line, Exported)
        except msgspec.ValidationError as error:
            self.runner.cancel()
            self._on_failed(self.tr("The command told something that is no export."), str(error))

    def _on_finished(self) -> None:
        if self._exported is None:
            self._on_failed(self.tr("The command ended without having exported anything."), "")
            return
        self.accept()
        self.exported.emit(self._exported)

    def _on_failed(self, message: str, details: str) -> None:
        self.reject()
        self.failed.emit(message, details)

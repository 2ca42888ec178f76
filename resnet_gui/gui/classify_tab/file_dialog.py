"""File dialogs that nobody waits for."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget


def make_file_dialog(
    parent: QWidget, title: str, mode: QFileDialog.FileMode, on_chosen: Callable[[list[str]], object]
) -> QFileDialog:
    """Return a dialog to open, which tells `on_chosen` what the user chose, if anything, and deletes itself."""
    dialog = QFileDialog(parent, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(mode)
    dialog.filesSelected.connect(on_chosen)
    return dialog

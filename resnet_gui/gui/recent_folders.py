"""RecentFolders: the menu of the folders of pictures that were used last."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from resnet_gui.gui.error_dialog import show_error
from resnet_gui.gui.train_tab.data_panel import DataPanel
from resnet_gui.gui.window_settings import WindowSettings


class RecentFolders(QMenu):
    """Remembers every folder whose pictures could be used, and brings one back when it is chosen.

    Args:
        data: where folders are used.
        settings: where they are remembered.
    """

    folder_chosen = Signal()  # and it is in the form now

    def __init__(self, data: DataPanel, settings: WindowSettings, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Recent &data folders"))
        self.setToolTipsVisible(True)
        self._data = data
        self._settings = settings
        self.aboutToShow.connect(self._fill)
        data.data_changed.connect(self._on_data_changed)

    def _fill(self) -> None:
        self.clear()
        folders = self._settings.folders
        for folder in folders:
            self.addAction(_shown(folder), partial(self._on_chosen, folder)).setToolTip(folder)
        if not folders:
            self.addAction(self.tr("Folders that you train on are listed here")).setEnabled(False)
            return
        self.addSeparator()
        self.addAction(self.tr("&Clear this list"), self._settings.clear_folders)

    def _on_chosen(self, folder: str) -> None:
        if self._data.chooser.accept_path(Path(folder)):
            self.folder_chosen.emit()
            return
        self._settings.remove_folder(folder)
        show_error(
            self.window(),
            self.tr("The folder {folder} is not there any more.").format(folder=folder),
            self.tr("It may have been moved, renamed or deleted, or its disk is not connected. Choose another one."),
        )

    def _on_data_changed(self) -> None:
        chooser = self._data.chooser
        if self._data.dataset is None or chooser.source != "folder":
            return
        folder = os.path.abspath(os.path.expanduser(chooser.fields["folder"].entry()))
        if self._settings.folders[:1] != (folder,):
            self._settings.add_folder(folder)


def _shown(folder: str) -> str:
    """Return a path as a menu shows it: an ampersand stands for itself, and the home folder for ~."""
    home = os.path.expanduser("~")
    short = f"~{folder[len(home) :]}" if folder.startswith(home + os.sep) else folder
    return short.replace("&", "&&")

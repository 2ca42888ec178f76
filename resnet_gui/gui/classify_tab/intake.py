"""Intake: pictures that are dropped, pasted or chosen in a dialog."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from resnet_gui.data.images import PICTURE_SUFFIXES
from resnet_gui.gui.classify_tab.drops import encoded, read_mime
from resnet_gui.gui.classify_tab.file_dialog import make_file_dialog
from resnet_gui.gui.classify_tab.finder import PictureFinder
from resnet_gui.gui.classify_tab.model_opener import ModelOpener
from resnet_gui.gui.classify_tab.picture import new_picture
from resnet_gui.gui.classify_tab.web_link import WebLinks
from resnet_gui.inference.find import printable_name


class Intake(QObject):
    """Takes pictures in whatever way they come; all go the same way from here.

    Args:
        finder: what looks through files and folders; its owner shuts it down.
        web: what fetches from links; its owner shuts it down.
        opener: what takes what is a model; its owner shuts it down.
        parent: the widget that the dialogs belong to.
    """

    begun = Signal()
    """Pictures may follow."""
    found = Signal(list)
    """NewPictures."""
    declined = Signal(str)
    """Why nothing follows, in words."""
    model_taken = Signal()
    """It was a model, no picture."""

    def __init__(self, finder: PictureFinder, web: WebLinks, opener: ModelOpener, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._finder = finder
        self._web = web
        self._opener = opener
        self._pasted = 0
        web.begun.connect(self.begun)
        web.fetched.connect(self._on_fetched)
        web.declined.connect(self.declined)
        finder.found.connect(self.found)
        finder.nothing_found.connect(self._on_nothing_found)

    def add_sources(self, sources: Sequence[Path | QImage]) -> None:
        """Take files, folders and pictures without a file: the one way in for all of them."""
        self.begun.emit()
        paths = [source for source in sources if isinstance(source, Path)]
        if paths:
            self._finder.look_through(lambda: paths)
        for pixels in sources:
            if isinstance(pixels, QImage):
                self._pasted += 1
                name = self.tr("Pasted picture {number}").format(number=self._pasted)
                self.found.emit([new_picture(name, encoded(pixels))])

    def drop(self, mime: QMimeData) -> None:
        """Take what was dropped; the program that it comes from may have ended before it gave it."""
        nothing = self.tr("What was dropped came without a picture. Drop it again, or choose it with Open.")
        self._add_mime(mime, nothing)

    def _add_mime(self, mime: QMimeData, nothing: str) -> None:
        """Take what there is, open it if it is a model, or say `nothing`."""
        dropped = read_mime(mime)
        if len(dropped.files) == 1 and self._opener.take(dropped.paths):
            self.model_taken.emit()
        elif dropped.files:
            self.begun.emit()
            self._finder.look_through(lambda: dropped.paths)
        elif dropped.pixels is not None:
            self.add_sources([dropped.pixels])
        elif dropped.links:
            self._web.ask(dropped.links)
        else:
            self.declined.emit(nothing)

    def paste(self) -> None:
        """Take what was copied elsewhere."""
        nothing = self.tr("There is no picture to paste. Copy a picture or a file first.")
        self._add_mime(QGuiApplication.clipboard().mimeData(), nothing)

    def choose_files(self) -> None:
        """Ask for pictures."""
        dialog = make_file_dialog(
            self._parent, self.tr("Open pictures"), QFileDialog.FileMode.ExistingFiles, self._on_names_chosen
        )
        patterns = " ".join(f"*{suffix}" for suffix in sorted(PICTURE_SUFFIXES))
        dialog.setNameFilters([self.tr("Pictures ({patterns})").format(patterns=patterns), self.tr("All files (*)")])
        dialog.open()

    def choose_folder(self) -> None:
        """Ask for a folder."""
        title = self.tr("Open a folder of pictures")
        make_file_dialog(self._parent, title, QFileDialog.FileMode.Directory, self._on_names_chosen).open()

    def _on_names_chosen(self, names: list[str]) -> None:
        self.add_sources([Path(name) for name in names])

    def _on_fetched(self, pictures: list[tuple[str, bytes]]) -> None:
        self.found.emit([new_picture(name, content) for name, content in pictures])

    def _on_nothing_found(self, paths: tuple[Path, ...]) -> None:
        folders = ", ".join(printable_name(str(path)) for path in paths)
        self.declined.emit(self.tr("There are no pictures in {folder}.").format(folder=folders))

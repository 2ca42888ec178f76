"""PictureFinder: looks through folders while the window goes on."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from resnet_gui.gui.classify_tab.picture import NewPicture, new_picture
from resnet_gui.gui.classify_tab.stream import Stream
from resnet_gui.inference.find import find_pictures
from resnet_gui.inference.true_class import FolderNames
from resnet_gui.progress import Report


class _Search(Stream):
    """A stream that remembers where it looks and whether anything was there.

    Args:
        make_paths: returns the files and folders to look through; called in the thread that does.
        parent: the owner, which must call `finish` before it goes away.
    """

    def __init__(self, make_paths: Callable[[], Sequence[Path]], parent: QObject) -> None:
        super().__init__(self._pictures, parent)
        self._make_paths = make_paths
        self.paths: tuple[Path, ...] = ()
        self.is_empty = True

    def _pictures(self, report: Report) -> Generator[NewPicture, None, None]:
        self.paths = tuple(self._make_paths())
        folders = FolderNames(self.paths)
        for path in find_pictures(self.paths, report):
            yield new_picture(path.name or str(path), path, folders.of(path))


class PictureFinder(QObject):
    """Finds the pictures among files and folders, some at a time.

    Args:
        parent: the owner, which must call `shut_down` before it goes away.
    """

    begun = Signal()
    found = Signal(list)
    """NewPictures."""
    nothing_found = Signal(tuple)
    """The files and folders that have none."""
    failed = Signal(Exception)
    ended = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._searches: set[_Search] = set()

    @property
    def is_busy(self) -> bool:
        """Whether something is being looked through."""
        return bool(self._searches)

    def look_through(self, make_paths: Callable[[], Sequence[Path]]) -> None:
        """Find the pictures here too.

        Args:
            make_paths: returns files and folders; called off the GUI thread, as there may be thousands.
        """
        search = _Search(make_paths, self)
        self._searches.add(search)
        search.batch_ready.connect(partial(self._on_batch_ready, search))
        search.failed.connect(self.failed)
        search.ended.connect(partial(self._on_ended, search))
        search.start()
        self.begun.emit()

    def cancel(self) -> None:
        """Look no further."""
        for search in self._searches:
            search.cancel()

    def shut_down(self) -> None:
        """Cancel, and wait for the threads."""
        for search in list(self._searches):
            search.finish()

    def _on_batch_ready(self, search: _Search, batch: list[NewPicture]) -> None:
        search.is_empty = False
        self.found.emit(batch)

    def _on_ended(self, search: _Search) -> None:
        self._searches.discard(search)
        if search.is_empty and not search.is_cancelled:
            self.nothing_found.emit(search.paths)
        self.ended.emit()

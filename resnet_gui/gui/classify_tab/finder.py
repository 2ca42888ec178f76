"""PictureFinder: looks through folders while the window goes on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from resnet_gui.gui.classify_tab.stream import Stream
from resnet_gui.inference.find import find_pictures


class _Search(Stream):
    """A stream that remembers where it looks and whether anything was there."""

    paths: tuple[Path, ...] = ()
    is_empty = True


class PictureFinder(QObject):
    """Finds the pictures among files and folders, some at a time.

    Args:
        parent: the owner, which must call `shut_down` before it goes away.
    """

    begun = Signal()
    found = Signal(list)
    """Paths of some pictures."""
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

    def look_through(self, paths: Sequence[Path]) -> None:
        """Find the pictures here too."""
        search = _Search(partial(find_pictures, paths), self)
        search.paths = tuple(paths)
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

    def _on_batch_ready(self, search: _Search, batch: list[Path]) -> None:
        search.is_empty = False
        self.found.emit(batch)

    def _on_ended(self, search: _Search) -> None:
        self._searches.discard(search)
        if search.is_empty and not search.is_cancelled:
            self.nothing_found.emit(search.paths)
        self.ended.emit()

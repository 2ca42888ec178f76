"""PictureModel: the pictures to classify and what came out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QLocale, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QImage

from resnet_gui.gui.classify_tab.image_loader import ImageLoader, LoadedImage
from resnet_gui.inference.classify import PictureResult, PictureSource
from resnet_gui.inference.find import printable_name

Index = QModelIndex | QPersistentModelIndex
RESULT_ROLE = Qt.ItemDataRole.UserRole
THUMBNAIL_ROLE = Qt.ItemDataRole.UserRole + 1

_THUMBNAIL_SIZE = 128  # pixels; rows are about half as high, and high-resolution screens show twice as many
_KEPT_THUMBNAILS = 2000  # 64 KiB each at most
_WAITING_THUMBNAILS = 200  # more rows than any screen shows


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on the list.

    Attributes:
        number: never given twice, so that what comes late from another thread meets no other picture.
        name: as shown.
        source: its file, or the bytes of one.
    """

    number: int
    name: str
    source: PictureSource

    @property
    def location(self) -> str:
        """Where the picture is, or its name if it has no file."""
        return str(self.source) if isinstance(self.source, Path) else self.name


class PictureModel(QAbstractListModel):
    """Pictures in the order they came; thumbnails are made only of rows that a view asks for."""

    counts_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures: list[Picture] = []
        self._results: list[PictureResult | None] = []
        self._next_number = 0
        self._done = 0
        self._unreadable = 0
        self._thumbnails: dict[int, QImage | None] = {}
        self._loader = ImageLoader(_THUMBNAIL_SIZE, _WAITING_THUMBNAILS, self)
        self._loader.loaded.connect(self._on_thumbnail_loaded)

    def shut_down(self) -> None:
        """Make no more thumbnails, and wait for the thread that does."""
        self._loader.shut_down()

    # Contents

    @property
    def done(self) -> int:
        """How many pictures have a result."""
        return self._done

    @property
    def unreadable(self) -> int:
        """How many of those could not be read."""
        return self._unreadable

    def picture(self, row: int) -> Picture:
        """Return the picture of a row."""
        return self._pictures[row]

    def result(self, row: int) -> PictureResult | None:
        """Return what came out of a row's picture, None as long as nothing has."""
        return self._results[row]

    def unclassified(self) -> list[Picture]:
        """Return the pictures without a result."""
        return [picture for picture, result in zip(self._pictures, self._results, strict=True) if result is None]

    def classified(self) -> list[tuple[Picture, PictureResult]]:
        """Return the pictures with a result."""
        rows = zip(self._pictures, self._results, strict=True)
        return [(picture, result) for picture, result in rows if result is not None]

    def add(self, named_sources: Sequence[tuple[str, PictureSource]]) -> list[Picture]:
        """Append pictures, given their names and sources."""
        first = len(self._pictures)
        added = [
            Picture(self._next_number + offset, printable_name(name), source)
            for offset, (name, source) in enumerate(named_sources)
        ]
        if added:
            self.beginInsertRows(QModelIndex(), first, first + len(added) - 1)
            self._next_number += len(added)
            self._pictures += added
            self._results += [None] * len(added)
            self.endInsertRows()
            self.counts_changed.emit()
        return added

    def set_results(self, results: Iterable[tuple[int, PictureResult]]) -> None:
        """Take in results by the numbers of their pictures; numbers that are gone are passed over."""
        rows = []
        for number, result in results:
            row = self._row_of(number)
            if row is None:
                continue
            self._count(self._results[row], -1)
            self._count(result, 1)
            self._results[row] = result
            rows.append(row)
        if rows:
            self.dataChanged.emit(self.index(min(rows)), self.index(max(rows)))
            self.counts_changed.emit()

    def forget_results(self) -> None:
        """Make every picture one without a result."""
        self._results = [None] * len(self._pictures)
        self._done = self._unreadable = 0
        if self._pictures:
            self.dataChanged.emit(self.index(0), self.index(len(self._pictures) - 1))
        self.counts_changed.emit()

    def clear(self) -> None:
        """Remove all pictures."""
        self._loader.forget()
        self.beginResetModel()
        self._pictures, self._results, self._thumbnails = [], [], {}
        self._done = self._unreadable = 0
        self.endResetModel()
        self.counts_changed.emit()

    def _count(self, result: PictureResult | None, step: int) -> None:
        if result is not None:
            self._done += step
            self._unreadable += step if result.prediction is None else 0

    def _row_of(self, number: int) -> int | None:
        row = number - self._pictures[0].number if self._pictures else -1
        return row if 0 <= row < len(self._pictures) else None

    # For views

    def rowCount(self, parent: Index | None = None) -> int:
        """Return the number of pictures."""
        return 0 if parent is not None and parent.isValid() else len(self._pictures)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a row's name, words, result or thumbnail."""
        if not index.isValid():
            return None
        row = index.row()
        picture = self._pictures[row]
        if role == Qt.ItemDataRole.DisplayRole:
            return picture.name
        if role == RESULT_ROLE:
            return self._results[row]
        if role == THUMBNAIL_ROLE:
            return self._thumbnail(picture)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{printable_name(picture.location)}\n{self.outcome(row)}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{picture.name}: {self.outcome(row)}"
        return None

    def outcome(self, row: int) -> str:
        """Return a row's result in words."""
        result = self._results[row]
        if result is None:
            return self.tr("not classified yet")
        if result.prediction is None:
            return result.error
        best = result.prediction.best
        return self.tr("{class_name}, {percent}").format(
            class_name=best.class_name, percent=percent_text(best.probability)
        )

    def _thumbnail(self, picture: Picture) -> QImage | None:
        if picture.number in self._thumbnails:
            return self._thumbnails[picture.number]
        self._loader.request(picture.number, picture.source)
        return None

    def _on_thumbnail_loaded(self, loaded: LoadedImage) -> None:
        row = self._row_of(loaded.key)
        if row is None:
            return
        self._thumbnails[loaded.key] = loaded.image
        while len(self._thumbnails) > _KEPT_THUMBNAILS:
            del self._thumbnails[next(iter(self._thumbnails))]
        index = self.index(row)
        self.dataChanged.emit(index, index, [THUMBNAIL_ROLE])


def percent_text(probability: float) -> str:
    """Return a probability as a percentage in the user's way of writing numbers."""
    percent = 100 * probability
    decimals = 0 if percent >= 99.95 or percent == 0 else 1
    return f"{QLocale().toString(percent, 'f', decimals)} %"

"""PictureModel: the pictures to classify and what came out, as rows for a view."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QImage

from resnet_gui.data.labels import class_words
from resnet_gui.data.thumbnail_cache import ThumbnailCache
from resnet_gui.gui.classify_tab.image_loader import ImageLoader, LoadedImage
from resnet_gui.gui.classify_tab.picture import Classified, NewPicture, Picture
from resnet_gui.gui.classify_tab.picture_filter import PictureFilter
from resnet_gui.gui.classify_tab.picture_records import Indices, PictureRecords
from resnet_gui.inference.classify import PictureResult
from resnet_gui.inference.find import printable_name

Index = QModelIndex | QPersistentModelIndex
RESULT_ROLE = Qt.ItemDataRole.UserRole
THUMBNAIL_ROLE = Qt.ItemDataRole.UserRole + 1
TRUE_CLASS_ROLE = Qt.ItemDataRole.UserRole + 2
"""The true class of a picture that is a mistake, else nothing."""
NOT_SURE_ROLE = Qt.ItemDataRole.UserRole + 3

_THUMBNAIL_SIZE = 128  # pixels; rows are about half as high, and high-resolution screens show twice as many
_KEPT_THUMBNAILS = 400  # 48 KiB each at most
_WAITING_THUMBNAILS = 200  # more rows than any screen shows
_REFRESH_MS = 500  # while results come, rows change their places no more often than one can follow


class PictureModel(QAbstractListModel):
    """Those pictures that a filter lets through, in its order; thumbnails are made only of rows that a view asks for.

    Args:
        parent: the owner, which must call `shut_down` before it goes away.
    """

    counts_changed = Signal()
    """How many pictures there are, have a result or are shown."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.records = PictureRecords()  # changed here only
        self._filter = PictureFilter()
        self._shown: Indices = np.arange(0)
        self._rows: Indices = np.arange(0)  # of each picture, -1 where it is not shown
        self._thumbnails: dict[int, QImage | None] = {}
        self._loader = ImageLoader(_THUMBNAIL_SIZE, _WAITING_THUMBNAILS, self, ThumbnailCache(_THUMBNAIL_SIZE))
        self._loader.loaded.connect(self._on_thumbnail_loaded)
        self._refresh_timer = QTimer(self, interval=_REFRESH_MS, singleShot=True)
        self._refresh_timer.timeout.connect(self._refresh)

    def shut_down(self) -> None:
        """Make no more thumbnails, and wait for the thread that does."""
        self._refresh_timer.stop()
        self._loader.shut_down()

    # Contents

    @property
    def filter(self) -> PictureFilter:
        """What is shown, and in which order."""
        return self._filter

    @property
    def done(self) -> int:
        """How many pictures, shown or not, have a result."""
        return self.records.done

    def picture(self, row: int) -> Picture:
        """Return the picture of a row."""
        return self.records.picture(self._shown[row])

    def result(self, row: int) -> PictureResult | None:
        """Return what came out of a row's picture, None as long as nothing has."""
        return self.records.result(self._shown[row])

    def true_class(self, row: int) -> str:
        """Return the class that a row's picture has by the folder it lies in, empty if that says nothing."""
        return self.records.true_class(self._shown[row])

    def row_of(self, number: int) -> int | None:
        """Return the row of the picture with this number, None if it is not shown."""
        index = self.records.index_of(number)
        row = -1 if index is None or index >= len(self._rows) else int(self._rows[index])
        return None if row < 0 else row

    def classified(self, *, all_of_them: bool = False) -> list[Classified]:
        """Return the pictures with a result: those that are shown, in their order, or all as they came."""
        return self.records.classified(range(len(self.records)) if all_of_them else self._shown.tolist())

    # Changes

    def set_filter(self, wanted: PictureFilter) -> None:
        """Show other pictures, or in another order."""
        if wanted != self._filter:
            self._filter = wanted
            self._refresh()
            if self._shown.size:  # some may be called not sure now
                self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))

    def add(self, pictures: Sequence[NewPicture]) -> list[Picture]:
        """Append pictures."""
        added = self.records.add(pictures)
        self._on_records_changed()
        return added

    def set_results(self, results: Iterable[tuple[int, PictureResult]]) -> None:
        """Take in results by the numbers of their pictures; numbers that are gone are passed over."""
        changed = []
        for number, result in results:
            index = self.records.index_of(number)
            if index is not None:
                self.records.set_result(index, result)
                changed.append(index)
        if not changed:
            return
        rows = self._rows[[index for index in changed if index < len(self._rows)]]
        rows = rows[rows >= 0]
        if rows.size:
            self.dataChanged.emit(self.index(int(rows.min())), self.index(int(rows.max())))
        self._on_records_changed()

    def start_anew(self, class_names: Sequence[str]) -> None:
        """Make every picture one without a result, for a model with these classes."""
        self.records.start_anew(class_names)
        if self._shown.size:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))
        self._on_records_changed()

    def clear(self) -> None:
        """Remove all pictures."""
        self._refresh_timer.stop()
        self._loader.forget()
        self.beginResetModel()
        self._thumbnails = {}
        self.records.clear()
        self._show(np.arange(0))
        self.endResetModel()
        self.counts_changed.emit()

    def _on_records_changed(self) -> None:
        if self._filter.is_plain:
            self._refresh()
            return
        if not self._refresh_timer.isActive():
            self._refresh_timer.start()
        self.counts_changed.emit()

    def _refresh(self) -> None:
        """Bring the rows up to the records and the filter."""
        self._refresh_timer.stop()
        shown = self.records.select(self._filter)
        before = len(self._shown)
        if len(shown) >= before and np.array_equal(shown[:before], self._shown):
            if len(shown) > before:
                self.beginInsertRows(QModelIndex(), before, len(shown) - 1)
                self._show(shown)
                self.endInsertRows()
        else:
            self.beginResetModel()
            self._show(shown)
            self.endResetModel()
        self.counts_changed.emit()

    def _show(self, shown: Indices) -> None:
        self._shown = shown
        self._rows = np.full(len(self.records), -1)
        self._rows[shown] = np.arange(len(shown))

    # For views

    def rowCount(self, parent: Index | None = None) -> int:
        """Return the number of pictures that are shown."""
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a row's name, words, result, thumbnail or true class."""
        if not index.isValid():
            return None
        row = index.row()
        picture = self.picture(row)
        if role == Qt.ItemDataRole.DisplayRole:
            return picture.name
        if role == RESULT_ROLE:
            return self.result(row)
        if role == THUMBNAIL_ROLE:
            return self._thumbnail(picture)
        if role == TRUE_CLASS_ROLE:
            return self.true_class(row) if self.records.is_mistake(self._shown[row]) else ""
        if role == NOT_SURE_ROLE:
            return self._is_not_sure(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{printable_name(picture.location)}\n{self.outcome(row)}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{picture.name}: {self.outcome(row)}"
        return None

    def outcome(self, row: int) -> str:
        """Return a row's result in words."""
        result = self.result(row)
        if result is None:
            return self.tr("not classified yet")
        if result.prediction is None:
            return result.error
        best = result.prediction.best
        words = self.tr("{class_name}, {percent}").format(
            class_name=class_words(best.class_name), percent=percent_text(best.probability)
        )
        if self._is_not_sure(row):
            words = self.tr("{words}, not sure").format(words=words)
        true_class = self.true_class(row)
        if not true_class:
            return words
        if self.records.is_mistake(self._shown[row]):
            return self.tr("{words}; wrong, its folder says {class_name}").format(
                words=words, class_name=class_words(true_class)
            )
        return self.tr("{words}; right").format(words=words)

    def _is_not_sure(self, row: int) -> bool:
        result = self.result(row)
        return (
            result is not None
            and result.prediction is not None
            and result.prediction.best.probability < self._filter.not_sure_below
        )

    def _thumbnail(self, picture: Picture) -> QImage | None:
        if picture.number in self._thumbnails:
            image = self._thumbnails.pop(picture.number)
            self._thumbnails[picture.number] = image  # now the last to be forgotten
            return image
        self._loader.request(picture.number, picture.source)
        return None

    def _on_thumbnail_loaded(self, loaded: LoadedImage) -> None:
        row = self.row_of(loaded.key)
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

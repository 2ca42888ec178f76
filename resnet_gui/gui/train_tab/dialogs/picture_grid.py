"""PictureGrid: pictures in columns, each original on top and its altered versions under it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPalette, QPixmap
from PySide6.QtWidgets import QWidget

from resnet_gui.data.dataset import Pixels
from resnet_gui.gui.theme import em


class PictureGrid(QWidget):
    """Draws pictures as large as there is room; small ones are enlarged by a whole factor, which keeps pixels crisp."""

    def __init__(self) -> None:
        super().__init__()
        self._columns: list[list[QImage]] = []
        self._names: tuple[str, ...] = ()
        self._words = ""
        self._scaled: tuple[int, list[list[QPixmap]]] = (0, [])  # the side they are scaled to, in pixels
        self.setMinimumSize(em(30), em(24))
        self.setAccessibleName(self.tr("Pictures and their altered versions"))

    def sizeHint(self) -> QSize:
        """Return a size that shows six pictures in six rows well."""
        return QSize(em(58), em(52))

    @property
    def columns(self) -> list[list[QImage]]:
        """What is shown: for each picture the original and its versions."""
        return self._columns

    def show_words(self, words: str) -> None:
        """Say why there are no pictures."""
        self._columns, self._names, self._words = [], (), words
        self._forget_scaled()

    def show_pictures(self, originals: Pixels, altered: Pixels, names: Sequence[str]) -> None:
        """Show pictures.

        Args:
            originals: (n, N, N, 3).
            altered: (n, versions, N, N, 3).
            names: (n,) what they show.
        """
        together = np.concatenate([originals[:, None], altered], axis=1)
        self._columns = [[_image(pixels) for pixels in column] for column in together]
        self._names = tuple(names)
        self.setAccessibleDescription(", ".join(names))
        self._forget_scaled()

    def _forget_scaled(self) -> None:
        self._scaled = (0, [])
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pictures with their names above and the epochs beside them, or the words."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        if not self._columns:
            area = self.rect().adjusted(em(2), em(2), -em(2), -em(2))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._words)
            return
        pixmaps, gap, line = self._pixmaps(), em(0.5), em(1.6)
        cell = round(pixmaps[0][0].deviceIndependentSize().width())
        left = em(5) + (self.width() - em(5) - len(pixmaps) * (cell + gap)) // 2
        painter.translate(0, max(self.height() - self._top(len(pixmaps[0]), cell), 0) // 2)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        for column, (name, pictures) in enumerate(zip(self._names, pixmaps, strict=True)):
            x = left + column * (cell + gap)
            words = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, cell)
            painter.drawText(QRect(x, 0, cell, line), Qt.AlignmentFlag.AlignCenter, words)
            for row, pixmap in enumerate(pictures):
                painter.drawPixmap(x, self._top(row, cell), pixmap)
        for row in range(len(pixmaps[0])):
            words = self.tr("Epoch {number}").format(number=row) if row else self.tr("Original")
            area = QRect(left - em(6), self._top(row, cell), em(5.5), cell)
            painter.drawText(area, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), words)

    def _top(self, row: int, cell: int) -> int:
        """Return where a row begins; the originals stand a little apart."""
        return em(1.6) + row * (cell + em(0.5)) + (em(1) if row else 0)

    def _pixmaps(self) -> list[list[QPixmap]]:
        """Return the pictures at the size for which there is room."""
        ratio = self.devicePixelRatioF()
        side = _whole_multiple(self._columns[0][0].width(), round(self._room() * ratio))
        if self._scaled[0] != side:
            self._scaled = side, [[_scaled(image, side, ratio) for image in column] for column in self._columns]
        return self._scaled[1]

    def _room(self) -> int:
        """Return how large a picture's side can be."""
        gap, columns, rows = em(0.5), len(self._columns), len(self._columns[0])
        across = (self.width() - em(6)) // columns - gap
        down = (self.height() - em(2.6)) // rows - gap
        return max(min(across, down), em(1))


def _whole_multiple(pixels: int, room: int) -> int:
    """Return the largest whole multiple of a picture's side that fits; just the room if it is larger than that."""
    return room // pixels * pixels if pixels <= room else room


def _image(pixels: Pixels) -> QImage:
    height, width, _ = pixels.shape
    return QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _scaled(image: QImage, side: int, ratio: float) -> QPixmap:
    enlarged = side >= image.width()
    how = Qt.TransformationMode.FastTransformation if enlarged else Qt.TransformationMode.SmoothTransformation
    pixmap = QPixmap.fromImage(image.scaled(side, side, Qt.AspectRatioMode.IgnoreAspectRatio, how))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap

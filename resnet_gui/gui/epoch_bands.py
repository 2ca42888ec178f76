"""Shading that tells one epoch from the next behind a curve."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from resnet_gui.runs.history import Values


class EpochBands(pg.UIGraphicsItem):  # type: ignore[misc]
    """Shades every second epoch over the whole height of the view: one item, however many epochs there are."""

    def __init__(self) -> None:
        super().__init__()
        self._ends: Values = np.empty(0)
        self._colour = QColor()
        self.setZValue(-10)

    def set_colour(self, colour: QColor) -> None:
        """Change the colour of the bands."""
        self._colour = colour
        self.update()

    def set_ends(self, ends: Values) -> None:
        """Say at which steps the epochs ended; the epoch after the last of them is open."""
        if not np.array_equal(ends, self._ends):
            self._ends = ends
            self.update()

    def visible_bands(self, left: float, right: float) -> list[tuple[float, float]]:
        """Return where the shaded epochs (the second, fourth, ...) lie between two steps."""
        edges = np.concatenate(([-np.inf], self._ends, [np.inf]))
        first = max(int(np.searchsorted(self._ends, left)) - 1, 0)
        last = int(np.searchsorted(self._ends, right)) + 1
        return [
            (max(float(edges[epoch]), left), min(float(edges[epoch + 1]), right))
            for epoch in range(first, min(last, len(edges) - 1))
            if epoch % 2 == 1 and edges[epoch] < right and edges[epoch + 1] > left
        ]

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Fill the shaded epochs that are in view."""
        view = self.boundingRect()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        for left, right in self.visible_bands(view.left(), view.right()):
            painter.drawRect(QRectF(left, view.top(), right - left, view.height()))

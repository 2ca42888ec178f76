"""MetricAxis: an axis of a plot that is drawn again ten times a second."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter


class MetricAxis(pg.AxisItem):  # type: ignore[misc]
    """Draws its ticks and its grid as filled rectangles.

    They are see-through, and Qt's raster engine takes 0.3 ms for a see-through line, 0.002 ms for a rectangle: with
    dozens of lines to a grid that was most of what drawing a plot cost.
    """

    def drawPicture(self, painter: QPainter, axis: Any, ticks: Any, texts: Any) -> None:
        """Draw the ticks in our own way and the rest in pyqtgraph's."""
        for pen, start, end in ticks:
            painter.fillRect(QRectF(start, end).normalized().adjusted(0, 0, 1, 1), pen.color())
        super().drawPicture(painter, axis, [], texts)

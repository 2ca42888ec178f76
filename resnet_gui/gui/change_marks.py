"""Marks in a plot where settings were changed while the training ran."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from resnet_gui.gui.theme import PlotColours, em

Mark = tuple[int, str]
"""A step, and what was changed after it."""


class ChangeMarks(pg.UIGraphicsItem):  # type: ignore[misc]
    """A line over the whole height of the view at every change, with what was changed at its top: one item for all.

    Lines are filled rectangles, which Qt draws fastest. Words that would run into others are left out.
    """

    def __init__(self) -> None:
        super().__init__()
        self._marks: list[Mark] = []
        self._colours: PlotColours | None = None
        self.setZValue(5)

    def set_colours(self, colours: PlotColours) -> None:
        """Draw in these colours."""
        self._colours = colours
        self.update()

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Say where there are marks, in order."""
        if list(marks) != self._marks:
            self._marks = list(marks)
            self.update()

    def near(self, step: float, distance: float) -> list[str]:
        """Return what was changed within a distance of a step."""
        return [words for at, words in self._marks if abs(at - step) <= distance]

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the marks in view, in pixels: words must not be stretched with the plot."""
        if not self._marks or self._colours is None:
            return
        view, transform = self.boundingRect(), painter.transform()
        upper = transform.map(QPointF(view.left(), view.bottom()))
        lower = transform.map(QPointF(view.right(), view.top()))
        painter.resetTransform()
        metrics, gap = QFontMetricsF(painter.font()), em(0.3)
        painter.setPen(self._colours.foreground)
        free = upper.x()  # up to where the words before reach
        for step, words in self._marks:
            if not view.left() <= step <= view.right():
                continue
            x = transform.map(QPointF(step, 0)).x()
            painter.fillRect(QRectF(round(x), upper.y(), 1, lower.y() - upper.y()), self._colours.axis)
            width = metrics.horizontalAdvance(words)
            left = x + gap if x + gap + width <= lower.x() else x - gap - width
            if left < free:
                continue
            box = QRectF(left, upper.y() + gap, width, metrics.height())
            painter.fillRect(box, self._colours.background)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
            free = box.right() + gap

"""MetricSeries: the three curves of one metric, fed from a History."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

from resnet_gui.gui.smoothing import SmoothedValues
from resnet_gui.gui.theme import PlotColours
from resnet_gui.runs.history import History


class Layer(StrEnum):
    """Which of a metric's curves."""

    BATCHES = "batches"
    SMOOTHED = "smoothed"
    VALIDATION = "validation"


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of the history.

    Attributes:
        column: its name in the history; validations are in "val_" + column.
        title: what it is called on screen; empty where the plot has only one.
        colour: which of PlotColours is its own.
        symbol: shape of its validation dots, so that colour is not all that tells two metrics apart.
    """

    column: str
    title: str
    colour: str = "train"
    symbol: str = "o"


class MetricSeries:
    """The curves of one metric: a thin line of every batch, a thick smoothed one, dots of the validations.

    The items are made once and given new data as the history grows.
    """

    def __init__(self, metric: Metric, factor: float) -> None:
        self.metric = metric
        self._factor = factor
        self._history = History()
        self._smoothed = SmoothedValues(factor)
        self._shown_epochs = 0
        self.items: dict[Layer, pg.PlotDataItem] = {layer: pg.PlotDataItem() for layer in Layer}
        for depth, item in enumerate(self.items.values()):
            item.setZValue(depth)

    def add_to(self, plot: pg.PlotWidget) -> None:
        """Draw the curves in a plot, about one sample a pixel: it looks as dense as more and takes a third of the time.

        The thin line keeps its extremes; the thick one, whose pixels cost most, its trend.
        """
        for item in self.items.values():
            plot.addItem(item)
        for layer, method in ((Layer.BATCHES, "peak"), (Layer.SMOOTHED, "mean")):
            item = self.items[layer]  # after it was added, which gives an item the plot's own settings
            item.opts["autoDownsampleFactor"] = 1.0
            item.setDownsampling(auto=True, method=method)
            item.setClipToView(True)

    def set_colours(self, colours: PlotColours) -> None:
        """Draw in these colours."""
        for layer, item in self.items.items():
            item.setPen(self._pen(layer, colours))
        dots = self.items[Layer.VALIDATION]
        fill, edge = self._dot(colours)
        dots.setSymbol(self.metric.symbol)
        dots.setSymbolBrush(fill)
        dots.setSymbolPen(edge)
        dots.setSymbolSize(8)

    def swatch(self, layer: Layer, colours: PlotColours, width: int, ratio: float) -> QIcon:
        """Return a small drawing of a curve for the legend, `width` wide and half as high."""
        pixmap = QPixmap(round(width * ratio), round(width * ratio / 2))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._pen(layer, colours))
        middle = width / 4
        painter.drawLine(QPointF(0, middle), QPointF(width, middle))
        if layer is Layer.VALIDATION:
            fill, edge = self._dot(colours)
            painter.setBrush(fill)
            painter.setPen(edge)
            radius = middle * 0.6
            painter.translate(width / 2, middle)
            if self.metric.symbol == "d":
                painter.drawPolygon([QPointF(0, -radius), QPointF(radius, 0), QPointF(0, radius), QPointF(-radius, 0)])
            else:
                painter.drawEllipse(QRectF(-radius, -radius, 2 * radius, 2 * radius))
        painter.end()
        return QIcon(pixmap)

    def _pen(self, layer: Layer, colours: PlotColours) -> QPen:
        colour = QColor(getattr(colours, self.metric.colour))
        if layer is Layer.BATCHES:
            return _pen(_mixed(colour, colours.background), 1)
        return _pen(colour, 2) if layer is Layer.SMOOTHED else _pen(colours.validation, 1)

    def _dot(self, colours: PlotColours) -> tuple[QColor, QPen]:
        """Return fill and edge of a dot: validation's colour, and the metric's own inside where it has one."""
        own = self.metric.colour != "train"
        return getattr(colours, self.metric.colour if own else "validation"), _pen(colours.validation, 1.5)

    def set_factor(self, factor: float) -> None:
        """Smooth more or less, the whole curve anew."""
        self._factor = factor
        self._smoothed = SmoothedValues(factor)
        self.update(self._history)

    def update(self, history: History) -> None:
        """Show a history, which may have grown or be another one."""
        if history is not self._history:
            self._history = history
            self._smoothed = SmoothedValues(self._factor)
            self._shown_epochs = -1
        steps, values = history.steps, history.column(self.metric.column)
        self._smoothed.follow(values)
        self.items[Layer.BATCHES].setData(steps, values)
        self.items[Layer.SMOOTHED].setData(steps, self._smoothed.values)
        if len(history.epochs) != self._shown_epochs:
            self._shown_epochs = len(history.epochs)
            self.items[Layer.VALIDATION].setData(*history.validation(f"val_{self.metric.column}"))

    def set_vector_drawing(self, vector: bool) -> None:
        """Draw dots and lines as shapes, for a drawing file, or the quick way, for the screen."""
        for item in self.items.values():
            item.scatter.setExportMode(vector)
            item.curve.setSegmentedLineMode("off" if vector else "auto")

    def value_at(self, layer: Layer, step: int) -> float | None:
        """Return a curve's value at a step, or None; a validation counts for every step of its epoch."""
        if layer is Layer.VALIDATION:
            return self._validation_of(step)
        position = int(np.searchsorted(self._history.steps, step))
        smoothed = layer is Layer.SMOOTHED
        values = self._smoothed.values if smoothed else self._history.column(self.metric.column)
        # The history may have grown since the curves were drawn, which are smoothed only then.
        if position >= len(values) or self._history.steps[position] != step:
            return None
        return float(values[position])

    def _validation_of(self, step: int) -> float | None:
        for epoch in self._history.epochs:
            if step <= epoch.step:
                value: float | None = getattr(epoch, f"val_{self.metric.column}")
                return value
        return None


def _mixed(colour: QColor, ground: QColor) -> QColor:
    """Return what half of a colour looks like on a ground; Qt draws opaque lines several times as fast as others."""
    halves = [
        (one + other) // 2
        for one, other in (
            (colour.red(), ground.red()),
            (colour.green(), ground.green()),
            (colour.blue(), ground.blue()),
        )
    ]
    return QColor(*halves)


def _pen(colour: QColor, width: float) -> QPen:
    pen = QPen(colour, width)
    pen.setCosmetic(True)  # as wide at any zoom
    return pen

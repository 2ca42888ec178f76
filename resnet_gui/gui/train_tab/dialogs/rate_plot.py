"""RatePlot: the loss over the learning rates that were tried, and a line at the one that is chosen."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from resnet_gui.gui.plot_canvas import PlotCanvas
from resnet_gui.gui.theme import em, plot_colours

_KEY_STEP = 0.05  # decades: about 12 %
_FEWEST_DECADES = 4  # of rates; with fewer the axis writes numbers over each other
_LEAST_SPAN = 0.2  # of losses, as a share of the first: less would look like a fall and be noise


class RatePlot(QWidget):
    """Each batch's loss as a thin line and the smoothed loss as a thick one, over a logarithmic rate.

    The line of the chosen rate follows the mouse, a click, the arrow keys, Home and End, within the rates that were
    tried.
    """

    rate_changed = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.canvas = PlotCanvas(self.tr("Loss over the learning rate"))
        self.setFocusProxy(self.canvas)
        self._plot: pg.PlotItem = self.canvas.plotItem
        self._plot.setLogMode(x=True)
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.setLabel("bottom", self.tr("Learning rate"))
        self._plot.setLabel("left", self.tr("Loss"))
        self._plot.getAxis("left").setWidth(em(5))
        self._plot.showGrid(x=True, y=True, alpha=0.18)
        self._rates: list[float] = []
        self._losses: list[float] = []
        self._smoothed: list[float] = []
        self.batches, self.curve = pg.PlotDataItem(), pg.PlotDataItem()
        self.line = pg.InfiniteLine(angle=90, movable=True)
        self.line.setZValue(10)
        self.line.hide()
        for item in (self.batches, self.curve, self.line):
            self.canvas.addItem(item)
        self.line.sigPositionChanged.connect(self._on_line_moved)
        self.canvas.scene().sigMouseClicked.connect(self._on_clicked)
        self._hint = QLabel()
        self._hint.setWordWrap(True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        over_the_plot = QVBoxLayout(self.canvas)
        over_the_plot.setContentsMargins(em(7), em(1), em(3), em(4))
        over_the_plot.addWidget(self._hint)
        self._retint()
        self.clear_points("")

    @property
    def points(self) -> int:
        """How many rates were tried."""
        return len(self._rates)

    def clear_points(self, hint: str) -> None:
        """Begin anew, with words about what will be here."""
        for values in (self._rates, self._losses, self._smoothed):
            values.clear()
        for item in (self.batches, self.curve):
            item.setData([], [])
        self.line.hide()
        self._hint.setText(hint)
        self._hint.show()
        self._plot.setXRange(-6, 0)
        self._plot.setYRange(0, 5)

    def add_point(self, rate: float, loss: float, smoothed: float) -> None:
        """Show one more rate."""
        self._hint.hide()
        for values, value in ((self._rates, rate), (self._losses, loss), (self._smoothed, smoothed)):
            values.append(value)
        self.batches.setData(self._rates, self._losses)
        self.curve.setData(self._rates, self._smoothed)
        self._show_range()

    def _show_range(self) -> None:
        """Show all rates, and of the losses those up to somewhat above where they began: the end may shoot up."""
        first, last = math.log10(self._rates[0]), math.log10(self._rates[-1])
        self._plot.setXRange(first, max(last, first + _FEWEST_DECADES))
        smoothed = np.array(self._smoothed)
        finite = smoothed[np.isfinite(smoothed)]
        if len(finite):
            low, start = float(finite.min()), float(finite[0])
            span = max(_LEAST_SPAN * abs(start), 1e-6)
            high = min(float(finite.max()), start + max(start - low, span))
            self._plot.setYRange(min(low, start - span / 2), max(high, start + span / 2), padding=0.08)

    def allow_choice(self, rate: float | None, lowest: float) -> None:
        """Show the line, at a rate or in the middle, to be moved between `lowest` and the highest rate tried."""
        low = math.log10(max(self._rates[0], lowest))
        high = max(math.log10(self._rates[-1]), low)
        self.line.setBounds((low, high))
        self.line.show()
        self.line.setValue((low + high) / 2 if rate is None else math.log10(rate))
        self._tell_rate()

    @property
    def rate(self) -> float | None:
        """The chosen rate, to three digits; None as long as none can be chosen."""
        return float(f"{10 ** self.line.value():.3g}") if self.line.isVisible() else None

    def smoothed_loss(self) -> float | None:
        """Return the smoothed loss at the chosen rate; None if there is none."""
        if self.rate is None:
            return None
        loss = float(np.interp(math.log10(self.rate), np.log10(self._rates), self._smoothed))
        return loss if math.isfinite(loss) else None

    def _tell_rate(self) -> None:
        if self.rate is not None:
            self.rate_changed.emit(self.rate)

    def _on_line_moved(self) -> None:
        self._tell_rate()

    def _on_clicked(self, event: object) -> None:
        view = self._plot.vb
        position = event.scenePos()  # type: ignore[attr-defined]
        if self.line.isVisible() and view.sceneBoundingRect().contains(position):
            self.line.setValue(view.mapSceneToView(position).x())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the line."""
        targets = {
            Qt.Key.Key_Left: self.line.value() - _KEY_STEP,
            Qt.Key.Key_Right: self.line.value() + _KEY_STEP,
            Qt.Key.Key_Home: -math.inf,
            Qt.Key.Key_End: math.inf,
        }
        key = Qt.Key(event.key())
        if self.line.isVisible() and key in targets:
            low, high = self.line.bounds()
            self.line.setValue(min(max(targets[key], low), high))
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Take on the palette's colours."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._retint()

    def _retint(self) -> None:
        colours = plot_colours(self.palette())
        self.canvas.tint(colours)
        thin = colours.train.toRgb()
        thin.setAlphaF(0.5)
        self.batches.setPen(pg.mkPen(thin, width=1))
        self.curve.setPen(pg.mkPen(colours.train, width=max(em(0.2), 2)))
        line = self.palette().color(QPalette.ColorRole.Text)
        self.line.setPen(pg.mkPen(line, width=max(em(0.15), 2), style=Qt.PenStyle.DashLine))
        self.line.setHoverPen(pg.mkPen(line, width=max(em(0.3), 3)))

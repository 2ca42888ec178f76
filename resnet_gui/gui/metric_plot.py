"""MetricPlot: one live plot with its legend, its epochs and a crosshair that reads values out."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from resnet_gui.gui.change_marks import ChangeMarks
from resnet_gui.gui.drawing_pace import DrawingPace
from resnet_gui.gui.epoch_bands import EpochBands
from resnet_gui.gui.metric_series import Layer, Metric, MetricSeries
from resnet_gui.gui.plot_canvas import PlotCanvas
from resnet_gui.gui.theme import em, plot_colours
from resnet_gui.gui.train_tab.words import change_words
from resnet_gui.runs.history import History

_NEAR_PX = 5  # as close to a mark the mouse says what was changed there


class MetricPlot(QWidget):
    """One or more metrics over the steps of a training.

    Attributes:
        pace: when it may be drawn again.

    Args:
        title: what the plot is called.
        metrics: what it shows.
        axis_scale: what values are multiplied by on the axis: 100 for shares shown in percent.
        format_value: how the crosshair writes a value.
        factor: smoothing, see SmoothedValues.
    """

    hovered = Signal(object)  # the step under the mouse, None when it leaves

    def __init__(
        self,
        title: str,
        metrics: tuple[Metric, ...],
        axis_scale: float,
        format_value: Callable[[float], str],
        factor: float,
    ) -> None:
        super().__init__()
        self._format_value = format_value
        self._history = History()
        self.series = [MetricSeries(metric, factor) for metric in metrics]
        self.pace = DrawingPace()
        self.canvas = PlotCanvas(title)
        self.canvas.painted.connect(self.pace.add_cost)
        self.canvas.plotItem.getAxis("left").setScale(axis_scale)
        self.bands = EpochBands()
        self.canvas.addItem(self.bands, ignoreBounds=True)
        for series in self.series:
            series.add_to(self.canvas)
        self.marks = ChangeMarks()
        self.canvas.addItem(self.marks, ignoreBounds=True)
        self._cross = [pg.InfiniteLine(angle=angle) for angle in (90, 0)]
        for line in self._cross:
            line.hide()
            self.canvas.addItem(line, ignoreBounds=True)
        self.legend: dict[tuple[str, Layer], QCheckBox] = {}
        self.readout = _Readout(self.canvas)
        self.canvas.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self.canvas.left.connect(self._on_mouse_left)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(em(0.25))
        layout.addLayout(self._make_header(title))
        layout.addWidget(self.canvas, stretch=1)
        self._tint()

    @property
    def plot_item(self) -> pg.PlotItem:
        """What pyqtgraph draws into."""
        return self.canvas.plotItem

    def _make_header(self, title: str) -> QHBoxLayout:
        header = QHBoxLayout()
        header.setSpacing(em(0.8))
        header.addWidget(_bold(title))
        header.addStretch()
        words = {
            Layer.BATCHES: self.tr("each batch"),
            Layer.SMOOTHED: self.tr("smoothed"),
            Layer.VALIDATION: self.tr("validation"),
        }
        for series in self.series:
            if series.metric.title:
                header.addWidget(QLabel(self.tr("{metric}:").format(metric=series.metric.title)))
            for layer, item in series.items.items():
                box = QCheckBox(words[layer])
                box.setChecked(True)
                box.setAccessibleName(f"{series.metric.title or title}: {words[layer]}")
                box.setToolTip(self.tr("Show or hide this curve"))
                box.setIconSize(QSize(em(1.8), em(0.9)))
                box.toggled.connect(item.setVisible)
                header.addWidget(box)
                self.legend[series.metric.column, layer] = box
        return header

    def update_history(self, history: History) -> None:
        """Show a history, which may have grown or be another one."""
        self._history = history
        for series in self.series:
            series.update(history)
        self.bands.set_ends(np.array([epoch.step for epoch in history.epochs], dtype=np.float64))
        changes: dict[int, list[str]] = {}
        for change in history.changes:
            changes.setdefault(change.step, []).append(change_words(change))
        self.marks.set_marks([(step, ", ".join(words)) for step, words in changes.items()])

    def set_factor(self, factor: float) -> None:
        """Smooth more or less."""
        for series in self.series:
            series.set_factor(factor)

    def set_vector_drawing(self, vector: bool) -> None:
        """Draw shapes for a drawing file, or the quick way for the screen."""
        for series in self.series:
            series.set_vector_drawing(vector)

    def show_crosshair(self, step: int | None) -> None:
        """Mark a step and write its values beside it; None takes both away."""
        if step is None or not 1 <= step <= len(self._history):
            self.readout.hide()
            for line in self._cross:
                line.hide()
            return
        self._cross[0].setValue(step)
        self._cross[0].show()
        x = self.canvas.mapFromScene(self.plot_item.vb.mapViewToScene(QPointF(step, 0))).x()
        self.readout.show_text(self._words_at(step), x)

    def _words_at(self, step: int) -> str:
        epoch = 1 + sum(entry.step < step for entry in self._history.epochs)
        lines = [self.tr("Step {step}, epoch {epoch}").format(step=f"{step:n}", epoch=epoch)]
        for series in self.series:
            for layer in series.items:
                box, value = self.legend[series.metric.column, layer], series.value_at(layer, step)
                if box.isChecked() and value is not None and math.isfinite(value):
                    lines.append(f"{series.metric.title} {box.text()}: {self._format_value(value)}".strip())
        lines += self.marks.near(step, _NEAR_PX * self.plot_item.vb.viewPixelSize()[0])
        return "\n".join(lines)

    def _on_mouse_moved(self, position: QPointF) -> None:
        if not self.plot_item.vb.sceneBoundingRect().contains(position):
            self._on_mouse_left()
            return
        point = self.plot_item.vb.mapSceneToView(position)
        self._cross[1].setValue(point.y())
        self._cross[1].setVisible(len(self._history) > 0)
        self.hovered.emit(round(point.x()))

    def _on_mouse_left(self) -> None:
        self.hovered.emit(None)

    def changeEvent(self, event: QEvent) -> None:
        """Take on the palette's colours."""
        if event.type() is QEvent.Type.PaletteChange:
            self._tint()
        super().changeEvent(event)

    def _tint(self) -> None:
        colours = plot_colours(self.palette())
        self.canvas.tint(colours)
        for line in self._cross:
            line.setPen(pg.mkPen(self.palette().color(QPalette.ColorRole.PlaceholderText), style=Qt.PenStyle.DashLine))
        self.bands.set_colour(colours.band)
        self.marks.set_colours(colours)
        for series in self.series:
            series.set_colours(colours)
            for layer in series.items:
                box = self.legend[series.metric.column, layer]
                box.setIcon(series.swatch(layer, colours, em(1.8), self.devicePixelRatioF()))


class _Readout(QLabel):
    """The values at the crosshair, on whichever side of it has room."""

    def __init__(self, plot: QWidget) -> None:
        super().__init__(plot)
        self._plot = plot
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setMargin(em(0.3))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_text(self, text: str, x: int) -> None:
        """Show the text beside the line at `x`."""
        self.setText(text)
        self.adjustSize()
        gap, room = em(0.8), self._plot.width()
        left = x - gap - self.width() if x + gap + self.width() > room else x + gap
        self.move(left, em(0.8))
        self.show()


def _bold(text: str) -> QLabel:
    label = QLabel(text)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label

"""TrainingPlots: loss and accuracy as they come, one above the other on the same steps."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QBuffer, QIODevice, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QShowEvent
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from resnet_gui.errors import ResNetGuiError
from resnet_gui.gui.error_dialog import show_error
from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.metric_plot import MetricPlot
from resnet_gui.gui.metric_series import Metric
from resnet_gui.gui.picture_file import ask_for_picture_file, encoded_png, write_picture
from resnet_gui.gui.theme import em
from resnet_gui.runs.history import History

_BETWEEN_MS = 50  # for the window to answer between two plots
DEFAULT_SMOOTHING = 0.6
_EMPTY_STEPS = 100
_ROOM = 1.08  # steps shown for each step there is; redrawing the axis for every step would cost more than the curves


class TrainingPlots(QWidget):
    """Two linked live plots with smoothing, log scale, crosshair, zoom and saving as a picture.

    A history is redrawn at most ten times a second, less often where that costs much, and only while the widget can be
    seen: first one plot, then the other, so that the window can answer between them.
    """

    picture_saved = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history = History()
        self._empty = True
        self._stale: list[MetricPlot] = []
        self._followed = (0.0, 0.0)  # the steps in view, for as long as nobody chooses others
        self._step: int | None = None
        self._clock = QTimer(self, singleShot=True)
        self._clock.timeout.connect(self._draw_what_is_due)
        self.loss = MetricPlot(
            self.tr("Loss"), (Metric("loss", ""),), 1.0, lambda value: f"{value:.4g}", DEFAULT_SMOOTHING
        )
        self.accuracy = MetricPlot(
            self.tr("Accuracy (%)"),
            (Metric("top1", self.tr("Top-1")), Metric("top5", self.tr("Top-5"), "top5", "d")),
            100.0,
            lambda value: f"{100 * value:.1f} %",
            DEFAULT_SMOOTHING,
        )
        self.accuracy.plot_item.setXLink(self.loss.plot_item)
        self.accuracy.plot_item.setLimits(yMin=-0.05, yMax=1.05)
        self.accuracy.plot_item.setLabel("bottom", self.tr("Step"))
        self._pictured = QWidget()
        plots = QVBoxLayout(self._pictured)
        plots.setContentsMargins(0, 0, 0, 0)
        for plot in (self.loss, self.accuracy):
            plot.hovered.connect(self.show_crosshair)
            plot.canvas.scene().sigMouseClicked.connect(self._on_canvas_clicked)
            plots.addWidget(plot, stretch=1)
        self._hint = self._make_hint()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pictured, stretch=1)
        layout.addLayout(self._make_tools())
        self.reset_view()

    def _make_hint(self) -> QLabel:
        hint = QLabel()
        hint.setWordWrap(True)
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        over_the_plot = QVBoxLayout(self.loss.canvas)
        over_the_plot.setContentsMargins(em(6), em(1), em(3), em(3))
        over_the_plot.addWidget(hint)
        return hint

    def _make_tools(self) -> QHBoxLayout:
        self.smoothing = QDoubleSpinBox()
        self.smoothing.setRange(0.0, 0.99)
        self.smoothing.setSingleStep(0.05)
        self.smoothing.setValue(DEFAULT_SMOOTHING)
        self.smoothing.setToolTip(
            self.tr("How much the thick lines are smoothed: 0 shows every batch as it is, 0.99 only the trend")
        )
        self.smoothing.valueChanged.connect(self._on_smoothing_changed)
        label = QLabel(self.tr("Smoothin&g"))
        label.setBuddy(self.smoothing)
        self.log_scale = QCheckBox(self.tr("Log scale"))
        self.log_scale.setToolTip(self.tr("Show the loss on a logarithmic scale, which spreads out small values"))
        self.log_scale.toggled.connect(self._on_log_scale_toggled)
        self.reset_button = QPushButton(self.tr("Reset vie&w"))
        self.reset_button.setToolTip(self.tr("Show the whole training again after zooming; so does a double click"))
        self.reset_button.clicked.connect(self.reset_view)
        set_icon(self.reset_button, "reset")
        self.save_button = QPushButton(self.tr("Save p&icture…"))
        self.save_button.setToolTip(self.tr("Save both plots as they are shown, as PNG or SVG"))
        self.save_button.clicked.connect(self._on_save_clicked)
        set_icon(self.save_button, "save")
        tools = QHBoxLayout()
        tools.setSpacing(em(0.6))
        tools.addWidget(label)
        tools.addWidget(self.smoothing)
        tools.addWidget(self.log_scale)
        tools.addStretch()
        tools.addWidget(self.reset_button)
        tools.addWidget(self.save_button)
        return tools

    def set_hint(self, text: str) -> None:
        """Say what Start will do; shown while there is nothing to plot."""
        self._hint.setText(text)

    def show_history(self, history: History) -> None:
        """Show a history soon; call again whenever it has grown."""
        if history is not self._history:
            self._history = history
            self.reset_view()
            self.show_crosshair(None)
        self._stale += [plot for plot in (self.loss, self.accuracy) if plot not in self._stale]
        if not self._clock.isActive():
            self._draw_what_is_due()

    def refresh(self) -> None:
        """Draw what the history holds now."""
        self._stale.clear()
        for plot in (self.loss, self.accuracy):
            self._draw(plot)

    def _draw_what_is_due(self) -> None:
        """Draw a stale plot if one may be drawn by now, and come back for the other, or when it may."""
        if not self._stale or not self.isVisible():
            return
        plot = min(self._stale, key=lambda plot: plot.pace.due())
        wait = plot.pace.due() - time.monotonic()
        if wait > 0:
            self._clock.start(math.ceil(1000 * wait))
            return
        self._stale.remove(plot)
        self._draw(plot)
        self._clock.start(_BETWEEN_MS)

    def _draw(self, plot: MetricPlot) -> None:
        before = time.thread_time()
        plot.pace.begin(time.monotonic())
        plot.update_history(self._history)
        if self._empty is bool(len(self._history)):
            self.reset_view()
        changed = (self.loss, self.accuracy) if self._follow() else (plot,)
        # Else it would be done while painting, which then happens twice; and the second time is for the curves, which
        # choose their samples anew when the range has changed.
        for view in [each.plot_item.vb for each in changed] * 2:
            view.updateAutoRange()
        plot.show_crosshair(self._step)
        plot.pace.add_cost(time.thread_time() - before)

    def _follow(self) -> bool:
        """Make room for steps to come when the last one reaches the edge, unless somebody looks at other steps.

        Returns:
            Whether both plots show other steps now.
        """
        right = self._followed[1]
        if len(self._history) <= right or not np.allclose(self.loss.plot_item.viewRange()[0], self._followed):
            return False
        self._show_steps(math.ceil(_ROOM * len(self._history)))
        return True

    def _show_steps(self, last: int) -> None:
        self.loss.plot_item.setXRange(0, last, padding=0)
        self._followed = (0.0, float(last))

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def reset_view(self) -> None:
        """Show everything, and follow the training again."""
        self._empty = not len(self._history)
        self._hint.setVisible(self._empty)
        self._show_steps(_EMPTY_STEPS if self._empty else math.ceil(_ROOM * len(self._history)))
        for plot, highest in ((self.loss, 5), (self.accuracy, 1)):
            if self._empty:
                plot.plot_item.setYRange(0, highest)
            else:
                plot.plot_item.enableAutoRange(axis="y")

    def show_crosshair(self, step: int | None) -> None:
        """Mark a step in both plots and read out its values; None takes the mark away."""
        self._step = step
        for plot in (self.loss, self.accuracy):
            plot.show_crosshair(step)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the crosshair with the arrow keys, Home and End; Escape takes it away."""
        last = len(self._history)
        here = last if self._step is None else self._step
        targets = {
            Qt.Key.Key_Left: max(here - 1, 1),
            Qt.Key.Key_Right: min(here + 1, last),
            Qt.Key.Key_Home: 1,
            Qt.Key.Key_End: last,
            Qt.Key.Key_Escape: None,
        }
        key = Qt.Key(event.key())
        if key in targets and last:
            self.show_crosshair(targets[key])
        else:
            super().keyPressEvent(event)

    def _on_canvas_clicked(self, event: object) -> None:
        if event.double():  # type: ignore[attr-defined]
            self.reset_view()

    def _on_smoothing_changed(self, factor: float) -> None:
        for plot in (self.loss, self.accuracy):
            plot.set_factor(factor)

    def _on_log_scale_toggled(self, logarithmic: bool) -> None:
        self.loss.plot_item.setLogMode(y=logarithmic)

    def _on_save_clicked(self) -> None:
        try:
            path = ask_for_picture_file(self, "training.png")
            if path is not None:
                self.save_picture(path)
        except ResNetGuiError as error:
            show_error(self.window(), error.message, error.advice)

    def save_picture(self, path: Path) -> None:
        """Save both plots as they look now; `.svg` makes a drawing, anything else a PNG at twice the resolution.

        Raises:
            ResNetGuiError: the file cannot be written.
        """
        if self._stale:
            self.refresh()
        content = self._drawn_svg() if path.suffix.lower() == ".svg" else self._drawn_png()
        write_picture(path, content)
        self.picture_saved.emit(str(path))

    def _drawn_png(self) -> bytes:
        ratio = 2
        image = QImage(self._pictured.size() * ratio, QImage.Format.Format_ARGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(self.palette().window().color())
        self._pictured.render(image)
        return encoded_png(image)

    def _drawn_svg(self) -> bytes:
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        drawing = QSvgGenerator()
        drawing.setOutputDevice(buffer)
        size: QSize = self._pictured.size()
        drawing.setSize(size)
        drawing.setViewBox(self._pictured.rect())
        drawing.setTitle(self.tr("Loss and accuracy"))
        plots = (self.loss, self.accuracy)
        for plot in plots:
            plot.set_vector_drawing(True)
        painter = QPainter(drawing)
        painter.fillRect(self._pictured.rect(), self.palette().window())
        self._pictured.render(painter, QPoint())
        painter.end()
        for plot in plots:
            plot.set_vector_drawing(False)
        return bytes(buffer.data().data())

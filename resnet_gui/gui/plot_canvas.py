"""PlotCanvas: what every plot of the program is drawn on."""

from __future__ import annotations

import time

import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent

from resnet_gui.gui.metric_axis import MetricAxis
from resnet_gui.gui.theme import PlotColours, em


class PlotCanvas(pg.PlotWidget):  # type: ignore[misc]
    """A plot without pyqtgraph's own menus, which are not translated, and with keys left to the parent."""

    left = Signal()
    painted = Signal(float)  # seconds of this thread that it took

    def __init__(self, title: str) -> None:
        super().__init__(
            viewBox=pg.ViewBox(enableMenu=False, defaultPadding=0.015),
            axisItems={name: MetricAxis(name) for name in ("left", "bottom")},
        )
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.plotItem.setMenuEnabled(False)
        # It is there even so, and belongs to nobody: without a parent it would outlive the plot.
        self.plotItem.ctrlMenu.setParent(self, Qt.WindowType.Popup)
        self.plotItem.hideButtons()
        self.plotItem.showGrid(y=True, alpha=0.18)
        axis = self.plotItem.getAxis("left")
        axis.setWidth(em(4))  # the same in every plot, so that equal steps stand above each other
        for name in ("left", "bottom"):
            self.plotItem.getAxis(name).enableAutoSIPrefix(False)

    def tint(self, colours: PlotColours) -> None:
        """Draw ground and axes in these colours."""
        self.setBackground(colours.background)
        for name in ("left", "bottom"):
            axis = self.plotItem.getAxis(name)
            axis.setPen(colours.axis)
            axis.setTextPen(colours.foreground)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, and tell what it took."""
        before = time.thread_time()
        super().paintEvent(event)
        self.painted.emit(time.thread_time() - before)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave keys to the parent; pyqtgraph would swallow them."""
        event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        """Tell that the mouse is gone."""
        super().leaveEvent(event)
        self.left.emit()

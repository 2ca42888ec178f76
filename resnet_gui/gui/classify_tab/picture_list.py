"""PictureList: the pictures as rows, each with its thumbnail and what is on it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from resnet_gui.gui.classify_tab.picture_delegate import PictureDelegate
from resnet_gui.gui.classify_tab.picture_model import PictureModel
from resnet_gui.gui.icons import tinted_pixmap
from resnet_gui.gui.theme import em


class PictureList(QTableView):
    """A list of any length: only the rows in sight cost anything.

    A table of one column. QListView would ask the model for every single row whenever something changes.
    """

    def __init__(self, model: PictureModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drop_is_near = False
        self._model = model
        self._current_number = -1
        self._had_current = False
        self._current_was_visible = False
        self._scrolled_to = 0
        self.setModel(model)
        delegate = PictureDelegate(self)
        self.setItemDelegate(delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.horizontalHeader().hide()
        self.horizontalHeader().setStretchLastSection(True)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(delegate.row_height(self.fontMetrics()))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(em(15))
        self.setAccessibleName(self.tr("Pictures"))
        self.setAccessibleDescription(self.tr("Pictures and folders can be dropped or pasted here."))
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        model.modelAboutToBeReset.connect(self._on_model_about_to_be_reset)
        model.modelReset.connect(self._on_model_reset)

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Let Home and End lead to the first and the last row, as in a list."""
        if action in (QAbstractItemView.CursorAction.MoveHome, QAbstractItemView.CursorAction.MoveEnd):
            modifiers |= Qt.KeyboardModifier.ControlModifier
        return super().moveCursor(action, modifiers)

    def sizeHint(self) -> QSize:
        """Return a size that shows names of usual length."""
        return QSize(em(24), em(30))

    def set_drop_near(self, near: bool) -> None:
        """Show whether something that can be dropped is over the window."""
        if near != self._drop_is_near:
            self._drop_is_near = near
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows, or what to do while there are none."""
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        if len(self._model.records) == 0:
            self._draw_invitation(painter)
        elif self._model.rowCount() == 0:
            self._draw_no_match(painter)
        if self._drop_is_near:
            width = max(2, em(0.2))
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), width))
            half = width // 2
            painter.drawRect(self.viewport().rect().adjusted(half, half, -width, -width))
        painter.end()

    def _draw_invitation(self, painter: QPainter) -> None:
        margin = em(1)
        area = self.viewport().rect().adjusted(margin, margin, -margin, -margin)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        invitation, ways = self.tr("Drop pictures or a folder here"), self.tr("or open or paste them")
        metrics = self.fontMetrics()
        size = em(4)
        heights = [metrics.boundingRect(area, int(flags), text).height() for text in (invitation, ways)]
        top = area.top() + max(0, (area.height() - size - em(1) - sum(heights)) // 2)
        colour = self.palette().color(QPalette.ColorRole.PlaceholderText)
        ratio = self.devicePixelRatioF()
        pixmap = tinted_pixmap("image", colour, round(size * ratio))
        pixmap.setDevicePixelRatio(ratio)
        painter.drawPixmap(area.left() + (area.width() - size) // 2, top, pixmap)
        top += size + em(1)
        painter.setPen(self.palette().color(QPalette.ColorRole.Text))
        painter.drawText(QRect(area.left(), top, area.width(), heights[0]), int(flags), invitation)
        painter.setPen(colour)
        painter.drawText(QRect(area.left(), top + heights[0], area.width(), heights[1]), int(flags), ways)

    def _draw_no_match(self, painter: QPainter) -> None:
        margin = em(1)
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        area = self.viewport().rect().adjusted(margin, margin, -margin, -margin)
        painter.drawText(area, flags, self.tr("No picture is like that"))

    # After a reset the same picture is the current one, and the rows in sight stay where they are.

    def _on_current_changed(self, current: QModelIndex) -> None:
        if current.isValid():
            self._current_number = self._model.picture(current.row()).number

    def _on_model_about_to_be_reset(self) -> None:
        current = self.currentIndex()
        self._had_current = current.isValid()
        self._scrolled_to = self.verticalScrollBar().value()
        self._current_was_visible = self.viewport().rect().intersects(self.visualRect(current))

    def _on_model_reset(self) -> None:
        if not self._had_current or not self._model.rowCount():
            return
        row = self._model.row_of(self._current_number)
        self.setCurrentIndex(self._model.index(row or 0))
        if row is not None and not self._current_was_visible:
            self.verticalScrollBar().setValue(self._scrolled_to)

"""PictureList: the pictures as rows, each with its thumbnail and what is on it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from resnet_gui.gui.classify_tab.picture_model import RESULT_ROLE, THUMBNAIL_ROLE, PictureModel, percent_text
from resnet_gui.gui.icons import tinted_pixmap
from resnet_gui.gui.theme import em, problem_colour
from resnet_gui.inference.classify import PictureResult


class PictureList(QListView):
    """A list of any length: only the rows in sight cost anything."""

    def __init__(self, model: PictureModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drop_is_near = False
        self.setModel(model)
        self.setItemDelegate(_PictureDelegate(self))
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(em(15))
        self.setAccessibleName(self.tr("Pictures"))
        self.setAccessibleDescription(self.tr("Pictures and folders can be dropped or pasted here."))

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
        if self.model().rowCount() == 0:
            self._draw_invitation(painter)
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


class _PictureDelegate(QStyledItemDelegate):
    """Draws a row: the thumbnail; beside it the file's name above the most likely class, or what is wrong."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the size of any row."""
        return QSize(em(10), 2 * _line_height(option) + em(0.8))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw a row."""
        painter.save()
        view = option.widget
        view.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, view)
        margin = em(0.4)
        inside = option.rect.adjusted(margin, margin, -margin, -margin)
        square = QRect(inside.left(), inside.top(), inside.height(), inside.height())
        words = inside.adjusted(square.width() + em(0.6), 0, 0, 0)
        image = index.data(THUMBNAIL_ROLE)
        if isinstance(image, QImage):
            _draw_centred(painter, image, square)
        else:
            painter.fillRect(square, option.palette.color(QPalette.ColorRole.Midlight))
        line = _line_height(option)
        upper = QRect(words.left(), words.top(), words.width(), line)
        lower = QRect(words.left(), words.bottom() - line + 1, words.width(), line)
        self._draw_name(painter, option, upper, index.data(Qt.ItemDataRole.DisplayRole))
        self._draw_outcome(painter, option, lower, index.data(RESULT_ROLE))
        painter.restore()

    def _draw_name(self, painter: QPainter, option: QStyleOptionViewItem, area: QRect, name: str) -> None:
        painter.setPen(_text_colour(option, QPalette.ColorRole.PlaceholderText))
        shown = option.fontMetrics.elidedText(name, Qt.TextElideMode.ElideMiddle, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

    def _draw_outcome(
        self, painter: QPainter, option: QStyleOptionViewItem, area: QRect, result: PictureResult | None
    ) -> None:
        painter.setPen(_text_colour(option, QPalette.ColorRole.Text))
        if result is None:
            painter.setPen(_text_colour(option, QPalette.ColorRole.PlaceholderText))
            text, percent = self.tr("not classified yet"), ""
        elif result.prediction is None:
            text, percent = result.error, ""
            size = round(0.8 * area.height())
            ratio = painter.device().devicePixelRatioF()
            colour = painter.pen().color() if _is_selected(option) else problem_colour(option.palette)
            pixmap = tinted_pixmap("warning", colour, round(size * ratio))
            pixmap.setDevicePixelRatio(ratio)
            painter.drawPixmap(area.left(), area.top() + (area.height() - size) // 2, pixmap)
            area = area.adjusted(size + em(0.4), 0, 0, 0)
            painter.setPen(colour)
        else:
            best = result.prediction.best
            text, percent = best.class_name, percent_text(best.probability)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area, right, percent)
        room = area.width() - (option.fontMetrics.horizontalAdvance(percent) + em(0.8) if percent else 0)
        shown = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def _draw_centred(painter: QPainter, image: QImage, area: QRect) -> None:
    size = image.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
    target = QRect(0, 0, max(1, size.width()), max(1, size.height()))
    target.moveCenter(area.center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(target, image)


def _line_height(option: QStyleOptionViewItem) -> int:
    return max(option.fontMetrics.lineSpacing(), em(1.35))  # other scripts' letters can be taller than the font's


def _is_selected(option: QStyleOptionViewItem) -> bool:
    return bool(option.state & QStyle.StateFlag.State_Selected)


def _text_colour(option: QStyleOptionViewItem, role: QPalette.ColorRole) -> object:
    return option.palette.color(QPalette.ColorRole.HighlightedText if _is_selected(option) else role)

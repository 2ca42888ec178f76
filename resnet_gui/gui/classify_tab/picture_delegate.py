"""PictureDelegate: how a row of the list of pictures is drawn."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from resnet_gui.data.labels import class_words
from resnet_gui.gui.classify_tab.picture_model import (
    NOT_SURE_ROLE,
    RESULT_ROLE,
    THUMBNAIL_ROLE,
    TRUE_CLASS_ROLE,
    percent_text,
)
from resnet_gui.gui.icons import tinted_pixmap
from resnet_gui.gui.theme import em, problem_colour
from resnet_gui.inference.classify import PictureResult


class PictureDelegate(QStyledItemDelegate):
    """Draws a row: the thumbnail; beside it the file's name above the most likely class, or what is wrong."""

    def row_height(self, metrics: QFontMetrics) -> int:
        """Return the height of any row."""
        return 2 * _line_height(metrics) + em(0.8)

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
        line = _line_height(option.fontMetrics)
        upper = QRect(words.left(), words.top(), words.width(), line)
        lower = QRect(words.left(), words.bottom() - line + 1, words.width(), line)
        self._draw_name(painter, option, upper, index.data(Qt.ItemDataRole.DisplayRole))
        self._draw_outcome(painter, option, lower, index)
        painter.restore()

    def _draw_name(self, painter: QPainter, option: QStyleOptionViewItem, area: QRect, name: str) -> None:
        painter.setPen(_text_colour(option, QPalette.ColorRole.PlaceholderText))
        shown = option.fontMetrics.elidedText(name, Qt.TextElideMode.ElideMiddle, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

    def _draw_outcome(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        area: QRect,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        result: PictureResult | None = index.data(RESULT_ROLE)
        role, percent = QPalette.ColorRole.Text, ""
        is_problem = False
        if result is None:
            role, text = QPalette.ColorRole.PlaceholderText, self.tr("not classified yet")
        elif result.prediction is None:
            text, is_problem = result.error, True
        else:
            best, true_class = result.prediction.best, index.data(TRUE_CLASS_ROLE)
            text, percent = class_words(best.class_name), percent_text(best.probability)
            is_problem = bool(true_class)
            if true_class:
                should = class_words(true_class)
                text = self.tr("{class_name}, should be {true_class}").format(class_name=text, true_class=should)
            if index.data(NOT_SURE_ROLE):
                percent = f"? {percent}"
        colour = _text_colour(option, role)
        if is_problem and not _is_selected(option):
            colour = problem_colour(option.palette)
        if is_problem and not percent:
            area = _draw_sign(painter, area, colour)
        painter.setPen(colour)
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, percent)
        room = area.width() - (option.fontMetrics.horizontalAdvance(percent) + em(0.8) if percent else 0)
        shown = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def _draw_sign(painter: QPainter, area: QRect, colour: QColor) -> QRect:
    """Draw a warning sign; return the area beside it."""
    size = round(0.8 * area.height())
    ratio = painter.device().devicePixelRatioF()
    pixmap = tinted_pixmap("warning", colour, round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    painter.drawPixmap(area.left(), area.top() + (area.height() - size) // 2, pixmap)
    return area.adjusted(size + em(0.4), 0, 0, 0)


def _draw_centred(painter: QPainter, image: QImage, area: QRect) -> None:
    size = image.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
    target = QRect(0, 0, max(1, size.width()), max(1, size.height()))
    target.moveCenter(area.center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(target, image)


def _line_height(metrics: QFontMetrics) -> int:
    return max(metrics.lineSpacing(), em(1.35))  # other scripts' letters can be taller than the font's


def _is_selected(option: QStyleOptionViewItem) -> bool:
    return bool(option.state & QStyle.StateFlag.State_Selected)


def _text_colour(option: QStyleOptionViewItem, role: QPalette.ColorRole) -> QColor:
    return option.palette.color(QPalette.ColorRole.HighlightedText if _is_selected(option) else role)

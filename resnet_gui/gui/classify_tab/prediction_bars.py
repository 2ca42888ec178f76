"""PredictionBars: the most probable classes of one picture as bars."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFont, QHelpEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QToolTip, QWidget

from resnet_gui.gui.classify_tab.picture_model import percent_text
from resnet_gui.gui.theme import em
from resnet_gui.inference.classify import PictureResult
from resnet_gui.inference.predictor import ClassProbability


class PredictionBars(QFrame):
    """Shows each class' name and percentage above a bar as long as it is probable."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ranked: tuple[ClassProbability, ...] = ()
        self._hint = ""
        self.setFrameStyle(QFrame.Shape.StyledPanel | QFrame.Shadow.Sunken)
        self.setMinimumSize(em(12), em(16))
        self.setAccessibleName(self.tr("Most probable classes"))
        self.show_result(None)

    def show_result(self, result: PictureResult | None) -> None:
        """Show a prediction, or why there is none."""
        self._ranked = result.prediction.ranked if result is not None and result.prediction else ()
        if result is None:
            self._hint = self.tr("The most probable classes are shown here")
        elif result.prediction is None:
            self._hint = self.tr("There is no prediction: the file {reason}.").format(reason=result.error)
        else:
            self._hint = ""
        self.setAccessibleDescription(self._in_words())
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size that shows names of usual length."""
        return QSize(em(20), em(30))

    def event(self, event: QEvent) -> bool:
        """Tell the whole of a name that is cut."""
        if isinstance(event, QHelpEvent):
            entry = self._entry_at(event.pos())
            if entry is None:
                QToolTip.hideText()
            else:
                words = f"{entry.words}, {percent_text(entry.probability)}"
                QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bars, or what will be here."""
        super().paintEvent(event)
        painter = QPainter(self)
        if not self._ranked:
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self._inside(), int(flags), self._hint)
            return
        for entry, area in zip(self._ranked, self._areas(), strict=True):
            self._draw_entry(painter, entry, area)

    def _draw_entry(self, painter: QPainter, entry: ClassProbability, area: QRect) -> None:
        metrics = self.fontMetrics()
        words = QRect(area.left(), area.top(), area.width(), metrics.lineSpacing())
        percent = percent_text(entry.probability)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(words, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, percent)
        room = words.width() - metrics.horizontalAdvance(percent) - em(0.8)
        name = metrics.elidedText(entry.class_name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        self._draw_kind(painter, entry.kind, words.adjusted(metrics.horizontalAdvance(name) + em(0.5), 0, 0, 0), room)
        track = QRect(area.left(), words.bottom() + em(0.25), area.width(), em(0.6))
        painter.fillRect(track, self.palette().color(QPalette.ColorRole.Midlight))
        bar = QRect(track)
        bar.setWidth(round(entry.probability * track.width()))
        painter.fillRect(bar, self.palette().color(QPalette.ColorRole.Highlight))

    def _draw_kind(self, painter: QPainter, kind: str, area: QRect, room: int) -> None:
        """Draw what kind of thing a class is behind its name, smaller, as far as there is room."""
        left = room - (area.left() - self._inside().left())
        if not kind or left < em(2):
            return
        usual = painter.font()
        small = QFont(usual)
        small.setPointSizeF(0.85 * usual.pointSizeF())
        painter.setFont(small)
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        words = painter.fontMetrics().elidedText(kind, Qt.TextElideMode.ElideRight, left)
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
        painter.setFont(usual)

    def _inside(self) -> QRect:
        margin = em(1)
        return self.contentsRect().adjusted(margin, margin, -margin, -margin)

    def _areas(self) -> list[QRect]:
        inside = self._inside()
        height = self.fontMetrics().lineSpacing() + em(0.85)
        step = height + em(0.9)
        return [
            QRect(inside.left(), inside.top() + place * step, inside.width(), height)
            for place in range(len(self._ranked))
        ]

    def _entry_at(self, position: QPoint) -> ClassProbability | None:
        for entry, area in zip(self._ranked, self._areas(), strict=True):
            if area.contains(position):
                return entry
        return None

    def _in_words(self) -> str:
        if not self._ranked:
            return self._hint
        return "; ".join(
            f"{place}. {entry.words} {percent_text(entry.probability)}" for place, entry in enumerate(self._ranked, 1)
        )

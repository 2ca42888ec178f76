"""PredictionBars: the most probable classes of one picture as bars."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QFrame, QToolTip, QWidget

from resnet_gui.data.labels import class_words
from resnet_gui.gui.classify_tab.picture_model import percent_text
from resnet_gui.gui.icons import tinted_pixmap
from resnet_gui.gui.theme import em, problem_colour
from resnet_gui.inference.classify import PictureResult
from resnet_gui.inference.predictor import ClassProbability


class PredictionBars(QFrame):
    """Shows each class' name and percentage above a bar as long as it is probable.

    One of them can be chosen with the mouse or the arrow keys, to be explained.
    """

    class_chosen = Signal(int)
    """Another class was chosen: its place, from 0."""
    explanation_requested = Signal()
    """The chosen class was clicked, or Enter or Space pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ranked: tuple[ClassProbability, ...] = ()
        self._hint = ""
        self._unfamiliar = False
        self._chosen = 0
        self._shows_choice = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameStyle(QFrame.Shape.StyledPanel | QFrame.Shadow.Sunken)
        self.setMinimumSize(em(12), em(16))
        self.setAccessibleName(self.tr("Most probable classes"))
        self.show_result(None)

    def show_result(self, result: PictureResult | None) -> None:
        """Show a prediction, or why there is none."""
        prediction = result.prediction if result is not None else None
        ranked = prediction.ranked if prediction is not None else ()
        if ranked != self._ranked:
            self._ranked, self._chosen = ranked, 0
        self._unfamiliar = prediction is not None and prediction.unfamiliar is True
        if result is None:
            self._hint = self.tr("The most probable classes are shown here")
        elif result.prediction is None:
            self._hint = self.tr("There is no prediction: the file {reason}.").format(reason=result.error)
        else:
            self._hint = ""
        self.setAccessibleDescription(self._in_words())
        self.update()

    @property
    def chosen(self) -> int:
        """The place of the chosen class, from 0."""
        return self._chosen

    def show_choice(self, on: bool) -> None:
        """Mark the chosen class, or do not, while nothing depends on it."""
        self._shows_choice = on
        self.setAccessibleDescription(self._in_words())
        self.update()

    def choose(self, place: int) -> None:
        """Choose a class, as the mouse and the keys do."""
        if place != self._chosen and 0 <= place < len(self._ranked):
            self._chosen = place
            self.setAccessibleDescription(self._in_words())
            self.update()
            self.class_chosen.emit(place)

    def sizeHint(self) -> QSize:
        """Return a size that shows names of usual length."""
        return QSize(em(20), em(30))

    def event(self, event: QEvent) -> bool:
        """Tell the whole of a name that is cut."""
        if isinstance(event, QHelpEvent):
            place = self._place_at(event.pos())
            if place is None:
                QToolTip.hideText()
            else:
                entry = self._ranked[place]
                words = self.tr("{class_name}, {percent}\nClick to see where in the picture the model found it").format(
                    class_name=entry.words, percent=percent_text(entry.probability)
                )
                QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the class under the mouse, and ask why."""
        place = self._place_at(event.position().toPoint())
        if place is not None and event.button() is Qt.MouseButton.LeftButton:
            self.choose(place)
            self.explanation_requested.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose with the arrow keys, Home and End; ask why with Enter or Space."""
        steps = {Qt.Key.Key_Up: self._chosen - 1, Qt.Key.Key_Down: self._chosen + 1, Qt.Key.Key_Home: 0}
        steps[Qt.Key.Key_End] = len(self._ranked) - 1
        key = Qt.Key(event.key())
        if key in steps:
            self.choose(steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._ranked:
            self.explanation_requested.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bars, or what will be here."""
        super().paintEvent(event)
        painter = QPainter(self)
        if not self._ranked:
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self._inside(), int(flags), self._hint)
            return
        areas = self._areas()
        for entry, area in zip(self._ranked, areas, strict=True):
            self._draw_entry(painter, entry, area)
        if self._shows_choice or self.hasFocus():
            self._draw_choice(painter, areas[self._chosen])
        if self._unfamiliar:
            self._draw_warning(painter, areas[-1].bottom() + em(1))

    def _draw_choice(self, painter: QPainter, area: QRect) -> None:
        around = area.adjusted(-em(0.5), -em(0.4), em(0.5), em(0.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Accent), max(1, em(0.1))))
        painter.drawRoundedRect(around, em(0.3), em(0.3))

    def _draw_warning(self, painter: QPainter, top: int) -> None:
        inside = self._inside()
        colour = problem_colour(self.palette())
        size, ratio = em(1.3), self.devicePixelRatioF()
        sign = tinted_pixmap("warning", colour, round(size * ratio))
        sign.setDevicePixelRatio(ratio)
        painter.drawPixmap(inside.left(), top, sign)
        words = QRect(inside.left() + size + em(0.5), top, inside.width() - size - em(0.5), inside.bottom() - top)
        painter.setPen(colour)
        painter.drawText(words, int(Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap), self._warning())

    def _warning(self) -> str:
        return self.tr("This picture looks unlike those the model was trained on: do not rely on the answer.")

    def _draw_entry(self, painter: QPainter, entry: ClassProbability, area: QRect) -> None:
        metrics = self.fontMetrics()
        words = QRect(area.left(), area.top(), area.width(), metrics.lineSpacing())
        percent = percent_text(entry.probability)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(words, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, percent)
        room = words.width() - metrics.horizontalAdvance(percent) - em(0.8)
        name = metrics.elidedText(class_words(entry.class_name), Qt.TextElideMode.ElideRight, room)
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

    def _place_at(self, position: QPoint) -> int | None:
        for place, area in enumerate(self._areas()):
            if area.contains(position):
                return place
        return None

    def _in_words(self) -> str:
        if not self._ranked:
            return self._hint
        sentences = [
            f"{place}. {entry.words} {percent_text(entry.probability)}" for place, entry in enumerate(self._ranked, 1)
        ]
        if self._unfamiliar:
            sentences.append(self._warning())
        if self._shows_choice:
            chosen = class_words(self._ranked[self._chosen].class_name)
            sentences.append(self.tr("Heat map: {class_name}").format(class_name=chosen))
        return "; ".join(sentences)

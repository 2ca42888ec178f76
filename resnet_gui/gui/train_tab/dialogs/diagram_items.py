"""What a network's diagram is made of: a box a layer, and one item for all lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.dialogs.diagram_layout import DiagramLayout, Link, Place
from resnet_gui.gui.train_tab.dialogs.layer_words import shape_words
from resnet_gui.models.summary import LayerRow

_READABLE = 0.35  # below this scale words would be dots
_TINT = 0.22


@dataclass(frozen=True, slots=True)
class DiagramColours:
    """The colours of a diagram on one palette."""

    ground: QColor
    box: QColor
    weights_box: QColor
    outline: QColor
    line: QColor
    text: QColor
    quiet_text: QColor
    selection: QColor

    @classmethod
    def of(cls, palette: QPalette) -> DiagramColours:
        """Return the colours for a palette."""
        role = QPalette.ColorRole
        base, accent = palette.color(role.Base), palette.color(role.Accent)
        return cls(
            ground=base,
            box=palette.color(role.Window),
            weights_box=_mixed(base, accent, _TINT),
            outline=palette.color(role.PlaceholderText),
            line=palette.color(role.PlaceholderText),
            text=palette.color(role.Text),
            quiet_text=_mixed(palette.color(role.PlaceholderText), palette.color(role.Text), 0.5),
            selection=accent,
        )


class Geometry:
    """Where places and links of a layout are, in the diagram's coordinates; sizes follow the font."""

    def __init__(self, layout: DiagramLayout) -> None:
        self.box = QRectF(0, 0, em(20), em(3.4))
        self._pitch = self.box.height() + em(1.3)
        self._lefts: list[float] = []
        left = 0.0
        for filled in layout.columns:
            self._lefts.append(left)
            left += (self.box.width() if filled else em(1)) + em(2)
        self._layout = layout

    def rect(self, place: Place) -> QRectF:
        """Return the box at a place."""
        return self.box.translated(self._lefts[place.column], place.rank * self._pitch)

    def points(self, link: Link) -> list[QPointF]:
        """Return the corners of a link's line, from its source to its target.

        It leaves and enters a box at its middle where both are in the same column, else at the side: low where it
        leaves and high where it enters, so that two lines at the same box can be told apart.
        """
        source, target = self._layout.places[link.source], self._layout.places[link.target]
        start, end = self.rect(source), self.rect(target)
        x = self._lane(link, source, target)
        points = []
        if link.column == source.column:
            points.append(QPointF(x, start.bottom()))
        else:
            y = start.bottom() - start.height() / 4
            points += [QPointF(start.right() if x > start.right() else start.left(), y), QPointF(x, y)]
        if link.column == target.column:
            points.append(QPointF(x, end.top()))
        else:
            y = end.top() + end.height() / 4
            points += [QPointF(x, y), QPointF(end.right() if x > end.right() else end.left(), y)]
        return points

    def _lane(self, link: Link, source: Place, target: Place) -> float:
        if link.column in (source.column, target.column):
            return self._lefts[link.column] + self.box.width() / 2
        return self._lefts[link.column]


class LayerBox(QGraphicsItem):
    """A layer: its name, its kind and its output's shape."""

    def __init__(self, layer: LayerRow, rect: QRectF, colours: DiagramColours) -> None:
        super().__init__()
        self.layer = layer
        self.colours = colours
        self.chosen = False
        self._rect = rect
        self.setPos(rect.topLeft())
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)  # a click is the view's, so that boxes can be dragged at
        self._bold = QFont()
        self._bold.setBold(True)
        margin = em(0.5)
        self._words = QRectF(0, 0, rect.width(), rect.height()).adjusted(margin, em(0.3), -margin, -em(0.3))
        elide = Qt.TextElideMode.ElideMiddle
        self._name = QFontMetricsF(self._bold).elidedText(layer.name, elide, self._words.width())
        about = f"{layer.kind}  {shape_words(layer)}"
        self._about = QFontMetricsF(QFont()).elidedText(about, elide, self._words.width())

    def boundingRect(self) -> QRectF:
        """Return the box with room for its outline."""
        room = em(0.2)
        return QRectF(0, 0, self._rect.width(), self._rect.height()).adjusted(-room, -room, room, room)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw it; from afar without words."""
        colours, box = self.colours, QRectF(0, 0, self._rect.width(), self._rect.height())
        fill = colours.weights_box if self.layer.parameters else colours.box
        if option.levelOfDetailFromTransform(painter.worldTransform()) < _READABLE:
            painter.fillRect(box, colours.selection if self.chosen else _mixed(fill, colours.outline, 0.4))
            return
        painter.setPen(QPen(colours.selection, em(0.25)) if self.chosen else QPen(colours.outline, 1))
        painter.setBrush(fill)
        painter.drawRoundedRect(box, em(0.3), em(0.3))
        painter.setPen(colours.text)
        painter.setFont(self._bold)
        painter.drawText(self._words, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter, self._name)
        painter.setPen(colours.quiet_text)
        painter.setFont(QFont())
        painter.drawText(self._words, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignHCenter, self._about)


class Links(QGraphicsItem):
    """All lines of a diagram, each with an arrow's head."""

    def __init__(self, lines: Iterable[list[QPointF]], colours: DiagramColours) -> None:
        super().__init__()
        self.colours = colours
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self._lines, self._heads = QPainterPath(), QPainterPath()
        for points in lines:
            self._lines.addPolygon(QPolygonF(points))
            self._heads.addPolygon(_head(points[-2], points[-1]))
        room = em(0.5)
        self._bounds = self._lines.boundingRect().adjusted(-room, -room, room, room)

    def boundingRect(self) -> QRectF:
        """Return what encloses every line."""
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the lines; from afar at least a pixel wide."""
        scale = option.levelOfDetailFromTransform(painter.worldTransform())
        painter.setPen(QPen(self.colours.line, max(em(0.1), 1 / scale)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._lines)
        if scale >= _READABLE:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.colours.line)
            painter.drawPath(self._heads)


def _head(before: QPointF, tip: QPointF) -> QPolygonF:
    """Return the triangle of an arrow that comes down or from a side."""
    long, half = em(0.5), em(0.3)
    if before.x() == tip.x():
        return QPolygonF([tip, tip + QPointF(-half, -long), tip + QPointF(half, -long), tip])
    back = long if before.x() > tip.x() else -long
    return QPolygonF([tip, tip + QPointF(back, -half), tip + QPointF(back, half), tip])


def _mixed(ground: QColor, colour: QColor, share: float) -> QColor:
    parts = ((ground.redF(), colour.redF()), (ground.greenF(), colour.greenF()), (ground.blueF(), colour.blueF()))
    return QColor.fromRgbF(*((1 - share) * first + share * second for first, second in parts))

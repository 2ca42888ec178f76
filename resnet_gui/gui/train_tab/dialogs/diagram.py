"""NetworkDiagram: the layers of a network as boxes with lines between them, to zoom into and to pull about."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QEvent, QIODevice, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QGraphicsScene, QGraphicsView

from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.dialogs.diagram_items import DiagramColours, Geometry, LayerBox, Links
from resnet_gui.gui.train_tab.dialogs.diagram_layout import lay_out
from resnet_gui.gui.train_tab.dialogs.layer_words import shape_words
from resnet_gui.models.summary import ModelSummary

_STEP = 1.25
_LARGEST_SCALE = 4.0
_WHEEL = 1.0015  # for an eighth of a degree; a notch of a wheel has 120
_LONGEST_SIDE = 30_000  # pixels of a saved picture; its drawing has no limit


class NetworkDiagram(QGraphicsView):
    """Boxes from top to bottom; the wheel, +, -, 0 (all of it) and 1 (readable) zoom, dragging moves.

    Until somebody zooms, it is as large as can be read and the width allows.
    """

    layer_clicked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setScene(QGraphicsScene(self))
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setAccessibleName(self.tr("Diagram of the network"))
        self.setToolTip(self.tr("Drag to move, turn the wheel to zoom; click a layer to find it in the table"))
        self._boxes: dict[str, LayerBox] = {}
        self._links: Links | None = None
        self._selected: str | None = None
        self._zoomed = False
        self._pressed_at = QPoint()

    @property
    def selected(self) -> str | None:
        """The name of the marked layer."""
        return self._selected

    def show_summary(self, summary: ModelSummary) -> None:
        """Show a network.

        Raises:
            ValueError: its layers do not fit together.
        """
        layout = lay_out({layer.name: layer.inputs for layer in summary.layers})
        geometry, colours = Geometry(layout), DiagramColours.of(self.palette())
        self._selected = None
        self.scene().clear()
        self._links = Links((geometry.points(link) for link in layout.links), colours)
        self._boxes = {
            layer.name: LayerBox(layer, geometry.rect(layout.places[layer.name]), colours) for layer in summary.layers
        }
        for item in (self._links, *self._boxes.values()):
            self.scene().addItem(item)
        margin = em(1)
        self.scene().setSceneRect(self.scene().itemsBoundingRect().adjusted(-margin, -margin, margin, margin))
        self.setBackgroundBrush(colours.ground)
        self.show_readable()

    def select(self, name: str, *, centre: bool = True) -> None:
        """Mark a layer, and bring it to the middle of the view."""
        for each in (self._selected, name):
            if each is not None:
                box = self._boxes[each]
                box.chosen = each == name
                box.setZValue(float(box.chosen))
                box.update()
        self._selected = name
        self.setAccessibleDescription(self._description_of(name))
        if centre:
            self.centerOn(self._boxes[name])

    def _description_of(self, name: str) -> str:
        layer = self._boxes[name].layer
        sources = ", ".join(layer.inputs) or self.tr("nothing")
        return self.tr("{name}: {kind}, output {shape}, fed by {sources}").format(
            name=name, kind=layer.kind, shape=shape_words(layer), sources=sources
        )

    def zoom(self, factor: float) -> None:
        """Enlarge by a factor, within limits."""
        here = self.transform().m11()
        scale = min(max(here * factor, min(self._whole_scale(), 1.0)), _LARGEST_SCALE)
        self._zoomed = True
        self.scale(scale / here, scale / here)

    def zoom_in(self) -> None:
        """Show less, larger."""
        self.zoom(_STEP)

    def zoom_out(self) -> None:
        """Show more, smaller."""
        self.zoom(1 / _STEP)

    def show_whole(self) -> None:
        """Show the whole network."""
        self.zoom(self._whole_scale() / self.transform().m11())
        self.centerOn(self.sceneRect().center())

    def show_readable(self) -> None:
        """Show the network, from its top or the selected layer on, as large as can be read and the width allows."""
        width = self.sceneRect().width()
        scale = min(1.0, self.viewport().width() / width) if width else 1.0
        self.resetTransform()
        self.scale(scale, scale)
        self._zoomed = False
        if self._selected is not None:
            self.centerOn(self._boxes[self._selected])
        else:
            self.verticalScrollBar().setValue(self.verticalScrollBar().minimum())

    def _whole_scale(self) -> float:
        room, scene = self.viewport().rect(), self.sceneRect()
        return min(room.width() / max(scene.width(), 1), room.height() / max(scene.height(), 1))

    def image(self) -> QImage:
        """Return a picture of the whole network: twice the screen's resolution, unless that is too large."""
        size = self.sceneRect().size()
        scale = min(2.0, _LONGEST_SIDE / max(size.width(), size.height()))
        image = QImage((size * scale).toSize(), QImage.Format.Format_RGB32)
        image.fill(DiagramColours.of(self.palette()).ground)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.scene().render(painter)
        painter.end()
        return image

    def svg(self) -> bytes:
        """Return a drawing of the whole network."""
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        drawing = QSvgGenerator()
        drawing.setOutputDevice(buffer)
        size: QSize = self.sceneRect().size().toSize()
        drawing.setSize(size)
        drawing.setViewBox(QRect(QPoint(), size))
        drawing.setTitle(self.accessibleName())
        painter = QPainter(drawing)
        painter.fillRect(QRect(QPoint(), size), DiagramColours.of(self.palette()).ground)
        self.scene().render(painter)
        painter.end()
        return bytes(buffer.data().data())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom, and keep what is under the mouse where it is."""
        mouse = event.position().toPoint()
        point = self.mapToScene(mouse)
        self.zoom(_WHEEL ** event.angleDelta().y())
        moved = self.mapFromScene(point) - mouse
        for bar, way in ((self.horizontalScrollBar(), moved.x()), (self.verticalScrollBar(), moved.y())):
            bar.setValue(bar.value() + way)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom by keys; the arrows scroll as everywhere."""
        actions = {
            Qt.Key.Key_Plus: self.zoom_in,
            Qt.Key.Key_Equal: self.zoom_in,  # where + needs Shift
            Qt.Key.Key_Minus: self.zoom_out,
            Qt.Key.Key_0: self.show_whole,
            Qt.Key.Key_1: self.show_readable,
        }
        action = actions.get(Qt.Key(event.key()))
        if action is None:
            super().keyPressEvent(event)
        else:
            action()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a click, or a drag, begins."""
        self._pressed_at = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tell which layer was clicked."""
        super().mouseReleaseEvent(event)
        position = event.position().toPoint()
        moved = (position - self._pressed_at).manhattanLength() >= QApplication.startDragDistance()
        item = self.itemAt(position)
        if event.button() is Qt.MouseButton.LeftButton and not moved and isinstance(item, LayerBox):
            self.layer_clicked.emit(item.layer.name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Go on filling the width until somebody has zoomed."""
        super().resizeEvent(event)
        if not self._zoomed:
            self.show_readable()

    def changeEvent(self, event: QEvent) -> None:
        """Take on the palette's colours."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and self._links is not None:
            colours = DiagramColours.of(self.palette())
            self._links.colours = colours
            for box in self._boxes.values():
                box.colours = colours
            self.setBackgroundBrush(colours.ground)

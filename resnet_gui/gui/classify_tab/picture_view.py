"""PictureView: the selected picture, as large as there is room."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QFrame, QWidget

from resnet_gui.data.images import Geometry, seen_box
from resnet_gui.data.labels import class_words
from resnet_gui.gui.classify_tab.image_loader import ImageLoader, LoadedImage
from resnet_gui.gui.classify_tab.picture import Picture
from resnet_gui.gui.theme import em
from resnet_gui.inference.find import printable_name

_LARGEST_SIDE = 2560  # pixels; keeps a 100-megapixel picture from filling the memory twice

_LARGEST_ZOOM = 12.0  # a tiny picture is enlarged, but not to a blur without shape


class PictureView(QFrame):
    """Shows one picture upright, whole and in proportion, with its name below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture: Picture | None = None
        self._true_class = ""
        self._image: QImage | None = None
        self._image_number = -1
        self._scaled: QPixmap | None = None
        self._problem = ""
        self._geometry: Geometry | None = None
        self._seen: QImage | None = None
        self._heat: QImage | None = None
        self._heat_opacity = 0.0
        self._loader = ImageLoader(_LARGEST_SIDE, 1, self)
        self._loader.loaded.connect(self._on_loaded)
        self.setFrameStyle(QFrame.Shape.StyledPanel | QFrame.Shadow.Sunken)
        self.setMinimumSize(em(12), em(12))
        self.setAccessibleName(self.tr("Selected picture"))

    @property
    def image(self) -> QImage | None:
        """The picture, None while there is none."""
        return self._image

    @property
    def heat(self) -> QImage | None:
        """The heat map that lies over the picture."""
        return self._heat

    @property
    def seen(self) -> QImage | None:
        """What is shown in the picture's place: the picture as the network sees it."""
        return self._seen

    def set_geometry(self, geometry: Geometry | None) -> None:
        """Say which part of pictures the network sees, for where a heat map lies."""
        self._geometry = geometry
        self.update()

    def show_heat(self, heat: QImage | None) -> None:
        """Lay a heat map over what the network sees of the picture."""
        self._heat = heat
        self.update()

    def set_heat_opacity(self, opacity: float) -> None:
        """Let more or less of the picture shine through the heat map, 0-1."""
        self._heat_opacity = opacity
        self.update()

    def show_seen(self, seen: QImage | None) -> None:
        """Show what the network sees in the picture's place, each of its pixels a square; None for the picture."""
        self._seen, self._scaled = seen, None
        self.update()

    def image_area(self) -> QRect:
        """Return where the picture is drawn, empty while there is none."""
        shown = self._shown
        return QRect() if shown is None else self._target(shown, self._areas()[0])

    def heat_area(self) -> QRectF:
        """Return where a heat map is drawn: over what the network sees of the picture."""
        area = QRectF(self.image_area())
        if self._seen is not None or self._geometry is None or self._image is None:
            return area
        width, height = self._image.width(), self._image.height()
        left, top, right, bottom = seen_box(width, height, self._geometry)
        across, down = area.width() / width, area.height() / height
        return QRectF(
            area.left() + left * across, area.top() + top * down, (right - left) * across, (bottom - top) * down
        )

    def show_picture(self, picture: Picture | None, true_class: str = "") -> None:
        """Show a picture, and its true class if that is known; the one before stays until it is decoded."""
        if (picture, true_class) == (self._picture, self._true_class):
            return
        is_other = picture != self._picture
        self._picture, self._true_class = picture, true_class
        self.setToolTip(printable_name(picture.location) if picture else "")
        self.setAccessibleDescription(self._caption())
        self.update()
        if not is_other:
            return
        if picture is None:
            self._loader.forget()
            self._set_content(None, "")
        else:
            self._loader.request(picture.number, picture.source)

    def shut_down(self) -> None:
        """Load nothing any more, and wait for the thread that does."""
        self._loader.shut_down()

    def sizeHint(self) -> QSize:
        """Return a size that shows a picture well."""
        return QSize(em(40), em(30))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture and its name, or what will be here."""
        super().paintEvent(event)
        painter = QPainter(self)
        area, caption = self._areas()
        if self._picture is None:
            self._draw_words(painter, area.united(caption), self.tr("The selected picture is shown here"))
            return
        name = self.fontMetrics().elidedText(self._caption(), Qt.TextElideMode.ElideMiddle, caption.width())
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(caption, Qt.AlignmentFlag.AlignCenter, name)
        if self._shown is not None:
            self._draw_image(painter, self._shown)
            self._draw_heat(painter)
        elif self._problem:
            self._draw_words(painter, area, self.tr("This file {reason}").format(reason=self._problem))

    def changeEvent(self, event: QEvent) -> None:
        """Redraw on another screen or in other colours."""
        self._scaled = None
        super().changeEvent(event)

    @property
    def _is_loaded(self) -> bool:
        return self._picture is not None and self._image_number == self._picture.number

    @property
    def _shown(self) -> QImage | None:
        return self._image if self._seen is None else self._seen

    def _caption(self) -> str:
        if self._picture is None:
            return ""
        if not self._true_class:
            return self._picture.name
        return self.tr("{name} — true class: {class_name}").format(
            name=self._picture.name, class_name=class_words(self._true_class)
        )

    def _areas(self) -> tuple[QRect, QRect]:
        """Return the room for the picture and the one for its name."""
        margin = em(0.7)
        area = self.contentsRect().adjusted(margin, margin, -margin, -margin)
        line = max(self.fontMetrics().lineSpacing(), em(1.5))  # other scripts' letters can be taller
        caption = QRect(area.left(), area.bottom() - line + 1, area.width(), line)
        area.setBottom(caption.top() - em(0.5))
        return area, caption

    def _scaled_size(self, image: QImage, area: QRect) -> QSize:
        """Return how large a picture is drawn, in the screen's own pixels."""
        room = area.size() * self.devicePixelRatioF()
        if self._seen is None:
            room = room.boundedTo(image.size() * _LARGEST_ZOOM)
        return image.size().scaled(room, Qt.AspectRatioMode.KeepAspectRatio)

    def _target(self, image: QImage, area: QRect) -> QRect:
        size, ratio = self._scaled_size(image, area), self.devicePixelRatioF()
        target = QRect(0, 0, round(size.width() / ratio), round(size.height() / ratio))
        target.moveCenter(area.center())
        return target

    def _draw_image(self, painter: QPainter, image: QImage) -> None:
        size = self._scaled_size(image, self._areas()[0])
        if size.isEmpty():
            return
        if self._scaled is None or self._scaled.size() != size:
            smooth = Qt.TransformationMode.SmoothTransformation
            # The network's own pixels are to be seen as what they are.
            how = smooth if self._seen is None else Qt.TransformationMode.FastTransformation
            self._scaled = QPixmap.fromImage(image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, how))
        painter.drawPixmap(self.image_area(), self._scaled)

    def _draw_heat(self, painter: QPainter) -> None:
        if self._heat is None or (self._seen is None and not self._is_loaded):
            return  # a heat map can be there before its picture is decoded
        area = self.heat_area()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setOpacity(self._heat_opacity)
        painter.drawImage(area, self._heat)
        painter.setOpacity(1.0)
        if area != QRectF(self.image_area()):  # the network does not see the rest
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), em(0.15)))
            painter.drawRect(area)

    def _draw_words(self, painter: QPainter, area: QRect, words: str) -> None:
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), words)

    def _set_content(self, image: QImage | None, problem: str) -> None:
        self._image, self._problem, self._scaled = image, problem, None
        self.update()

    def _on_loaded(self, loaded: LoadedImage) -> None:
        if self._picture is not None and loaded.key == self._picture.number:
            self._image_number = loaded.key
            self._set_content(loaded.image, loaded.error)

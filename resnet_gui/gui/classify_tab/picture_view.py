"""PictureView: the selected picture, as large as there is room."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPalette, QPixmap
from PySide6.QtWidgets import QFrame, QWidget

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
        self._scaled: QPixmap | None = None
        self._problem = ""
        self._loader = ImageLoader(_LARGEST_SIDE, 1, self)
        self._loader.loaded.connect(self._on_loaded)
        self.setFrameStyle(QFrame.Shape.StyledPanel | QFrame.Shadow.Sunken)
        self.setMinimumSize(em(12), em(12))
        self.setAccessibleName(self.tr("Selected picture"))

    @property
    def image(self) -> QImage | None:
        """What is shown, None while nothing is."""
        return self._image

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
        margin = em(0.7)
        area = self.contentsRect().adjusted(margin, margin, -margin, -margin)
        if self._picture is None:
            self._draw_words(painter, area, self.tr("The selected picture is shown here"))
            return
        line = max(self.fontMetrics().lineSpacing(), em(1.5))  # other scripts' letters can be taller
        caption = QRect(area.left(), area.bottom() - line + 1, area.width(), line)
        area.setBottom(caption.top() - em(0.5))
        name = self.fontMetrics().elidedText(self._caption(), Qt.TextElideMode.ElideMiddle, caption.width())
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(caption, Qt.AlignmentFlag.AlignCenter, name)
        if self._image is not None:
            self._draw_image(painter, self._image, area)
        elif self._problem:
            self._draw_words(painter, area, self.tr("This file {reason}").format(reason=self._problem))

    def changeEvent(self, event: QEvent) -> None:
        """Redraw on another screen or in other colours."""
        self._scaled = None
        super().changeEvent(event)

    def _caption(self) -> str:
        if self._picture is None:
            return ""
        if not self._true_class:
            return self._picture.name
        return self.tr("{name} — true class: {class_name}").format(name=self._picture.name, class_name=self._true_class)

    def _draw_image(self, painter: QPainter, image: QImage, area: QRect) -> None:
        ratio = self.devicePixelRatioF()
        room = (area.size() * ratio).boundedTo(image.size() * _LARGEST_ZOOM)
        size = image.size().scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        if size.isEmpty():
            return
        if self._scaled is None or self._scaled.size() != size:
            smooth = Qt.TransformationMode.SmoothTransformation
            scaled = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
            self._scaled = QPixmap.fromImage(scaled)
        target = QRect(0, 0, round(size.width() / ratio), round(size.height() / ratio))
        target.moveCenter(area.center())
        painter.drawPixmap(target, self._scaled)

    def _draw_words(self, painter: QPainter, area: QRect, words: str) -> None:
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), words)

    def _set_content(self, image: QImage | None, problem: str) -> None:
        self._image, self._problem, self._scaled = image, problem, None
        self.update()

    def _on_loaded(self, loaded: LoadedImage) -> None:
        if self._picture is not None and loaded.key == self._picture.number:
            self._set_content(loaded.image, loaded.error)

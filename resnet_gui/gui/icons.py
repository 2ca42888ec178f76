"""Line icons from `resources/icons`, tinted with the palette's text colours."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QWidget

from resnet_gui.paths import resource_path

# Qt takes the next larger one and scales it down, so high-resolution screens stay sharp.
_SIZES = (16, 20, 24, 32, 48, 64, 96)
_MODES = ((QIcon.Mode.Normal, QPalette.ColorGroup.Active), (QIcon.Mode.Disabled, QPalette.ColorGroup.Disabled))


def make_icon(name: str, palette: QPalette) -> QIcon:
    """Return the icon `resources/icons/<name>.svg` in the colour of button text, enabled and disabled."""
    icon, drawing = QIcon(), _drawing(name)
    for (mode, _), colour in zip(_MODES, _colours(palette), strict=True):
        for size in _SIZES:
            icon.addPixmap(_tinted(drawing, colour, size), mode)
    return icon


def _colours(palette: QPalette) -> list[QColor]:
    return [palette.color(group, QPalette.ColorRole.ButtonText) for _, group in _MODES]


def tinted_pixmap(name: str, colour: QColor, size: int) -> QPixmap:
    """Return a drawing of an icon in one colour, `size` pixels wide and high.

    Raises:
        FileNotFoundError: there is no such icon.
    """
    return _tinted(_drawing(name), colour, size)


def _drawing(name: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_read(name)))


@cache
def _read(name: str) -> bytes:
    return resource_path("icons", f"{name}.svg").read_bytes()


def _tinted(drawing: QSvgRenderer, colour: QColor, size: int) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    drawing.render(painter)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(pixmap.rect(), colour)
    painter.end()
    return pixmap


def set_icon(target: QAbstractButton | QAction, name: str, watched: QWidget | None = None) -> None:
    """Give a button or an action an icon that keeps its tint right when the palette changes.

    Args:
        target: what shows the icon.
        name: file name in `resources/icons`, without `.svg`.
        watched: the widget whose palette counts; a button may leave it out.
    """
    owner = watched if watched is not None else target
    if not isinstance(owner, QWidget):
        raise TypeError("an action needs a widget whose palette it takes its colour from")
    for old in target.findChildren(_Tinter, options=Qt.FindChildOption.FindDirectChildrenOnly):
        old.setParent(None)
        old.deleteLater()
    _Tinter(target, name, owner).tint()


class _Tinter(QObject):
    def __init__(self, target: QAbstractButton | QAction, name: str, watched: QWidget) -> None:
        super().__init__(target)
        self._target = target
        self._name = name
        self._watched = watched
        self._colours: list[QColor] = []
        watched.installEventFilter(self)

    def tint(self) -> None:
        palette = self._watched.palette()
        colours = _colours(palette)
        if colours != self._colours:  # a widget hears of a palette each time it gets another parent, mostly the same
            self._colours = colours
            self._target.setIcon(make_icon(self._name, palette))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.PaletteChange:
            self.tint()
        return False

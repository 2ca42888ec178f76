"""The program's own light and dark colours, on Qt's Fusion style."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QToolTip, QWidget


class Appearance(StrEnum):
    """Which colours the user asked for."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class PlotColours:
    """What each colour in a plot means; the hues are Okabe and Ito's, which colour-blind people can tell apart."""

    train: QColor
    validation: QColor
    top5: QColor
    background: QColor
    foreground: QColor
    axis: QColor
    band: QColor


_Role = QPalette.ColorRole
_LIGHT = {
    _Role.Window: "#f3f3f4",
    _Role.WindowText: "#1c1d1f",
    _Role.Base: "#ffffff",
    _Role.AlternateBase: "#f3f5f8",
    _Role.Text: "#1c1d1f",
    _Role.Button: "#f0f0f2",
    _Role.ButtonText: "#1c1d1f",
    _Role.BrightText: "#ffffff",
    _Role.Highlight: "#0072b2",
    _Role.HighlightedText: "#ffffff",
    _Role.Accent: "#0072b2",
    _Role.Link: "#005a8d",
    _Role.LinkVisited: "#6a4c93",
    _Role.ToolTipBase: "#ffffff",
    _Role.ToolTipText: "#1c1d1f",
    _Role.PlaceholderText: "#6b6e73",
    _Role.Light: "#ffffff",
    _Role.Midlight: "#e6e7e9",
    _Role.Mid: "#b9bcc1",
    _Role.Dark: "#9a9da3",
    _Role.Shadow: "#5c5f64",
}
_DARK = {
    _Role.Window: "#2e3135",
    _Role.WindowText: "#e6e7e9",
    _Role.Base: "#1a1c1e",
    _Role.AlternateBase: "#222427",
    _Role.Text: "#e6e7e9",
    _Role.Button: "#3e4247",
    _Role.ButtonText: "#e6e7e9",
    _Role.BrightText: "#ffffff",
    _Role.Highlight: "#0a78b8",
    _Role.HighlightedText: "#ffffff",
    _Role.Accent: "#3d9bd9",
    _Role.Link: "#6cb8ea",
    _Role.LinkVisited: "#b9a3dd",
    _Role.ToolTipBase: "#34373b",
    _Role.ToolTipText: "#e6e7e9",
    _Role.PlaceholderText: "#9a9da3",
    _Role.Light: "#565b61",
    _Role.Midlight: "#484c52",
    _Role.Mid: "#1f2123",
    _Role.Dark: "#141517",
    _Role.Shadow: "#000000",
}
_TEXT_ROLES = (_Role.WindowText, _Role.Text, _Role.ButtonText)
_DISABLED_TEXT = {False: "#75787d", True: "#999ca2"}


def apply_appearance(app: QApplication, appearance: Appearance) -> None:
    """Give the program its style and colours; SYSTEM goes on following the desktop, where it answers."""
    if app.style().name() != "fusion":
        app.setStyle("Fusion")
    hints = app.styleHints()
    if appearance is Appearance.SYSTEM:
        hints.unsetColorScheme()
    else:  # window frames follow too, where the platform lets them
        hints.setColorScheme(Qt.ColorScheme.Dark if appearance is Appearance.DARK else Qt.ColorScheme.Light)
    follower = app.findChild(_SchemeFollower) or _SchemeFollower(app)
    follower.follow(appearance)


class _SchemeFollower(QObject):
    """Repaints the program when the desktop goes from day to night."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._appearance = Appearance.SYSTEM
        app.styleHints().colorSchemeChanged.connect(self._on_color_scheme_changed)

    def follow(self, appearance: Appearance) -> None:
        self._appearance = appearance
        dark = self._system_is_dark() if appearance is Appearance.SYSTEM else appearance is Appearance.DARK
        colours = make_palette(dark)
        self._app.setPalette(colours)
        QToolTip.setPalette(colours)

    def _system_is_dark(self) -> bool:
        return self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark

    def _on_color_scheme_changed(self) -> None:
        if self._appearance is Appearance.SYSTEM:
            self.follow(self._appearance)


def make_palette(dark: bool) -> QPalette:
    """Return the light or the dark palette, every role set, so that nothing of the desktop's shines through."""
    colours = _DARK if dark else _LIGHT
    palette = QPalette()
    for role, colour in colours.items():
        palette.setColor(role, QColor(colour))
    for role in _TEXT_ROLES:
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(_DISABLED_TEXT[dark]))
    disabled_highlight = colours[_Role.Midlight]
    palette.setColor(QPalette.ColorGroup.Disabled, _Role.Highlight, QColor(disabled_highlight))
    palette.setColor(QPalette.ColorGroup.Disabled, _Role.HighlightedText, QColor(_DISABLED_TEXT[dark]))
    return palette


def is_dark(palette: QPalette) -> bool:
    """Return whether text is lighter than what it stands on."""
    return palette.color(_Role.WindowText).lightness() > palette.color(_Role.Window).lightness()


def plot_colours(palette: QPalette) -> PlotColours:
    """Return the colours of plots on this palette; on a dark ground the same hues, lighter."""
    train, validation, top5 = (
        ("#3d9bd9", "#ee7d27", "#21b98c") if is_dark(palette) else ("#0072b2", "#d55e00", "#009e73")
    )
    foreground = palette.color(_Role.Text)
    band = QColor(foreground)
    band.setAlphaF(0.055)
    return PlotColours(
        train=QColor(train),
        validation=QColor(validation),
        top5=QColor(top5),
        background=palette.color(_Role.Base),
        foreground=foreground,
        axis=palette.color(_Role.PlaceholderText),
        band=band,
    )


def problem_colour(palette: QPalette) -> QColor:
    """Return the colour of words that say what is wrong, readable on this palette's windows."""
    return QColor("#ff9a90" if is_dark(palette) else "#b3261e")


def em(count: float, widget: QWidget | None = None) -> int:
    """Return `count` times the font's size, in device-independent pixels."""
    font = widget.font() if widget else QGuiApplication.font()
    return round(count * QFontInfo(font).pixelSize())

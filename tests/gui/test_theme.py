from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from resnet_gui.gui.icons import make_icon, set_icon, tinted_pixmap
from resnet_gui.gui.theme import Appearance, apply_appearance, em, is_dark, make_palette, plot_colours, problem_colour
from resnet_gui.paths import resource_path

ICONS = sorted(path.stem for path in resource_path("icons").glob("*.svg") if path.stem != "resnet-gui")


def contrast(first: QColor, second: QColor) -> float:
    """Return the contrast of two colours as the Web Content Accessibility Guidelines define it."""

    def luminance(colour: QColor) -> float:
        linear = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in (colour.redF(), colour.greenF(), colour.blueF())
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_text_can_be_read(dark: bool) -> None:
    palette = make_palette(dark)
    role = QPalette.ColorRole
    for text, ground in [
        (role.WindowText, role.Window),
        (role.Text, role.Base),
        (role.ButtonText, role.Button),
        (role.HighlightedText, role.Highlight),
        (role.ToolTipText, role.ToolTipBase),
        (role.Link, role.Window),
        (role.PlaceholderText, role.Base),
    ]:
        assert contrast(palette.color(text), palette.color(ground)) >= 4.5, (text, ground)
    assert contrast(problem_colour(palette), palette.color(role.Window)) >= 4.5
    disabled = palette.color(QPalette.ColorGroup.Disabled, role.WindowText)
    assert contrast(disabled, palette.color(role.Window)) >= 3.0


@pytest.mark.parametrize("dark", [False, True])
def test_curves_stand_out(dark: bool) -> None:
    colours = plot_colours(make_palette(dark))
    for colour in (colours.train, colours.validation, colours.top5):
        assert contrast(colour, colours.background) >= 3.0


def test_light_plots_have_the_agreed_colours() -> None:
    colours = plot_colours(make_palette(dark=False))
    assert [colour.name() for colour in (colours.train, colours.validation, colours.top5)] == [
        "#0072b2",
        "#d55e00",
        "#009e73",
    ]


def test_appearance_repaints_what_is_there(qtbot: QtBot, qapp: QApplication) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    apply_appearance(qapp, Appearance.DARK)
    qtbot.waitUntil(lambda: is_dark(widget.palette()))
    apply_appearance(qapp, Appearance.LIGHT)
    qtbot.waitUntil(lambda: not is_dark(widget.palette()))
    assert qapp.style().name() == "fusion"


def test_system_without_an_answer_is_light(qapp: QApplication) -> None:
    apply_appearance(qapp, Appearance.DARK)
    apply_appearance(qapp, Appearance.SYSTEM)
    assert not is_dark(qapp.palette())


def test_em_follows_the_font(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    font = widget.font()
    font.setPixelSize(20)
    widget.setFont(font)
    assert em(1.5, widget) == 30


@pytest.mark.parametrize("name", ICONS)
def test_icon_is_drawn_in_the_colour(qapp: QApplication, name: str) -> None:
    image = tinted_pixmap(name, QColor("#ff0000"), 32).toImage()
    drawn = [image.pixelColor(x, y) for x in range(32) for y in range(32) if image.pixelColor(x, y).alpha() == 255]
    assert len(drawn) > 20
    assert {colour.name() for colour in drawn} == {"#ff0000"}


def test_disabled_icon_is_paler(qapp: QApplication) -> None:
    palette = make_palette(dark=False)
    icon = make_icon("stop", palette)
    middle = {
        mode: icon.pixmap(24, 24, mode).toImage().pixelColor(12, 12) for mode in (icon.Mode.Normal, icon.Mode.Disabled)
    }
    assert middle[icon.Mode.Normal] == palette.color(QPalette.ColorRole.ButtonText)
    assert middle[icon.Mode.Disabled] == palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText)


def test_icons_follow_the_palette(qtbot: QtBot, qapp: QApplication) -> None:
    button = QPushButton()
    qtbot.addWidget(button)
    set_icon(button, "start")
    set_icon(button, "stop")
    button.show()
    apply_appearance(qapp, Appearance.DARK)
    qtbot.waitUntil(lambda: is_dark(button.palette()))
    pixel = button.icon().pixmap(24, 24).toImage().pixelColor(12, 12)
    assert pixel == button.palette().color(QPalette.ColorRole.ButtonText)

"""Why the model says what it says: heat maps, the picture as the network sees it, and the classes beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from resnet_gui.data.images import Geometry
from resnet_gui.gui.classify_tab import explainer as explainer_module
from resnet_gui.gui.classify_tab.heat_colours import heat_image
from resnet_gui.gui.classify_tab.picture_model import Picture
from resnet_gui.gui.classify_tab.picture_panel import PicturePanel
from resnet_gui.gui.classify_tab.prediction_bars import PredictionBars
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.classify import PictureResult, classify
from resnet_gui.inference.predictor import ClassProbability, Prediction, Predictor
from tests.bundles import make_corner_bundle, make_weighing_bundle

LONG = 10_000  # ms; far more than anything takes


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[PicturePanel]:
    panel = PicturePanel()
    qtbot.addWidget(panel)
    panel.resize(600, 500)
    panel.show()
    yield panel
    panel.shut_down()


@pytest.fixture
def picture(tmp_path: Path) -> Picture:
    """A picture with a red square in the upper left corner and a green one in the lower right."""
    pixels = np.full((80, 80, 3), 40, np.uint8)
    pixels[:20, :20] = (255, 0, 0)
    pixels[60:, 60:] = (0, 255, 0)
    Image.fromarray(pixels).save(tmp_path / "corners.png")
    return Picture(0, "corners.png", tmp_path / "corners.png")


def show(panel: PicturePanel, bundle: ModelBundle, picture: Picture) -> PictureResult:
    (result,) = classify(Predictor(bundle), [picture.source])
    panel.set_bundle(bundle)
    panel.show_picture(picture, result)
    return result


def lightness(image: QImage, across: float, down: float) -> int:
    return image.pixelColor(int(across * (image.width() - 1)), int(down * (image.height() - 1))).lightness()


def test_the_heat_map_of_each_class_shows_where_it_is(
    qtbot: QtBot, panel: PicturePanel, picture: Picture, tmp_path: Path
) -> None:
    result = show(panel, make_weighing_bundle(tmp_path / "bundle"), picture)
    assert result.prediction is not None
    places = {entry.class_name: place for place, entry in enumerate(result.prediction.ranked)}
    panel.ask_for_heat()
    panel.choose_class(places["red"])
    qtbot.waitUntil(lambda: "speaks for red" in panel.words, timeout=LONG)
    heat = panel._view.heat
    assert heat is not None
    assert lightness(heat, 0, 0) > 150 > 50 > lightness(heat, 1, 1)
    panel.choose_class(places["green"])
    assert panel._view.heat is None, "the map of another class must not stay"
    qtbot.waitUntil(lambda: "speaks for green" in panel.words, timeout=LONG)
    heat = panel._view.heat
    assert heat is not None
    assert lightness(heat, 1, 1) > 150 > 50 > lightness(heat, 0, 0)


def test_other_networks_are_explained_by_covering(
    qtbot: QtBot, panel: PicturePanel, picture: Picture, tmp_path: Path
) -> None:
    show(panel, make_corner_bundle(tmp_path / "bundle"), picture)
    panel.ask_for_heat()
    assert "Working out" in panel.words
    qtbot.waitUntil(lambda: panel._view.heat is not None, timeout=LONG)
    assert panel.words == "Bright: red becomes less likely when this part is covered."


def test_what_was_explained_once_is_there_at_once(
    qtbot: QtBot, panel: PicturePanel, picture: Picture, tmp_path: Path, monkeypatch
) -> None:
    show(panel, make_weighing_bundle(tmp_path / "bundle"), picture)
    panel.ask_for_heat()
    qtbot.waitUntil(lambda: panel._view.heat is not None, timeout=LONG)
    panel.choose_class(1)
    qtbot.waitUntil(lambda: panel._view.heat is not None, timeout=LONG)
    monkeypatch.setattr(explainer_module, "explain", None)
    panel.choose_class(0)
    assert panel._view.heat is not None


def test_the_latest_question_is_answered(qtbot: QtBot, panel: PicturePanel, picture: Picture, tmp_path: Path) -> None:
    bundle = make_corner_bundle(tmp_path / "bundle")
    result = show(panel, bundle, picture)
    assert result.prediction is not None
    panel.ask_for_heat()
    for place in (1, 2, 0, 2, 1):
        panel.choose_class(place)
    wanted = result.prediction.ranked[1].class_name
    qtbot.waitUntil(lambda: panel._view.heat is not None, timeout=LONG)
    assert panel.words.startswith((f"Bright: {wanted}", f"Nothing in the picture speaks for {wanted}"))


@pytest.mark.parametrize(
    ("geometry", "size", "expected"),
    [
        (Geometry(8), (80, 80), (0, 0, 1, 1)),
        (Geometry(8), (160, 80), (0.25, 0, 0.5, 1)),
        (Geometry(8, "squash"), (160, 80), (0, 0, 1, 1)),
        (Geometry(8, shorter_side=16), (80, 160), (0.25, 0.375, 0.5, 0.25)),
    ],
)
def test_the_map_lies_over_what_the_network_saw(
    qtbot: QtBot,
    panel: PicturePanel,
    tmp_path: Path,
    geometry: Geometry,
    size: tuple[int, int],
    expected: tuple[float, float, float, float],
) -> None:
    Image.new("RGB", size, "gray").save(tmp_path / "p.png")
    panel._view.set_geometry(geometry)
    panel.show_picture(Picture(0, "p.png", tmp_path / "p.png"), None)
    qtbot.waitUntil(lambda: panel.image is not None, timeout=LONG)
    whole, heat = QRectF(panel._view.image_area()), panel._view.heat_area()
    left, top, width, height = expected
    assert heat.x() - whole.x() == pytest.approx(left * whole.width(), abs=0.01)
    assert heat.y() - whole.y() == pytest.approx(top * whole.height(), abs=0.01)
    assert heat.width() == pytest.approx(width * whole.width(), abs=0.01)
    assert heat.height() == pytest.approx(height * whole.height(), abs=0.01)


def test_opacity_lets_the_picture_through(qtbot: QtBot, panel: PicturePanel, picture: Picture, tmp_path: Path) -> None:
    show(panel, make_weighing_bundle(tmp_path / "bundle"), picture)
    panel.ask_for_heat()
    qtbot.waitUntil(lambda: panel._view.heat is not None and panel.image is not None, timeout=LONG)
    corner = panel._view.image_area().topLeft() + QPoint(2, 2)
    slider = panel._options._opacity
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    assert panel._view.grab().toImage().pixelColor(corner) == QColor(255, 0, 0)
    qtbot.keyClick(slider, Qt.Key.Key_End)
    assert panel._view.grab().toImage().pixelColor(corner).lightness() > 180


def test_what_the_network_sees_is_shown_pixel_by_pixel(
    qtbot: QtBot, panel: PicturePanel, picture: Picture, tmp_path: Path
) -> None:
    show(panel, make_weighing_bundle(tmp_path / "bundle"), picture)
    panel._options._seen.click()
    qtbot.waitUntil(lambda: panel._view.seen is not None, timeout=LONG)
    seen = panel._view.seen
    assert seen is not None
    assert (seen.width(), seen.height()) == (8, 8)
    assert "8 x 8 pixels" in panel.words
    area = panel._view.image_area()
    drawn = panel._view.grab().toImage()
    # Nothing is smoothed: within a pixel of the network's, every pixel of the screen has its colour.
    for place in (0.3, 0.7):
        inside = area.topLeft() + QPoint(round(area.width() / 8 * place), round(area.height() / 8 * place))
        assert drawn.pixelColor(inside) == seen.pixelColor(0, 0)
    panel._options._seen.click()
    assert panel._view.seen is None


def test_a_picture_that_cannot_be_read_says_why(qtbot: QtBot, panel: PicturePanel, tmp_path: Path) -> None:
    (tmp_path / "empty.png").write_bytes(b"")
    panel.set_bundle(make_weighing_bundle(tmp_path / "bundle"))
    panel._options._seen.click()
    panel.show_picture(Picture(0, "empty.png", tmp_path / "empty.png"), None)
    qtbot.waitUntil(lambda: panel.words == "This file is empty (0 bytes)", timeout=LONG)


def test_a_model_that_is_gone_says_so(qtbot: QtBot, panel: PicturePanel, picture: Picture, tmp_path: Path) -> None:
    bundle = make_weighing_bundle(tmp_path / "bundle")
    show(panel, bundle, picture)
    bundle.network_file.unlink()
    panel.ask_for_heat()
    qtbot.waitUntil(lambda: "cannot be read" in panel.words, timeout=LONG)


def test_another_model_explains_anew(qtbot: QtBot, panel: PicturePanel, picture: Picture, tmp_path: Path) -> None:
    show(panel, make_weighing_bundle(tmp_path / "one"), picture)
    panel.ask_for_heat()
    qtbot.waitUntil(lambda: panel._view.heat is not None, timeout=LONG)
    show(panel, make_corner_bundle(tmp_path / "two"), picture)
    qtbot.waitUntil(lambda: "is covered" in panel.words, timeout=LONG)


# The classes


@pytest.fixture
def bars(qtbot: QtBot) -> PredictionBars:
    bars = PredictionBars()
    qtbot.addWidget(bars)
    bars.resize(300, 500)
    bars.show()
    return bars


def prediction(*names: str, unfamiliar: bool | None = None) -> PictureResult:
    return PictureResult(Path("x"), Prediction(tuple(ClassProbability(name, 0.2) for name in names), unfamiliar))


def test_a_class_is_chosen_with_the_mouse(qtbot: QtBot, bars: PredictionBars) -> None:
    bars.show_result(prediction("tulip", "rose", "poppy"))
    with qtbot.waitSignals([bars.class_chosen, bars.explanation_requested]):
        qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=bars._areas()[2].center())
    assert bars.chosen == 2
    with qtbot.assertNotEmitted(bars.explanation_requested):
        qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(150, 480))


def test_a_class_is_chosen_with_the_keys(qtbot: QtBot, bars: PredictionBars) -> None:
    bars.show_result(prediction("tulip", "rose", "poppy"))
    bars.setFocus()
    chosen: list[int] = []
    bars.class_chosen.connect(chosen.append)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_End, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Home, Qt.Key.Key_Up):
        qtbot.keyClick(bars, key)
    assert chosen == [1, 2, 1, 0]
    with qtbot.waitSignal(bars.explanation_requested):
        qtbot.keyClick(bars, Qt.Key.Key_Return)


def test_the_choice_is_told_and_starts_anew_with_another_picture(bars: PredictionBars) -> None:
    bars.show_result(prediction("tulip", "rose"))
    bars.choose(1)
    assert "Heat map" not in bars.accessibleDescription()
    bars.show_choice(on=True)
    assert bars.accessibleDescription().endswith("Heat map: rose")
    bars.show_result(prediction("tulip", "rose"))
    assert bars.chosen == 1, "the same result again, as other pictures are classified"
    bars.show_result(prediction("poppy", "rose"))
    assert bars.chosen == 0


def test_a_picture_unlike_the_training_data_is_warned_of(bars: PredictionBars) -> None:
    bars.show_result(prediction("tulip", unfamiliar=True))
    assert "looks unlike" in bars.accessibleDescription()
    warned = bars.grab().toImage()
    for harmless in (False, None):
        bars.show_result(prediction("tulip", unfamiliar=harmless))
        assert "looks unlike" not in bars.accessibleDescription()
        assert bars.grab().toImage() != warned


def test_heat_colours_grow_lighter_all_the_way() -> None:
    image = heat_image(np.linspace(0, 1, 256, dtype=np.float32)[None])
    red, green, blue = (
        np.array([getattr(image.pixelColor(x, 0), name)() for x in range(256)]) for name in ("red", "green", "blue")
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    assert (np.diff(luminance) >= -0.5).all()
    assert luminance[-1] - luminance[0] > 200

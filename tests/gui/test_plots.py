from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from resnet_gui.errors import ResNetGuiError
from resnet_gui.gui.drawing_pace import SHARE, SHORTEST_S, DrawingPace
from resnet_gui.gui.epoch_bands import EpochBands
from resnet_gui.gui.error_dialog import ErrorDialog
from resnet_gui.gui.metric_series import Layer
from resnet_gui.gui.plots import TrainingPlots
from resnet_gui.gui.theme import Appearance, apply_appearance, is_dark, plot_colours
from resnet_gui.runs.events import SettingChanged, StepMetrics
from resnet_gui.runs.history import History
from tests.fake_trainer import make_epoch, make_steps
from tests.gui.test_smoothing import plain_smoothing

LONG = 30_000  # ms; far more than anything takes


@pytest.fixture
def plots(qtbot: QtBot) -> TrainingPlots:
    plots = TrainingPlots()
    plots.resize(800, 500)
    qtbot.addWidget(plots)
    plots.show()
    return plots


def make_history(epochs: int = 2, steps_per_epoch: int = 20) -> History:
    history = History()
    for epoch in range(1, epochs + 1):
        history.append(make_steps((epoch - 1) * steps_per_epoch + 1, steps_per_epoch, epoch))
        history.append(make_epoch(epoch, epoch * steps_per_epoch))
    return history


def data_of(plots: TrainingPlots, column: str, layer: Layer) -> tuple[np.ndarray, np.ndarray]:
    series = next(s for plot in (plots.loss, plots.accuracy) for s in plot.series if s.metric.column == column)
    x, y = series.items[layer].getOriginalDataset()
    return (np.empty(0), np.empty(0)) if x is None else (x, y)


def show(plots: TrainingPlots, history: History) -> None:
    plots.show_history(history)
    plots.refresh()


@pytest.mark.parametrize("column", ["loss", "top1", "top5"])
@pytest.mark.parametrize(("epochs", "steps"), [(2, 20), (10, 2000)])
def test_curves_hold_exactly_the_events(plots: TrainingPlots, column: str, epochs: int, steps: int) -> None:
    history = make_history(epochs, steps)
    show(plots, history)
    x, y = data_of(plots, column, Layer.BATCHES)
    assert x.tolist() == list(range(1, epochs * steps + 1))
    np.testing.assert_array_equal(y, history.column(column))
    x, y = data_of(plots, column, Layer.SMOOTHED)
    np.testing.assert_allclose(y, plain_smoothing(history.column(column).tolist(), 0.6), rtol=1e-9)
    x, y = data_of(plots, column, Layer.VALIDATION)
    assert x.tolist() == [steps * epoch for epoch in range(1, epochs + 1)]
    np.testing.assert_array_equal(y, [getattr(epoch, f"val_{column}") for epoch in history.epochs])


def test_long_trainings_are_drawn_downsampled_and_clipped(plots: TrainingPlots) -> None:
    show(plots, make_history(10, 2000))
    for series in plots.accuracy.series:
        for layer in (Layer.BATCHES, Layer.SMOOTHED):
            assert 100 < len(series.items[layer].curve.xData) < 3 * plots.width()
    plots.loss.plot_item.setXRange(5000, 5050, padding=0)
    for series in plots.loss.series:
        drawn = series.items[Layer.BATCHES].curve.xData
        assert drawn.min() > 4900
        assert drawn.max() < 5150


def test_growing_history_is_followed(plots: TrainingPlots, qtbot: QtBot) -> None:
    history = History()
    items = list(plots.loss.series[0].items.values())
    for first in range(1, 101, 10):
        history.append(make_steps(first, 10))
        plots.show_history(history)
    qtbot.waitUntil(lambda: len(data_of(plots, "loss", Layer.BATCHES)[0]) == 100)
    assert list(plots.loss.series[0].items.values()) == items  # never made anew


def test_new_history_replaces_the_old(plots: TrainingPlots) -> None:
    show(plots, make_history(3))
    show(plots, History())
    for layer in Layer:
        assert not len(data_of(plots, "loss", layer)[0])
    show(plots, make_history(1, 5))
    assert len(data_of(plots, "loss", Layer.SMOOTHED)[0]) == 5


def test_hidden_plots_wait(plots: TrainingPlots) -> None:
    plots.hide()
    plots.show_history(make_history())
    assert not len(data_of(plots, "loss", Layer.BATCHES)[0])
    plots.show()
    assert len(data_of(plots, "loss", Layer.BATCHES)[0]) == 40


def test_redraws_at_most_ten_times_a_second(
    plots: TrainingPlots, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[float] = []
    update = plots.loss.update_history

    def count(history: History) -> None:
        drawn.append(time.monotonic())
        update(history)

    monkeypatch.setattr(plots.loss, "update_history", count)
    history = History()

    def feed() -> bool:
        history.append(make_steps(len(history) + 1, 1))
        plots.show_history(history)
        return len(drawn) >= 4

    qtbot.waitUntil(feed, timeout=LONG)
    assert min(np.diff(drawn)) >= 0.9 * SHORTEST_S


def test_a_slow_plot_is_drawn_less_often(plots: TrainingPlots, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    began: list[float] = []
    cost: list[float] = []
    update = plots.loss.update_history

    def slowly(history: History) -> None:
        began.append(time.monotonic())
        cost.append(3 * SHORTEST_S * SHARE)
        until = time.thread_time() + cost[-1]
        while time.thread_time() < until:
            pass
        update(history)

    monkeypatch.setattr(plots.loss, "update_history", slowly)
    history = History()

    def feed() -> bool:
        history.append(make_steps(len(history) + 1, 1))
        plots.show_history(history)
        return len(began) >= 3

    qtbot.waitUntil(feed, timeout=LONG)
    assert min(np.diff(began)) >= cost[0] / SHARE


def test_painting_counts_as_drawing() -> None:
    pace = DrawingPace()
    assert pace.due() < 0  # at once, the first time
    pace.begin(10.0)
    assert pace.due() == pytest.approx(10.0 + SHORTEST_S)
    quick = 0.9 * SHORTEST_S * SHARE  # more often than ten times a second is never
    pace.add_cost(quick)
    assert pace.due() == pytest.approx(10.0 + SHORTEST_S)
    pace.add_cost(0.012)
    assert pace.due() == pytest.approx(10.0 + (quick + 0.012) / SHARE)


def test_what_painting_costs_is_told(plots: TrainingPlots, qtbot: QtBot) -> None:
    with qtbot.waitSignal(plots.loss.canvas.painted) as painted:
        show(plots, make_history())
    assert painted.args[0] > 0


def test_smoothing_can_be_changed(plots: TrainingPlots) -> None:
    history = make_history()
    show(plots, history)
    plots.smoothing.setValue(0.9)
    expected = plain_smoothing(history.column("top5").tolist(), 0.9)
    np.testing.assert_allclose(data_of(plots, "top5", Layer.SMOOTHED)[1], expected, rtol=1e-9)
    plots.smoothing.setValue(0.0)
    np.testing.assert_array_equal(data_of(plots, "top5", Layer.SMOOTHED)[1], history.column("top5"))


def test_log_scale_shows_logarithms(plots: TrainingPlots) -> None:
    history = make_history()
    show(plots, history)
    plots.log_scale.setChecked(True)
    _, shown = plots.loss.series[0].items[Layer.BATCHES].getData()
    np.testing.assert_allclose(shown, np.log10(history.column("loss")))
    plots.log_scale.setChecked(False)
    _, shown = plots.loss.series[0].items[Layer.BATCHES].getData()
    np.testing.assert_allclose(shown, history.column("loss"))


@pytest.mark.parametrize("value", [math.nan, math.inf, 0.0])
def test_odd_losses_are_drawn_without_complaint(plots: TrainingPlots, value: float) -> None:
    history = History()
    same = (value,) * 50
    history.append(StepMetrics(0.0, 1, 1, loss=same, top1=same, top5=same, rate=same, images_per_second=1.0))
    show(plots, history)
    plots.log_scale.setChecked(True)
    assert not plots.grab().isNull()


def test_legend_hides_and_shows_a_curve(plots: TrainingPlots, qtbot: QtBot) -> None:
    box = plots.accuracy.legend["top5", Layer.VALIDATION]
    item = plots.accuracy.series[1].items[Layer.VALIDATION]
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert not item.isVisible()
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert item.isVisible()


def test_plots_share_their_steps(plots: TrainingPlots) -> None:
    show(plots, make_history())
    plots.loss.plot_item.setXRange(10, 20, padding=0)
    np.testing.assert_allclose(plots.accuracy.plot_item.viewRange()[0], [10, 20])
    plots.reset_view()
    QApplication.processEvents()
    assert plots.accuracy.plot_item.viewRange()[0][1] >= 40


def test_crosshair_reads_out_both_plots(plots: TrainingPlots) -> None:
    history = make_history()
    show(plots, history)
    scene = plots.loss.plot_item.vb.mapViewToScene(QPointF(25.2, history.column("loss").mean()))
    plots.loss.canvas.scene().sigMouseMoved.emit(scene)
    words = plots.loss.readout.text()
    assert "Step 25, epoch 2" in words
    assert f"each batch: {history.column('loss')[24]:.4g}" in words
    assert f"validation: {history.epochs[1].val_loss:.4g}" in words
    assert f"Top-1 each batch: {100 * history.column('top1')[24]:.1f} %" in plots.accuracy.readout.text()
    plots.accuracy.canvas.left.emit()
    assert not plots.loss.readout.isVisible()


def test_crosshair_on_a_step_that_is_not_drawn_yet(plots: TrainingPlots) -> None:
    history = make_history()
    show(plots, history)
    history.append(make_steps(41, 5, 3))
    plots.show_crosshair(45)
    words = plots.loss.readout.text()
    assert f"each batch: {history.column('loss')[44]:.4g}" in words
    assert "smoothed" not in words


def test_changes_are_marked_in_both_plots(plots: TrainingPlots) -> None:
    history = make_history()
    show(plots, history)
    before = plots.loss.canvas.grab().toImage()
    for name, old, new in (("learning_rate", 1e-3, 1e-4), ("early_stopping", 3, 0)):
        history.append(SettingChanged(time=0.0, step=12, name=name, old=old, new=new))
    show(plots, history)
    after = plots.loss.canvas.grab().toImage()
    x = round(plots.loss.canvas.mapFromScene(plots.loss.plot_item.vb.mapViewToScene(QPointF(12, 1))).x())
    line = plot_colours(plots.palette()).axis
    column = [after.pixelColor(x, y) for y in range(after.height())]
    assert column.count(line) > 0.5 * after.height()
    assert [before.pixelColor(x, y) for y in range(before.height())].count(line) < 0.1 * before.height()
    for plot in (plots.loss, plots.accuracy):
        plots.show_crosshair(12)
        assert "learning rate 0.0001, early stopping off" in plot.readout.text()
        plots.show_crosshair(30)
        assert "learning rate" not in plot.readout.text()
    show(plots, make_history())
    plots.show_crosshair(12)
    assert "learning rate" not in plots.loss.readout.text()


def test_arrow_keys_move_the_crosshair(plots: TrainingPlots, qtbot: QtBot) -> None:
    show(plots, make_history())
    for key, step in [(Qt.Key.Key_Home, 1), (Qt.Key.Key_Right, 2), (Qt.Key.Key_End, 40), (Qt.Key.Key_Left, 39)]:
        qtbot.keyClick(plots.loss.canvas, key)
        assert f"Step {step}," in plots.loss.readout.text()
    qtbot.keyClick(plots.loss.canvas, Qt.Key.Key_Escape)
    assert not plots.loss.readout.isVisible()


def test_nothing_of_pyqtgraphs_own_menus_shows(plots: TrainingPlots, qtbot: QtBot) -> None:
    for plot in (plots.loss, plots.accuracy):
        qtbot.mouseClick(plot.canvas.viewport(), Qt.MouseButton.RightButton)
    assert not [menu for menu in plots.findChildren(QMenu) if menu.isVisible()]


def test_hint_is_there_until_the_first_batch(plots: TrainingPlots) -> None:
    plots.set_hint("Press Start")
    assert plots._hint.isVisible()
    show(plots, make_history())
    assert not plots._hint.isVisible()
    show(plots, History())
    assert plots._hint.isVisible()


@pytest.mark.parametrize(
    ("ends", "left", "right", "bands"),
    [
        ([], 0, 100, []),
        ([10], 0, 100, [(10, 100)]),
        ([10, 20, 30], 0, 100, [(10, 20), (30, 100)]),
        ([10, 20, 30], 12, 15, [(12, 15)]),
        ([10, 20, 30], 21, 29, []),
    ],
)
def test_every_second_epoch_is_shaded(
    qapp: QApplication, ends: list[float], left: float, right: float, bands: list[tuple[float, float]]
) -> None:
    item = EpochBands()
    item.set_ends(np.array(ends, dtype=np.float64))
    assert item.visible_bands(left, right) == bands


def test_png_is_a_picture_of_the_plots(plots: TrainingPlots, tmp_path: Path) -> None:
    show(plots, make_history())
    with Image.open(saved(plots, tmp_path / "curves.png")) as picture:
        assert picture.format == "PNG"
        assert picture.width == 2 * plots.loss.width()
        colours = {colour[:3] for _, colour in picture.convert("RGB").getcolors(2**24)}
    train = plot_colours(plots.palette()).train
    assert (train.red(), train.green(), train.blue()) in colours


def test_svg_is_a_drawing(plots: TrainingPlots, tmp_path: Path) -> None:
    show(plots, make_history())
    text = saved(plots, tmp_path / "curves.svg").read_text()
    assert text.startswith("<?xml")
    assert "<path" in text or "<polyline" in text
    assert "smoothed" in text


def saved(plots: TrainingPlots, path: Path) -> Path:
    plots.save_picture(path)
    return path


def test_picture_that_cannot_be_saved_says_so(plots: TrainingPlots, tmp_path: Path) -> None:
    with pytest.raises(ResNetGuiError, match="cannot be written"):
        plots.save_picture(tmp_path / "missing" / "curves.png")


def test_save_button_asks_where(
    plots: TrainingPlots, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "curves.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(target), ""))
    with qtbot.waitSignal(plots.picture_saved):
        plots.save_button.click()
    assert target.is_file()


def pens(plots: TrainingPlots) -> dict[str, QColor]:
    series = plots.accuracy.series
    return {
        "train": series[0].items[Layer.SMOOTHED].opts["pen"].color(),
        "top5": series[1].items[Layer.SMOOTHED].opts["pen"].color(),
        "validation": series[0].items[Layer.VALIDATION].opts["pen"].color(),
    }


@pytest.mark.parametrize("appearance", [Appearance.DARK, Appearance.LIGHT])
def test_colours_follow_the_palette(
    plots: TrainingPlots, qtbot: QtBot, qapp: QApplication, appearance: Appearance
) -> None:
    show(plots, make_history())
    for change in (Appearance.DARK, appearance):
        apply_appearance(qapp, change)
        qtbot.waitUntil(lambda change=change: is_dark(plots.palette()) is (change is Appearance.DARK))
    colours = plot_colours(plots.palette())
    assert pens(plots) == {"train": colours.train, "top5": colours.top5, "validation": colours.validation}
    axes = [plots.loss.plot_item.getAxis(name) for name in ("left", "bottom")]
    assert {axis.pen().color().name() for axis in axes} == {colours.axis.name()}
    picture = plots.loss.canvas.grab().toImage()
    assert picture.pixelColor(picture.width() - 3, 3) == colours.background


@pytest.mark.parametrize(
    ("typed", "kind", "saved"),
    [
        ("curves", "Picture (*.png)", "curves.png"),
        ("curves.svg", "Picture (*.png)", "curves.svg"),
        ("curves.png", "Drawing (*.svg)", "curves.svg"),
        ("run 1.5", "Drawing (*.svg)", "run 1.5.svg"),
    ],
)
def test_the_kind_chosen_in_the_dialog_is_saved(
    plots: TrainingPlots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, kind: str, saved: str
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(tmp_path / typed), kind))
    plots.save_button.click()
    (path,) = tmp_path.iterdir()
    assert path.name == saved
    assert path.read_bytes().startswith(b"<?xml" if saved.endswith(".svg") else b"\x89PNG")


def test_a_file_the_dialog_did_not_ask_about_is_not_replaced(
    plots: TrainingPlots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "curves.svg").write_text("precious")
    answer = (str(tmp_path / "curves"), "Drawing (*.svg)")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: answer)
    plots.save_button.click()
    (dialog,) = plots.window().findChildren(ErrorDialog)
    assert "is there already" in dialog.text
    assert (tmp_path / "curves.svg").read_text() == "precious"
    dialog.close()

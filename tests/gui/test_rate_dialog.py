from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from resnet_gui.cli import main as command_line
from resnet_gui.cli.settings_flags import add_setting_flags, config_from
from resnet_gui.gui.command import PROGRAM
from resnet_gui.gui.error_dialog import ErrorDialog
from resnet_gui.gui.theme import Appearance, apply_appearance, plot_colours
from resnet_gui.gui.train_tab.dialogs.rate_dialog import RateFinderDialog
from resnet_gui.runs.config import TrainingConfig
from tests.gui.fake_commands import program_failing, program_hanging, program_printing, python
from tests.gui.test_command import child_pids

Open = Callable[[list[str]], RateFinderDialog]

RATES = np.geomspace(1e-6, 1.0, 50)
LOSSES = 2.0 - 1.5 / (1 + np.exp(-4 * (np.log10(RATES) + 3))) + np.where(RATES > 0.2, 1000.0 * RATES, 0.0)
STEPS = [
    {"step": step, "rate": float(rate), "loss": float(loss) + 0.1 * (-1) ** step, "smoothed": float(loss)}
    for step, (rate, loss) in enumerate(zip(RATES, LOSSES, strict=True), 1)
]
END = {"suggestion": 0.001, "words": "The loss falls fastest at 0.001."}


@pytest.fixture
def open_dialog(qtbot: QtBot) -> Open:
    """Return a function that opens the dialog over a program, in a window that closes it at the end."""
    window = QWidget()
    qtbot.addWidget(window)

    def open_one(program: list[str]) -> RateFinderDialog:
        dialog = RateFinderDialog(TrainingConfig(), program, window)
        dialog.show()
        return dialog

    return open_one


@pytest.fixture
def dialog(open_dialog: Open, qtbot: QtBot) -> RateFinderDialog:
    dialog = open_dialog(program_printing([*STEPS, END]))
    with qtbot.waitSignal(dialog.runner.finished):
        pass
    return dialog


def test_the_command_is_given_the_settings(qtbot: QtBot) -> None:
    config = TrainingConfig(network="resnet50", input_size=224, flip=True, batch_size=8)
    dialog = RateFinderDialog(config, python("import json, sys; print(json.dumps(sys.argv[1:]))"))
    qtbot.addWidget(dialog)
    with qtbot.waitSignal(dialog.runner.line_arrived) as told:
        pass
    (arguments,) = told.args
    assert (arguments[0], arguments[-1]) == ("find-rate", "--json")
    parser = argparse.ArgumentParser()
    add_setting_flags(parser)
    assert config_from(parser.parse_args(arguments[1:-1])) == config


def test_the_curves_are_what_was_told_over_a_logarithmic_rate(dialog: RateFinderDialog) -> None:
    for item, column in ((dialog.plot.curve, "smoothed"), (dialog.plot.batches, "loss")):
        rates, losses = item.getOriginalDataset()
        np.testing.assert_array_equal(rates, RATES)
        np.testing.assert_array_equal(losses, [step[column] for step in STEPS])
        np.testing.assert_allclose(item.getData()[0], np.log10(RATES))


def test_the_plot_shows_the_fall_although_the_end_shoots_up(dialog: RateFinderDialog) -> None:
    (left, right), (low, high) = dialog.plot._plot.viewRange()
    assert left <= -6
    assert right >= 0
    assert low < min(LOSSES)
    assert 2.0 < high < 5.0
    assert max(LOSSES) > 1000


def test_the_suggestion_is_marked_said_and_used(dialog: RateFinderDialog, qtbot: QtBot) -> None:
    assert dialog.words.text() == END["words"]
    assert dialog.plot.line.isVisible()
    assert dialog.plot.line.value() == pytest.approx(-3)
    loss = np.interp(-3, np.log10(RATES), LOSSES)
    assert dialog.readout.text() == f"Rate 0.001, loss {loss:.3g}"
    assert not dialog.bar.isVisible()
    with qtbot.waitSignal(dialog.rate_chosen) as chosen:
        dialog.use_button.click()
    assert chosen.args == [0.001]
    assert not dialog.isVisible()


@pytest.mark.parametrize(
    ("keys", "rate"),
    [
        ([Qt.Key.Key_Right], 0.001 * 10**0.05),
        ([Qt.Key.Key_Left] * 2, 0.001 * 10**-0.1),
        ([Qt.Key.Key_Home], 1e-6),
        ([Qt.Key.Key_End, Qt.Key.Key_Right], 1.0),
    ],
)
def test_keys_move_the_line(dialog: RateFinderDialog, qtbot: QtBot, keys: list[Qt.Key], rate: float) -> None:
    for key in keys:
        qtbot.keyClick(dialog.plot.canvas, key)
    assert dialog.plot.rate == pytest.approx(rate, rel=0.01)
    assert dialog.readout.text().startswith(f"Rate {dialog.plot.rate:.3g},")
    with qtbot.waitSignal(dialog.rate_chosen) as chosen:
        dialog.use_button.click()
    assert chosen.args[0] == pytest.approx(rate, rel=0.01)


def at_rate(dialog: RateFinderDialog, rate: float) -> QPoint:
    view = dialog.plot._plot.vb
    return dialog.plot.canvas.mapFromScene(view.mapViewToScene(QPointF(math.log10(rate), 1.5)))


def test_the_mouse_drags_the_line(dialog: RateFinderDialog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pg.CONFIG_OPTIONS, "mouseRateLimit", -1)  # else it skips what comes within 10 ms
    viewport = dialog.plot.canvas.viewport()
    start, end = at_rate(dialog, 0.001), at_rate(dialog, 0.01)
    qtbot.mouseMove(viewport, start)
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    for position in (start + (end - start) / 2, end):  # qtbot's moves hold no button
        point = QPointF(position)
        QApplication.sendEvent(
            viewport,
            QMouseEvent(
                QEvent.Type.MouseMove, point, viewport.mapToGlobal(point), Qt.MouseButton.NoButton,
                Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
            ),
        )  # fmt: skip
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=end)
    assert dialog.plot.rate == pytest.approx(0.01, rel=0.05)


def test_a_click_moves_the_line(dialog: RateFinderDialog, qtbot: QtBot) -> None:
    qtbot.mouseClick(dialog.plot.canvas.viewport(), Qt.MouseButton.LeftButton, pos=at_rate(dialog, 0.05))
    assert dialog.plot.rate == pytest.approx(0.05, rel=0.05)


def test_rates_that_the_form_cannot_show_cannot_be_chosen(open_dialog: Open, qtbot: QtBot) -> None:
    tiny = [{"step": 1, "rate": 1e-9, "loss": 1.0, "smoothed": 1.0}, {**STEPS[-1], "step": 2}]
    dialog = open_dialog(program_printing([*tiny, {**END, "suggestion": 1e-8}]))
    with qtbot.waitSignal(dialog.runner.finished):
        pass
    assert dialog.plot.rate == 1e-6


def test_starting_and_searching_are_told(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(program_hanging(STEPS[:20]))
    assert "Starting TensorFlow" in dialog.words.text()
    assert dialog.plot._hint.isVisible()
    assert dialog.bar.isVisible()
    qtbot.waitUntil(lambda: dialog.plot.points == 20)
    assert dialog.words.text() == f"Step 20: rate {RATES[19]:.3g}, loss {LOSSES[19]:.3g}"
    assert not dialog.plot._hint.isVisible()
    assert not dialog.use_button.isEnabled()
    qtbot.keyClick(dialog.plot.canvas, Qt.Key.Key_Right)  # there is no line yet
    with qtbot.waitSignal(dialog.destroyed), qtbot.assertNotEmitted(dialog.rate_chosen):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not child_pids()


def test_without_a_suggestion_one_can_be_chosen_but_return_chooses_none(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(program_printing([*STEPS, {"suggestion": None, "words": "The loss never fell."}]))
    with qtbot.waitSignal(dialog.runner.finished):
        pass
    assert dialog.words.text() == "The loss never fell."
    assert dialog.use_button.isEnabled()
    assert not dialog.use_button.isDefault()
    assert dialog.plot.rate == pytest.approx(1e-3, rel=0.01)


def test_losses_that_are_no_numbers_are_left_out(open_dialog: Open, qtbot: QtBot) -> None:
    broken = {"step": 51, "rate": 1.2, "loss": None, "smoothed": None}
    dialog = open_dialog(program_printing([*STEPS, broken, END]))
    with qtbot.waitSignal(dialog.runner.finished):
        pass
    qtbot.keyClick(dialog.plot.canvas, Qt.Key.Key_End)
    assert dialog.readout.text() == "Rate 1.2, loss –"  # noqa: RUF001
    assert not dialog.grab().isNull()


def test_a_failure_is_told_and_can_be_tried_again(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(program_failing("noise\nresnet-gui-cli: The folder is gone.\n"))
    assert not dialog.retry_button.isVisible()
    with qtbot.waitSignal(dialog.runner.failed):
        pass
    assert dialog.words.text() == "The folder is gone."
    assert not dialog.bar.isVisible()
    dialog.details_button.click()
    (details,) = dialog.findChildren(ErrorDialog)
    assert "noise" in details.text
    details.close()
    with qtbot.waitSignal(dialog.runner.failed):
        dialog.retry_button.click()
        assert dialog.bar.isVisible()
        assert not dialog.retry_button.isVisible()


@pytest.mark.parametrize("lines", [[], [END], STEPS, [{"step": "one"}], [{**END, "words": None}]])
def test_an_answer_that_is_no_search_is_told(open_dialog: Open, qtbot: QtBot, lines: list[Any]) -> None:
    dialog = open_dialog(program_printing(lines))
    qtbot.waitUntil(dialog.retry_button.isVisible)
    assert dialog.words.text().startswith("The command")
    assert not dialog.use_button.isEnabled()


def test_the_plot_follows_the_palette(dialog: RateFinderDialog, qtbot: QtBot, qapp: QApplication) -> None:
    apply_appearance(qapp, Appearance.DARK)
    colours = plot_colours(qapp.palette())
    qtbot.waitUntil(lambda: dialog.plot.curve.opts["pen"].color() == colours.train)
    assert dialog.plot.canvas.grab().toImage().pixelColor(2, 2) == colours.background


@pytest.mark.slow
@pytest.mark.skipif("find-rate" not in {module.NAME for module in command_line._COMMANDS}, reason="no such command yet")
def test_a_real_search_suggests_a_rate(qtbot: QtBot) -> None:
    dialog = RateFinderDialog(TrainingConfig(limit=200, batch_size=16, width=16), PROGRAM)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: not dialog.runner.running, timeout=240_000)
    assert dialog._suggestion is not None, dialog.words.text()
    assert dialog.plot.points > 10
    assert dialog.words.text() == dialog._suggestion.words

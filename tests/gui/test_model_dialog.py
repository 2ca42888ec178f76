from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from resnet_gui.cli import main as command_line
from resnet_gui.gui.command import PROGRAM
from resnet_gui.gui.error_dialog import ErrorDialog
from resnet_gui.gui.theme import Appearance, apply_appearance
from resnet_gui.gui.train_tab.dialogs.diagram_items import DiagramColours
from resnet_gui.gui.train_tab.dialogs.model_dialog import ModelDialog, model_arguments
from resnet_gui.models.summary import ModelSummary
from resnet_gui.runs.config import TrainingConfig
from tests.gui.diagram_networks import residual_network
from tests.gui.fake_commands import program_failing, program_hanging, program_printing
from tests.gui.test_command import child_pids

CONFIG = TrainingConfig(network="resnet50", input_size=224)

Open = Callable[[list[str]], ModelDialog]


@pytest.fixture
def open_dialog(qtbot: QtBot) -> Open:
    """Return a function that opens the dialog over a program, in a window that closes it at the end."""
    window = QWidget()
    qtbot.addWidget(window)

    def open_one(program: list[str]) -> ModelDialog:
        dialog = ModelDialog(CONFIG, 32, 100, program, window)
        dialog.show()
        return dialog

    return open_one


@pytest.fixture
def dialog(open_dialog: Open, qtbot: QtBot) -> ModelDialog:
    dialog = open_dialog(program_printing([residual_network()]))
    with qtbot.waitSignal(dialog.runner.finished):
        pass
    return dialog


def shown_names(dialog: ModelDialog) -> list[str]:
    model = dialog.table.table.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_layers_and_totals_are_those_of_the_network(dialog: ModelDialog) -> None:
    network = residual_network()
    assert shown_names(dialog) == [layer["name"] for layer in network["layers"]]
    numbers = [network["parameters"], network["trainable_parameters"]]
    digits = "".join(letter for letter in dialog.totals.text() if letter.isdigit() or letter == " ")
    assert all(str(number) in digits.split() for number in (*numbers, 175))
    model = dialog.table.table.model()
    assert [model.index(6, column).data() for column in range(5)] == [
        "conv2_block1_0_bn", "BatchNormalization", "56 × 56 × 256", "1024", "conv2_block1_0_conv",  # noqa: RUF001
    ]  # fmt: skip
    assert model.index(15, 4).data() == "conv2_block1_0_bn, conv2_block1_3_bn"


def test_frozen_layers_are_told_from_others(open_dialog: Open, qtbot: QtBot) -> None:
    network = residual_network((1, 1, 1, 1))
    network["layers"][1]["trainable"] = False
    dialog = open_dialog(program_printing([network]))
    with qtbot.waitSignal(dialog.runner.finished):
        pass
    assert dialog.table.table.model().index(1, 3).data() == "9472 frozen"


def test_the_command_is_given_what_the_network_is_built_for() -> None:
    config = msgspec.structs.replace(CONFIG, stem="cifar", head="pool", preprocessing="means")
    assert model_arguments(config, 32, 7) == [
        "model", "resnet50", "--classes=7", "--native-size=32", "--input-size=224", "--stem=cifar", "--width=0",
        "--preprocessing=means", "--head=pool", "--json",
    ]  # fmt: skip


def test_searching_shows_the_rows_with_the_words(dialog: ModelDialog, qtbot: QtBot) -> None:
    qtbot.keyClicks(dialog.table.search, "maxpool")
    assert shown_names(dialog) == ["pool1_pool"]
    dialog.table.search.setText("(")
    assert shown_names(dialog) == []
    assert dialog.table.nothing.isVisible()
    dialog.table.search.clear()
    assert len(shown_names(dialog)) == 175


def test_return_in_the_search_closes_nothing(dialog: ModelDialog, qtbot: QtBot) -> None:
    qtbot.keyClick(dialog.table.search, Qt.Key.Key_Return)
    assert dialog.isVisible()


def test_ctrl_f_goes_to_the_search(dialog: ModelDialog, qtbot: QtBot) -> None:
    dialog.activateWindow()
    qtbot.keyClick(dialog.table.table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert dialog.focusWidget() is dialog.table.search


def test_copying_takes_what_is_shown_or_what_is_selected(dialog: ModelDialog) -> None:
    dialog.table.search.setText("conv1")
    dialog.copy_button.click()
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0].split("\t") == ["Layer", "Kind", "Output shape", "Parameters", "Connected to"]
    assert [line.split("\t")[0] for line in lines[1:]] == ["conv1_conv", "conv1_bn", "conv1_relu", "pool1_pool"]
    dialog.table.table.selectAll()
    dialog.table.search.setText("conv1_")
    dialog.table.copy()
    assert len(QGuiApplication.clipboard().text().split("\n")) == 1 + 4


def test_selecting_a_row_centres_its_box(dialog: ModelDialog, qtbot: QtBot) -> None:
    names = shown_names(dialog)
    row = names.index("conv3_block2_add")
    dialog.table.table.setCurrentIndex(dialog.table.table.model().index(row, 0))
    assert dialog.diagram.selected == "conv3_block2_add"
    box = dialog.diagram._boxes["conv3_block2_add"]
    assert box.chosen
    assert [other for other in dialog.diagram._boxes.values() if other.chosen] == [box]
    centre = dialog.diagram.mapFromScene(box.sceneBoundingRect().center()).y()
    assert abs(centre - dialog.diagram.viewport().height() / 2) < box.boundingRect().height()
    assert "fed by conv3_block1_out, conv3_block2_3_bn" in dialog.diagram.accessibleDescription()


def test_clicking_a_box_selects_its_row_even_if_a_search_hides_it(dialog: ModelDialog, qtbot: QtBot) -> None:
    dialog.table.search.setText("predictions")
    centre = dialog.diagram.mapFromScene(dialog.diagram._boxes["conv1_bn"].sceneBoundingRect().center())
    qtbot.mouseClick(dialog.diagram.viewport(), Qt.MouseButton.LeftButton, pos=centre)
    assert dialog.table.table.currentIndex().data() == "conv1_bn"
    assert dialog.diagram.selected == "conv1_bn"
    assert not dialog.table.search.text()


def test_dragging_at_a_box_moves_the_diagram_and_selects_nothing(dialog: ModelDialog, qtbot: QtBot) -> None:
    view, before = dialog.diagram, dialog.diagram.selected
    start = view.mapFromScene(view._boxes["pool1_pool"].sceneBoundingRect().center())
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(view.viewport(), start - QPoint(0, 100))
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=start - QPoint(0, 100))
    assert view.verticalScrollBar().value() - view.verticalScrollBar().minimum() == 100
    assert view.selected == before


def test_keys_zoom(dialog: ModelDialog, qtbot: QtBot) -> None:
    view = dialog.diagram
    readable = view.transform().m11()
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.transform().m11() == pytest.approx(1.25 * readable)
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.transform().m11() == pytest.approx(readable)
    qtbot.keyClick(view, Qt.Key.Key_0)
    shown = view.mapToScene(view.viewport().rect()).boundingRect()
    pixel = 1 / view.transform().m11()
    assert shown.adjusted(-pixel, -pixel, pixel, pixel).contains(view.sceneRect())
    qtbot.keyClick(view, Qt.Key.Key_Minus)  # nothing smaller than all of it
    assert view.mapToScene(view.viewport().rect()).boundingRect().height() < 1.1 * view.sceneRect().height()
    qtbot.keyClick(view, Qt.Key.Key_1)
    assert view.transform().m11() == pytest.approx(readable)


def test_the_wheel_zooms_at_the_mouse(dialog: ModelDialog) -> None:
    view = dialog.diagram
    view.select("conv4_block3_add")
    at = QPoint(view.viewport().width() // 2, view.viewport().height() // 4)
    before, scale = view.mapToScene(at), view.transform().m11()
    turn = QWheelEvent(
        QPointF(at), QPointF(view.viewport().mapToGlobal(at)), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view.viewport(), turn)
    assert view.transform().m11() > 1.15 * scale
    assert (view.mapToScene(at) - before).manhattanLength() < 5


def test_a_network_of_500_layers_opens_in_well_under_a_second(open_dialog: Open) -> None:
    dialog = open_dialog(program_hanging())
    summary = msgspec.convert(residual_network((3, 8, 36, 3)), ModelSummary)
    assert len(summary.layers) > 500
    started = time.perf_counter()
    dialog.diagram.show_summary(summary)
    dialog.table.show_summary(summary)
    dialog.grab()
    assert time.perf_counter() - started < 0.8


def test_waiting_says_for_what_and_cancel_ends_it(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(program_hanging())
    assert "ResNet50" in dialog.waiting.words.text()
    assert not dialog.save_button.isEnabled()
    with qtbot.waitSignal(dialog.waiting._clock.timeout):
        pass
    assert dialog.waiting.words.text().endswith("1 s")
    with qtbot.waitSignal(dialog.destroyed):
        dialog.waiting.cancel_requested.emit()
    assert not child_pids()


def test_escape_closes_and_kills(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(program_hanging())
    with qtbot.waitSignal(dialog.destroyed):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not child_pids()


def test_a_failure_is_told_and_can_be_tried_again(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(program_failing("noise\nresnet-gui-cli: It does not come in this form.\n"))
    with qtbot.waitSignal(dialog.runner.failed):
        pass
    assert dialog.pages.currentWidget() is dialog.failure
    assert dialog.failure.words.text() == "It does not come in this form."
    dialog.failure.details_button.click()
    (details,) = dialog.findChildren(ErrorDialog)
    assert "noise" in details.text
    details.close()
    with qtbot.waitSignal(dialog.runner.failed):
        dialog.failure.retry_requested.emit()
        assert dialog.pages.currentWidget() is dialog.waiting


@pytest.mark.parametrize("lines", [[], [{"name": "resnet50"}], [{**residual_network(), "layers": []}]])
def test_an_answer_that_is_no_network_is_told(open_dialog: Open, qtbot: QtBot, lines: list[Any]) -> None:
    dialog = open_dialog(program_printing(lines))
    qtbot.waitUntil(lambda: dialog.pages.currentWidget() is dialog.failure)
    assert "network" in dialog.failure.words.text()


def test_the_diagram_is_saved_whole(
    dialog: ModelDialog, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("model.png", "model.svg"):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args, name=name: (str(tmp_path / name), ""))
        with qtbot.waitSignal(dialog.picture_saved):
            dialog.save_button.click()
    size = dialog.diagram.sceneRect().size()
    with Image.open(tmp_path / "model.png") as picture:
        assert picture.size == (2 * round(size.width()), 2 * round(size.height()))
    drawing = (tmp_path / "model.svg").read_text()
    assert all(name in drawing for name in ("input", "conv5_block3_out", "predictions"))


def test_saving_nowhere_after_all_saves_nothing(dialog: ModelDialog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: ("", ""))
    dialog.save_button.click()
    assert dialog.save_button.isEnabled()


def test_a_diagram_that_cannot_be_saved_says_so(dialog: ModelDialog, qtbot: QtBot, tmp_path: Path) -> None:
    dialog.save_picture(tmp_path / "missing" / "model.svg")
    qtbot.waitUntil(lambda: bool(dialog.findChildren(ErrorDialog)))
    (told,) = dialog.findChildren(ErrorDialog)
    assert "cannot be written" in told.text
    told.close()


def test_the_diagram_follows_the_palette(dialog: ModelDialog, qtbot: QtBot, qapp: QApplication) -> None:
    apply_appearance(qapp, Appearance.DARK)
    ground = DiagramColours.of(qapp.palette()).ground
    qtbot.waitUntil(lambda: dialog.diagram.backgroundBrush().color() == ground)
    picture = dialog.diagram.viewport().grab().toImage()
    assert picture.pixelColor(1, 1) == ground
    assert all(box.colours.ground == ground for box in dialog.diagram._boxes.values())


@pytest.mark.slow
@pytest.mark.skipif("model" not in {module.NAME for module in command_line._COMMANDS}, reason="no such command yet")
def test_a_real_network_is_shown(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(list(PROGRAM))
    qtbot.waitUntil(lambda: not dialog.runner.running, timeout=120_000)
    assert dialog.summary is not None, dialog.failure.words.text()
    assert dialog.summary.title == "ResNet50"
    assert dialog.summary.parameters == 23_792_612  # Keras' ResNet50 with 100 classes
    assert "conv5_block3_out" in shown_names(dialog)

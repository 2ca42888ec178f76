"""From the chooser's offer to a fetched model, over stand-ins for the command."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from resnet_gui import paths
from resnet_gui.data.download import downloaded_path, part_path
from resnet_gui.gui.classify_tab.fetch_dialog import FetchDialog
from resnet_gui.gui.classify_tab.model_chooser import ModelChooser
from resnet_gui.gui.classify_tab.model_opener import ModelOpener
from resnet_gui.gui.error_dialog import ErrorDialog
from resnet_gui.gui.window_settings import WindowSettings
from resnet_gui.inference.imagenet import IMAGENET_MODELS
from resnet_gui.runs.store import RunStore
from tests.bundles import make_bundle, make_run
from tests.gui.fake_commands import program_failing, program_hanging, program_printing, python
from tests.gui.test_command import child_pids

LONG = 20_000
RESNET50 = IMAGENET_MODELS["resnet50"]
HALF = {"type": "progress", "stage": "Downloading weights", "done": 51_000_000, "total": 102_967_424}
Make = Callable[[list[str]], ModelOpener]


@pytest.fixture
def make_opener(qtbot: QtBot, store: RunStore) -> Iterator[Make]:
    """Return a function that makes an opener over a program, with the run `colours` in its chooser."""
    make_run(store, "colours")
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    openers: list[ModelOpener] = []

    def make(program: list[str]) -> ModelOpener:
        settings = WindowSettings(paths.settings_file())
        chooser = ModelChooser(settings, window)
        chooser.show()
        opener = ModelOpener(window, store, settings, chooser, program)
        opener.refresh()
        openers.append(opener)
        return opener

    yield make
    for opener in openers:
        opener.shut_down()


def pick(chooser: ModelChooser, title: str) -> None:
    """Open the list and pick a row with the keyboard."""
    chooser.showPopup()
    view = chooser.view()
    view.setCurrentIndex(chooser.model().index(chooser.findText(title, Qt.MatchFlag.MatchStartsWith), 0))
    enter = QKeyEvent(QKeyEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(view, enter)


def dialog_of(opener: ModelOpener) -> FetchDialog:
    assert opener._dialog is not None
    return opener._dialog


def test_picking_an_offer_asks_first_and_chooses_nothing(make_opener: Make) -> None:
    opener = make_opener(program_hanging())
    pick(opener._chooser, "ImageNet ResNet50 (fetch, 103 MB)…")
    assert opener._chooser.entry is not None
    assert opener._chooser.entry.key == "colours"
    words = dialog_of(opener).words.text()
    assert "103 MB are fetched once from storage.googleapis.com" in words
    assert str(paths.data_folder()) in words
    assert not dialog_of(opener).runner.running
    dialog_of(opener).reject()
    assert opener._dialog is None


def test_keys_on_the_closed_list_pass_over_the_offers(qtbot: QtBot, make_opener: Make, store: RunStore) -> None:
    make_run(store, "newer", 2.0)
    opener = make_opener(program_hanging())
    chooser = opener._chooser
    for _ in range(5):
        qtbot.keyClick(chooser, Qt.Key.Key_Down)
    assert chooser.entry is not None
    assert chooser.entry.key == "colours"
    qtbot.keyClick(chooser, Qt.Key.Key_End)
    qtbot.keyClicks(chooser, "Image")
    assert opener._dialog is None


def test_a_fetched_model_is_chosen_and_remembered(qtbot: QtBot, make_opener: Make, tmp_path: Path) -> None:
    prepared = make_bundle(tmp_path / "prepared").folder
    fetched = {"type": "fetched", "model": RESNET50.name, "title": RESNET50.title, "folder": str(RESNET50.folder)}
    opener = make_opener(
        python(
            "import json, shutil, sys\n"
            f"open({str(tmp_path / 'arguments.json')!r}, 'w').write(json.dumps(sys.argv[1:]))\n"
            f"print({json.dumps(HALF)!r}, flush=True)\n"
            f"shutil.copytree({str(prepared)!r}, {str(RESNET50.folder)!r})\n"
            f"print({json.dumps(fetched)!r})\n"
        )
    )
    opener.fetch(RESNET50)
    told: list[str] = []
    opener.status_changed.connect(told.append)
    dialog_of(opener).fetch_button.click()
    qtbot.waitUntil(lambda: opener._dialog is None, timeout=LONG)
    assert json.loads((tmp_path / "arguments.json").read_text()) == [
        "fetch",
        "imagenet",
        "--network=resnet50",
        "--json",
    ]
    chooser = opener._chooser
    assert chooser.entry is not None
    assert chooser.entry.key == "imagenet-resnet50"
    assert told == ["Colours red/green/blue is chosen"]
    assert chooser.findText("ImageNet ResNet50 (fetch", Qt.MatchFlag.MatchStartsWith) == -1
    later = make_opener(program_hanging())
    assert later._chooser.entry is not None
    assert later._chooser.entry.key == "imagenet-resnet50"


def test_progress_is_shown_and_closing_ends_the_command(qtbot: QtBot, make_opener: Make) -> None:
    opener = make_opener(program_hanging([HALF]))
    unfinished = RESNET50.folder.with_name(".imagenet-resnet50.abc.tmp")
    opener.fetch(RESNET50)
    dialog = dialog_of(opener)
    dialog.fetch_button.click()
    assert not dialog.fetch_button.isEnabled()
    qtbot.waitUntil(lambda: "51 of 103 MB" in dialog.stage.text(), timeout=LONG)
    assert dialog.bar.value() == 495
    unfinished.mkdir()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not child_pids()
    assert not unfinished.exists(), "what the killed command was writing"


def test_a_failure_is_told_with_its_details_and_can_be_tried_again(qtbot: QtBot, make_opener: Make) -> None:
    opener = make_opener(program_failing("a warning\nresnet-gui-cli: It could not be downloaded. Try again."))
    opener.fetch(RESNET50)
    dialog = dialog_of(opener)
    for _ in range(2):
        dialog.fetch_button.click()
        assert dialog.problem.text == ""
        qtbot.waitUntil(lambda: dialog.problem.text == "It could not be downloaded. Try again.", timeout=LONG)
        assert dialog.fetch_button.isEnabled()
        assert dialog.height() >= dialog.layout().totalHeightForWidth(dialog.width())  # type: ignore[union-attr]
    dialog.details_button.click()
    (error,) = dialog.findChildren(ErrorDialog)
    assert "a warning" in error.text
    error.close()


@pytest.mark.parametrize("lines", [[], ["nonsense"], [{"type": "else"}]])
def test_a_command_that_tells_nothing_sensible_is_a_failure(qtbot: QtBot, make_opener: Make, lines: list) -> None:
    opener = make_opener(program_printing(lines))
    opener.fetch(RESNET50)
    dialog = dialog_of(opener)
    dialog.fetch_button.click()
    qtbot.waitUntil(lambda: dialog.problem.text.startswith("The command"), timeout=LONG)
    assert not dialog.runner.running


def test_a_local_file_is_handed_to_the_command(qtbot: QtBot, make_opener: Make, tmp_path: Path) -> None:
    (tmp_path / "mine.h5").write_bytes(b"weights")
    opener = make_opener(python("import sys; sys.exit(f'resnet-gui-cli: {sys.argv[1:]}')"))
    opener.fetch(RESNET50)
    dialog = dialog_of(opener)
    dialog.file_button.click()
    (choice,) = dialog.findChildren(QFileDialog)
    choice.selectFile(str(tmp_path / "mine.h5"))
    choice.accept()
    expected = ["fetch", "imagenet", "--network=resnet50", f"--from={tmp_path / 'mine.h5'}", "--json"]
    qtbot.waitUntil(lambda: dialog.problem.text == str(expected), timeout=LONG)


def test_the_button_says_what_is_left_to_do(make_opener: Make) -> None:
    opener = make_opener(program_hanging())
    said = []
    target = downloaded_path(RESNET50.file)
    for file in (None, part_path(target), target):
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        opener.fetch(RESNET50)
        said.append(dialog_of(opener).fetch_button.text().replace("&", ""))
        dialog_of(opener).reject()
    assert said == ["Fetch (103 MB)", "Go on fetching", "Convert"]

"""Models from elsewhere: dropped, opened, checked, refused in words, remembered."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from resnet_gui import paths
from resnet_gui.gui.classify_tab.tab import ClassifyTab
from resnet_gui.gui.window_settings import WindowSettings
from resnet_gui.inference.imagenet import IMAGENET_MODELS
from resnet_gui.runs.store import RunStore
from tests.bundles import make_bundle, make_run, paint
from tests.gui.test_classify_tab import classes, drop, shown_tab, wait_for
from tests.hostile_models import ALL_FILES, Canary, opened_files

LONG = 20_000


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    store = RunStore(tmp_path / "runs")
    make_run(store, "colours", 1.0)
    return store


@pytest.fixture
def tab(qtbot: QtBot, store: RunStore):
    yield from shown_tab(qtbot, store)


def dropped(tab: ClassifyTab, *files: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    drop(tab, mime)


def key(tab: ClassifyTab) -> str:
    return tab.chooser.entry.key if tab.chooser.entry else ""


@pytest.mark.parametrize("what", ["", "model.json", "model.bin"])
def test_a_dropped_model_classifies_what_lies_there_and_is_remembered(
    qtbot: QtBot, tab: ClassifyTab, store: RunStore, tmp_path: Path, what: str
) -> None:
    tab.open_paths([paint(tmp_path / "red.png", "red")])
    wait_for(qtbot, tab, 1)
    folder = make_bundle(tmp_path / "from a friend", ("rot", "gruen", "blau")).folder
    dropped(tab, folder / what)
    qtbot.waitUntil(lambda: key(tab) == str(folder), timeout=LONG)
    wait_for(qtbot, tab, 1)
    assert classes(tab) == ["rot"]
    assert tab.chooser.currentText() == "Colours rot/gruen/blau (from a friend)"
    tabs = shown_tab(qtbot, store)
    assert key(next(tabs)) == str(folder)
    next(tabs, None)
    shutil.rmtree(folder)
    tabs = shown_tab(qtbot, store)
    assert key(next(tabs)) == "colours", "it is gone"
    next(tabs, None)


def test_the_folder_of_a_known_run_chooses_the_run(qtbot: QtBot, tab: ClassifyTab, store: RunStore) -> None:
    make_run(store, "newer", 2.0)
    tab.refresh_models(select="newer")
    dropped(tab, store.folder / "colours")
    qtbot.waitUntil(lambda: key(tab) == "colours", timeout=LONG)
    assert WindowSettings(paths.settings_file()).model == "colours"


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("model.json", b"{", "is damaged"),
        ("model.json", b"[]", "is damaged"),
        ("model.xml", b"<net name='x' version='11'/>", "cannot be loaded"),
        ("model.bin", b"", "cannot be loaded"),
        ("model.bin", None, "model.bin is missing"),
    ],
)
def test_a_damaged_model_is_told_and_not_chosen(
    qtbot: QtBot, tab: ClassifyTab, tmp_path: Path, file: str, content: bytes | None, words: str
) -> None:
    folder = make_bundle(tmp_path / "broken").folder
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_bytes(content)
    dropped(tab, folder)
    qtbot.waitUntil(lambda: words in tab._notice.text, timeout=LONG)
    assert key(tab) == "colours"
    assert WindowSettings(paths.settings_file()).model == ""


@pytest.mark.parametrize("name", ["flowers.keras", "weights.H5", "net.pkl", "net.onnx"])
def test_another_programs_model_is_refused_and_never_opened(
    qtbot: QtBot, tab: ClassifyTab, tmp_path: Path, name: str
) -> None:
    (tmp_path / "canary").mkdir()
    canary = Canary(tmp_path / "canary")
    for make in ALL_FILES:
        (tmp_path / name).write_bytes(make(canary))
        tab._notice.hide()
        with opened_files(tmp_path) as opened:
            dropped(tab, tmp_path / name)
            qtbot.waitUntil(lambda: "can hold code, so this one was not opened" in tab._notice.text, timeout=LONG)
        assert not opened, make.__name__
        assert not canary.touched.exists(), make.__name__
    assert tab.is_empty


def test_pictures_beside_a_model_are_pictures(qtbot: QtBot, tab: ClassifyTab, tmp_path: Path) -> None:
    folder = make_bundle(tmp_path / "friend").folder
    dropped(tab, folder, paint(tmp_path / "red.png", "red"))
    wait_for(qtbot, tab, 1)
    assert key(tab) == "colours"


def test_a_folder_is_opened_from_the_menu(qtbot: QtBot, tab: ClassifyTab, tmp_path: Path) -> None:
    folder = make_bundle(tmp_path / "friend").folder
    tab.ask_for_model()
    (dialog,) = tab.findChildren(QFileDialog)
    dialog.selectFile(str(folder))
    dialog.accept()
    qtbot.waitUntil(lambda: key(tab) == str(tmp_path / "friend"), timeout=LONG)


def test_a_folder_without_a_model_is_told(qtbot: QtBot, tab: ClassifyTab, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    tab._opener.open_model(tmp_path / "nothing")
    qtbot.waitUntil(lambda: "holds no model" in tab._notice.text, timeout=LONG)


def test_a_model_that_was_fetched_is_listed(tab: ClassifyTab) -> None:
    make_bundle(IMAGENET_MODELS["resnet101"].folder)
    tab.refresh_models(select="imagenet-resnet101")
    assert key(tab) == "imagenet-resnet101"

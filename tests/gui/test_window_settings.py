"""What comes back at the next start, what does not hurt, and what two windows make of one file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from resnet_gui import paths
from resnet_gui.gui.error_dialog import ErrorDialog
from resnet_gui.gui.main_window import MainWindow
from resnet_gui.gui.recent_folders import RecentFolders
from resnet_gui.gui.train_tab.form_entries import FormEntries
from resnet_gui.gui.window_settings import MOST_FOLDERS, WindowSettings
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.store import RunStore
from resnet_gui.training.recipes import RECIPES
from resnet_gui.training.run_training import FitFunction
from tests.fake_trainer import FakeTrainer

MakeWindow = Callable[[FitFunction], MainWindow]


def settings() -> WindowSettings:
    return WindowSettings(paths.settings_file())


def remember_form(**values: object) -> None:
    entries = FormEntries("demo", msgspec.structs.asdict(RECIPES["demo"].config) | values)
    kept = settings()
    kept.form = entries
    kept.save()


@pytest.mark.usefixtures("few_pictures")
def test_the_window_comes_back_as_it_was_left(qtbot: QtBot, make_window: MakeWindow, tmp_path: Path) -> None:
    window = make_window(FakeTrainer())
    config = msgspec.structs.replace(
        RECIPES["cifar100-hour"].config, source="shapes", batch_size=8, learning_rate=3e-4, folder=str(tmp_path)
    )
    window.train_tab.set_config(config)
    window.train_tab.form.recipe.editor.set_entry("cifar100-hour")
    window.tabs.setCurrentWidget(window.classify_tab)
    geometry = window.saveGeometry()
    window.close()
    again = make_window(FakeTrainer())
    assert again.train_tab.config() == config
    assert again.train_tab.form.recipe.editor.entry() == "cifar100-hour"
    assert again.train_tab.form.recipe.words.text() == "Changed from this recipe."
    assert again.tabs.currentWidget() is again.classify_tab
    assert settings().geometry == geometry


@pytest.mark.usefixtures("few_pictures")
def test_what_was_entered_survives_a_crash_of_its_training(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window(FakeTrainer())
    window.train_tab.form.change({"epochs": 44})
    with qtbot.waitSignal(window.session.finished):
        window.session.start(window.train_tab.config())
    kept = settings().form  # the window is still open
    assert kept is not None
    assert kept.settings["epochs"] == 44


@pytest.mark.usefixtures("few_pictures")
def test_pictures_on_the_command_line_are_seen_whatever_was_seen_last(make_window: MakeWindow) -> None:
    window = make_window(FakeTrainer())
    window.close()
    assert settings().tab == "train"
    again = make_window(FakeTrainer())
    again.classify([])
    assert again.tabs.currentWidget() is again.classify_tab


def test_a_folder_that_is_gone_is_said_and_does_no_harm(qtbot: QtBot, store: RunStore, tmp_path: Path) -> None:
    remember_form(source="folder", folder=str(tmp_path / "gone"))
    window = MainWindow(store, settings(), FakeTrainer())
    qtbot.addWidget(window)
    window.show()
    data = window.train_tab.form.data
    qtbot.waitUntil(lambda: not data.busy)
    assert str(tmp_path / "gone") in data.problem
    assert window.train_tab.form.blocker
    window.close()


@pytest.mark.parametrize(
    "values",
    [
        {"epochs": -5}, {"epochs": "many"}, {"network": "resnet9000"}, {"network": 7}, {"source": "moon"},
        {"learning_rate": None}, {"flip": 1}, {"unheard_of": 3}, {"folder": "\ud800"}, {"schedule": ["cosine"]},
    ],
)  # fmt: skip
def test_what_cannot_be_used_any_more_is_left_out_alone(values: dict[str, object]) -> None:
    config = RECIPES["demo"].config
    entries = FormEntries("demo", msgspec.structs.asdict(config) | {"batch_size": 48} | values)
    assert entries.config() == msgspec.structs.replace(config, batch_size=48)


def test_a_recipe_that_is_no_more_leaves_the_settings() -> None:
    entries = FormEntries("gone", msgspec.structs.asdict(TrainingConfig(epochs=3)))
    assert entries.config() == TrainingConfig(epochs=3)


@pytest.mark.usefixtures("few_pictures")
@pytest.mark.parametrize(
    "content",
    [
        "[train]\nform={",
        "[train]\nform=@Invalid()",
        '[train]\nform="{\\"recipe\\": 3}"',
        '[train]\nform="{\\"recipe\\": \\"demo\\", \\"settings\\": []}"',
        "[train]\nfolders=a, b\ndeclined=7",
        "[General]\ntab=moon\ngeometry=@ByteArray(abc)",
        "[train\nform\x00\xff=",
    ],
)
def test_a_damaged_file_is_as_good_as_none(make_window: MakeWindow, content: str) -> None:
    paths.settings_file().write_text(content, encoding="latin-1")
    window = make_window(FakeTrainer())
    assert window.isVisible()
    assert window.train_tab.config() == next(iter(RECIPES.values())).config
    assert settings().folders == ()
    window.train_tab.form.change({"epochs": 9})
    window.close()
    kept = settings().form  # and it can be written again
    assert kept is not None
    assert kept.settings["epochs"] == 9


def test_every_entry_comes_back_as_it_was() -> None:
    entries = FormEntries(
        "demo", {"folder": 'a "b"; c, d\\e=é\n \udcff', "learning_rate": 1e-5, "flip": True, "seed": 2**31 - 1}
    )
    kept = settings()
    kept.form = entries
    kept.save()
    raw = QSettings(str(paths.settings_file()), QSettings.Format.IniFormat).value("train/form")
    assert json.loads(raw)["settings"] == entries.settings
    assert settings().form == entries


_OTHER_WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QByteArray
from resnet_gui.gui.train_tab.form_entries import FormEntries
from resnet_gui.gui.window_settings import WindowSettings

settings = WindowSettings(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.readline()
settings.model = "theirs"
settings.form = FormEntries("theirs", {})
settings.add_folder("/theirs")
settings.geometry = QByteArray(b"old")
settings.save()
"""


@pytest.mark.slow
def test_two_windows_do_not_overwrite_each_others_settings() -> None:
    first = settings()
    first.geometry = QByteArray(b"old")
    first.form = FormEntries("first", {})
    first.save()
    file = str(paths.settings_file())
    with subprocess.Popen(
        [sys.executable, "-c", _OTHER_WINDOW, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        first.geometry = QByteArray(b"new")
        first.tab = "classify"
        first.add_folder("/ours")
        other.communicate("\n", timeout=60)
    assert other.returncode == 0
    first.form = FormEntries("first", {})  # left as it was found
    first.add_folder("/ours too")
    first.save()
    both = settings()
    assert (both.model, both.tab) == ("theirs", "classify")
    assert both.geometry == QByteArray(b"new")
    assert both.form == FormEntries("theirs", {})
    assert both.folders == ("/ours too", "/theirs", "/ours")


# Recent folders


def the_actions(menu: RecentFolders) -> list[QAction]:
    menu.aboutToShow.emit()
    return [action for action in menu.actions() if not action.isSeparator()]


def the_menu(window: MainWindow) -> RecentFolders:
    (menu,) = window.findChildren(RecentFolders)
    return menu


@pytest.mark.usefixtures("few_pictures")
def test_folders_that_are_used_are_listed_and_come_back(qtbot: QtBot, make_window: MakeWindow, tmp_path: Path) -> None:
    window = make_window(FakeTrainer())
    assert [action.isEnabled() for action in the_actions(the_menu(window))] == [False]
    folders = [tmp_path / "cats & dogs", tmp_path / "flowers"]
    data = window.train_tab.form.data
    for folder in folders:
        folder.mkdir()
        data.chooser.accept_path(folder)
        qtbot.waitUntil(lambda folder=folder: settings().folders[:1] == (str(folder),))
    _, animals, clear = the_actions(the_menu(window))
    assert animals.toolTip() == str(folders[0])
    assert "cats && dogs" in animals.text()
    window.tabs.setCurrentWidget(window.classify_tab)
    data.chooser.choose("shapes")
    animals.trigger()
    assert window.tabs.currentWidget() is window.train_tab
    assert window.train_tab.config().folder == str(folders[0])
    assert window.train_tab.config().source == "folder"
    qtbot.waitUntil(lambda: settings().folders[:1] == (str(folders[0]),))
    assert len(settings().folders) == 2
    clear.trigger()
    assert settings().folders == ()


@pytest.mark.usefixtures("few_pictures")
def test_a_recent_folder_that_is_gone_is_said_and_forgotten(make_window: MakeWindow) -> None:
    kept = settings()
    kept.add_folder("/gone/for/good")
    window = make_window(FakeTrainer())
    the_actions(the_menu(window))[0].trigger()
    (dialog,) = window.findChildren(ErrorDialog)
    assert "/gone/for/good is not there any more" in dialog.text
    dialog.close()
    assert settings().folders == ()
    assert window.train_tab.config().source != "folder"


def test_only_the_latest_folders_are_kept() -> None:
    kept = settings()
    for number in range(MOST_FOLDERS + 5):
        kept.add_folder(f"/{number}")
    assert kept.folders == tuple(f"/{number}" for number in reversed(range(5, MOST_FOLDERS + 5)))


@pytest.mark.usefixtures("few_pictures")
def test_the_menus_have_keys_of_their_own(make_window: MakeWindow) -> None:
    window = make_window(FakeTrainer())
    (file,) = [menu for menu in window.menuBar().findChildren(QMenu) if menu.title() == "&File"]
    keys = [action.text().partition("&")[2][:1].lower() for action in file.actions() if not action.isSeparator()]
    assert sorted(keys) == sorted(set(keys))
    assert all(keys)

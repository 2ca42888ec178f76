"""From the chosen model to an export, over stand-ins for the command."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from resnet_gui import paths
from resnet_gui.gui.classify_tab.model_chooser import ModelChooser
from resnet_gui.gui.command import PROGRAM
from resnet_gui.gui.error_dialog import ErrorDialog
from resnet_gui.gui.export_dialogs import ExportDialog
from resnet_gui.gui.main_window import MainWindow
from resnet_gui.gui.model_export import ModelExport
from resnet_gui.gui.window_settings import WindowSettings
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.catalog import model_entries
from resnet_gui.runs.store import RunStore
from tests.bundles import make_run
from tests.fake_trainer import FakeTrainer
from tests.gui.fake_commands import program_failing, program_hanging, program_printing, python
from tests.gui.test_command import child_pids

LONG = 20_000
Make = Callable[..., ModelExport]


@pytest.fixture
def make_export(qtbot: QtBot, store: RunStore) -> Iterator[Make]:
    """Return a function that makes the export of the run `colours` over a program."""
    make_run(store, "colours")
    window = QWidget()
    qtbot.addWidget(window)
    window.show()

    def make(program: list[str]) -> ModelExport:
        chooser = ModelChooser(WindowSettings(paths.settings_file()))
        chooser.setParent(window)
        chooser.set_entries(list(model_entries(store)))
        return ModelExport(window, chooser, program)

    yield make
    for dialog in window.findChildren(ExportDialog):
        dialog.reject()


def only(kind: type) -> QWidget | None:
    shown = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, kind) and widget.isVisible()]
    return shown[0] if len(shown) == 1 else None


def the(qtbot: QtBot, kind: type) -> QWidget:
    qtbot.waitUntil(lambda: only(kind) is not None, timeout=LONG)
    found = only(kind)
    assert found is not None
    return found


def choose(qtbot: QtBot, export: ModelExport, name: Path, ending: str = "") -> None:
    """Ask for the export and answer the file dialog; `ending` picks the kind."""
    export.action.trigger()
    dialog = the(qtbot, QFileDialog)
    assert isinstance(dialog, QFileDialog)
    if ending:
        (kind,) = [words for words in dialog.nameFilters() if ending in words]
        dialog.selectNameFilter(kind)
    dialog.selectFile(str(name))
    dialog.accept()


def test_the_command_gets_the_run_and_the_target_and_what_it_tells_is_told(
    qtbot: QtBot, make_export: Make, tmp_path: Path, store: RunStore
) -> None:
    target = tmp_path / "mine.h5"
    script = (
        "import json, sys\n"
        f"open({str(tmp_path / 'arguments.json')!r}, 'w').write(json.dumps(sys.argv[1:]))\n"
        f"print(json.dumps({{'target': {str(target)!r}, 'kind': 'h5', 'description': {str(target) + '.json'!r}, "
        "'pictures': 16, 'largest_difference': 0.0003}))\n"
    )
    export = make_export(python(script))
    choose(qtbot, export, tmp_path / "mine", "*.h5")
    told = the(qtbot, QMessageBox)
    assert isinstance(told, QMessageBox)
    assert json.loads((tmp_path / "arguments.json").read_text()) == [
        "export", str(store.folder / "colours"), f"--to={target}", "--json",
    ]  # fmt: skip
    assert str(target) in told.text()
    assert "Checked on 16 pictures: the largest difference of a probability" in told.informativeText()
    assert "is 0.0003." in told.informativeText()
    assert "mine.h5.json" in told.informativeText()
    assert not export._window.findChildren(ExportDialog)
    assert export.action.isEnabled()
    told.close()


@pytest.mark.parametrize(
    ("typed", "filter_ending", "chosen"),
    [
        ("mine", "*.keras", "mine.keras"),
        ("mine.v2", "*.onnx", "mine.v2.onnx"),
        ("mine.onnx", "*.keras", "mine.onnx"),
        ("mine", "(*)", "mine"),
    ],
)
def test_the_kind_gives_the_name_its_ending(
    qtbot: QtBot, make_export: Make, tmp_path: Path, typed: str, filter_ending: str, chosen: str
) -> None:
    choose(qtbot, make_export(program_hanging()), tmp_path / typed, filter_ending)
    dialog = the(qtbot, ExportDialog)
    assert isinstance(dialog, ExportDialog)
    assert dialog._target == tmp_path / chosen
    dialog.reject()


def test_cancelling_kills_the_command_and_leaves_nothing(qtbot: QtBot, make_export: Make, tmp_path: Path) -> None:
    half = tmp_path / ".mine.keras.x1.tmp"
    before = child_pids()
    export = make_export(
        python(
            f"import os, threading\nos.mkdir({str(half)!r})\n"
            f"open({str(half / 'mine.keras')!r}, 'w').close()\nthreading.Event().wait(60)"
        )
    )
    choose(qtbot, export, tmp_path / "mine", "*.keras")
    dialog = the(qtbot, ExportDialog)
    assert not export.action.isEnabled()
    qtbot.waitUntil(lambda: (half / "mine.keras").exists(), timeout=LONG)
    (cancel,) = dialog.findChildren(QPushButton)
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    assert child_pids() == before
    assert not half.exists()
    assert not dialog.isVisible()
    assert export.action.isEnabled()
    assert only(ErrorDialog) is None


def test_the_command_ends_with_the_window(qtbot: QtBot, make_export: Make, tmp_path: Path) -> None:
    before = child_pids()
    export = make_export(program_hanging())
    choose(qtbot, export, tmp_path / "mine", "*.keras")
    the(qtbot, ExportDialog)
    assert child_pids() != before
    export.shut_down()
    assert child_pids() == before
    assert only(ExportDialog) is None


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (program_failing("Traceback\nresnet-gui-cli: The export answers otherwise. It was removed.\n"), "otherwise"),
        (program_printing([]), "ended without having exported anything"),
        (program_printing([{"kind": "moon"}]), "something that is no export"),
    ],
)
def test_a_failure_is_told(qtbot: QtBot, make_export: Make, tmp_path: Path, program: list[str], words: str) -> None:
    export = make_export(program)
    choose(qtbot, export, tmp_path / "mine", "*.keras")
    error = the(qtbot, ErrorDialog)
    assert isinstance(error, ErrorDialog)
    assert words in error.text
    assert only(ExportDialog) is None
    assert export.action.isEnabled()
    error.close()


def test_what_is_there_is_refused_before_anything_is_started(qtbot: QtBot, make_export: Make, tmp_path: Path) -> None:
    (tmp_path / "mine.keras").write_text("mine")
    choose(qtbot, make_export(program_hanging()), tmp_path / "mine.keras", "*.keras")
    error = the(qtbot, ErrorDialog)
    assert isinstance(error, ErrorDialog)
    assert "mine.keras is there already. Choose another name" in " ".join(error.text.split())
    assert only(ExportDialog) is None
    error.close()


def test_without_a_model_there_is_nothing_to_export(qtbot: QtBot, make_export: Make, store: RunStore) -> None:
    export = make_export(program_hanging())
    assert export.action.isEnabled()
    shutil.rmtree(store.folder / "colours")
    export.action.trigger()
    error = the(qtbot, ErrorDialog)
    assert isinstance(error, ErrorDialog)
    assert "not there any more" in error.text
    error.close()
    export._chooser.set_entries([])
    assert not export.action.isEnabled()


@pytest.mark.slow
@pytest.mark.usefixtures("few_pictures")
def test_the_window_exports_a_copy_that_classifies(qtbot: QtBot, store: RunStore, tmp_path: Path) -> None:
    make_run(store, "colours")
    window = MainWindow(store, WindowSettings(paths.settings_file()), FakeTrainer())
    window.show()
    assert window.model_export._program == PROGRAM
    file_menu = window.menuBar().actions()[0].menu()
    assert window.model_export.action in file_menu.actions()
    choose(qtbot, window.model_export, tmp_path / "copy", "(*)")
    told = the(qtbot, QMessageBox)
    assert ModelBundle.open(tmp_path / "copy").description.class_names == ("red", "green", "blue")
    told.close()
    window.close()
    window.deleteLater()

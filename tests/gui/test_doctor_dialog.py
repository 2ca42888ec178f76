"""The doctor's window, driven as a user does, over the real form and real pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from resnet_gui.data.dataset import split_dataset
from resnet_gui.data.doctor import facts
from resnet_gui.errors import DataError
from resnet_gui.gui.task import any_running
from resnet_gui.gui.train_tab.config_form import ConfigForm
from resnet_gui.gui.train_tab.dialogs import finding_view
from resnet_gui.gui.train_tab.dialogs.doctor_dialog import DoctorDialog
from resnet_gui.gui.train_tab.dialogs.form_dialogs import FormDialogs
from resnet_gui.gui.train_tab.left_out_editor import LeftOutDialog
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.store import RunStore
from tests.data.doctor.conftest import photo, root, save
from tests.gui.conftest import make_pictures

__all__ = ["root"]


@pytest.fixture
def sick(root: Path) -> Path:
    """Return a folder with a contradiction, an empty picture, a rare class and a broken file."""
    (root / "dog" / "cat.png").write_bytes((root / "cat" / "3.png").read_bytes())
    for number in range(6):
        save(photo(900 + number), root / "bird" / f"{number}.png")
    (root / "cat" / "broken.png").write_bytes(b"")
    return root


@pytest.fixture
def form(qtbot: QtBot, store: RunStore) -> Iterator[ConfigForm]:
    """Return a form that reads real pictures."""
    form = ConfigForm(store)
    FormDialogs(form)
    qtbot.addWidget(form)
    form.show()
    yield form
    form.shut_down()
    qtbot.waitUntil(lambda: not any_running())


def config_of(folder: Path) -> TrainingConfig:
    return TrainingConfig(source="folder", folder=str(folder), input_size=64)


def opened(qtbot: QtBot, form: ConfigForm, folder: Path) -> DoctorDialog:
    form.set_config(config_of(folder))
    qtbot.waitUntil(lambda: form.data.dataset is not None)
    qtbot.mouseClick(form.data.check_button, Qt.MouseButton.LeftButton)
    (dialog,) = form.findChildren(DoctorDialog)
    settled(qtbot, form, dialog)
    return dialog


def settled(qtbot: QtBot, form: ConfigForm, dialog: DoctorDialog) -> None:
    qtbot.waitUntil(lambda: not form.data.busy and dialog._task is None)


def kinds(dialog: DoctorDialog) -> list[str]:
    return [finding.kind.value for finding in dialog.findings]


def pictures_of(form: ConfigForm) -> int:
    assert form.data.dataset is not None
    return len(form.data.dataset.train) + len(form.data.dataset.validation)


def test_findings_are_listed_with_words_and_pictures(qtbot: QtBot, form: ConfigForm, sick: Path) -> None:
    dialog = opened(qtbot, form, sick)
    assert kinds(dialog) == ["contradiction", "few pictures", "imbalance", "unreadable"]
    assert dialog.list.count() == 4
    assert "Serious" in dialog.list.item(0).text()
    assert dialog.view.title.text() == dialog.findings[0].title
    assert dialog.view.words.text() == dialog.findings[0].explanation
    items = [dialog.view.pictures.item(row) for row in range(2)]
    assert [item.text().splitlines()[0] for item in items] == ["3.png", "cat.png"]
    assert not any(item.icon().isNull() for item in items)
    dialog.list.setCurrentRow(3)
    assert dialog.view.pictures.item(0).text() == "cat/broken.png: is empty (0 bytes)"
    assert not dialog.view.leave_out_button.isVisible()
    dialog.close()


def test_one_click_leaves_out_and_undo_takes_back(qtbot: QtBot, form: ConfigForm, sick: Path) -> None:
    dialog = opened(qtbot, form, sick)
    before = {path: path.read_bytes() for path in sick.rglob("*.png")}
    assert not dialog.undo_button.isEnabled()
    assert dialog.view.leave_out_button.text().replace("&", "") == "Leave out 2 pictures"
    qtbot.mouseClick(dialog.view.leave_out_button, Qt.MouseButton.LeftButton)
    settled(qtbot, form, dialog)
    assert form.config().left_out == ("cat/3.png", "dog/cat.png")
    assert pictures_of(form) == 55
    assert "contradiction" not in kinds(dialog)
    assert "2 are left out" in dialog.words.text()
    assert form.fields["left_out"].isVisibleTo(form)
    qtbot.mouseClick(dialog.undo_button, Qt.MouseButton.LeftButton)
    settled(qtbot, form, dialog)
    assert form.config().left_out == ()
    assert pictures_of(form) == 57
    assert kinds(dialog)[0] == "contradiction"
    assert not dialog.undo_button.isEnabled()
    assert not form.fields["left_out"].isVisibleTo(form)
    assert {path: path.read_bytes() for path in sick.rglob("*.png")} == before
    dialog.close()


def test_a_tick_that_is_taken_away_keeps_the_picture(qtbot: QtBot, form: ConfigForm, sick: Path) -> None:
    dialog = opened(qtbot, form, sick)
    dialog.view.pictures.setFocus()
    dialog.view.pictures.setCurrentRow(0)
    qtbot.keyClick(dialog.view.pictures, Qt.Key.Key_Space)
    assert dialog.view.leave_out_button.text().replace("&", "") == "Leave out 1 picture"
    qtbot.keyClick(dialog.view.leave_out_button, Qt.Key.Key_Space)
    settled(qtbot, form, dialog)
    assert form.config().left_out == ("dog/cat.png",)
    dialog.close()


def test_the_whole_window_is_used_with_the_keyboard(qtbot: QtBot, form: ConfigForm, sick: Path) -> None:
    dialog = opened(qtbot, form, sick)
    qtbot.keyClick(dialog.list, Qt.Key.Key_Down)
    qtbot.keyClick(dialog.list, Qt.Key.Key_Down)
    assert dialog.view.finding is dialog.findings[2]
    qtbot.keyClick(dialog.view.settings_button, Qt.Key.Key_Space)
    settled(qtbot, form, dialog)
    assert form.config().class_weights == "balanced"
    assert "imbalance" not in kinds(dialog)
    with qtbot.waitSignal(dialog.destroyed):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_groups_are_kept_together_with_one_click(qtbot: QtBot, form: ConfigForm, root: Path) -> None:
    for name in ("cat", "dog"):
        for number in range(25):
            path = root / name / f"{number}.png"
            path.rename(path.with_name(f"animal{number // 3}_{name}_{number}.png"))
    dialog = opened(qtbot, form, root)
    assert kinds(dialog) == ["groups"]
    qtbot.mouseClick(dialog.view.settings_button, Qt.MouseButton.LeftButton)
    settled(qtbot, form, dialog)
    assert form.config().group_pattern == r"(animal\d+)_"
    assert dialog.findings == []
    assert "Nothing wrong" in dialog.nothing.text()
    dialog.close()


def test_leaving_out_too_much_is_told_and_taken_back(qtbot: QtBot, form: ConfigForm, root: Path) -> None:
    dialog = opened(qtbot, form, root)
    dialog._on_leave_out_requested([f"cat/{number}.png" for number in range(25)])
    qtbot.waitUntil(lambda: "no picture to train on" in dialog.words.text())
    qtbot.mouseClick(dialog.undo_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: form.data.dataset is not None)
    settled(qtbot, form, dialog)
    assert pictures_of(form) == 50
    dialog.close()


def test_pictures_beyond_those_shown_are_left_out_too(
    qtbot: QtBot, form: ConfigForm, sick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding_view, "SHOWN", 1)
    for number in range(4):
        (sick / "dog" / f"copy {number}.png").write_bytes((sick / "cat" / f"{10 + number}.png").read_bytes())
    dialog = opened(qtbot, form, sick)
    assert "more are not shown" in dialog.view.more.text()
    assert dialog.view.leave_out_button.text().replace("&", "") == "Leave out 10 pictures"
    assert set(dialog.view.ticked()) == set(dialog.findings[0].leave_out)
    dialog.close()


def test_another_folder_has_its_own_left_out_pictures(qtbot: QtBot, form: ConfigForm, root: Path) -> None:
    form.set_config(config_of(root))
    form.change({"left_out": ("cat/3.png",)})
    form.fields["folder"].set_entry(str(root.parent))
    assert form.fields["left_out"].entry() == ()
    form.data.chooser.buttons["shapes"].click()
    assert form.fields["left_out"].entry() == ()
    form.data.chooser.buttons["folder"].click()
    form.fields["folder"].set_entry(str(root))
    assert form.fields["left_out"].entry() == ("cat/3.png",)


def test_left_out_pictures_are_listed_and_taken_in_again(qtbot: QtBot, form: ConfigForm, root: Path) -> None:
    form.set_config(config_of(root))
    form.change({"left_out": ("cat/3.png", "cat/4.png", "dog/1.png")})
    editor = form.fields["left_out"].editor
    assert editor.text() == "3 pictures — Show…"  # type: ignore[union-attr]
    qtbot.keyClick(editor, Qt.Key.Key_Space)
    (dialog,) = form.findChildren(LeftOutDialog)
    assert not dialog.use_button.isEnabled()
    dialog.list.item(1).setSelected(True)
    qtbot.mouseClick(dialog.use_button, Qt.MouseButton.LeftButton)
    assert form.fields["left_out"].entry() == ("cat/3.png", "dog/1.png")
    qtbot.mouseClick(dialog.all_button, Qt.MouseButton.LeftButton)
    assert form.fields["left_out"].entry() == ()
    dialog.close()
    qtbot.waitUntil(lambda: not form.data.busy)


# While it works, and when it cannot


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QWidget]:
    window = QWidget()
    qtbot.addWidget(window)
    yield window
    qtbot.waitUntil(lambda: not any_running())


def few_pictures():
    return split_dataset(make_pictures(), 0.2, 0, 0)


def endless(_dataset, _folder, report):
    while True:
        report("Looking at pictures", 3, 10)


def test_progress_is_shown_and_cancel_closes(qtbot: QtBot, window: QWidget) -> None:
    dialog = DoctorDialog(TrainingConfig(), few_pictures(), endless, window)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.progress.bar.value() == 300)
    assert dialog.progress.stage.text() == "Looking at pictures"
    with qtbot.waitSignal(dialog.destroyed):
        qtbot.mouseClick(dialog.progress.cancel_button, Qt.MouseButton.LeftButton)


def test_escape_ends_the_work(qtbot: QtBot, window: QWidget) -> None:
    dialog = DoctorDialog(TrainingConfig(), few_pictures(), endless, window)
    dialog.show()
    with qtbot.waitSignal(dialog.destroyed):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_a_failure_is_said_in_words(qtbot: QtBot, window: QWidget) -> None:
    def look(*_args):
        raise DataError("The pictures are gone.", "Read them again.")

    dialog = DoctorDialog(TrainingConfig(), few_pictures(), look, window)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.nothing.text() == "The pictures are gone. Read them again.")
    dialog.close()


def test_pictures_are_looked_at_once_however_they_are_split(qtbot: QtBot, window: QWidget) -> None:
    looked = []

    def look(*args):
        looked.append(args)
        return facts.examine(*args)

    pictures = make_pictures()
    dialog = DoctorDialog(TrainingConfig(), split_dataset(pictures, 0.2, 0, 0), look, window)
    dialog.show()
    for seed in range(1, 4):
        dialog.show_dataset(TrainingConfig(seed=seed), split_dataset(pictures, 0.2, 0, seed))
    qtbot.waitUntil(lambda: dialog._task is None)
    assert len(looked) == 1
    dialog.close()

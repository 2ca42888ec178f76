"""Choosing among many pictures: what is shown, in which order, how often the model is right, and saving them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from resnet_gui import paths
from resnet_gui.gui.classify_tab.picture import NewPicture, new_picture
from resnet_gui.gui.classify_tab.picture_filter import Kind, Order, PictureFilter
from resnet_gui.gui.classify_tab.picture_model import NOT_SURE_ROLE, TRUE_CLASS_ROLE, PictureModel
from resnet_gui.gui.classify_tab.picture_records import mentions
from resnet_gui.gui.classify_tab.tab import ClassifyTab
from resnet_gui.gui.window_settings import WindowSettings
from resnet_gui.inference.classify import PictureResult
from resnet_gui.inference.predictor import ClassProbability, Prediction
from resnet_gui.runs.store import RunStore
from tests.bundles import make_run, paint

LONG = 10_000  # ms; far more than anything takes
CLASSES = ("cat", "Dog", "eel", "fox", "gnu", "hen")

# (name, folder, predicted class, its probability); no class: it could not be read; None: not classified yet
PICTURES: tuple[tuple[str, str, str | None, float], ...] = (
    ("10.png", "cat", "cat", 0.9),
    ("9.png", "cat", "Dog", 0.4),
    ("b.png", "dog", "Dog", 0.7),
    ("a.png", "dog", "", 0.0),
    ("c.png", "holiday", "cat", 0.6),
    ("d.png", "eel", None, 0.0),
)


def result_of(name: str, class_name: str, probability: float) -> PictureResult:
    if not class_name:
        return PictureResult(Path(name), None, "is cut off")
    second = next(other for other in CLASSES if other != class_name)
    ranked = (ClassProbability(class_name, probability), ClassProbability(second, 1 - probability))
    return PictureResult(Path(name), Prediction(ranked))


def new(name: str, folder: str) -> NewPicture:
    return new_picture(name, Path(folder) / name, ("zoo", folder))


@pytest.fixture
def model(qapp: object) -> Iterator[PictureModel]:
    model = PictureModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    model.start_anew(CLASSES)
    added = model.add([new(name, folder) for name, folder, _, _ in PICTURES])
    model.set_results(
        (picture.number, result_of(name, class_name, probability))
        for picture, (name, _, class_name, probability) in zip(added, PICTURES, strict=True)
        if class_name is not None
    )
    yield model
    model.shut_down()


def shown(model: PictureModel) -> list[str]:
    return [model.picture(row).name for row in range(model.rowCount())]


@pytest.mark.parametrize("text", ["maple_t", "maple t"])
def test_a_class_is_found_as_it_is_written_and_as_it_is_shown(text: str) -> None:
    assert mentions("Maple_Tree", text)
    assert not mentions("Maple", text)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (PictureFilter(), ["10.png", "9.png", "b.png", "a.png", "c.png", "d.png"]),
        (PictureFilter(kind=Kind.MISTAKES), ["9.png"]),
        (PictureFilter(kind=Kind.NOT_SURE), ["9.png"]),
        (PictureFilter(kind=Kind.NOT_SURE, not_sure_below=0.65), ["9.png", "c.png"]),
        (PictureFilter(kind=Kind.UNREADABLE), ["a.png"]),
        (PictureFilter(kind=Kind.WAITING), ["d.png"]),
        (PictureFilter(class_name="Dog"), ["9.png", "b.png"]),
        (PictureFilter(class_name="gnu"), []),
        (PictureFilter(least=0.6, most=0.8), ["b.png", "c.png"]),
        (PictureFilter(text="DOG"), ["9.png", "b.png", "a.png"]),  # predicted, and the class that a folder says
        (PictureFilter(text=".png", kind=Kind.MISTAKES, class_name="Dog"), ["9.png"]),
        (PictureFilter(order=Order.NAME), ["9.png", "10.png", "a.png", "b.png", "c.png", "d.png"]),
        (PictureFilter(order=Order.CLASS), ["10.png", "c.png", "b.png", "9.png", "a.png", "d.png"]),
        (PictureFilter(order=Order.LEAST_SURE), ["9.png", "c.png", "b.png", "10.png", "a.png", "d.png"]),
        (PictureFilter(order=Order.MOST_SURE), ["10.png", "b.png", "c.png", "9.png", "a.png", "d.png"]),
        (PictureFilter(order=Order.UNREADABLE), ["a.png", "10.png", "9.png", "b.png", "c.png", "d.png"]),
    ],
    ids=str,
)
def test_what_is_asked_for_is_shown_in_the_order_asked_for(
    model: PictureModel, wanted: PictureFilter, expected: list[str]
) -> None:
    model.set_filter(wanted)
    assert shown(model) == expected
    rows = [model.row_of(model.picture(row).number) for row in range(model.rowCount())]
    assert rows == list(range(model.rowCount()))
    model.set_filter(PictureFilter())
    assert shown(model) == [name for name, *_ in PICTURES]


def test_pictures_in_class_folders_tell_how_often_the_model_is_right(model: PictureModel) -> None:
    accuracy = model.records.accuracy()
    # 10 and b are right; 9 is wrong, its true class is the second; c lies in no class' folder, a could not be read.
    assert (accuracy.pictures, accuracy.right, accuracy.among) == (3, 2, 3)
    assert model.index(1).data(TRUE_CLASS_ROLE) == "cat"
    assert model.index(0).data(TRUE_CLASS_ROLE) == ""
    assert model.index(1).data(Qt.ItemDataRole.AccessibleTextRole) == (
        "9.png: Dog, 40.0 %, not sure; wrong, its folder says cat"
    )


def test_another_threshold_marks_other_pictures(model: PictureModel) -> None:
    assert [bool(model.index(row).data(NOT_SURE_ROLE)) for row in range(3)] == [False, True, False]
    model.set_filter(PictureFilter(not_sure_below=0.8))
    assert [bool(model.index(row).data(NOT_SURE_ROLE)) for row in range(3)] == [False, True, True]


def test_results_that_come_while_some_are_hidden_find_their_place(qtbot: QtBot, model: PictureModel) -> None:
    model.set_filter(PictureFilter(kind=Kind.WAITING))
    number = model.picture(0).number
    model.set_results([(number, result_of("d.png", "cat", 0.8))])
    qtbot.waitUntil(lambda: model.rowCount() == 0, timeout=LONG)
    model.set_filter(PictureFilter(kind=Kind.MISTAKES))
    assert shown(model) == ["9.png", "d.png"]


def test_ten_thousand_are_chosen_from_and_the_rows_follow(qtbot: QtBot) -> None:
    model = PictureModel()
    model.start_anew(CLASSES)
    added = model.add([new(f"{number}.png", "cat") for number in range(10_000)])
    model.set_results(
        (picture.number, result_of("x", CLASSES[place % 2], 0.5 + place % 100 / 200))
        for place, picture in enumerate(added)
    )
    model.set_filter(PictureFilter(kind=Kind.MISTAKES, order=Order.MOST_SURE))
    assert model.rowCount() == 5000
    best = [model.result(row).prediction.best for row in range(5000)]  # type: ignore[union-attr]
    assert {entry.class_name for entry in best} == {"Dog"}
    assert best == sorted(best, key=lambda entry: -entry.probability)
    model.shut_down()


# In the window


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    store = RunStore(tmp_path / "runs")
    make_run(store, "colours")
    return store


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two pictures of each class in folders of their names, one of which holds a mistake, and a broken file."""
    root = tmp_path / "colours"
    for colour in ("red", "green", "blue"):
        (root / colour).mkdir(parents=True)
        for number in range(2):
            paint(root / colour / f"{colour} {number}.png", colour)
    paint(root / "red" / "really blue.png", "blue")
    (root / "green" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return root


@pytest.fixture
def tab(qtbot: QtBot, store: RunStore, pictures: Path) -> Iterator[ClassifyTab]:
    tab = ClassifyTab(store, WindowSettings(paths.settings_file()))
    qtbot.addWidget(tab)
    tab.resize(1100, 700)
    tab.show()
    tab.open_paths([pictures])
    qtbot.waitUntil(
        lambda: tab._model.done == 8 and not tab._classifier.is_busy and not tab._finder.is_busy, timeout=LONG
    )
    yield tab
    tab.shut_down()


def test_a_folder_of_class_folders_shows_accuracy_and_mistakes_at_once(qtbot: QtBot, tab: ClassifyTab) -> None:
    browser = tab._browser
    assert browser.accuracy.text() == "Right: 85.7 % of 7 in class folders"  # 6 of 7
    assert browser.count.text() == "8 pictures"
    assert browser.mistakes.text() == "Mistakes (1)"
    qtbot.mouseClick(browser.mistakes, Qt.MouseButton.LeftButton)
    assert shown(tab._model) == ["really blue.png"]
    assert browser.count.text() == "1 of 8"
    assert browser.list.hasFocus()
    qtbot.mouseClick(browser.show_all, Qt.MouseButton.LeftButton)
    assert tab._model.rowCount() == 8
    assert not browser.mistakes.isChecked()


def test_search_and_filters_work_by_keyboard(qtbot: QtBot, tab: ClassifyTab) -> None:
    tab.activateWindow()
    qtbot.waitUntil(tab.isActiveWindow)
    qtbot.keyClick(tab, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    filters = tab._browser.filters
    assert filters.search.hasFocus()
    qtbot.keyClicks(filters.search, "blue")
    assert shown(tab._model) == ["blue 0.png", "blue 1.png", "really blue.png"]
    filters.search.clear()
    qtbot.keyClick(tab, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert shown(tab._model) == ["really blue.png"]
    qtbot.keyClick(filters.kind, Qt.Key.Key_Home)
    filters.more.click()
    filters.class_chooser.setFocus()
    filters.class_chooser.setCurrentIndex(filters.class_chooser.findData("green"))
    assert shown(tab._model) == ["green 0.png", "green 1.png"]


def press(qtbot: QtBot, tab: ClassifyTab, text: str) -> None:
    (box,) = [box for box in tab.findChildren(QMessageBox) if box.isVisible()]
    (button,) = [button for button in box.findChildren(QPushButton) if text in button.text()]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def choose(tab: ClassifyTab, path: Path) -> None:
    """Answer the open file dialog as a user does."""
    dialog = tab.findChildren(QFileDialog)[-1]
    dialog.filesSelected.emit([str(path)])
    dialog.close()


def copied(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def originals(pictures: Path) -> dict[str, bytes]:
    return {path.as_posix(): path.read_bytes() for path in pictures.rglob("*") if path.is_file()}


def test_pictures_are_copied_into_a_folder_per_class(
    qtbot: QtBot, tab: ClassifyTab, pictures: Path, tmp_path: Path
) -> None:
    before, target = originals(pictures), tmp_path / "sorted"
    target.mkdir()
    (target / "red").mkdir()
    (target / "red" / "red 0.png").write_bytes(b"mine")
    with qtbot.waitSignal(tab._saving.saved, timeout=LONG):
        tab._toolbar.copy.trigger()
        choose(tab, target)
    names = copied(target)
    assert {name for name in names if name.startswith("blue/")} == {
        "blue/blue 0.png",
        "blue/blue 1.png",
        "blue/really blue.png",
    }
    assert (target / "red" / "red 0.png").read_bytes() == b"mine"  # never overwritten
    assert len([name for name in names if name.startswith("red/")]) == 3
    assert len(names) == 8
    assert originals(pictures) == before  # never moved


def test_only_what_is_shown_is_saved_if_that_is_wanted(qtbot: QtBot, tab: ClassifyTab, tmp_path: Path) -> None:
    tab._browser.mistakes.click()
    tab._toolbar.export.trigger()
    press(qtbot, tab, "shown")
    choose(tab, tmp_path / "t.csv")
    qtbot.waitUntil(lambda: not tab._saving.table.is_busy, timeout=LONG)
    rows = table(tmp_path / "t.csv")
    assert [(Path(row["path"]).name, row["class_1"], row["true_class"], row["right"]) for row in rows] == [
        ("really blue.png", "blue", "red", "no")
    ]
    tab._toolbar.export.trigger()
    press(qtbot, tab, "All")
    choose(tab, tmp_path / "all.csv")
    qtbot.waitUntil(lambda: not tab._saving.table.is_busy, timeout=LONG)
    assert len(table(tmp_path / "all.csv")) == 8


def table(file: Path) -> Sequence[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as rows:
        return list(csv.DictReader(rows))

"""The Classify tab: what comes in and how, what is shown, and that nothing blocks, leaks or is lost."""

from __future__ import annotations

import csv
import os
import shutil
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QGuiApplication, QHelpEvent, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QToolTip
from pytestqt.qtbot import QtBot

from resnet_gui import paths
from resnet_gui.data.images import open_picture
from resnet_gui.gui.classify_tab import classifier as classifier_module
from resnet_gui.gui.classify_tab import finder as finder_module
from resnet_gui.gui.classify_tab.drops import encoded, read_mime
from resnet_gui.gui.classify_tab.picture import new_picture
from resnet_gui.gui.classify_tab.picture_list import PictureList
from resnet_gui.gui.classify_tab.picture_model import RESULT_ROLE, PictureModel, percent_text
from resnet_gui.gui.classify_tab.prediction_bars import PredictionBars
from resnet_gui.gui.classify_tab.tab import ClassifyTab
from resnet_gui.gui.window_settings import WindowSettings
from resnet_gui.inference.classify import PictureResult
from resnet_gui.inference.predictor import ClassProbability, Prediction, Predictor
from resnet_gui.progress import Report
from resnet_gui.runs.store import RunStore
from tests.bundles import make_run, paint

# The offscreen platform says so of every window that is shown or raised.

LONG = 10_000  # ms; far more than anything takes
NO_KEYS = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    store = RunStore(tmp_path / "runs")
    make_run(store, "first", 1.0, ("red", "green", "blue"))
    make_run(store, "second", 2.0, ("tomato", "cucumber", "plum"))
    return store


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, colour in enumerate(("red", "green", "blue")):
        paint(folder / f"{number} {colour}.png", colour)
    return folder


@pytest.fixture
def tab(qtbot: QtBot, store: RunStore) -> Iterator[ClassifyTab]:
    yield from shown_tab(qtbot, store)


def shown_tab(qtbot: QtBot, store: RunStore) -> Iterator[ClassifyTab]:
    tab = ClassifyTab(store, WindowSettings(paths.settings_file()))
    qtbot.addWidget(tab)
    tab.resize(1000, 600)
    tab.show()
    yield tab
    tab.shut_down()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("decode")]


def names(tab: ClassifyTab) -> list[str]:
    return [tab._model.picture(row).name for row in range(tab._model.rowCount())]


def classes(tab: ClassifyTab) -> list[str]:
    """Each row's most probable class, or the reason why there is none."""
    told = []
    for row in range(tab._model.rowCount()):
        result = tab._model.result(row)
        if result is None:
            told.append("")
        else:
            told.append(result.prediction.best.class_name if result.prediction else result.error)
    return told


def wait_for(qtbot: QtBot, tab: ClassifyTab, count: int) -> None:
    qtbot.waitUntil(
        lambda: tab._model.done == count and not tab._classifier.is_busy and not tab._finder.is_busy, timeout=LONG
    )


def mime_of(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def picture_of(colour: str) -> QImage:
    image = QImage(20, 10, QImage.Format.Format_ARGB32)
    image.fill(QColor(colour))
    return image


def drag_enter(offered: Qt.DropAction, mime: QMimeData) -> QDragEnterEvent:
    try:
        return QDragEnterEvent(QPointF(50, 50), offered, mime, *NO_KEYS)
    except TypeError:  # before Qt 6.12
        return QDragEnterEvent(QPoint(50, 50), offered, mime, *NO_KEYS)


def drop(tab: ClassifyTab, mime: QMimeData) -> QDropEvent:
    """Drag something over the tab and drop it, the way a file manager does that would rather move it."""
    offered = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    enter = drag_enter(offered, mime)
    enter.setDropAction(Qt.DropAction.MoveAction)
    QApplication.sendEvent(tab, enter)
    assert enter.isAccepted()
    assert enter.dropAction() is Qt.DropAction.CopyAction
    event = QDropEvent(QPointF(50, 50), offered, mime, *NO_KEYS)
    event.setDropAction(Qt.DropAction.MoveAction)
    QApplication.sendEvent(tab, event)
    return event


# What comes in


def test_a_folder_is_dropped_as_a_copy(qtbot: QtBot, tab: ClassifyTab, pictures: Path) -> None:
    event = drop(tab, mime_of(pictures))
    assert event.isAccepted()
    assert event.dropAction() is Qt.DropAction.CopyAction
    wait_for(qtbot, tab, 3)
    assert names(tab) == ["0 red.png", "1 green.png", "2 blue.png"]
    assert classes(tab) == ["tomato", "cucumber", "plum"]


def test_files_win_over_pixels_and_links(qtbot: QtBot, tab: ClassifyTab, pictures: Path) -> None:
    mime = mime_of(pictures / "0 red.png")
    mime.setUrls([*mime.urls(), QUrl("https://example.org/a.png")])
    mime.setImageData(picture_of("blue"))
    drop(tab, mime)
    wait_for(qtbot, tab, 1)
    assert classes(tab) == ["tomato"]
    assert tab._notice.text == ""


def test_pixels_win_over_links(qtbot: QtBot, tab: ClassifyTab) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/a.png")])
    mime.setImageData(picture_of("blue"))
    drop(tab, mime)
    drop(tab, mime)
    wait_for(qtbot, tab, 2)
    assert names(tab) == ["Pasted picture 1", "Pasted picture 2"]
    assert classes(tab) == ["plum", "plum"]


@pytest.mark.parametrize("as_text", [True, False])
def test_links_are_asked_about(tab: ClassifyTab, as_text: bool) -> None:
    mime = QMimeData()
    if as_text:
        mime.setText("https://example.org/a.png")
    else:
        mime.setUrls([QUrl("https://example.org/a.png")])
    event = drop(tab, mime)
    assert event.dropAction() is Qt.DropAction.CopyAction
    assert "example.org" in tab._web.question.text()  # type: ignore[union-attr]
    assert tab._model.rowCount() == 0


def test_what_is_no_picture_is_not_accepted(tab: ClassifyTab) -> None:
    mime = QMimeData()
    mime.setText("just words")
    enter = drag_enter(Qt.DropAction.CopyAction, mime)
    QApplication.sendEvent(tab, enter)
    assert not enter.isAccepted()


def test_pixels_can_be_pasted(qtbot: QtBot, tab: ClassifyTab) -> None:
    QGuiApplication.clipboard().setImage(picture_of("#00ff00"))
    qtbot.keyClick(tab._list, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    wait_for(qtbot, tab, 1)
    assert (names(tab), classes(tab)) == (["Pasted picture 1"], ["cucumber"])


def test_pasting_words_says_what_to_copy(tab: ClassifyTab) -> None:
    QGuiApplication.clipboard().setText("just words")
    tab._toolbar.paste.trigger()
    assert "no picture" in tab._notice.text


def test_a_drop_whose_program_ended_before_it_gave_anything_is_told(tab: ClassifyTab) -> None:
    mime = QMimeData()
    mime.setData("text/uri-list", b"")
    drop(tab, mime)
    assert "Drop it again" in tab._notice.text


def choose(tab: ClassifyTab, path: Path) -> None:
    """Answer the file dialog that is open."""
    (dialog,) = tab.findChildren(QFileDialog)
    dialog.selectFile(str(path))
    dialog.accept()


@pytest.mark.parametrize("action", ["open", "open_folder"])
def test_the_dialogs_lead_to_the_same(qtbot: QtBot, tab: ClassifyTab, pictures: Path, action: str) -> None:
    folder = action == "open_folder"
    getattr(tab._toolbar, action).trigger()
    choose(tab, pictures if folder else pictures / "2 blue.png")
    wait_for(qtbot, tab, 3 if folder else 1)
    assert classes(tab)[-1] == "plum"
    qtbot.waitUntil(lambda: not tab.findChildren(QFileDialog), timeout=LONG)


def test_a_name_that_is_no_text_is_found(qtbot: QtBot, tmp_path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromEncoded(b"file:///tmp/caf%E9%20%23.png")])
    assert [os.fsencode(path) for path in read_mime(mime).paths] == [b"/tmp/caf\xe9 #.png"]


def test_each_bad_picture_has_its_reason(qtbot: QtBot, tab: ClassifyTab, pictures: Path) -> None:
    (pictures / "=empty.png").write_bytes(b"")
    (pictures / "한국어 😀.jpg").write_text("just text")
    whole = paint(pictures / "cut.jpg", "red", (400, 400)).read_bytes()
    (pictures / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    if hasattr(os, "mkfifo"):
        os.mkfifo(pictures / "pipe.png")
    tab.open_paths([pictures, pictures / "missing.jpg"])
    wait_for(qtbot, tab, 7)
    told = dict(zip(names(tab), classes(tab), strict=True))
    assert told["=empty.png"] == "is empty (0 bytes)"
    assert told["한국어 😀.jpg"] == "is not a picture (text)"
    assert told["cut.jpg"] == "is cut off"
    assert told["missing.jpg"] == "does not exist"
    assert told["0 red.png"] == "tomato"
    assert tab._progress.text == "Classified 7 of 7, 4 could not be read"


def test_an_empty_folder_is_told(qtbot: QtBot, tab: ClassifyTab, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    tab.open_paths([tmp_path / "nothing"])
    qtbot.waitUntil(lambda: "no pictures" in tab._notice.text, timeout=LONG)


# Models


def test_another_model_classifies_everything_again(qtbot: QtBot, tab: ClassifyTab, pictures: Path) -> None:
    tab.open_paths([pictures])
    wait_for(qtbot, tab, 3)
    tab._toolbar.chooser.setCurrentIndex(1)
    wait_for(qtbot, tab, 3)
    assert classes(tab) == ["red", "green", "blue"]


def test_the_choice_is_remembered(qtbot: QtBot, tab: ClassifyTab, store: RunStore) -> None:
    assert tab._toolbar.chooser.currentText() == "Colours tomato/cucumber/plum (second)"
    tab._toolbar.chooser.setCurrentIndex(1)
    later = next(iter(shown := shown_tab(qtbot, store)))
    assert later._toolbar.chooser.entry
    assert later._toolbar.chooser.entry.key == "first"
    next(shown, None)


def test_what_was_selected_for_the_user_is_not_remembered(qtbot: QtBot, tab: ClassifyTab, store: RunStore) -> None:
    tab._toolbar.chooser.setCurrentIndex(1)
    tab.refresh_models(select="second")
    assert tab._toolbar.chooser.entry.key == "second"  # type: ignore[union-attr]
    assert WindowSettings(paths.settings_file()).model == "first"


def test_a_tab_with_settings_of_its_own_leaves_the_users_alone(qtbot: QtBot, store: RunStore, tmp_path: Path) -> None:
    tab = ClassifyTab(store, WindowSettings(tmp_path / "own.ini"))
    qtbot.addWidget(tab)
    tab._toolbar.chooser.setCurrentIndex(1)
    assert WindowSettings(tmp_path / "own.ini").model == "first"
    assert WindowSettings(paths.settings_file()).model == ""
    tab.shut_down()


def test_a_new_run_appears_and_can_be_selected(qtbot: QtBot, tab: ClassifyTab, store: RunStore, pictures: Path) -> None:
    tab.open_paths([pictures])
    wait_for(qtbot, tab, 3)
    make_run(store, "third", 3.0, ("A", "B", "C"))
    tab.refresh_models()
    assert tab._toolbar.chooser.entry.key == "second"  # type: ignore[union-attr]
    assert [tab._toolbar.chooser.itemText(row)[-7:] for row in range(3)] == ["(third)", "second)", "(first)"]
    assert tab._model.done == 3, "the same model need not classify again"
    tab.refresh_models(select="third")
    wait_for(qtbot, tab, 3)
    assert classes(tab) == ["A", "B", "C"]


def test_pictures_wait_for_the_first_model(qtbot: QtBot, tmp_path: Path, pictures: Path) -> None:
    store = RunStore(tmp_path / "no runs")
    tabs = shown_tab(qtbot, store)
    tab = next(tabs)
    assert tab._toolbar.chooser.currentText() == "No model yet: train one, or pick one to fetch"
    assert tab._toolbar.chooser.entry is None
    tab.open_paths([pictures])
    wait_for(qtbot, tab, 0)
    assert "as soon as there is a model" in tab._progress.text
    make_run(store, "first", 1.0)
    tab.refresh_models()
    wait_for(qtbot, tab, 3)
    assert classes(tab) == ["red", "green", "blue"]
    next(tabs, None)


def test_a_model_that_cannot_be_loaded_is_told_and_another_helps(
    qtbot: QtBot, tab: ClassifyTab, store: RunStore, pictures: Path
) -> None:
    (store.folder / "second" / "model" / "model.xml").write_text("damaged")
    tab.open_paths([pictures])
    qtbot.waitUntil(lambda: "cannot be loaded" in tab._notice.text, timeout=LONG)
    assert tab._model.done == 0
    tab._toolbar.chooser.setCurrentIndex(1)
    wait_for(qtbot, tab, 3)
    assert tab._notice.text == ""


def test_the_model_is_opened_before_there_are_pictures(qtbot: QtBot, tab: ClassifyTab, store: RunStore) -> None:
    """A damaged one shows that it was tried; the tab is shown, nothing was dropped."""
    damaged = store.folder / "second" / "model" / "model.xml"
    damaged.write_text("damaged")
    qtbot.waitUntil(lambda: "cannot be loaded" in tab._notice.text, timeout=LONG)
    qtbot.waitUntil(lambda: not tab._classifier.is_busy)
    assert tab._progress.text == ""
    (store.folder / "first" / "model" / "model.xml").write_text("damaged too")
    tab._notice.hide()
    tab.chooser.setCurrentIndex(1)
    qtbot.waitUntil(lambda: "cannot be loaded" in tab._notice.text, timeout=LONG)


def test_a_tab_that_is_left_at_once_opens_nothing(qtbot: QtBot, tab: ClassifyTab) -> None:
    tab.hide()
    assert not tab._preparation.isActive()
    tab.chooser.setCurrentIndex(1)
    assert not tab._classifier.is_busy


def test_a_folder_that_vanishes_gives_reasons(
    qtbot: QtBot, tab: ClassifyTab, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Semaphore(0)
    classify = classifier_module.classify

    def after_it_is_gone(predictor: Predictor, sources: Iterable[Path], *rest: object) -> Iterator[PictureResult]:
        gate.acquire(timeout=LONG / 1000)
        return classify(predictor, sources, *rest)

    monkeypatch.setattr(classifier_module, "classify", after_it_is_gone)
    tab.open_paths([pictures])
    qtbot.waitUntil(lambda: tab._model.rowCount() == 3, timeout=LONG)
    shutil.rmtree(pictures)
    gate.release()
    wait_for(qtbot, tab, 3)
    assert names(tab) == ["0 red.png", "1 green.png", "2 blue.png"]
    assert classes(tab) == ["does not exist"] * 3


def test_a_model_whose_run_is_deleted_goes_on_answering_and_is_told_when_it_is_needed_anew(
    qtbot: QtBot, tab: ClassifyTab, store: RunStore, pictures: Path
) -> None:
    tab.open_paths([pictures])
    wait_for(qtbot, tab, 3)
    shutil.rmtree(store.folder / "second")
    tab.open_paths([paint(pictures / "3 red.png", "red")])
    wait_for(qtbot, tab, 4)
    assert classes(tab) == ["tomato", "cucumber", "plum", "tomato"]
    tab._toolbar.chooser.setCurrentIndex(1)
    wait_for(qtbot, tab, 4)
    assert classes(tab) == ["red", "green", "blue", "red"]
    tab._toolbar.chooser.setCurrentIndex(0)
    qtbot.waitUntil(lambda: bool(tab._notice.text), timeout=LONG)
    assert "second" in tab._notice.text


def test_a_mistake_of_the_program_is_raised(
    qtbot: QtBot, tab: ClassifyTab, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a mistake")

    monkeypatch.setattr(classifier_module, "classify", broken)
    with qtbot.captureExceptions() as exceptions:
        tab.open_paths([pictures])
        qtbot.waitUntil(lambda: bool(exceptions), timeout=LONG)
        qtbot.waitUntil(lambda: not tab._classifier.is_busy, timeout=LONG)
    assert [str(error) for _, error, _ in exceptions] == ["a mistake"]


# Progress


def slow_classify(gate: threading.Semaphore):
    """Classify one picture for each release of the gate."""
    classify = classifier_module.classify

    def gated(*arguments):
        for result in classify(*arguments):
            gate.acquire(timeout=LONG / 1000)
            yield result

    return gated


def test_escape_ends_looking_where_no_picture_comes(
    qtbot: QtBot, tab: ClassifyTab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = threading.Event()

    def endless(_paths: Sequence[Path], report: Report) -> Generator[Path, None, None]:
        while True:
            looking.set()
            report("Looking for pictures", 0, 0)
            yield from ()

    monkeypatch.setattr(finder_module, "find_pictures", endless)
    tab.open_paths([tmp_path])
    assert looking.wait(LONG / 1000)
    qtbot.keyClick(tab._list, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not tab._finder.is_busy, timeout=LONG)
    assert tab._notice.text == "", "who cancels need not be told that nothing was found"


def test_cancelling_keeps_what_is_done_and_can_be_continued(
    qtbot: QtBot, tab: ClassifyTab, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Semaphore(1)
    monkeypatch.setattr(classifier_module, "classify", slow_classify(gate))
    tab.open_paths([pictures])
    assert tab._progress.text == "Looking for pictures"
    qtbot.waitUntil(lambda: tab._model.done == 1, timeout=LONG)
    cancel, go_on = tab._progress._cancel, tab._progress._continue
    assert cancel.isVisible()
    assert not go_on.isVisible()
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    gate.release()  # the result under way comes after the user has cancelled
    wait_for(qtbot, tab, 1)
    assert tab._progress.text == "Classified 1 of 3"
    assert not cancel.isVisible()
    assert go_on.isVisible()
    gate.release(10)
    qtbot.mouseClick(go_on, Qt.MouseButton.LeftButton)
    wait_for(qtbot, tab, 3)
    assert not go_on.isVisible()
    assert tab._progress.text == "Classified 3 of 3"


def test_pictures_can_be_added_while_others_are_classified(
    qtbot: QtBot, tab: ClassifyTab, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Semaphore(1)
    monkeypatch.setattr(classifier_module, "classify", slow_classify(gate))
    tab.open_paths([pictures])
    qtbot.waitUntil(lambda: tab._model.done == 1, timeout=LONG)
    tab.open_paths([pictures])
    qtbot.waitUntil(lambda: tab._model.rowCount() == 6, timeout=LONG)
    gate.release(10)
    wait_for(qtbot, tab, 6)
    assert classes(tab) == ["tomato", "cucumber", "plum"] * 2


def test_clearing_while_busy_leaves_nothing_behind(
    qtbot: QtBot, tab: ClassifyTab, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Semaphore(1)
    monkeypatch.setattr(classifier_module, "classify", slow_classify(gate))
    tab.open_paths([pictures])
    qtbot.waitUntil(lambda: tab._model.done == 1, timeout=LONG)
    tab._toolbar.clear.trigger()
    tab.open_paths([pictures / "2 blue.png"])
    gate.release(20)
    wait_for(qtbot, tab, 1)
    assert classes(tab) == ["plum"]


def test_shutting_down_while_busy_waits(
    qtbot: QtBot, tab: ClassifyTab, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Semaphore(1)
    monkeypatch.setattr(classifier_module, "classify", slow_classify(gate))
    tab.open_paths([pictures])
    qtbot.waitUntil(lambda: tab._model.done == 1, timeout=LONG)
    gate.release(20)
    tab.shut_down()
    assert tab._classifier._stream is None or not tab._classifier._stream._task.isRunning()


def test_actions_are_enabled_when_they_are_useful(qtbot: QtBot, tab: ClassifyTab, pictures: Path) -> None:
    clear, export = tab._toolbar.clear, tab._toolbar.export
    assert (clear.isEnabled(), export.isEnabled()) == (False, False)
    tab.open_paths([pictures])
    wait_for(qtbot, tab, 3)
    assert (clear.isEnabled(), export.isEnabled()) == (True, True)
    clear.trigger()
    assert (clear.isEnabled(), export.isEnabled()) == (False, False)
    qtbot.waitUntil(lambda: tab._progress.text == "", timeout=LONG)


def test_every_control_speaks(tab: ClassifyTab) -> None:
    for action in tab.actions():
        assert action.toolTip().endswith(")"), action.text()
        assert not action.shortcut().isEmpty()
    shortcuts = [action.shortcut().toString() for action in tab.actions()]
    assert len(set(shortcuts)) == len(shortcuts)
    for button in tab.findChildren(QPushButton):
        assert button.toolTip()
    for widget in (tab._list, tab._view, tab._bars, tab._toolbar.chooser):
        assert widget.accessibleName()


# The table


def export(qtbot: QtBot, tab: ClassifyTab, file: Path) -> None:
    tab._toolbar.export.trigger()
    choose(tab, file)
    qtbot.waitUntil(lambda: not tab._saving.table.is_busy, timeout=LONG)


def test_predictions_are_exported(qtbot: QtBot, tab: ClassifyTab, pictures: Path, tmp_path: Path) -> None:
    tab.open_paths([pictures])
    wait_for(qtbot, tab, 3)
    tab.add_sources([picture_of("red")])
    wait_for(qtbot, tab, 4)
    told: list[str] = []
    tab.status_changed.connect(told.append)
    export(qtbot, tab, tmp_path / "t")
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert [(row[0], row[1]) for row in rows[1:]] == [
        (str(pictures / "0 red.png"), "tomato"),
        (str(pictures / "1 green.png"), "cucumber"),
        (str(pictures / "2 blue.png"), "plum"),
        ("Pasted picture 1", "tomato"),
    ]
    assert "t.csv" in told[-1]
    assert tab._toolbar.export.isEnabled()


def test_a_table_that_cannot_be_written_is_told(qtbot: QtBot, tab: ClassifyTab, pictures: Path) -> None:
    tab.open_paths([pictures])
    wait_for(qtbot, tab, 3)
    # The dialog would not let it pass.
    tab._saving.table.write(pictures / "missing" / "t.csv", tab._model.classified(), 0.5)
    assert not tab._toolbar.export.isEnabled()
    qtbot.waitUntil(lambda: not tab._saving.table.is_busy, timeout=LONG)
    assert "cannot be written" in tab._notice.text
    assert tab._toolbar.export.isEnabled()


# What is shown


def test_the_first_of_what_was_dropped_is_shown(qtbot: QtBot, tab: ClassifyTab, pictures: Path) -> None:
    tab.open_paths([pictures])
    wait_for(qtbot, tab, 3)
    qtbot.waitUntil(lambda: tab._view.image is not None, timeout=LONG)
    assert tab._view.image.pixelColor(5, 5) == QColor("red")  # type: ignore[union-attr]
    assert tab._bars.accessibleDescription().startswith("1. tomato 98")
    qtbot.keyClick(tab._list, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: tab._view.image.pixelColor(5, 5) == QColor("blue"), timeout=LONG)  # type: ignore[union-attr]
    assert tab._bars.accessibleDescription().startswith("1. plum")
    tab._toolbar.clear.trigger()
    assert tab._view.image is None
    assert "shown here" in tab._bars.accessibleDescription()


def test_the_picture_is_shown_upright(qtbot: QtBot, tab: ClassifyTab, tmp_path: Path) -> None:
    picture = Image.new("RGB", (40, 20), "blue")
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "turned.jpg", exif=exif)
    tab.open_paths([tmp_path / "turned.jpg"])
    qtbot.waitUntil(lambda: tab._view.image is not None, timeout=LONG)
    assert (tab._view.image.width(), tab._view.image.height()) == (20, 40)  # type: ignore[union-attr]


def test_rows_tell_themselves_to_a_screen_reader(qtbot: QtBot, tab: ClassifyTab, pictures: Path) -> None:
    (pictures / "3.png").write_bytes(b"")
    tab.open_paths([pictures])
    wait_for(qtbot, tab, 4)
    words = [tab._model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in (0, 3)]
    assert words[0].startswith("0 red.png: tomato, 98")
    assert words[1] == "3.png: is empty (0 bytes)"


def test_long_class_names_are_told_whole(qtbot: QtBot) -> None:
    bars = PredictionBars()
    qtbot.addWidget(bars)
    name = "a very long name of a class " * 5
    prediction = Prediction((ClassProbability(name, 0.9), ClassProbability("b", 0.1)))
    bars.show_result(PictureResult(Path("a"), prediction))
    bars.resize(200, 200)
    bars.show()
    place = bars._areas()[0].center()
    QApplication.sendEvent(bars, QHelpEvent(QEvent.Type.ToolTip, place, bars.mapToGlobal(place)))
    assert QToolTip.text().startswith(name)
    QToolTip.hideText()
    assert not bars.grab().isNull()


def test_what_kind_of_thing_a_class_is_stands_beside_it_where_there_is_room(qtbot: QtBot) -> None:
    def drawn(name: str, kind: str) -> QImage:
        bars = PredictionBars()
        qtbot.addWidget(bars)
        bars.show_result(PictureResult(Path("a"), Prediction((ClassProbability(name, 0.9, kind),))))
        assert bars.accessibleDescription().startswith(f"1. {name} - large carnivores" if kind else f"1. {name} 90")
        bars.resize(300, 200)
        return bars.grab().toImage()

    assert drawn("bear", "large_carnivores") != drawn("bear", "")
    assert drawn("a very long name" * 5, "large_carnivores") == drawn("a very long name" * 5, "")


def test_ten_thousand_rows_make_thumbnails_of_those_in_sight_only(
    qtbot: QtBot, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = PictureModel()
    asked: set[int] = set()
    request = model._loader.request
    monkeypatch.setattr(
        model._loader, "request", lambda number, source: (asked.add(number), request(number, source))[1]
    )
    view = PictureList(model)
    qtbot.addWidget(view)
    view.resize(300, 400)
    view.show()
    model.add([new_picture(f"{number}.png", pictures / "0 red.png") for number in range(10_000)])
    result = PictureResult(Path("a"), Prediction((ClassProbability("a", 1.0),)))
    model.set_results((number, result) for number in range(10_000))
    qtbot.waitUntil(lambda: 0 in model._thumbnails, timeout=LONG)
    assert model.done == 10_000
    assert asked
    assert max(asked) < 20
    view.scrollToBottom()
    qtbot.waitUntil(lambda: 9_999 in model._thumbnails, timeout=LONG)
    assert len(asked) < 40
    model.shut_down()


def test_results_of_pictures_that_are_gone_are_passed_over(pictures: Path) -> None:
    model = PictureModel()
    old = model.add([new_picture("a", pictures / "0 red.png")])
    model.clear()
    new = model.add([new_picture("b", pictures / "1 green.png")])
    result = PictureResult(Path("a"), None, "is empty")
    model.set_results([(old[0].number, result)])
    assert model.index(0).data(RESULT_ROLE) is None
    model.set_results([(new[0].number, result), (new[0].number, result)])
    records = model.records
    assert (records.done, records.unreadable) == (1, 1)
    model.start_anew(("a",))
    assert (records.done, records.unreadable, len(records.unclassified())) == (0, 0, 1)


def test_percentages() -> None:
    assert [percent_text(value) for value in (1.0, 0.9999, 0.97, 0.0004, 0.0)] == [
        "100 %",
        "100 %",
        "97.0 %",
        "0.0 %",
        "0 %",
    ]


def test_pasted_pixels_keep_their_colours_and_lose_transparency() -> None:
    image = picture_of("transparent")
    image.setPixelColor(0, 0, QColor("red"))
    picture = open_picture(encoded(image))
    assert picture.getpixel((0, 0)) == (255, 0, 0)
    assert picture.getpixel((1, 1)) == (255, 255, 255)

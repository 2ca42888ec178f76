from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from resnet_gui.data.dataset import ImageDataset, split_dataset
from resnet_gui.data.download import CIFAR100, downloaded_path
from resnet_gui.data.sources import DataRequest, load_pictures
from resnet_gui.errors import DataError
from resnet_gui.gui.train_tab import data_loader
from resnet_gui.gui.train_tab.data_panel import DataPanel
from resnet_gui.gui.train_tab.problems_dialog import ProblemsDialog
from resnet_gui.gui.train_tab.thumbnails import MOST, spread
from resnet_gui.progress import Report
from resnet_gui.runs.config import TrainingConfig
from tests.gui.conftest import make_pictures


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[DataPanel]:
    panel = DataPanel()
    qtbot.addWidget(panel)
    panel.show()
    yield panel
    panel.shut_down()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "flowers"
    for number, name in enumerate(["rose", "tulip", "violet"]):
        (folder / name).mkdir(parents=True)
        for index in range(5 + number):
            Image.new("RGB", (40, 30), (80 * number, 20 * index, 90)).save(folder / name / f"{index}.png")
    (folder / "rose" / "broken.png").write_bytes(b"no picture")
    return folder


def loaded(qtbot: QtBot, panel: DataPanel, config: TrainingConfig) -> ImageDataset:
    panel.show_data_of(config)
    qtbot.waitUntil(lambda: not panel.busy)
    assert panel.dataset is not None, panel.problem
    return panel.dataset


def test_counts_are_those_of_the_training(qtbot: QtBot, panel: DataPanel, photos: Path) -> None:
    config = TrainingConfig(source="folder", folder=str(photos), validation_share=0.3, limit=15, seed=3)
    dataset = loaded(qtbot, panel, config)
    expected = split_dataset(load_pictures(config.data_request()), 0.3, 15, 3)
    assert dataset.train.indices.tolist() == expected.train.indices.tolist()
    assert dataset.validation.indices.tolist() == expected.validation.indices.tolist()
    assert panel.counts.text() == (
        f"3 classes, 15 pictures: {len(expected.train)} to train, {len(expected.validation)} to validate"
    )


def test_demo_shapes_are_counted(qtbot: QtBot, panel: DataPanel) -> None:
    loaded(qtbot, panel, TrainingConfig(source="shapes"))
    digits = panel.counts.text().replace(",", "")
    assert digits == "10 classes 3000 pictures: 2400 to train 600 to validate 600 to test"


def test_thumbnails_show_a_picture_of_each_class(qtbot: QtBot, panel: DataPanel, photos: Path) -> None:
    dataset = loaded(qtbot, panel, TrainingConfig(source="folder", folder=str(photos)))
    labels = [label for label in panel.thumbnails._labels if label.isVisible()]
    assert [label.toolTip() for label in labels] == ["rose", "tulip", "violet"]
    for number, label in enumerate(labels):
        first = dataset.train.pixels[next(i for i in dataset.train.indices if dataset.train.labels[i] == number)]
        middle = label.pixmap().toImage().pixelColor(5, 5)
        assert (middle.red(), middle.green(), middle.blue()) == tuple(first[16, 16])


def test_thumbnails_are_spread_over_the_classes() -> None:
    assert spread(3) == [0, 1, 2]
    assert len(spread(1000)) == MOST
    assert spread(1000)[-1] == 999


def test_left_out_files_are_listed_with_reasons(qtbot: QtBot, panel: DataPanel, photos: Path) -> None:
    loaded(qtbot, panel, TrainingConfig(source="folder", folder=str(photos)))
    assert panel.left_out_button.text() == "1 file left out — Show…"
    panel.left_out_button.click()
    dialog = next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, ProblemsDialog))
    row = dialog.table.topLevelItem(0)
    assert "broken.png" in row.text(0)
    assert row.text(1)
    copy = next(button for button in dialog.findChildren(QPushButton) if "Copy" in button.text())
    copy.click()
    assert "broken.png" in QGuiApplication.clipboard().text()
    dialog.close()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[DataRequest]:
    """Count how often pictures are read, and read few."""
    calls: list[DataRequest] = []

    def load(request: DataRequest, report: Report) -> object:
        calls.append(request)
        report("Reading pictures", 1, 2)
        return make_pictures()

    monkeypatch.setattr(data_loader, "load_pictures", load)
    return calls


def test_other_split_reads_no_picture_again(qtbot: QtBot, panel: DataPanel, calls: list[DataRequest]) -> None:
    first = loaded(qtbot, panel, TrainingConfig(seed=1))
    second = loaded(qtbot, panel, TrainingConfig(seed=2))
    assert len(calls) == 1
    assert first.train.indices.tolist() != second.train.indices.tolist()
    panel.reload_button.click()
    qtbot.waitUntil(lambda: not panel.busy)
    assert len(calls) == 2


def test_settings_that_choose_no_pictures_change_nothing(
    qtbot: QtBot, panel: DataPanel, calls: list[DataRequest]
) -> None:
    dataset = loaded(qtbot, panel, TrainingConfig())
    panel.show_data_of(TrainingConfig(epochs=9, input_size=224, batch_size=8))
    assert not panel.busy
    assert panel.dataset is dataset
    assert len(calls) == 1


def test_last_choice_wins(qtbot: QtBot, panel: DataPanel, calls: list[DataRequest]) -> None:
    for limit in (100, 50, 60):
        panel.show_data_of(TrainingConfig(limit=limit))
    qtbot.waitUntil(lambda: not panel.busy)
    assert panel.dataset is not None
    assert len(panel.dataset.train) + len(panel.dataset.validation) == 60
    assert len(calls) == 1


def test_failure_is_told_in_words(qtbot: QtBot, panel: DataPanel, tmp_path: Path) -> None:
    panel.show_data_of(TrainingConfig(source="folder", folder=str(tmp_path / "missing")))
    qtbot.waitUntil(lambda: not panel.busy)
    assert panel.dataset is None
    assert panel.problem
    assert panel._problem_label.isVisible()
    assert panel._problem_label.text == panel.problem
    assert panel.reload_button.isVisible()


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the reading of pictures go on until it is cancelled."""

    def load(_request: DataRequest, report: Report) -> object:
        while True:
            report("Reading pictures", 3, 10)

    monkeypatch.setattr(data_loader, "load_pictures", load)


@pytest.mark.usefixtures("endless")
def test_loading_can_be_cancelled(qtbot: QtBot, panel: DataPanel) -> None:
    panel.show_data_of(TrainingConfig())
    qtbot.waitUntil(panel.progress.isVisible)
    assert panel.progress.stage.text() == "Reading pictures"
    assert panel.progress.bar.value() == 300
    panel.progress.cancel_button.click()
    qtbot.waitUntil(lambda: not panel.busy)
    assert "cancelled" in panel.problem
    assert not panel.progress.isVisible()


@pytest.mark.usefixtures("endless")
def test_shut_down_ends_the_loading(qtbot: QtBot, panel: DataPanel) -> None:
    panel.show_data_of(TrainingConfig())
    qtbot.waitUntil(panel.progress.isVisible)
    panel.shut_down()
    assert not panel.busy


@pytest.mark.parametrize("source", ["shapes", "cifar100"])
def test_other_split_keeps_what_is_being_read(
    qtbot: QtBot, panel: DataPanel, monkeypatch: pytest.MonkeyPatch, source: Literal["shapes", "cifar100"]
) -> None:
    gate, calls = threading.Event(), []

    def load(request: DataRequest, report: Report) -> object:
        calls.append(request)
        report("Reading pictures", 1, 2)
        assert gate.wait(10)
        report("Reading pictures", 2, 2)
        return make_pictures()

    monkeypatch.setattr(data_loader, "load_pictures", load)
    panel.show_data_of(TrainingConfig(source=source))
    if source == "cifar100":
        qtbot.waitUntil(panel.download_button.isVisible)
        panel.download_button.click()
    qtbot.waitUntil(lambda: len(calls) == 1)
    for limit in (100, 60):
        panel.show_data_of(TrainingConfig(source=source, limit=limit))
    assert panel.busy
    assert not panel.download_button.isVisible()
    gate.set()
    qtbot.waitUntil(lambda: not panel.busy)
    assert len(calls) == 1
    assert panel.dataset is not None
    assert len(panel.dataset.train) + len(panel.dataset.validation) == 60


def test_cifar_is_not_downloaded_unasked(qtbot: QtBot, panel: DataPanel, calls: list[DataRequest]) -> None:
    panel.show_data_of(TrainingConfig(source="cifar100"))
    qtbot.waitUntil(lambda: not panel.busy)
    assert not calls
    assert panel.download_button.isVisible()
    assert "169 MB" in panel.download_button.text()
    panel.download_button.click()
    qtbot.waitUntil(lambda: not panel.busy)
    assert [request.source for request in calls] == ["cifar100"]
    assert panel.dataset is not None


@pytest.mark.parametrize("where", ["archive", "downloaded"])
def test_cifar_that_is_here_is_read(qtbot: QtBot, panel: DataPanel, calls: list[DataRequest], where: str) -> None:
    if where == "downloaded":
        downloaded_path(CIFAR100).parent.mkdir(parents=True)
        downloaded_path(CIFAR100).touch()
    loaded(qtbot, panel, TrainingConfig(source="cifar100", archive="x.tar.gz" if where == "archive" else ""))
    assert len(calls) == 1
    assert not panel.download_button.isVisible()


def drop(panel: DataPanel, *paths: Path) -> QDropEvent:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    both = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), both, mime, buttons, keys)
    QApplication.sendEvent(panel, enter)
    event = QDropEvent(QPointF(5, 5), both, mime, buttons, keys)
    event.setDropAction(Qt.DropAction.MoveAction)
    if enter.isAccepted():
        QApplication.sendEvent(panel, event)
    else:
        event.ignore()
    return event


def test_dropped_folder_is_chosen_and_never_moved(qtbot: QtBot, panel: DataPanel, photos: Path) -> None:
    with qtbot.waitSignal(panel.changed):
        event = drop(panel, photos)
    assert event.isAccepted()
    assert event.dropAction() is Qt.DropAction.CopyAction
    assert panel.chooser.source == "folder"
    assert panel.chooser.entries()["folder"] == str(photos)


def test_dropped_archive_is_chosen(panel: DataPanel, tmp_path: Path) -> None:
    archive = tmp_path / "cifar-100-python.tar.gz"
    archive.touch()
    drop(panel, archive)
    assert panel.chooser.source == "cifar100"
    assert panel.chooser.entries()["archive"] == str(archive)


def test_two_folders_are_not_taken(panel: DataPanel, photos: Path, tmp_path: Path) -> None:
    assert not drop(panel, photos, tmp_path).isAccepted()
    assert panel.chooser.source == "shapes"


@pytest.mark.parametrize(
    ("source", "dialog", "answer"),
    [("folder", "getExistingDirectory", "/a/folder"), ("archive", "getOpenFileName", ("/an/archive.tgz", ""))],
)
def test_browse_asks_where(
    panel: DataPanel,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    dialog: str,
    answer: str | tuple[str, str],
) -> None:
    monkeypatch.setattr(QFileDialog, dialog, lambda *_args: answer)
    panel.chooser.fields[source]._buttons[0].click()
    assert panel.chooser.entries()[source] == (answer if isinstance(answer, str) else answer[0])


def test_only_the_chosen_source_shows_its_settings(panel: DataPanel) -> None:
    for source, visible in {"cifar100": "archive", "folder": "folder", "shapes": ""}.items():
        panel.chooser.buttons[source].click()
        shown = {name for name in ("archive", "folder") if panel.chooser.fields[name].isVisible()}
        assert shown == ({visible} if visible else set())


def test_unexpected_error_is_told_too(qtbot: QtBot, panel: DataPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> Callable[[], None]:
        raise DataError("The archive is damaged.", "Download it again.")

    monkeypatch.setattr(data_loader, "load_pictures", fail)
    panel.show_data_of(TrainingConfig())
    qtbot.waitUntil(lambda: not panel.busy)
    assert panel.problem == "The archive is damaged. Download it again."

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from resnet_gui.data.dataset import ImageDataset, LabelledPictures, split_dataset
from resnet_gui.data.images import Geometry
from resnet_gui.errors import DataError
from resnet_gui.gui.task import any_running
from resnet_gui.gui.theme import Appearance, apply_appearance
from resnet_gui.gui.train_tab.dialogs.picture_grid import PictureGrid
from resnet_gui.gui.train_tab.dialogs.preview_dialog import PICTURES, VERSIONS, AugmentationPreview, chosen_positions
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.training import augment

Open = Callable[..., AugmentationPreview]


def make_dataset(classes: int = 8, size: int = 32) -> ImageDataset:
    labels = np.arange(10 * classes) % classes
    return split_dataset(
        LabelledPictures(
            name="Noise",
            class_names=tuple(f"class {number}" for number in range(classes)),
            geometry=Geometry(size),
            pixels=np.random.default_rng(0).integers(0, 256, (len(labels), size, size, 3), np.uint8),
            labels=labels,
        ),
        0.2,
        0,
        0,
    )


def pixels_of(image: QImage) -> np.ndarray:
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)


def shown(dialog: AugmentationPreview) -> np.ndarray:
    """Return what is shown, (n, 1 + versions, N, N, 3)."""
    return np.array([[pixels_of(image) for image in column] for column in dialog.grid.columns])


@pytest.fixture
def open_dialog(qtbot: QtBot) -> Open:
    """Return a function that opens the dialog in a window that closes it at the end."""
    window = QWidget()
    qtbot.addWidget(window)

    def open_one(*args: object, **options: object) -> AugmentationPreview:
        dialog = AugmentationPreview(*args, **options, parent=window)
        dialog.show()
        return dialog

    yield open_one
    qtbot.waitUntil(lambda: not any_running())


def wait(qtbot: QtBot, dialog: AugmentationPreview) -> None:
    qtbot.waitUntil(lambda: dialog._task is None)


def test_originals_and_the_trainings_own_alterations_are_shown(open_dialog: Open, qtbot: QtBot) -> None:
    dataset, config = make_dataset(), TrainingConfig(flip=True, rotation=20.0, cutout=0.3, seed=4)
    dialog = open_dialog(config, dataset)
    wait(qtbot, dialog)
    originals, _ = dataset.train.batch(chosen_positions(dataset, 4))
    expected = augment.preview(originals, augment.Augmentation.of(config), 4, VERSIONS)
    np.testing.assert_array_equal(shown(dialog)[:, 0], originals)
    np.testing.assert_array_equal(shown(dialog)[:, 1:], expected)


def test_a_change_in_the_form_redraws(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(TrainingConfig(), make_dataset())
    wait(qtbot, dialog)
    assert (shown(dialog) == shown(dialog)[:, :1]).all()
    assert "No augmentation is on" in dialog.words.text()
    dialog.show(TrainingConfig(brightness=0.5, mixup=0.2))
    wait(qtbot, dialog)
    assert not (shown(dialog) == shown(dialog)[:, :1]).all()
    assert dialog.words.text().endswith("Brightness, Mixup.")


def test_shuffling_shows_the_next_seed(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(TrainingConfig(crop=0.2), make_dataset())
    wait(qtbot, dialog)
    before = shown(dialog)
    dialog.shuffle_button.click()
    wait(qtbot, dialog)
    assert not np.array_equal(shown(dialog), before)


@pytest.mark.parametrize("classes", [2, 6, 100])
def test_pictures_are_of_as_many_classes_as_there_are(classes: int) -> None:
    dataset = make_dataset(classes)
    for seed in range(5):
        positions = chosen_positions(dataset, seed)
        assert len(set(positions.tolist())) == PICTURES
        _, labels = dataset.train.batch(positions)
        assert len(set(labels.tolist())) == min(classes, PICTURES)
        assert labels.tolist() == sorted(labels)


def test_fewer_pictures_than_columns_are_no_problem(open_dialog: Open, qtbot: QtBot) -> None:
    pictures = make_dataset(2)
    few = ImageDataset(
        name="Few",
        class_names=pictures.class_names,
        geometry=pictures.geometry,
        train=type(pictures.train)(pictures.train.pixels, pictures.train.labels, pictures.train.indices[:3]),
        validation=pictures.validation,
    )
    dialog = open_dialog(TrainingConfig(flip=True), few)
    wait(qtbot, dialog)
    assert len(dialog.grid.columns) == 3
    assert not dialog.grab().isNull()


def test_without_data_words_say_so_until_it_comes(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(TrainingConfig(), None)
    assert not dialog.grid.columns
    assert "as soon as they have been read" in dialog.grid._words
    assert not dialog.shuffle_button.isEnabled()
    dialog.show_dataset(make_dataset())
    wait(qtbot, dialog)
    assert len(dialog.grid.columns) == PICTURES
    assert dialog.shuffle_button.isEnabled()
    dialog.show_dataset(None)
    assert not dialog.grid.columns


def test_of_many_changes_the_last_counts_and_those_between_are_left_out(open_dialog: Open, qtbot: QtBot) -> None:
    may_go_on, asked = threading.Event(), []

    def preview(pictures: np.ndarray, augmentation: augment.Augmentation, seed: int, versions: int) -> np.ndarray:
        asked.append(augmentation.rotation)
        may_go_on.wait(5)
        return np.full((len(pictures), versions, *pictures.shape[1:]), int(augmentation.rotation), np.uint8)

    dialog = open_dialog(TrainingConfig(rotation=1.0), make_dataset(), preview)
    qtbot.waitUntil(lambda: asked == [1.0])
    for angle in range(2, 50):
        dialog.show(TrainingConfig(rotation=float(angle)))
    may_go_on.set()
    wait(qtbot, dialog)
    assert asked == [1.0, 49.0]
    assert (shown(dialog)[:, 1:] == 49).all()


def test_a_failure_is_said_in_place_of_the_pictures(open_dialog: Open, qtbot: QtBot) -> None:
    def preview(*_: object) -> np.ndarray:
        raise DataError("The pictures are gone.", "Read them again.")

    dialog = open_dialog(TrainingConfig(), make_dataset(), preview)
    wait(qtbot, dialog)
    assert dialog.grid._words == "The pictures are gone. Read them again."


def test_escape_closes_while_pictures_are_being_altered(open_dialog: Open, qtbot: QtBot) -> None:
    may_go_on = threading.Event()

    def preview(pictures: np.ndarray, *_: object) -> np.ndarray:
        may_go_on.wait(5)
        return pictures[:, None]

    dialog = open_dialog(TrainingConfig(), make_dataset(), preview)
    with qtbot.waitSignal(dialog.destroyed):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    may_go_on.set()


def test_small_pictures_are_enlarged_by_a_whole_factor(qtbot: QtBot) -> None:
    grid = PictureGrid()
    qtbot.addWidget(grid)
    pixels = np.zeros((6, 8, 8, 3), np.uint8)
    pixels[:, ::2, ::2] = 255
    grid.resize(640, 640)
    grid.show_pictures(pixels, np.stack([pixels] * 5, axis=1), ["one"] * 6)
    grid.grab()
    pixmap = grid._pixmaps()[0][0].toImage()
    factor = pixmap.width() // 8
    assert factor > 1
    assert pixmap.width() == 8 * factor
    colours = {pixmap.pixelColor(x, y).name() for x in range(pixmap.width()) for y in range(pixmap.width())}
    assert colours == {"#000000", "#ffffff"}


def test_large_turned_pictures_are_not_the_windows_work(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(TrainingConfig(rotation=30.0, zoom=0.2, brightness=0.3), make_dataset(size=224))
    stretches = []  # the GUI thread's own processor time, which other programs do not lengthen
    for angle in range(5):
        dialog.show(TrainingConfig(rotation=10.0 + angle))
        while dialog._task is not None:
            started = time.thread_time()
            QCoreApplication.processEvents()
            stretches.append(time.thread_time() - started)
    assert len(stretches) > 5
    assert max(stretches) < 0.05


def test_words_follow_the_palette(open_dialog: Open, qtbot: QtBot, qapp: QApplication) -> None:
    dialog = open_dialog(TrainingConfig(flip=True), make_dataset())
    wait(qtbot, dialog)
    light = dialog.grid.grab().toImage().pixelColor(0, 0)
    apply_appearance(qapp, Appearance.DARK)
    qtbot.waitUntil(lambda: dialog.grid.grab().toImage().pixelColor(0, 0).lightness() < light.lightness())

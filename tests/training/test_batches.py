"""Which pictures a step sees."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from resnet_gui.data.dataset import Split
from resnet_gui.runs.config import steps_per_epoch
from resnet_gui.training.augment import Augmentation
from resnet_gui.training.batches import epoch_order, training_batches, validation_batches


@pytest.fixture
def split() -> Split:
    pixels = np.arange(10, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    return Split(pixels, np.arange(10) * 100, np.array([9, 1, 3, 5, 7, 0, 2]))


def test_an_epoch_shows_every_picture_once_with_its_own_label(split: Split) -> None:
    batches = list(training_batches(split, 3, seed=1, epoch=1))
    assert [len(batch.labels) for batch in batches] == [3, 3, 1]
    images = np.concatenate([batch.images for batch in batches])
    labels = np.concatenate([batch.labels for batch in batches])
    assert sorted(labels) == sorted(split.labels[split.indices])
    np.testing.assert_array_equal(images[:, 0, 0, 0].astype(int) * 100, labels)


@pytest.mark.parametrize("augmentation", [Augmentation(), Augmentation(flip=True, crop=0.5, brightness=0.5, mixup=1.0)])
def test_an_epoch_that_begins_in_the_middle_goes_on_with_the_very_same_batches(
    split: Split, augmentation: Augmentation
) -> None:
    whole = list(training_batches(split, 3, 1, 1, augmentation))
    for first in range(5):
        rest = list(training_batches(split, 3, 1, 1, augmentation, first))
        assert len(rest) == max(3 - first, 0)
        for ours, expected in zip(rest, whole[first:], strict=True):
            for mine, theirs in zip(ours, expected, strict=True):
                np.testing.assert_array_equal(mine, theirs)


def test_batches_that_are_passed_over_are_not_read(split: Split) -> None:
    order = epoch_order(len(split), 1, 1)
    unreadable = split.indices.copy()
    unreadable[order[:6]] = 10**6  # outside the pictures: reading them fails
    rest = list(training_batches(Split(split.pixels, split.labels, unreadable), 3, 1, 1, first=2))
    assert [len(batch.labels) for batch in rest] == [1]


def test_the_batch_size_does_not_change_how_a_picture_is_altered(split: Split) -> None:
    augmentation = Augmentation(flip=True, crop=0.5, brightness=0.5, mixup=1.0)
    by_size = [list(training_batches(split, size, 1, 1, augmentation)) for size in (2, 7)]
    images = [np.concatenate([batch.images for batch in batches]) for batches in by_size]
    np.testing.assert_array_equal(*images)


def test_a_picture_that_cannot_be_read_ends_the_epoch_with_its_error(split: Split) -> None:
    broken = Split(split.pixels, split.labels, np.full(7, 10**6))
    with pytest.raises(IndexError):
        list(training_batches(broken, 3, 1, 1))


def test_the_order_is_a_pure_function_of_seed_and_epoch() -> None:
    order = epoch_order(1000, 5, 2)
    np.testing.assert_array_equal(order, epoch_order(1000, 5, 2))
    assert sorted(order) == list(range(1000))
    assert not np.array_equal(order, epoch_order(1000, 5, 3))
    assert not np.array_equal(order, epoch_order(1000, 6, 2))


def test_validation_keeps_the_split_s_order(split: Split) -> None:
    labels = np.concatenate([labels for _, labels in validation_batches(split, 4)])
    np.testing.assert_array_equal(labels, split.labels[split.indices])


@pytest.mark.parametrize(("count", "size", "steps"), [(35000, 32, 1094), (32, 32, 1), (33, 32, 2), (1, 32, 1)])
def test_the_smaller_last_batch_is_a_step(count: int, size: int, steps: int) -> None:
    assert steps_per_epoch(count, size) == steps


def test_leaving_half_way_leaves_no_reader_behind(split: Split) -> None:
    batches = training_batches(split, 1, seed=0, epoch=1, augmentation=Augmentation(flip=True, mixup=1.0))
    next(batches)
    assert any(thread.name.startswith("batches") for thread in threading.enumerate())
    batches.close()
    assert not any(thread.name.startswith("batches") for thread in threading.enumerate())

"""Which pictures a step sees."""

from __future__ import annotations

import numpy as np
import pytest

from resnet_gui.data.dataset import Split
from resnet_gui.runs.config import steps_per_epoch
from resnet_gui.training.batches import epoch_order, training_batches, validation_batches


@pytest.fixture
def split() -> Split:
    pixels = np.arange(10, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    return Split(pixels, np.arange(10) * 100, np.array([9, 1, 3, 5, 7, 0, 2]))


def test_an_epoch_shows_every_picture_once_with_its_own_label(split: Split) -> None:
    batches = list(training_batches(split, 3, seed=1, epoch=1))
    assert [len(labels) for _, labels in batches] == [3, 3, 1]
    images = np.concatenate([images for images, _ in batches])
    labels = np.concatenate([labels for _, labels in batches])
    assert sorted(labels) == sorted(split.labels[split.indices])
    np.testing.assert_array_equal(images[:, 0, 0, 0].astype(int) * 100, labels)


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
    batches = training_batches(split, 1, seed=0, epoch=1)
    next(batches)
    batches.close()

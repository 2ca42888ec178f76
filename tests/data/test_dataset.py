"""The split: stratified, seeded, exact, and no class is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from resnet_gui.data.dataset import FileProblem, LabelledPictures, split_dataset, stratified_sample
from resnet_gui.data.images import Geometry
from resnet_gui.errors import DataError


def pictures(sizes, test_sizes=None):
    def part(sizes):
        labels = np.random.default_rng(1).permutation(np.repeat(np.arange(len(sizes)), sizes))
        return np.zeros((len(labels), 2, 2, 3), np.uint8), labels

    pixels, labels = part(sizes)
    test_pixels, test_labels = part(test_sizes) if test_sizes else (None, None)
    return LabelledPictures(
        name="made up",
        class_names=tuple(f"class {index}" for index in range(len(sizes))),
        geometry=Geometry(2),
        pixels=pixels,
        labels=labels,
        test_pixels=test_pixels,
        test_labels=test_labels,
        problems=(FileProblem("a.txt", "is not a picture (text)"),),
    )


SIZES = st.lists(st.integers(2, 40), min_size=2, max_size=12)


@given(SIZES, st.floats(0, 0.9), st.integers(0, 2**31 - 1))
def test_every_picture_is_used_once_and_no_class_is_lost(sizes, share, seed):
    dataset = split_dataset(pictures(sizes), share, limit=0, seed=seed)
    both = np.concatenate([dataset.train.indices, dataset.validation.indices])
    np.testing.assert_array_equal(np.sort(both), np.arange(sum(sizes)))
    assert dataset.train.class_counts(len(sizes)).all()
    assert len(dataset.validation) <= round(sum(sizes) * share)


@pytest.mark.parametrize("sizes", [[50, 50], [10, 20, 70], [33, 34, 35, 7], [500] * 20])
@pytest.mark.parametrize("share", [0.1, 0.2, 0.3, 0.5])
def test_class_counts_agree_with_scikit_learn(sizes, share):
    source = pictures(sizes)
    held_back = round(sum(sizes) * share)
    _, oracle = train_test_split(source.labels, test_size=held_back, stratify=source.labels, random_state=0)
    dataset = split_dataset(source, share, limit=0, seed=0)
    assert len(dataset.validation) == held_back
    counts = dataset.validation.class_counts(len(sizes))
    assert np.abs(counts - np.bincount(oracle, minlength=len(sizes))).max() <= 1


def test_the_seed_decides():
    source = pictures([40, 60])
    first, same, other = (split_dataset(source, 0.2, limit=0, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.validation.indices, same.validation.indices)
    assert (first.validation.indices != other.validation.indices).any()


def test_the_limit_cuts_the_test_split_too_and_keeps_proportions():
    dataset = split_dataset(pictures([100, 300], [40, 120]), 0.25, limit=80, seed=0)
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (60, 20, 80)
    assert dataset.train.class_counts(2).tolist() == [15, 45]
    assert dataset.test.class_counts(2).tolist() == [20, 60]


def test_a_limit_beyond_the_source_uses_all():
    dataset = split_dataset(pictures([5, 5]), 0.2, limit=1000, seed=0)
    assert len(dataset.train) + len(dataset.validation) == 10


def test_no_validation():
    dataset = split_dataset(pictures([5, 5]), 0.0, limit=0, seed=0)
    assert (len(dataset.train), len(dataset.validation)) == (10, 0)


def test_a_class_without_pictures_to_train_on_is_named():
    with pytest.raises(DataError, match="class 1"):
        split_dataset(pictures([1000, 1]), 0.2, limit=10, seed=0)


def test_batches_carry_their_labels():
    source = pictures([3, 4])
    source.pixels[:, 0, 0, 0] = source.labels
    split = split_dataset(source, 0.0, limit=0, seed=0).train
    pixels, labels = split.batch(np.array([4, 0, 2]))
    assert pixels.shape == (3, 2, 2, 3)
    np.testing.assert_array_equal(pixels[:, 0, 0, 0], labels)


def test_what_the_source_says_is_kept():
    source = pictures([3, 4])
    dataset = split_dataset(source, 0.0, limit=0, seed=0)
    assert (dataset.name, dataset.class_names, dataset.problems) == (source.name, source.class_names, source.problems)
    assert dataset.test is None


def test_a_sample_has_exactly_as_many_as_asked():
    labels = np.repeat(np.arange(7), 13)
    for count in range(len(labels) + 1):
        chosen = stratified_sample(labels, count, seed=5)
        assert len(np.unique(chosen)) == count
        counts = np.bincount(labels[chosen], minlength=7)
        assert counts.max() - counts.min() <= 1

"""Which picture is altered how."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resnet_gui.data.dataset import Split
from resnet_gui.runs.config import SETTINGS, TrainingConfig
from resnet_gui.runs.settings import Group
from resnet_gui.training.augment import Augmentation, Augmenter, TrainingBatch, preview

EVERYTHING = Augmentation(flip=True, crop=0.125, zoom=0.2, rotation=15, shear=5, brightness=0.3, cutout=0.25, mixup=0.4)
SIMPLE = Augmentation(flip=True, crop=0.125)


def make_split(count: int = 40, size: int = 16) -> Split:
    """Return pictures of which only every second belongs to the split, in no order."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (2 * count, size, size, 3), np.uint8)
    return Split(pixels, random.integers(0, 10, 2 * count), random.permutation(2 * count)[:count])


def joined(parts: list[TrainingBatch]) -> TrainingBatch:
    return TrainingBatch(*map(np.concatenate, zip(*parts, strict=True)))


def assert_same(one: TrainingBatch, other: TrainingBatch) -> None:
    for ours, theirs in zip(one, other, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


def differing(one: TrainingBatch, other: TrainingBatch) -> float:
    """Return the share of pictures that are not the same."""
    return float((one.images != other.images).any(axis=(1, 2, 3)).mean())


@pytest.mark.parametrize("augmentation", [EVERYTHING, SIMPLE, replace(SIMPLE, mixup=1.0), Augmentation()])
def test_a_picture_is_altered_alike_whatever_the_batch_the_order_and_what_came_before(
    augmentation: Augmentation,
) -> None:
    split = make_split()
    whole = Augmenter(augmentation, split, seed=5).batch(2, np.arange(40))
    used = Augmenter(augmentation, split, seed=5)
    used.batch(7, np.arange(3))
    order = np.random.default_rng(1).permutation(40)
    for size in (1, 7, 40):
        parts = [used.batch(2, order[start : start + size]) for start in range(0, 40, size)]
        assert_same(joined(parts), TrainingBatch(*(values[order] for values in whole)))


def test_threads_that_ask_for_different_epochs_at_once_do_not_disturb_each_other() -> None:
    split = make_split()
    shared = Augmenter(EVERYTHING, split, seed=5)
    asked = [(epoch, np.array([position])) for position in range(20) for epoch in (1, 2, 3)]
    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(lambda each: shared.batch(*each), asked))
    for (epoch, positions), batch in zip(asked, told, strict=True):
        assert_same(batch, Augmenter(EVERYTHING, split, seed=5).batch(epoch, positions))


def test_another_epoch_and_another_seed_alter_otherwise() -> None:
    split, everything = make_split(), np.arange(40)
    first = Augmenter(SIMPLE, split, 5).batch(1, everything)
    assert differing(first, Augmenter(SIMPLE, split, 5).batch(2, everything)) > 0.8
    assert differing(first, Augmenter(SIMPLE, split, 6).batch(1, everything)) > 0.8


@pytest.mark.parametrize(
    "one",
    [
        {"flip": True},
        {"crop": 0.25},
        {"zoom": 0.3},
        {"rotation": 20.0},
        {"shear": 20.0},
        {"brightness": 0.5},
        {"cutout": 0.5},
        {"mixup": 1.0},
    ],
    ids=lambda one: next(iter(one)),
)
def test_each_alteration_alone_alters_pictures(one: dict) -> None:
    split = make_split()
    batch = Augmenter(Augmentation(**one), split, 0).batch(1, np.arange(40))
    plain = Augmenter(Augmentation(), split, 0).batch(1, np.arange(40))
    assert differing(batch, plain) > 0.2
    np.testing.assert_array_equal(batch.labels if "mixup" not in one else plain.labels, plain.labels)


def test_with_everything_off_the_pictures_come_back_bit_for_bit() -> None:
    split = make_split()
    positions = np.array([3, 30, 0])
    batch = Augmenter(Augmentation(), split, 0).batch(1, positions)
    np.testing.assert_array_equal(batch.images, split.pixels[split.indices[positions]])
    np.testing.assert_array_equal(batch.labels, split.labels[split.indices[positions]])
    np.testing.assert_array_equal(batch.other_labels, batch.labels)
    np.testing.assert_array_equal(batch.share, np.ones(3, np.float32))


def test_turning_brightness_on_leaves_flips_and_shifts_as_they_were() -> None:
    split = Split(np.full((50, 8, 8, 3), 100, np.uint8), np.zeros(50, np.int64), np.arange(50))
    split.pixels[:, 2, 1] = 0
    without = Augmenter(SIMPLE, split, 0).batch(1, np.arange(50)).images
    brighter = Augmenter(replace(SIMPLE, brightness=0.5), split, 0).batch(1, np.arange(50)).images
    np.testing.assert_array_equal(without == 0, brighter == 0)


def test_a_warp_places_pictures_where_flip_and_crop_alone_do() -> None:
    """A warp by next to nothing takes the other path through the code, and ends at the same pixels."""
    split = make_split()
    plain = Augmenter(SIMPLE, split, 0).batch(1, np.arange(40)).images
    warped = Augmenter(replace(SIMPLE, rotation=1e-9), split, 0).batch(1, np.arange(40)).images
    np.testing.assert_allclose(warped.astype(int), plain, atol=1)


def one_bright_pixel(count: int, size: int) -> Split:
    pixels = np.zeros((count, size, size, 3), np.uint8)
    pixels[:, size // 2, size // 2] = 255
    return Split(pixels, np.zeros(count, np.int64), np.arange(count))


def test_half_of_the_pictures_are_flipped_and_neighbours_independently() -> None:
    split = one_bright_pixel(10_000, 2)  # at the right; the left once flipped
    flipped = Augmenter(Augmentation(flip=True), split, 3).batch(1, np.arange(10_000)).images[:, 1, 0, 0] > 0
    assert abs(flipped.mean() - 0.5) < 4 * 0.005  # four standard deviations
    assert abs((flipped[1:] == flipped[:-1]).mean() - 0.5) < 4 * 0.005


def test_shifts_are_even_over_4_pixels_either_way_and_independent_of_each_other() -> None:
    split = one_bright_pixel(8100, 32)
    images = Augmenter(Augmentation(crop=0.125), split, 3).batch(1, np.arange(8100)).images
    _, rows, columns = np.nonzero(images[..., 0])
    counts = np.histogram2d(rows, columns, bins=[np.arange(12, 22)] * 2)[0]
    assert counts.sum() == 8100
    chi_square = ((counts - 100) ** 2 / 100).sum()
    assert chi_square < 80 + 4 * np.sqrt(160)  # 80 degrees of freedom, four standard deviations


def test_brightness_is_even_between_its_limits() -> None:
    split = Split(np.full((5000, 1, 1, 3), 100, np.uint8), np.zeros(5000, np.int64), np.arange(5000))
    values = Augmenter(Augmentation(brightness=0.4), split, 0).batch(1, np.arange(5000)).images[:, 0, 0, 0]
    assert values.min() == 60
    assert values.max() == 140
    assert abs(values.mean() - 100) < 4 * 80 / np.sqrt(12 * 5000)


def test_mixup_blends_two_pictures_as_their_labels_say() -> None:
    """Each picture has its label as its value, so that a blend's value tells what the labels must be."""
    pixels = np.arange(200, dtype=np.uint8)[:, None, None, None] * np.ones((1, 4, 4, 3), np.uint8)
    split = Split(pixels, np.arange(200), np.arange(200)[::-1])
    batch = Augmenter(Augmentation(mixup=1.0), split, 0).batch(1, np.arange(200))
    np.testing.assert_array_equal(batch.labels, np.arange(200)[::-1])
    answer = batch.share * batch.labels + (1 - batch.share) * batch.other_labels
    np.testing.assert_allclose(batch.images, np.broadcast_to(answer[:, None, None, None], pixels.shape), atol=0.5)
    assert batch.share.dtype == np.float32
    assert batch.share.min() >= 0.5
    assert batch.share.max() <= 1
    assert sorted(batch.other_labels) == list(range(200))  # each serves once


@pytest.mark.parametrize("alpha", [1e-6, 0.2, 1.0, 5.0])
def test_shares_have_the_beta_distribution_folded_at_one_half(alpha: float) -> None:
    from scipy import stats

    split = Split(np.zeros((20_000, 1, 1, 3), np.uint8), np.zeros(20_000, np.int64), np.arange(20_000))
    share = Augmenter(Augmentation(mixup=alpha), split, 0).batch(1, np.arange(20_000)).share
    beta = stats.beta(alpha, alpha)
    for limit in (0.6, 0.75, 0.9):
        expected = beta.cdf(limit) - beta.cdf(1 - limit)
        assert abs((share <= limit).mean() - expected) < 0.02


def test_the_settings_are_the_form_s_group_of_them() -> None:
    in_form = {name for name, setting in SETTINGS.items() if setting.group is Group.AUGMENTATION}
    assert {item.name for item in fields(Augmentation)} == in_form
    assert Augmentation.of(TrainingConfig()).is_none
    for name in in_form:
        changed = msgspec.structs.replace(TrainingConfig(), **{name: True if name == "flip" else 0.3})
        assert not Augmentation.of(changed).is_none
        assert getattr(Augmentation.of(changed), name) == getattr(changed, name)


def limits(name: str) -> st.SearchStrategy[float]:
    setting = SETTINGS[name]
    return st.floats(setting.minimum, setting.maximum)


augmentations = st.builds(
    Augmentation, flip=st.booleans(), **{item.name: limits(item.name) for item in fields(Augmentation)[1:]}
)


@settings(deadline=None, max_examples=60)
@given(augmentations, st.integers(1, 5), st.sampled_from([1, 2, 9, 32]), st.integers(0, 2**31 - 1))
def test_every_allowed_setting_gives_pictures_of_the_same_size(
    augmentation: Augmentation, count: int, size: int, seed: int
) -> None:
    split = make_split(count, size)
    batch = Augmenter(augmentation, split, seed).batch(1, np.arange(count))
    assert batch.images.shape == (count, size, size, 3)
    assert batch.images.dtype == np.uint8
    assert batch.labels.dtype == batch.other_labels.dtype == np.int64
    assert batch.share.dtype == np.float32
    assert (batch.share >= 0.5).all()


def test_the_preview_shows_what_training_sees() -> None:
    split = make_split(6)
    chosen = split.pixels[split.indices]
    shown = preview(chosen, EVERYTHING, seed=9, versions=3)
    assert shown.shape == (6, 3, 16, 16, 3)
    augmenter = Augmenter(EVERYTHING, split, seed=9)
    for number, epoch in enumerate((1, 2, 3)):
        np.testing.assert_array_equal(shown[:, number], augmenter.batch(epoch, np.arange(6)).images)


def test_asking_does_not_change_the_split() -> None:
    split = make_split()
    before = split.pixels.copy()
    split.pixels.flags.writeable = False  # as a memory map is
    for augmentation in (EVERYTHING, SIMPLE, Augmentation(cutout=0.5, brightness=0.5)):
        Augmenter(augmentation, split, 0).batch(1, np.arange(40))
    np.testing.assert_array_equal(split.pixels, before)

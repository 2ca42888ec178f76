"""Augmentation: which picture is altered how, as a pure function of (seed, epoch, position).

Every epoch has one table of random numbers with a row for each position of the split. A picture's row does not depend
on the order of the epoch, the batch size or the settings, so a training goes on exactly where it was interrupted, and
turning one alteration on leaves the others as they were.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from resnet_gui.data.dataset import Labels, Pixels, Split
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.training.alterations import (
    WHOLE_WEIGHT,
    Reals,
    Whole,
    blended,
    brightened,
    covered,
    linear_maps,
    shifted,
    warped,
)

# What the streams of an epoch's random numbers are told apart by. Not 0: NumPy takes (seed, epoch, 0) for
# (seed, epoch), which decides the order of the epoch.
_ALTERATIONS, _MIXUP = 1, 2


class TrainingBatch(NamedTuple):
    """What one step learns from.

    Attributes:
        images: (n, N, N, 3), 0-255.
        labels: (n,) class of each picture; with mixup, of the one that makes up more of it.
        other_labels: (n,) class of the picture mixed into it; `labels` again where there is none.
        share: (n,) how much of the answer is `labels`, 0.5 to 1; the rest is `other_labels`.
    """

    images: Pixels
    labels: Labels
    other_labels: Labels
    share: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How pictures are altered while training; see TrainingConfig for what each setting means."""

    flip: bool = False
    crop: float = 0.0
    zoom: float = 0.0
    rotation: float = 0.0
    shear: float = 0.0
    brightness: float = 0.0
    cutout: float = 0.0
    mixup: float = 0.0

    @classmethod
    def of(cls, config: TrainingConfig) -> Self:
        """Return what a config asks for."""
        return cls(**{item.name: getattr(config, item.name) for item in fields(cls)})

    @property
    def is_none(self) -> bool:
        """Whether pictures stay as they are."""
        return self == Augmentation()

    @property
    def warps(self) -> bool:
        """Whether pixels come to lie between pixels."""
        return bool(self.zoom or self.rotation or self.shear)


class _Draw(IntEnum):
    """The columns of an epoch's table: what each random number of a picture decides."""

    FLIP = 0
    DOWN = 1
    RIGHT = 2
    ZOOM_X = 3
    ZOOM_Y = 4
    ROTATION = 5
    SHEAR = 6
    BRIGHTNESS = 7
    COVERED_ROW = 8
    COVERED_COLUMN = 9


@dataclass(frozen=True, slots=True)
class _EpochDraws:
    """An epoch's random numbers, by position.

    Attributes:
        epoch: whose they are.
        table: (count, one a _Draw), each evenly from 0 to below 1.
        partners: (count,) position of the picture mixed into this one; each serves once. Empty without mixup.
        weights: (count,) of the picture itself, in parts of WHOLE_WEIGHT. Empty without mixup.
    """

    epoch: int
    table: NDArray[np.float32]
    partners: Whole
    weights: NDArray[np.uint16]

    @classmethod
    def of(cls, seed: int, epoch: int, count: int, mixup: float) -> Self:
        table = np.random.default_rng((seed, epoch, _ALTERATIONS)).random((count, len(_Draw)), np.float32)
        if not mixup:
            return cls(epoch, table, np.empty(0, np.int64), np.empty(0, np.uint16))
        random = np.random.default_rng((seed, epoch, _MIXUP))
        partners = random.permutation(count)
        share = random.beta(mixup, mixup, count)
        # The smaller part is the partner's; as every picture is one, this changes nothing but which label comes first.
        weights = np.rint(np.maximum(share, 1 - share) * WHOLE_WEIGHT).astype(np.uint16)
        return cls(epoch, table, partners, weights)


class Augmenter:
    """Alters the pictures of a split; may be asked from any thread.

    Args:
        augmentation: how.
        split: whose pictures.
        seed: decides every random choice.
    """

    def __init__(self, augmentation: Augmentation, split: Split, seed: int) -> None:
        self._augmentation = augmentation
        self._split = split
        self._seed = seed
        self._latest: _EpochDraws | None = None

    def batch(self, epoch: int, positions: NDArray[np.int64]) -> TrainingBatch:
        """Return the pictures at these positions of the split as this epoch shows them."""
        if self._augmentation.is_none:
            images, labels = self._split.batch(positions)
            return TrainingBatch(images, labels, labels, np.ones(len(labels), np.float32))
        draws = self._draws(epoch)
        images, labels = self._altered(draws, positions)
        if not self._augmentation.mixup:
            return TrainingBatch(images, labels, labels, np.ones(len(labels), np.float32))
        others, other_labels = self._altered(draws, draws.partners[positions])
        weights = draws.weights[positions]
        share = (weights / WHOLE_WEIGHT).astype(np.float32)
        return TrainingBatch(blended(images, others, weights), labels, other_labels, share)

    def _draws(self, epoch: int) -> _EpochDraws:
        draws = self._latest
        if draws is None or draws.epoch != epoch:
            # Two threads may both come here: what they draw is the same, and neither sees half of it.
            draws = _EpochDraws.of(self._seed, epoch, len(self._split), self._augmentation.mixup)
            self._latest = draws
        return draws

    def _altered(self, draws: _EpochDraws, positions: NDArray[np.int64]) -> tuple[Pixels, Labels]:
        images, labels = self._split.batch(positions)
        # In float64, where the product of such a number and a limit stays below the limit.
        return _altered(images, self._augmentation, draws.table[positions].astype(np.float64)), labels


def _altered(images: Pixels, augmentation: Augmentation, table: Reals) -> Pixels:
    """Alter each picture by its row of random numbers, in any way but by mixup."""
    images = _moved(images, augmentation, table)
    if augmentation.brightness:
        images = brightened(images, 1 + _either_way(augmentation.brightness, table[:, _Draw.BRIGHTNESS]))
    if augmentation.cutout:
        size = images.shape[1]
        side = round(augmentation.cutout * size)
        top = _below(size, table[:, _Draw.COVERED_ROW]) - side // 2
        left = _below(size, table[:, _Draw.COVERED_COLUMN]) - side // 2
        images = covered(images, top, left, side)
    return images


def _moved(images: Pixels, augmentation: Augmentation, table: Reals) -> Pixels:
    reach = round(augmentation.crop * images.shape[1])
    down = _below(2 * reach + 1, table[:, _Draw.DOWN]) - reach
    right = _below(2 * reach + 1, table[:, _Draw.RIGHT]) - reach
    flipped = (table[:, _Draw.FLIP] < 0.5) & augmentation.flip
    if augmentation.warps:
        maps = linear_maps(
            1 + _either_way(augmentation.zoom, table[:, _Draw.ZOOM_X]),
            1 + _either_way(augmentation.zoom, table[:, _Draw.ZOOM_Y]),
            _either_way(np.deg2rad(augmentation.rotation), table[:, _Draw.ROTATION]),
            _either_way(np.deg2rad(augmentation.shear), table[:, _Draw.SHEAR]),
            flipped,
        )
        return warped(images, down, right, maps)
    if augmentation.flip or reach:
        return shifted(images, down, right, flipped)
    return images


def _below(limit: int, numbers: Reals) -> Whole:
    """Turn numbers from 0 to 1 into whole ones from 0 to below a limit."""
    return (numbers * limit).astype(np.int64)


def _either_way(limit: float, numbers: Reals) -> Reals:
    """Turn numbers from 0 to 1 into ones from -limit to limit."""
    return (2 * numbers - 1) * limit


def preview(pictures: Pixels, augmentation: Augmentation, seed: int, versions: int) -> Pixels:
    """Show what a training on these pictures alone would see in its first epochs.

    Args:
        pictures: (n, N, N, 3). Mixup blends them with each other.
        augmentation: how they are altered.
        seed: decides every random choice.
        versions: how many epochs.

    Returns:
        (n, versions, N, N, 3).
    """
    count = len(pictures)
    augmenter = Augmenter(augmentation, Split(pictures, np.zeros(count, np.int64), np.arange(count)), seed)
    epochs = range(1, versions + 1)
    shown = np.empty((count, versions, *pictures.shape[1:]), np.uint8)
    for number, epoch in enumerate(epochs):
        shown[:, number] = augmenter.batch(epoch, np.arange(count)).images
    return shown

"""Labelled pictures and their split into training, validation and test."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resnet_gui.data.files import listed_name
from resnet_gui.data.group_pattern import group_numbers
from resnet_gui.data.group_split import grouped_sample
from resnet_gui.data.images import Geometry
from resnet_gui.errors import DataError

Pixels = NDArray[np.uint8]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A file that was left out, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class LabelledPictures:
    """Every usable picture of a source, before it is split.

    Attributes:
        name: what the source is called on screen.
        class_names: one a class; a label is an index into it.
        geometry: how each picture was brought to N x N.
        pixels: (count, N, N, 3), 0-255; may be a read-only memory map.
        labels: (count,).
        test_pixels, test_labels: the source's own test split, if it has one.
        problems: files that were left out.
        fingerprint: differs once the source's files do; empty for a source that never changes.
        names: (count,) the pictures' paths below the folder, with "/"; empty for a source without files.
        superclasses: the kind of thing each class is, one a class, where the source tells; else empty.
    """

    name: str
    class_names: tuple[str, ...]
    geometry: Geometry
    pixels: Pixels
    labels: Labels
    test_pixels: Pixels | None = None
    test_labels: Labels | None = None
    problems: tuple[FileProblem, ...] = ()
    fingerprint: str = ""
    names: tuple[str, ...] = ()
    superclasses: tuple[str, ...] = ()

    def all_names(self) -> tuple[str, ...]:
        """Return what each picture is called; those that are no files are numbered."""
        return self.names or tuple(f"picture {number}" for number in range(1, len(self.labels) + 1))


@dataclass(frozen=True, slots=True)
class Split:
    """Some of a source's pictures: views into shared arrays, no copies."""

    pixels: Pixels
    labels: Labels
    indices: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.indices)

    def batch(self, positions: NDArray[np.int64] | slice) -> tuple[Pixels, Labels]:
        """Return the pictures (n, N, N, 3) and labels (n,) at these positions of the split."""
        chosen = self.indices[positions]
        return self.pixels[chosen], self.labels[chosen]

    def class_counts(self, classes: int) -> NDArray[np.int64]:
        """Return how many pictures each class has, (classes,)."""
        return np.bincount(self.labels[self.indices], minlength=classes)


@dataclass(frozen=True, slots=True)
class ImageDataset:
    """What is trained on, validated on and tested on; the rest as in LabelledPictures.

    Attributes:
        names: what each picture of the source is called, whether it is used or not; `train.indices` and
            `validation.indices` are positions in it.
    """

    name: str
    class_names: tuple[str, ...]
    geometry: Geometry
    train: Split
    validation: Split
    test: Split | None = None
    problems: tuple[FileProblem, ...] = ()
    fingerprint: str = ""
    names: tuple[str, ...] = ()
    superclasses: tuple[str, ...] = ()


def split_dataset(
    pictures: LabelledPictures,
    validation_share: float,
    limit: int,
    seed: int,
    left_out: Collection[str] = (),
    group_pattern: str = "",
) -> ImageDataset:
    """Split a source's pictures, each class in proportion, the same way for the same seed.

    Args:
        pictures: the source.
        validation_share: share of the training pictures held back for validation, 0 for none.
        limit: use at most this many pictures (and as many of the test split), classes in proportion; 0 for all.
        seed: decides which picture goes where.
        left_out: names of pictures that are not used; one that there is not becomes one of the dataset's problems.
        group_pattern: files with the same text in its group are never parted, see group_pattern.py; empty for none.

    Raises:
        DataError: a class would have no picture left to train on, or the pattern cannot be used.
    """
    classes, names = len(pictures.class_names), pictures.all_names()
    used = _without(names, left_out)
    chosen = used[_limited(pictures.labels[used], limit, seed)]
    labels, wanted = pictures.labels[chosen], round(len(chosen) * validation_share)
    if group_pattern and pictures.names:
        groups = group_numbers([names[position] for position in chosen], group_pattern)
        held_back = grouped_sample(labels, groups, wanted, seed)
    else:
        order = _order_without(used, len(names), seed) if len(chosen) == len(used) else None
        held_back = stratified_sample(labels, wanted, seed, keep_one=True, order=order)
    train, validation = np.delete(chosen, held_back), chosen[held_back]
    counts = np.bincount(pictures.labels[train], minlength=classes)
    if not counts.all():
        name = pictures.class_names[int(np.argmin(counts))]
        raise DataError(
            f'The class "{name}" has no picture to train on.', "Add pictures to it, or use more of the data."
        )
    test = None
    if pictures.test_pixels is not None and pictures.test_labels is not None:
        test = Split(pictures.test_pixels, pictures.test_labels, _limited(pictures.test_labels, limit, seed))
    return ImageDataset(
        name=pictures.name,
        class_names=pictures.class_names,
        geometry=pictures.geometry,
        train=Split(pictures.pixels, pictures.labels, train),
        validation=Split(pictures.pixels, pictures.labels, validation),
        test=test,
        problems=_with_unknown(pictures.problems, left_out, names),
        fingerprint=pictures.fingerprint,
        names=names,
        superclasses=pictures.superclasses,
    )


def _without(names: tuple[str, ...], left_out: Collection[str]) -> NDArray[np.int64]:
    """Return the positions of all names but those left out."""
    if not left_out:
        return np.arange(len(names))
    unwanted = set(left_out)
    return np.flatnonzero(np.fromiter((name not in unwanted for name in names), bool, len(names)))


def _order_without(used: NDArray[np.int64], count: int, seed: int) -> NDArray[np.int64]:
    """Return the seed's order of all pictures without those left out, so that no other one changes its side."""
    order = np.random.default_rng(seed).permutation(count)
    return np.searchsorted(used, order[np.isin(order, used)])


def _with_unknown(
    problems: tuple[FileProblem, ...], left_out: Collection[str], names: tuple[str, ...]
) -> tuple[FileProblem, ...]:
    """Return the problems, and one for each name left out that belongs to no picture: it may be misspelt."""
    known = {*names, *(listed_name(problem.path) for problem in problems)} if left_out else set()
    unknown = [name for name in left_out if name not in known]
    return (*problems, *(FileProblem(name, "is to be left out, but there is no such picture") for name in unknown))


def _limited(labels: Labels, limit: int, seed: int) -> NDArray[np.int64]:
    if limit <= 0 or limit >= len(labels):
        return np.arange(len(labels))
    return stratified_sample(labels, limit, seed)


def stratified_sample(
    labels: Labels, count: int, seed: int, keep_one: bool = False, order: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Choose `count` positions so that each class has its share, by largest remainder.

    Args:
        labels: (n,) class of each position.
        count: how many to choose, 0 to n.
        seed: decides which ones.
        keep_one: leave at least one of each class unchosen; fewer than `count` may then be chosen.
        order: (n,) the positions in the order in which they are chosen; None for the seed's.

    Returns:
        The chosen positions in ascending order.
    """
    if count <= 0 or not len(labels):
        return np.empty(0, np.int64)
    sizes = np.bincount(labels)
    exact = sizes * (count / len(labels))
    quota = np.floor(exact).astype(np.int64)
    by_remainder = np.argsort(-(exact - quota), kind="stable")
    quota[by_remainder[: count - int(quota.sum())]] += 1
    if keep_one:
        quota = np.minimum(quota, np.maximum(sizes - 1, 0))
    if order is None:
        order = np.random.default_rng(seed).permutation(len(labels))
    of_class = labels[order]
    chosen = [order[np.flatnonzero(of_class == label)[:wanted]] for label, wanted in enumerate(quota)]
    return np.sort(np.concatenate(chosen))

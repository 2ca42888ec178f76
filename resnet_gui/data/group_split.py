"""Choosing pictures to hold back where some must not be parted: the photos of one patient, the frames of one film."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_Positions = NDArray[np.int64]
_Parts = list[tuple[int, int]]  # of a group: class, number of pictures


def grouped_sample(labels: _Positions, groups: _Positions, count: int, seed: int) -> _Positions:
    """Choose about `count` positions, whole groups only, so that each class has its share as nearly as they allow.

    A class of which at least half a picture is due is among the chosen, and every class among the others, wherever
    there is a choice of groups with which that can be: for that alone there may be more than `count`.

    Args:
        labels: (n,) class of each position.
        groups: (n,) number of its group, from 0 without gaps.
        count: how many to choose.
        seed: decides which ones.

    Returns:
        The chosen positions in ascending order.
    """
    if count <= 0 or not len(labels):
        return np.empty(0, np.int64)
    parts = _parts(labels, groups)
    order = np.random.default_rng(seed).permutation(len(parts)).tolist()
    chosen = _Chosen(np.bincount(labels).tolist(), count)
    for label, having in _groups_of_classes(parts, order):
        smallest_first = sorted(having, key=lambda number: sum(size for _, size in parts[number]))
        fitting = (number for number in smallest_first if chosen.leaves_every_class(parts[number]))
        if chosen.lacks(label) and (number := next(fitting, None)) is not None:
            chosen.take(number, parts[number])
    for fits in (chosen.has_place, chosen.improves):
        for number in order:
            part = parts[number]
            if number not in chosen.groups and fits(part) and chosen.leaves_every_class(part):
                chosen.take(number, part)
    return np.flatnonzero(np.isin(groups, list(chosen.groups)))


def _parts(labels: _Positions, groups: _Positions) -> list[_Parts]:
    """Return for each group how many pictures of which classes it has."""
    classes = int(labels.max()) + 1
    pairs, counts = np.unique(groups * classes + labels, return_counts=True)
    parts: list[_Parts] = [[] for _ in range(int(groups.max()) + 1)]
    for pair, size in zip(pairs.tolist(), counts.tolist(), strict=True):
        parts[pair // classes].append((pair % classes, size))
    return parts


def _groups_of_classes(parts: list[_Parts], order: list[int]) -> list[tuple[int, list[int]]]:
    """Return each class with the groups that hold pictures of it; those with the least choice first."""
    having: dict[int, list[int]] = {}
    for number in order:
        for label, _ in parts[number]:
            having.setdefault(label, []).append(number)
    return sorted(having.items(), key=lambda item: (len(item[1]), item[0]))


class _Chosen:
    """The groups chosen so far, and how near they are to each class's share."""

    def __init__(self, sizes: list[int], count: int) -> None:
        self.groups: set[int] = set()
        self._sizes = sizes
        self._room = count
        share = count / sum(sizes)
        self._due = [size * share for size in sizes]
        self._taken = [0] * len(sizes)

    def take(self, number: int, part: _Parts) -> None:
        """Choose a group."""
        self.groups.add(number)
        for label, size in part:
            self._taken[label] += size
            self._room -= size

    def lacks(self, label: int) -> bool:
        """Return whether a class should have been chosen from, and was not."""
        return not self._taken[label] and self._due[label] >= 0.5

    def leaves_every_class(self, part: _Parts) -> bool:
        """Return whether every class would have a picture among the others still."""
        return all(self._taken[label] + size < self._sizes[label] for label, size in part)

    def has_place(self, part: _Parts) -> bool:
        """Return whether no class would get more than is due."""
        return all(self._taken[label] + size <= self._due[label] + 0.5 for label, size in part)

    def improves(self, part: _Parts) -> bool:
        """Return whether a group fits, and brings the classes, together and each relative to its size, nearer to due.

        (taken + size - due)^2 - (taken - due)^2, summed over the classes, is to be less than nothing.
        """
        change = sum(
            size * (size + 2 * (self._taken[label] - self._due[label])) / self._sizes[label] ** 2
            for label, size in part
        )
        return change < 0 and sum(size for _, size in part) <= self._room

"""How good a model is, on pictures whose classes are known."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from resnet_gui.inference.calibration import calibration_error

TOP = 5
_NORMAL_95 = 1.959963984540054  # the normal distribution's value that 97.5 % lie below

Interval = tuple[float, float]


class ClassScore(msgspec.Struct, frozen=True):
    """One class, or one superclass: how many pictures it has, and the share of them that was recognized."""

    name: str
    count: int
    top1: float


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """How good a model is; shares are 0-1.

    Attributes:
        count: pictures.
        top1, top5: share of them whose class came first, or among the first five.
        top1_interval, top5_interval: where the share of very many such pictures lies, with 95 % certainty.
        majority: what a program that always names the most frequent class would reach as top-1.
        confidence: the mean probability of the first class; top1, if the model knows itself.
        calibration_error: by how much the two differ, averaged over levels of confidence.
        classes: each class with a picture, in the model's order.
        superclasses: likewise, a picture counting as recognized if a class of the same superclass came first.
    """

    count: int
    top1: float
    top5: float
    top1_interval: Interval
    top5_interval: Interval
    majority: float
    confidence: float
    calibration_error: float
    classes: tuple[ClassScore, ...]
    superclasses: tuple[ClassScore, ...] = ()


class Tally:
    """Counts answers batch by batch, keeping a few numbers a picture."""

    def __init__(self) -> None:
        self._labels: list[NDArray[np.int64]] = []
        self._first: list[NDArray[np.int64]] = []
        self._among_five: list[NDArray[np.bool_]] = []
        self._confidences: list[NDArray[np.float32]] = []

    def add(self, probabilities: NDArray[np.float32], labels: NDArray[np.integer[Any]]) -> None:
        """Count the answers (n, classes) to pictures whose classes are `labels` (n,)."""
        best_first = np.argsort(-probabilities, axis=1, kind="stable")[:, :TOP]
        self._labels.append(np.asarray(labels, np.int64))
        self._first.append(best_first[:, 0])
        self._among_five.append((best_first == labels[:, None]).any(axis=1))
        self._confidences.append(probabilities.max(axis=1))

    @property
    def count(self) -> int:
        """How many pictures were counted."""
        return sum(map(len, self._labels))

    @property
    def top1(self) -> float:
        """The share of pictures whose class came first."""
        return float(np.mean(np.concatenate(self._first) == np.concatenate(self._labels)))

    @property
    def top5(self) -> float:
        """The share of pictures whose class is among the first five."""
        return float(np.mean(np.concatenate(self._among_five)))

    def evaluation(
        self, class_names: Sequence[str], superclass_names: Sequence[str] = (), superclass_of: Sequence[int] = ()
    ) -> Evaluation:
        """Return what was counted; there must have been pictures.

        Args:
            class_names: one an output of the model.
            superclass_names: of groups of classes, if there are any.
            superclass_of: for each class, which one it belongs to.
        """
        labels, first = np.concatenate(self._labels), np.concatenate(self._first)
        confidences = np.concatenate(self._confidences)
        hits, count, five = labels == first, self.count, int(np.concatenate(self._among_five).sum())
        superclasses: tuple[ClassScore, ...] = ()
        if superclass_names:
            groups = np.asarray(superclass_of)
            superclasses = _scores(groups[labels], groups[labels] == groups[first], superclass_names)
        return Evaluation(
            count=count,
            top1=self.top1,
            top5=self.top5,
            top1_interval=wilson_interval(int(hits.sum()), count),
            top5_interval=wilson_interval(five, count),
            majority=float(np.bincount(labels).max() / count),
            confidence=float(confidences.mean(dtype=np.float64)),
            calibration_error=calibration_error(confidences, hits),
            classes=_scores(labels, hits, class_names),
            superclasses=superclasses,
        )


def wilson_interval(hits: int, count: int) -> Interval:
    """Return the 95 % confidence interval of a share by Wilson's formula, which holds for few pictures too."""
    share, z2 = hits / count, _NORMAL_95**2 / count
    middle = share + z2 / 2
    half = _NORMAL_95 * sqrt(share * (1 - share) / count + z2 / (4 * count))
    return max(0.0, (middle - half) / (1 + z2)), min(1.0, (middle + half) / (1 + z2))


def _scores(labels: NDArray[np.int64], hits: NDArray[np.bool_], names: Sequence[str]) -> tuple[ClassScore, ...]:
    counts = np.bincount(labels, minlength=len(names))
    right = np.bincount(labels[hits], minlength=len(names))
    return tuple(
        ClassScore(name, int(count), float(found / count))
        for name, count, found in zip(names, counts, right, strict=True)
        if count
    )

"""Where a network found what speaks for a class.

A network that averages its last feature map and weighs the averages says it by itself: the weighed map (class
activation map, Zhou et al. 2015). Of any other network it is found out by covering one part of the picture after the
other (occlusion, Zeiler and Fergus 2013).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import floor

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resnet_gui.inference.predictor import Predictor
from resnet_gui.progress import Report, unreported

GRID = 8
"""Occlusion covers this many places across and down, each twice as wide and high as they are apart."""

_BATCH = 8
_TINY = 1e-38

Answer = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Pictures (n, N, N, 3) to probabilities (n, classes)."""


class MapKind(StrEnum):
    """How a heat map came about."""

    ACTIVATION = "activation"
    OCCLUSION = "occlusion"


@dataclass(frozen=True, slots=True)
class HeatMap:
    """What spoke for a class, and where.

    Attributes:
        kind: how it was found.
        values: (rows, columns), evenly over what the network saw. With ACTIVATION, what each part adds to the class'
            logit; with OCCLUSION, how many times less likely the class is without it, as a logarithm. Below zero
            it spoke against the class.
    """

    kind: MapKind
    values: NDArray[np.float32]

    @property
    def speaks(self) -> bool:
        """Whether anything at all spoke for the class."""
        return bool(self.values.max() > 0)

    def strengths(self, size: int) -> NDArray[np.float32]:
        """Return how strongly each part spoke for the class, 0-1, smoothly enlarged to (size, size)."""
        positive = np.maximum(self.values, 0)
        highest = float(positive.max())
        smooth = Image.fromarray(positive / highest if highest else positive)
        return np.asarray(smooth.resize((size, size), Image.Resampling.BILINEAR), np.float32)


def explain(predictor: Predictor, picture: NDArray[np.uint8], class_index: int, report: Report = unreported) -> HeatMap:
    """Return what spoke for a class on a picture (N, N, 3), in the best way that the network allows.

    Args:
        predictor: the network, made to be looked inside.
        picture: as the network sees it.
        class_index: of one of its classes.
        report: told how many places were covered; may raise CancelledError.

    Raises:
        ModelError: the network cannot be run.
        CancelledError: `report` asked to stop.
    """
    if predictor.class_weights is not None:
        maps = predictor.look_inside(picture[None]).feature_maps
        if maps is not None:
            return HeatMap(MapKind.ACTIVATION, maps[0] @ predictor.class_weights[:, class_index])
    return HeatMap(MapKind.OCCLUSION, occlusion(predictor.uncalibrated, picture, class_index, report))


def occlusion(
    answer: Answer, picture: NDArray[np.uint8], class_index: int, report: Report = unreported
) -> NDArray[np.float32]:
    """Return by how much a class' log probability falls when a part of the picture is covered.

    Args:
        answer: the network.
        picture: (N, N, 3).
        class_index: of the class.
        report: told how many places were covered; may raise CancelledError.

    Returns:
        A map of 8 x 8 places, fewer where the picture is smaller.
    """
    size = len(picture)
    grid = min(GRID, size)
    colour = picture.mean(axis=(0, 1)).round().astype(np.uint8)  # the least conspicuous
    windows = [(row, column) for row in _windows(size, grid) for column in _windows(size, grid)]
    uncovered = _log(answer(picture[None]))[0, class_index]
    losses: list[np.float32] = []
    for first in range(0, len(windows), _BATCH):
        report("Covering parts of the picture", first, len(windows))
        chosen = windows[first : first + _BATCH]
        covered = np.repeat(picture[None], len(chosen), axis=0)
        for copy, (rows, columns) in zip(covered, chosen, strict=True):
            copy[rows, columns] = colour
        losses.extend(uncovered - _log(answer(covered))[:, class_index])
    return np.array(losses, np.float32).reshape(grid, grid)


def _windows(size: int, grid: int) -> list[slice]:
    """Return what each place covers along one side: itself, and half of either neighbour."""
    step = size / grid
    return [slice(max(0, floor((place - 0.5) * step)), floor((place + 1.5) * step)) for place in range(grid)]


def _log(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.log(np.maximum(probabilities, np.float32(_TINY)))

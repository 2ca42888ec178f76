"""What the input pipelines are compared at, and how long their epochs take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CROP, ZOOM, ROTATION, MIXUP = 0.125, 0.2, 15.0, 0.2
CLASSES = 100
_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Case:
    """One comparison.

    Attributes:
        size: N of the pictures.
        batch_size: pictures in a batch.
        count: pictures in an epoch.
        moved: cropped and flipped.
        warped: zoomed and turned too.
        mixed: blended with each other too.
    """

    size: int
    batch_size: int
    count: int
    moved: bool = True
    warped: bool = False
    mixed: bool = False

    def pictures(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Return pictures of noise (count, N, N, 3) and labels (count,): for a pipeline as good as photos."""
        random = np.random.default_rng(0)
        shape = (self.count, self.size, self.size, 3)
        return random.integers(0, 256, shape, np.uint8), random.integers(0, CLASSES, self.count)


CASES = {
    "nothing, 32 px": Case(32, 256, 12_800, moved=False),
    "crop, flip, 32 px": Case(32, 256, 12_800),
    "crop, flip, mixup, 32 px": Case(32, 256, 12_800, mixed=True),
    "crop, flip, zoom, rotation, 224 px": Case(224, 16, 480, warped=True),
}


def images_per_second(epoch: Callable[[int], Iterable[object]], count: int) -> float:
    """Return how many of its `count` images an epoch's batches bring in a second; the first epoch is not counted."""
    for _ in epoch(0):
        pass
    epochs, started = 0, time.perf_counter()
    while (passed := time.perf_counter() - started) < _SECONDS:
        epochs += 1
        for _ in epoch(epochs):
            pass
    return epochs * count / passed

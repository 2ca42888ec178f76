"""Whether a picture looks unlike those a network was trained on, told from simple measures of its pixels.

A network answers on anything, often with confidence. What it makes of a picture inside tells less about that than how
coarse and colourful the picture is: the measures here found more of what was strange than the network's own features
did. They find noise, blank pictures, drawings among photos, photos among X-rays; not, among photos of anything, a photo
of something that has no class.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

FALSE_ALARMS = 0.01
"""This share of the pictures that a network was validated on is held to be unlike the training data, wrongly."""

_SIDE = 32  # pixels that a picture is measured at
_BANDS = (1, 2, 3, 5, 8, 12)  # waves across a picture, from the coarsest to the finest
_FAINTEST = 1e-4  # of a power of waves; below it nothing is seen
_SPREAD = 0.01  # added to every measure's variance of 1, so that ones that depend on each other do no harm
_GREYS = np.array([0.299, 0.587, 0.114], np.float32)  # how bright red, green and blue look (ITU-R BT.601)
_LARGEST = 1e9

Measures = NDArray[np.float64]


class Familiarity(msgspec.Struct, frozen=True):
    """What pictures that a network knows look like.

    Attributes:
        means, spreads: of each measure.
        weights: rows of the matrix that weighs how far the measures together are from the usual.
        limit: the distance beyond which a picture is unlike them.
    """

    means: tuple[float, ...]
    spreads: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]
    limit: float

    def __post_init__(self) -> None:
        """Refuse, as msgspec wants it, what does not fit together."""
        count = len(measure(np.zeros((1, _SIDE, _SIDE, 3), np.uint8))[0])
        rows = (self.means, self.spreads, *self.weights)
        if len(self.weights) != count or any(len(row) != count for row in rows):
            raise ValueError(f"familiarity has not {count} measures")
        numbers = np.array([value for row in rows for value in row])
        if not (np.abs(numbers) < _LARGEST).all() or min(self.spreads) <= 0:
            raise ValueError("familiarity has measures that cannot be")

    def is_unfamiliar(self, pictures: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Return of each of the pictures (n, N, N, 3) whether it looks unlike the known ones, (n,)."""
        return self._distances(measure(pictures)) > self.limit

    def _distances(self, measures: Measures) -> Measures:
        away = (measures - np.array(self.means)) / np.array(self.spreads)
        distances: Measures = np.einsum("ni,ij,nj->n", away, np.array(self.weights), away)
        return distances


def learn_familiarity(training: Measures, validation: Measures) -> Familiarity:
    """Find out what pictures look like that a network knows.

    Args:
        training: measures of pictures it was trained on.
        validation: those of others, which say how far from the usual is usual still.
    """
    means, spreads = training.mean(axis=0), np.maximum(training.std(axis=0), 1e-3)
    away = (training - means) / spreads
    weights = np.linalg.inv(np.cov(away.T) + _SPREAD * np.eye(len(means)))
    rows = tuple(tuple(row) for row in weights.tolist())
    unlimited = Familiarity(tuple(means.tolist()), tuple(spreads.tolist()), rows, limit=np.inf)
    limit = float(np.quantile(unlimited._distances(validation), 1 - FALSE_ALARMS))
    return msgspec.structs.replace(unlimited, limit=limit)


def measure(pictures: NDArray[np.uint8]) -> Measures:
    """Return what is measured of pictures (n, N, N, 3), (n, measures).

    Of brightness, blueness and redness the mean, and how strong waves of each size are.
    """
    small = np.stack([_reduced(picture) for picture in pictures]).astype(np.float32) / 255
    bright = small @ _GREYS
    measures: list[NDArray[Any]] = []
    for plane in (bright, small[..., 2] - bright, small[..., 0] - bright):
        mean = plane.mean(axis=(1, 2))
        powers = np.abs(np.fft.fft2(plane - mean[:, None, None])) ** 2 / _SIDE**2
        measures.append(mean)
        measures += [np.log(powers[:, ring].mean(axis=1) + _FAINTEST) for ring in _RINGS]
    return np.stack(measures, axis=1).astype(np.float64)


def _reduced(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if len(picture) == _SIDE:
        return picture
    return np.asarray(Image.fromarray(picture).resize((_SIDE, _SIDE), Image.Resampling.BOX))


def _rings() -> list[NDArray[np.bool_]]:
    """Return which waves of a picture belong to each band."""
    across = np.fft.fftfreq(_SIDE, 1 / _SIDE)
    waves = np.hypot(across[:, None], across[None])
    ends = (*_BANDS[1:], np.inf)
    return [(waves >= start) & (waves < end) for start, end in zip(_BANDS, ends, strict=True)]


_RINGS = _rings()

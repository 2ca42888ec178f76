"""Probabilities that mean what they say: of pictures answered with 80 %, 80 % are right.

Networks are mostly too sure of themselves. One number mends most of it, the temperature that the logits are divided by
(Guo et al. 2017, "On Calibration of Modern Neural Networks"); the order of the classes stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LOWEST, HIGHEST = 0.5, 5.0
"""Limits of a temperature. Where every answer is right, nothing else would keep it from certainty."""

BINS = 15
"""How many levels of confidence a calibration error is worked out for; the usual number."""

SOUND = 0.005
"""Confidence this near to the accuracy is called right: half a point is no more than chance."""

_HALVINGS = 30
_TINY = 1e-38  # below it float32 has no more than zero, whose logarithm is no number

Probabilities = NDArray[np.float32]


def calibrated(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Return the probabilities (n, classes) that a softmax of the logits divided by a temperature would give.

    The logits themselves are not needed: a softmax's logarithms differ from them by a constant, which it ignores.
    """
    if temperature == 1.0:
        return probabilities
    return _softmax(_logits(probabilities) / np.float32(temperature))


def fit_temperature(probabilities: Probabilities, labels: NDArray[np.integer[Any]]) -> float:
    """Return the temperature that makes the right answers as likely as can be: the lowest mean log loss.

    The loss is convex in one over the temperature, so its slope has one zero, which is found by halving.

    Args:
        probabilities: (n, classes) of a network, on pictures it has not learned from.
        labels: (n,), the right ones.
    """
    logits = _logits(probabilities)
    wanted = float(logits[np.arange(len(labels)), labels].mean(dtype=np.float64))
    low, high = 1 / HIGHEST, 1 / LOWEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        expected = float((_softmax(logits * np.float32(middle)) * logits).sum(axis=1).mean(dtype=np.float64))
        if expected < wanted:
            low = middle
        else:
            high = middle
    return 2 / (low + high)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was found out about a network's confidence on some pictures.

    Attributes:
        count: pictures.
        temperature: what mends it.
        surplus: by how much its confidence was higher than its accuracy, on average.
        error_before, error_after: its calibration error, as it was and with the temperature.
    """

    count: int
    temperature: float
    surplus: float
    error_before: float
    error_after: float

    @property
    def words(self) -> str:
        """What was found out, for people."""
        if abs(self.surplus) < SOUND:
            found = "Its confidence was right on average"
        else:
            found = f"Its confidence was {points(abs(self.surplus))} too {'high' if self.surplus > 0 else 'low'}"
        return (
            f"{found} on {self.count} validation pictures; it is corrected (temperature {self.temperature:.2f}). "
            f"The calibration error was {points(self.error_before)} and is {points(self.error_after)}."
        )


def fit_calibration(probabilities: Probabilities, labels: NDArray[np.integer[Any]]) -> Calibration:
    """Find out how far a network's confidence is off, and the temperature that mends it; see `fit_temperature`."""
    temperature = fit_temperature(probabilities, labels)
    hits = probabilities.argmax(axis=1) == labels
    confidences = probabilities.max(axis=1)
    mended = calibrated(probabilities, temperature).max(axis=1)
    return Calibration(
        count=len(labels),
        temperature=temperature,
        surplus=float(confidences.mean(dtype=np.float64) - hits.mean()),
        error_before=calibration_error(confidences, hits),
        error_after=calibration_error(mended, hits),
    )


def points(share: float) -> str:
    """Return a difference of shares for people, in percentage points."""
    return f"{100 * share:.1f} points"


def calibration_error(confidences: NDArray[np.floating[Any]], hits: NDArray[np.bool_]) -> float:
    """Return by how much confidence and accuracy differ, averaged over 15 equal levels of confidence, 0-1.

    Args:
        confidences: (n,), the probability of each picture's first class.
        hits: (n,), whether that was the right one.
    """
    levels = np.minimum((confidences * BINS).astype(np.int64), BINS - 1)
    surplus = np.bincount(levels, weights=confidences - hits, minlength=BINS)
    return float(np.abs(surplus).sum() / len(confidences))


def _logits(probabilities: Probabilities) -> Probabilities:
    return np.log(np.maximum(probabilities, np.float32(_TINY)))


def _softmax(logits: Probabilities) -> Probabilities:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    normalized: Probabilities = powers / powers.sum(axis=1, keepdims=True)
    return normalized

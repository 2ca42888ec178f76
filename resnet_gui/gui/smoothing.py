"""Smoothing of curves: an exponential moving average without the pull towards its start."""

from __future__ import annotations

import math

from resnet_gui.runs.history import GrowingArray, Values


class SmoothedValues:
    """The debiased moving average of a growing curve; only what is new is computed.

    Args:
        factor: 0 for no smoothing, towards 1 for more.
    """

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self._smoothed = GrowingArray()
        self._average = 0.0
        self._missing = 1.0  # the weight the average still gives to its arbitrary start

    def __len__(self) -> int:
        return len(self._smoothed)

    @property
    def values(self) -> Values:
        """One smoothed value for each value of the curve so far."""
        return self._smoothed.values

    def follow(self, curve: Values) -> None:
        """Take in what `curve` has grown by. A value that is not finite stays itself and leaves no trace."""
        smoothed = []
        for value in curve[len(self) :].tolist():
            if not math.isfinite(value):
                smoothed.append(value)
                continue
            self._average = self._factor * self._average + (1 - self._factor) * value
            self._missing *= self._factor
            smoothed.append(self._average / (1 - self._missing))
        self._smoothed.extend(smoothed)

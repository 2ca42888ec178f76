"""DrawingPace: how often something may be drawn so that the drawing stays a small part of the work."""

from __future__ import annotations

import os

SHORTEST_S = 0.1
SHARE = 0.005 * (os.cpu_count() or 1)
"""At most so much of one core goes into drawing one thing: half a hundredth of the computer, however slow it is.

On two cores a training loses twice what the window takes: while one core draws, the other waits for its half of the
step.
"""


class DrawingPace:
    """Says when a drawing may be made again, from what the last one cost."""

    def __init__(self) -> None:
        self._drawn_at = float("-inf")
        self._cost = 0.0

    def begin(self, now: float) -> None:
        """Note that a drawing begins now, in seconds of any steady clock."""
        self._drawn_at = now
        self._cost = 0.0

    def add_cost(self, seconds: float) -> None:
        """Note what a part of the drawing cost, such as its painting, which comes later."""
        self._cost += seconds

    def due(self) -> float:
        """Return from when on it may be drawn again."""
        return self._drawn_at + max(SHORTEST_S, self._cost / SHARE)

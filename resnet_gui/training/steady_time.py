"""Times of events that only go forward, also where the computer's clock is set back."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import msgspec

from resnet_gui.runs.events import Event

_TOLERANCE = 1.0
"""Seconds that the two clocks may be apart: no clock is worth correcting for less."""

AnEvent = TypeVar("AnEvent", bound=Event)


class SteadyTime:
    """Corrects the time of day at which events say that they happened.

    As long as the clock goes forward it is right, also where it leaps: a computer that slept did sleep. If it was set
    back, time goes on from where it was, so that the order and the durations of what is told stay right.

    Args:
        clock: seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: float | None = None
        self._last_clock = 0.0

    def corrected(self, event: AnEvent) -> AnEvent:
        """Return an event that just happened with the time that it shall tell."""
        now = self._clock()
        if self._last is not None:
            expected = self._last + (now - self._last_clock)
            if event.time < expected - _TOLERANCE:
                event = msgspec.structs.replace(event, time=expected)
        self._last, self._last_clock = event.time, now
        return event

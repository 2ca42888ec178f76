"""ErrorRate: which of many errors are worth a line in the log and a dialog."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

_SHOWN_AGAIN_AFTER_S = 60.0
_MOST_A_MINUTE = 30
_MOST_KNOWN = 500


class Answer(Enum):
    """What is done about an error."""

    NOTHING = auto()
    COUNTED = auto()
    """A line with how often it has come."""
    SHOWN = auto()
    """All of it in the log, and a dialog."""


@dataclass(slots=True)
class _Known:
    count: int = 0
    shown: float = float("-inf")


class ErrorRate:
    """Keeps an error that comes with every frame from filling the log and from opening a dialog for each closed one.

    Each kind of error is written in full once and from then on counted, at 10, 100, 1000 times; it is shown again no
    sooner than a minute after it was. Of errors that all differ, thirty a minute are written. For any thread.

    Args:
        clock: seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}
        self._written: deque[float] = deque(maxlen=_MOST_A_MINUTE)

    def came(self, kind: str) -> tuple[Answer, int]:
        """Return what to do about an error, and how often one of its kind has come."""
        with self._lock:
            now = self._clock()
            known = self._known.get(kind)
            if known is None:
                if len(self._written) == _MOST_A_MINUTE and now - self._written[0] < 60:
                    return Answer.NOTHING, 1
                if len(self._known) >= _MOST_KNOWN:
                    del self._known[next(iter(self._known))]
                known = self._known[kind] = _Known()
                self._written.append(now)
            known.count += 1
            if now - known.shown >= _SHOWN_AGAIN_AFTER_S:
                known.shown = now
                return Answer.SHOWN, known.count
            if str(known.count).strip("0") == "1":
                return Answer.COUNTED, known.count
            return Answer.NOTHING, known.count

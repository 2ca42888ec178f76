"""How late the window's event loop comes: a timer in it, and what each lateness was spent on."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer

PROBE_MS = 16


@dataclass(frozen=True, slots=True)
class Gaps:
    """Of each gap between two ticks, in milliseconds: (n,) each.

    Attributes:
        late: how much longer it was than the 16 ms that it should be.
        ran: how long the window's thread was at work in it.
        queued: how long it was ready to work and got no core.
    """

    late: np.ndarray
    ran: np.ndarray
    queued: np.ndarray

    def reasons(self, place: int) -> str:
        """Return what one gap's lateness was spent on, where the system tells."""
        if not self.ran.any():
            return f"{'-':>5} {'-':>5} {'-':>5}"
        ran, queued = self.ran[place], self.queued[place]
        locked = max(self.late[place] - ran - queued, 0)
        return f"{ran:5.0f} {queued:5.0f} {locked:5.0f}"

    def only(self, chosen: np.ndarray) -> Gaps:
        """Return some of the gaps."""
        return Gaps(*(part[chosen] for part in (self.late, self.ran, self.queued)))


class GapMeter(QObject):
    """A timer of the window's own event loop, and how late it comes.

    Args:
        window: in whose thread it ticks; its parent.
    """

    def __init__(self, window: QObject) -> None:
        super().__init__(window)
        self._ticks = [(time.time(), *_thread_times())]
        self._timer = QTimer(self, interval=PROBE_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timeout)
        self._timer.start()

    def gaps(self) -> tuple[np.ndarray, Gaps]:
        """Return when each gap was, its middle in seconds since the epoch, and the gaps."""
        ticks = np.array(self._ticks)
        lasted, ran, queued = np.diff(ticks, axis=0).T * 1000
        return (ticks[1:, 0] + ticks[:-1, 0]) / 2, Gaps(np.maximum(lasted - PROBE_MS, 0), ran, queued)

    def _on_timeout(self) -> None:
        self._ticks.append((time.time(), *_thread_times()))


def _thread_times() -> tuple[float, float]:
    """Return for how many seconds this thread ran, and was ready to run but got no core; Linux alone tells."""
    try:
        with open("/proc/thread-self/schedstat", "rb") as file:
            ran, queued, _ = file.read().split()
    except OSError:
        return 0.0, 0.0
    return int(ran) / 1e9, int(queued) / 1e9

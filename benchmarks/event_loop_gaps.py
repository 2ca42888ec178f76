"""How long the window keeps anyone waiting while it trains: `python -m benchmarks.event_loop_gaps`."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer

from benchmarks._common import print_header, workplace
from benchmarks._phases import Phase, Phases
from benchmarks._training_window import train_in_window
from resnet_gui.cli.settings_flags import add_setting_flags, config_from
from resnet_gui.gui.main_window import MainWindow

_PROBE_MS = 16
_IDLE_MS = 3000
# What is wanted, in milliseconds: the 99th percentile and the longest; None where nothing is asked for.
_TARGETS: dict[Phase, tuple[float | None, float]] = {
    Phase.IMPORT: (None, 600),
    Phase.PREPARE: (None, 600),
    Phase.FIRST_STEPS: (None, 600),
    Phase.STEADY: (16, 100),
    Phase.FIRST_VALIDATION: (None, 600),
    Phase.CHECKPOINT: (None, 150),
    Phase.EXPORT: (None, 150),
}


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


class Probe(QObject):
    """A timer of the window's own event loop, and how late it comes.

    Args:
        window: whose event loop to probe.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._phases = Phases(window.session)
        self._ticks = [(time.time(), *_thread_times())]
        self._timer = QTimer(self, interval=_PROBE_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timeout)
        self._timer.start()

    def gaps(self) -> dict[Phase, Gaps]:
        """Return the gaps of each phase of the training; a gap belongs to the phase that its middle lies in."""
        ticks = np.array(self._ticks)
        lasted, ran, queued = np.diff(ticks, axis=0).T * 1000
        late = np.maximum(lasted - _PROBE_MS, 0)
        phases = np.array(self._phases.at((ticks[1:, 0] + ticks[:-1, 0]) / 2))
        seen = [phase for phase in Phase if phase in phases and phase is not Phase.AFTER]
        return {phase: Gaps(*(part[phases == phase] for part in (late, ran, queued))) for phase in seen}

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


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how late the event loop comes while a training runs.")
    add_setting_flags(parser)
    parser.set_defaults(data="shapes", epochs=3)
    arguments = parser.parse_args()
    config = config_from(arguments)
    probes: list[Probe] = []
    with workplace() as folder:
        print_header(f"Gaps in the window's event loop: {config.network}, {config.input_size} pixels, {config.source}")
        train_in_window(config, folder / "runs", lambda window: probes.append(Probe(window)), _IDLE_MS)
        _print_gaps(probes[0].gaps())


def _print_gaps(gaps: dict[Phase, Gaps]) -> None:
    print(f"Milliseconds later than the {_PROBE_MS} ms after which a tick is due; what is wanted is in brackets.")
    print("The longest was spent: at work in the window's thread, waiting for a core, waiting for a lock (the GIL).\n")
    print(f"{'':24} seconds    p50            p99        longest   work  core  lock  over 100 ms")
    for phase, gap in gaps.items():
        late = gap.late
        seconds = (late.sum() + _PROBE_MS * len(late)) / 1000
        p99, longest = _TARGETS.get(phase, (None, None))
        print(
            f"{phase:24} {seconds:7.1f} {np.percentile(late, 50):6.1f} {_beside(np.percentile(late, 99), p99)}"
            f" {_beside(late.max(), longest)}  {gap.reasons(int(late.argmax()))}  {(late > 100).sum():6}"
        )


def _beside(value: float, target: float | None) -> str:
    wanted = "" if target is None else f"[{target:.0f}]"
    return f"{value:8.1f} {wanted:>5}"


if __name__ == "__main__":
    main()

"""How long the window keeps anyone waiting while it trains: `python -m benchmarks.event_loop_gaps`."""

from __future__ import annotations

import argparse

import numpy as np

from benchmarks._common import print_header, workplace
from benchmarks._gap_meter import PROBE_MS, GapMeter, Gaps
from benchmarks._phases import Phase, Phases
from benchmarks._training_window import train_in_window
from resnet_gui.cli.settings_flags import add_setting_flags, config_from
from resnet_gui.gui.main_window import MainWindow

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


class Probe(GapMeter):
    """Tells the gaps of a training's phases apart.

    Args:
        window: whose event loop to probe.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._phases = Phases(window.session)

    def gaps_by_phase(self) -> dict[Phase, Gaps]:
        """Return the gaps of each phase of the training; a gap belongs to the phase that its middle lies in."""
        times, gaps = self.gaps()
        phases = np.array(self._phases.at(times))
        seen = [phase for phase in Phase if phase in phases and phase is not Phase.AFTER]
        return {phase: gaps.only(phases == phase) for phase in seen}


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
        _print_gaps(probes[0].gaps_by_phase())


def _print_gaps(gaps: dict[Phase, Gaps]) -> None:
    print(f"Milliseconds later than the {PROBE_MS} ms after which a tick is due; what is wanted is in brackets.")
    print("The longest was spent: at work in the window's thread, waiting for a core, waiting for a lock (the GIL).\n")
    print(f"{'':24} seconds    p50            p99        longest   work  core  lock  over 100 ms")
    for phase, gap in gaps.items():
        late = gap.late
        seconds = (late.sum() + PROBE_MS * len(late)) / 1000
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

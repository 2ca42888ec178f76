"""What the window costs a training: `python -m benchmarks.throughput [FLAGS of resnet-gui-cli train]`."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from benchmarks._common import ROOT, print_header, spread, workplace
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.run import Run
from resnet_gui.runs.store import RunStore

_FIRST_STEPS = 10
_IN_WINDOW = ("-m", "benchmarks._training_window")
_IN_TERMINAL = ("-m", "resnet_gui.cli.main", "train", "--json")
_FLAGS = ("--epochs", "3")


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Compare images per second in the window and in the terminal.",
        epilog="All other flags are those of resnet-gui-cli train. Default: the demo shapes, 3 epochs.",
    )
    parser.add_argument("--times", type=int, default=5, metavar="N", help="how many pairs; default: 5")
    arguments, flags = parser.parse_known_args()
    with workplace() as folder:
        print_header("Training throughput in the window and in the terminal")
        pairs, config = [], None
        for number in range(arguments.times):
            runs = [_trained(how, flags, folder / f"{number}" / how[1]) for how in (_IN_WINDOW, _IN_TERMINAL)]
            config = _same_config(runs)
            window, terminal = map(steady_rate, runs)
            pairs.append((window, terminal))
            print(f"  {window:7.1f} {terminal:7.1f} images/s", flush=True)
    assert config is not None
    print(f"{config.network}, {config.input_size} pixels, batches of {config.batch_size}, {config.epochs} epochs:")
    for name, rates in zip(("window", "terminal"), zip(*pairs, strict=True), strict=True):
        print(f"{name:>8}: {spread(rates, ' images/s')}")
    ratio = statistics.median(window / terminal for window, terminal in pairs)
    print(f"the window trains at {ratio:.3f} of the terminal's rate (median of the pairs); target 0.95")


def _trained(how: tuple[str, ...], flags: list[str], runs: Path) -> Run:
    command = [sys.executable, *how, *_FLAGS, *flags, "--runs", str(runs)]
    runs.mkdir(parents=True)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return RunStore(runs).list().runs[0]


def _same_config(runs: list[Run]) -> TrainingConfig:
    configs = [run.record.config for run in runs]
    if configs[0] != configs[1]:
        raise SystemExit(f"These cannot be compared: {configs[0]} and {configs[1]}.")
    return configs[0]


def steady_rate(run: Run) -> float:
    """Return the images per second of a run within its epochs, its first ten steps left out.

    The steps of one event have its time, which is when the last of them was done.
    """
    lines = (json.loads(line) for line in (run.folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines())
    done = {line["time"]: (line["epoch"], line["step"]) for line in lines if "loss" in line}
    seconds = steps = 0.0
    for (before, (epoch, first)), (now, (its_epoch, last)) in pairwise(done.items()):
        if epoch == its_epoch and first >= _FIRST_STEPS:
            seconds += now - before
            steps += last - first
    return steps * run.record.config.batch_size / seconds


if __name__ == "__main__":
    main()

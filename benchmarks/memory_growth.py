"""Whether trainings leave memory behind: `python -m benchmarks.memory_growth`."""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec
import psutil

from benchmarks._common import print_header, workplace
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import AnyEvent, EpochEnded
from resnet_gui.runs.state import FinishReason
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import run_training

_SMALL = TrainingConfig(source="shapes", width=16, limit=600, epochs=1, precision="float32")


def main() -> None:
    parser = argparse.ArgumentParser(description="Watch memory over many runs of one process, and many epochs of one.")
    parser.add_argument("--runs", type=int, default=10, metavar="N", help="default: 10")
    parser.add_argument("--epochs", type=int, default=50, metavar="N", help="default: 50")
    arguments = parser.parse_args()
    with workplace() as folder:
        print_header("Memory after each of many runs in one process, then after each epoch of a long one")
        after_runs = []
        for number in range(arguments.runs):
            _train(folder / "runs", _SMALL, [])
            after_runs.append(_megabytes())
            print(f"  run {number + 1:3}: {after_runs[-1]:7.0f} MB", flush=True)
        after_epochs: list[float] = []
        _train(folder / "runs", msgspec.structs.replace(_SMALL, epochs=arguments.epochs), after_epochs)
    third, half = after_runs[len(after_runs) // 3], after_epochs[len(after_epochs) // 2]
    print(f"from run {len(after_runs) // 3 + 1} to the last: {after_runs[-1] - third:+.0f} MB")
    print(f"from the middle of {arguments.epochs} epochs to the last: {after_epochs[-1] - half:+.0f} MB")


def _train(runs: Path, config: TrainingConfig, after_epochs: list[float]) -> None:
    def tell(event: AnyEvent) -> None:
        if isinstance(event, EpochEnded):
            after_epochs.append(_megabytes())

    end = run_training(RunStore(runs).create(config), TrainingControl(), tell)
    if end.reason is not FinishReason.COMPLETED:
        raise SystemExit(f"The training {end.reason}: {end.message}\n{end.details}")


def _megabytes() -> float:
    return psutil.Process().memory_info().rss / 2**20


if __name__ == "__main__":
    main()

"""`python -m tests.training.killed_training RUN POINT [INTERVAL [CHANGES]]`: a training that kills itself with SIGKILL.

POINT is "step:7" (its values were just told), "validating:2" (the second validation began), "epoch:2" (its end was
just told), "half:2" (the second checkpoint's arrays are half written) or "rename:2" (the second checkpoint is written
but has no name yet). INTERVAL is the least number of seconds between checkpoints within an epoch. CHANGES says after
which steps settings are changed, as JSON: [[8, "learning_rate", 0.01]].
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import numpy as np

from resnet_gui.runs.events import AnyEvent, EpochEnded, StateChanged, StepMetrics
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import TrainingState
from resnet_gui.training import checkpoint, monitor
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.resume import resume_training
from resnet_gui.training.run_training import run_training


class Changer:
    """Asks for other settings after some steps: each step is told by itself for that."""

    def __init__(self, control: TrainingControl, changes: list[list]) -> None:
        monitor.FLUSH_INTERVAL = 0.0
        self._control = control
        self._changes = changes

    def follow(self, event: AnyEvent) -> None:
        if isinstance(event, StepMetrics):
            for step, name, value in self._changes:
                if step == event.first_step:
                    self._control.change(name, value)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Killer:
    """Counts what happens and kills at the point."""

    def __init__(self, point: str) -> None:
        self._kind, _, number = point.partition(":")
        self._number = int(number)
        self._counts = dict.fromkeys(("validating", "half", "rename"), 0)

    def count(self, kind: str) -> bool:
        self._counts[kind] += 1
        return kind == self._kind and self._counts[kind] == self._number

    def tell(self, event: AnyEvent) -> None:
        match event:
            case StepMetrics() if self._kind == "step":
                reached = event.first_step + len(event.loss) > self._number
            case EpochEnded() if self._kind == "epoch":
                reached = event.epoch == self._number
            case StateChanged(state=TrainingState.VALIDATING):
                reached = self.count("validating")
            case _:
                reached = False
        if reached:
            die()

    def watch_checkpoints(self) -> None:
        savez, rename = np.savez, Path.rename

        def savez_or_half(file: Path, **arrays: object) -> None:
            savez(file, **arrays)
            if self.count("half"):
                os.truncate(file, file.stat().st_size // 2)
                die()

        def rename_or_not(path: Path, target: Path) -> Path:
            if target.name.startswith("resume-") and self.count("rename"):
                die()
            return rename(path, target)

        np.savez, Path.rename = savez_or_half, rename_or_not


def main(folder: str, point: str, interval: str = "", changes: str = "") -> None:
    if interval:
        checkpoint.SHORTEST_INTERVAL, checkpoint.INTERVAL_PER_DURATION = float(interval), 0.0
    killer = Killer(point)
    killer.watch_checkpoints()
    run = Run.open(Path(folder))
    train = resume_training if (run.folder / "metrics.jsonl").exists() else run_training
    control = TrainingControl()
    changer = Changer(control, json.loads(changes)) if changes else None

    def tell(event: AnyEvent) -> None:
        if changer is not None:
            changer.follow(event)
        killer.tell(event)

    train(run, control, tell)
    sys.exit("It was not killed.")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""`python -m tests.training.killed_in_turn RUN TRACES POINT...`: a training that is killed at one point after another.

Each time it goes on from where the last kill left it. After each, what is in metrics.jsonl is copied into TRACES.

TensorFlow is imported once: each training is a fork of a process that has it and has not used it, which therefore has
none of its threads yet.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

from resnet_gui.data.sources import load_pictures
from resnet_gui.runs.run import Run
from resnet_gui.training import checkpoint, trainer
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.resume import resume_training
from resnet_gui.training.run_training import run_training
from tests.training import tiny_network
from tests.training.kill_points import POINTS


def train(folder: Path, point: str) -> None:
    """Train, or go on, and be killed."""
    run = Run.open(folder)
    begun = (folder / "metrics.jsonl").exists()
    POINTS[point]()
    (resume_training if begun else run_training)(run, TrainingControl(), lambda _: None)


def main(folder: Path, traces: Path, points: list[str]) -> None:
    """Kill a training again and again."""
    tiny_network.register()
    checkpoint.SHORTEST_INTERVAL = checkpoint.INTERVAL_PER_DURATION = 0.0  # one after every step
    pictures = load_pictures(Run.open(folder).record.config.data_request())
    trainer.load_pictures = lambda _request, _report: pictures
    for number, point in enumerate(points):
        child = os.fork()
        if not child:
            try:
                train(folder, point)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
            sys.exit(f"{point}: it was not killed")
        if (folder / "metrics.jsonl").exists():
            shutil.copy(folder / "metrics.jsonl", traces / f"{number:02d} {point}.jsonl")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])

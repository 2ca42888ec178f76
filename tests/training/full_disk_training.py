"""`python -m tests.training.full_disk_training RUNS TO`: a training on a disk that is full again and again.

RUNS is on a small disk of its own; the run is copied to TO at the end. At every step, epoch and stage a file fills the
disk up to some room, another each time; when the training says that it holds, the file is deleted. The figures are
printed as JSON.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
from pathlib import Path

from resnet_gui.runs.events import AnyEvent, EpochEnded, Message, StateChanged, StepMetrics
from resnet_gui.runs.state import TrainingState
from resnet_gui.runs.store import RunStore
from resnet_gui.training import checkpoint, persistence
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import run_training
from tests.training import tiny_network

ROOMS = (0, 4096, 20_000, 60_000, 130_000, 600_000)
"""Bytes that are left."""


class Disk:
    """The disk that runs are on."""

    def __init__(self, folder: Path) -> None:
        self._filler = folder / "filler"
        self._rooms = itertools.cycle(ROOMS)

    def fill(self) -> None:
        """Leave some room, less or more than what will be written."""
        status = os.statvfs(self._filler.parent)
        self._filler.write_bytes(bytes(max(status.f_bavail * status.f_frsize - next(self._rooms), 0)))

    def make_room(self) -> None:
        """Delete what fills it."""
        self._filler.unlink(missing_ok=True)


def main(folder: Path, to: Path) -> None:
    """Train and count."""
    tiny_network.register()
    checkpoint.SHORTEST_INTERVAL = checkpoint.INTERVAL_PER_DURATION = 0.0
    persistence.RETRY_SECONDS = 0.01
    disk, holds = Disk(folder), []

    def react(event: AnyEvent) -> None:
        match event:
            case Message() if "is paused" in event.text:
                holds.append(event.text)
                disk.make_room()
            case StepMetrics() | EpochEnded() | StateChanged(state=TrainingState.FINISHING):
                disk.make_room()
                disk.fill()

    run = RunStore(folder).create(tiny_network.TINY, "one")
    end = run_training(run, TrainingControl(), react)
    disk.make_room()
    shutil.copytree(run.folder, to)
    kept_open = sum(
        os.readlink(link).endswith("(deleted)") and str(folder) in os.readlink(link)
        for link in Path("/proc/self/fd").iterdir()
        if link.is_symlink()
    )
    print(json.dumps({"end": end.reason, "details": end.details, "holds": holds, "kept_open": kept_open}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

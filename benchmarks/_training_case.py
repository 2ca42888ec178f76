"""What both sides of a training benchmark train: the case, its random pictures, and what they report."""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import asdict, dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from benchmarks._report import report


@dataclass(frozen=True, slots=True)
class TrainingCase:
    """Some steps of a network on random pictures of its own size."""

    network: str
    size: int
    batch: int
    steps: int
    classes: int = 100

    def to_json(self) -> str:
        """Return it as a program's argument."""
        return json.dumps(asdict(self))


def read_case() -> TrainingCase:
    """Return the case that this program was started with."""
    return TrainingCase(**json.loads(sys.argv[1]))


def random_pictures(case: TrainingCase) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return pictures (n, size, size, 3) and labels (n,) for all the steps."""
    random = np.random.default_rng(0)
    count = case.batch * case.steps
    pictures = random.integers(0, 256, (count, case.size, case.size, 3), np.uint8)
    return pictures, random.integers(0, case.classes, count)


def report_steps(started: float, done: list[float]) -> None:
    """Tell the seconds until the first step, those of each later one, and the process' largest memory in MB."""
    later = [after - before for before, after in pairwise(done)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    report({"first_step": done[0] - started, "steps": later, "peak": peak})

"""Finding a learning rate: one short training whose rate rises from far too low to far too high.

After Smith, "Cyclical Learning Rates for Training Neural Networks" (2017).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from contextlib import closing
from itertools import count
from pathlib import Path

import msgspec

from resnet_gui.data.sources import load_pictures
from resnet_gui.models.registry import check_network
from resnet_gui.progress import Report
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.training.batches import TrainingBatch, training_batches
from resnet_gui.training.phases import Phase, plan_phases
from resnet_gui.training.start import build_network

STEPS = 120
LOWEST, HIGHEST = 1e-6, 3.0
_SMOOTHING = 0.9
_DIVERGED = 4.0  # times the lowest loss so far


class RateTried(msgspec.Struct, frozen=True):
    """One step of the search: its loss, and the loss smoothed over the steps before."""

    step: int
    rate: float
    loss: float
    smoothed: float


class RateFound(msgspec.Struct, frozen=True):
    """The end of the search: a good rate, None if there is none to see, and why in words."""

    suggestion: float | None
    words: str


def find_rate(config: TrainingConfig, runs: Path, report: Report, tell: Callable[[RateTried], None]) -> RateFound:
    """Train a fresh network for some steps with a rising rate; return the rate to train with.

    Args:
        config: the training's settings; its rate, schedule and epochs do not matter.
        runs: the folder of runs, one of which it may start from.
        report: told what is being prepared; may raise CancelledError.
        tell: given every step.

    Raises:
        ResNetGuiError: the training cannot be prepared.
        CancelledError: `report` asked to stop.
    """
    check_network(config)
    dataset = config.split(load_pictures(config.data_request(), report))
    network, _ = build_network(config, dataset, runs, report)
    phase = plan_phases(config, network, dataset, report)[0]()
    tried: list[RateTried] = []
    average = 0.0
    with closing(_endless(config, phase)) as batches:
        for step, batch in enumerate(batches, 1):
            rate = LOWEST * (HIGHEST / LOWEST) ** ((step - 1) / (STEPS - 1))
            loss = phase.engine.train_batch(batch, rate).loss
            if not math.isfinite(loss):
                break
            average = _SMOOTHING * average + (1 - _SMOOTHING) * loss
            smoothed = average / (1 - _SMOOTHING**step)
            tried.append(RateTried(step, rate, loss, smoothed))
            tell(tried[-1])
            report("Trying rates", step, STEPS)
            if step == STEPS or smoothed > _DIVERGED * min(one.smoothed for one in tried):
                break
    return suggest_rate(tried)


def suggest_rate(tried: list[RateTried]) -> RateFound:
    """Return a third of the rate at which the smoothed loss was lowest: still falling fast, with room to the edge."""
    if len(tried) < STEPS // 4:
        return RateFound(None, "The loss was no longer a number after a few steps; check the pictures and settings.")
    lowest = min(tried, key=lambda one: one.smoothed)
    if lowest.smoothed > 0.98 * tried[0].smoothed:
        return RateFound(None, "The loss fell at no rate; the network may need another start or preprocessing.")
    rate = float(f"{lowest.rate / 3:.1g}")
    return RateFound(rate, f"The loss fell until {lowest.rate:.1g}; a third of that leaves room: {rate:g}.")


def _endless(config: TrainingConfig, phase: Phase) -> Generator[TrainingBatch, None, None]:
    for epoch in count(1):
        batches = training_batches(phase.views[0], config.batch_size, config.seed, epoch, phase.augmentation)
        with closing(batches):
            yield from batches

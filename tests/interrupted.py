"""Runs that were cut, without a training."""

from __future__ import annotations

import msgspec
import numpy as np

from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import AnyEvent, StepMetrics, TrainingPlanned
from resnet_gui.runs.run import Run
from resnet_gui.runs.store import RunStore
from resnet_gui.training.checkpoint import Checkpoint, Checkpoints, CheckpointState, EngineState
from resnet_gui.training.control import TrainingControl
from tests.fake_trainer import FakeTrainer

STEPS_PER_EPOCH = 4


class Cut(Exception):
    """Ends a training in the middle, as a power cut does: without a word in the run's folder."""


def interrupted_run(
    store: RunStore,
    name: str = "cut",
    *,
    epochs: int = 3,
    cut_after: int = 6,
    checkpoint: int = 4,
    created: float = 1.0,
) -> Run:
    """Return a run with STEPS_PER_EPOCH steps an epoch that was cut after a step.

    Args:
        store: where it is made.
        name: its own.
        epochs: how many were planned.
        cut_after: its last step.
        checkpoint: the step of its checkpoint; 0 for none.
        created: when it was begun.
    """
    run = store.create(TrainingConfig(epochs=epochs, seed=7), name, now=created)

    def tell(event: AnyEvent) -> None:
        if isinstance(event, TrainingPlanned):
            event = msgspec.structs.replace(event, train_count=STEPS_PER_EPOCH * run.record.config.batch_size)
        run.append(event)
        if isinstance(event, StepMetrics) and event.first_step == cut_after:
            raise Cut

    try:
        FakeTrainer(epochs, STEPS_PER_EPOCH)(run, TrainingControl(), tell)
    except Cut:
        if checkpoint:
            write_checkpoint(run, checkpoint, epochs)
    return Run.open(run.folder)


def write_checkpoint(run: Run, step: int, planned: int) -> None:
    """Write a checkpoint at a step, for a trainer that looks only where it stands."""
    ended, position = divmod(step, STEPS_PER_EPOCH)
    state = CheckpointState(
        phase=0, phase_epochs=ended, planned=planned, position=position, epochs=ended, step=step,
        epochs_since_best=0, best=None, schedule={}, precision="float32",
    )  # fmt: skip
    Checkpoints(run.checkpoint_folder).save(Checkpoint(state, [np.zeros(3)], EngineState([], [])))

"""What resuming does to a run's folder before anything is trained."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import AnyEvent, Finished, Message, StateChanged
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.runs.store import RunStore
from resnet_gui.training.checkpoint import Checkpoint, Checkpoints, CheckpointState, EngineState
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.resume import resume_training

FROZEN = TrainingConfig(start_from="imagenet", freeze=True, epochs=3, fine_tune_epochs=2)


def fit(run: Run, control: TrainingControl, on_event: Callable[[AnyEvent], None]) -> None:
    """Stand in for the trainer: what is looked at here is done before it is called."""
    on_event(Finished(time=time.time(), reason=FinishReason.COMPLETED))


def resumed(run: Run, epochs: int | None = None) -> list[AnyEvent]:
    told: list[AnyEvent] = []
    resume_training(Run.open(run.folder), TrainingControl(), told.append, epochs, fit)
    return told


def complete(folder: Path, config: TrainingConfig, trained: int) -> Run:
    run = RunStore(folder).create(config, "one")
    state = CheckpointState(
        phase=0, phase_epochs=trained, planned=trained, position=0, epochs=trained, step=trained * 10,
        epochs_since_best=0, best=None, schedule={}, precision="float32",
    )  # fmt: skip
    Checkpoints(run.checkpoint_folder).save(Checkpoint(state, [np.zeros(3)], EngineState([], [])))
    fit(run, TrainingControl(), run.append)
    return run


@pytest.mark.parametrize(
    ("config", "trained", "epochs", "changes"),
    [
        (TrainingConfig(epochs=3), 3, 5, {"epochs": 5}),
        (FROZEN, 5, 9, {"fine_tune_epochs": 6}),
        (msgspec.structs.replace(FROZEN, fine_tune_epochs=0), 3, 4, {"epochs": 4}),
    ],
)
def test_more_epochs_go_to_the_last_phase(
    tmp_path: Path, config: TrainingConfig, trained: int, epochs: int, changes: dict[str, int]
) -> None:
    run = complete(tmp_path, config, trained)
    told = resumed(run, epochs)
    assert isinstance(told[0], StateChanged)
    assert isinstance(told[1], Message)
    extended = Run.open(run.folder).record.config
    assert extended == msgspec.structs.replace(config, **changes)
    assert extended.all_epochs == epochs


@pytest.mark.parametrize(("config", "trained", "epochs"), [(TrainingConfig(epochs=3), 3, 3), (FROZEN, 2, 3)])
def test_epochs_that_are_none_more_are_refused_and_the_run_stays_as_it_is(
    tmp_path: Path, config: TrainingConfig, trained: int, epochs: int
) -> None:
    run = complete(tmp_path, config, trained)
    before = Run.open(run.folder).record
    (end,) = resumed(run, epochs)
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.FAILED
    assert "are not more than" in end.message
    assert Run.open(run.folder).record == before


def test_a_complete_run_says_so_and_stays_as_it_is(tmp_path: Path) -> None:
    run = complete(tmp_path, TrainingConfig(epochs=3), 3)
    before = (run.folder / "metrics.jsonl").read_bytes()
    (end,) = resumed(run)
    assert isinstance(end, Finished)
    assert (end.reason, "is complete" in end.message) == (FinishReason.COMPLETED, True)
    assert (run.folder / "metrics.jsonl").read_bytes() == before


def test_a_complete_run_without_a_checkpoint_is_not_thrown_away(tmp_path: Path) -> None:
    run = RunStore(tmp_path).create(TrainingConfig(epochs=3), "old")
    fit(run, TrainingControl(), run.append)
    (end,) = resumed(run, 5)
    assert isinstance(end, Finished)
    assert "no checkpoint to go on from" in end.message
    assert Run.open(run.folder).record.finish_reason is FinishReason.COMPLETED


def test_a_run_that_was_cut_before_its_first_checkpoint_begins_again(tmp_path: Path) -> None:
    run = RunStore(tmp_path).create(TrainingConfig(epochs=3), "cut")
    run.append(StateChanged(time=1.0, state=TrainingState.RUNNING))
    told = resumed(run)
    assert any("begins again at its first step" in event.text for event in told if isinstance(event, Message))
    assert told[-1] == Finished(time=told[-1].time, reason=FinishReason.COMPLETED)

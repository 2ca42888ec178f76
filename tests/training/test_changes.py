"""Settings that are changed while a training runs, and a stop at the end of an epoch."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from resnet_gui.runs.events import AnyEvent, EpochEnded, Finished, SettingChanged, StateChanged, StepMetrics
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.runs.store import RunStore
from resnet_gui.training import monitor
from resnet_gui.training.checkpoint import Checkpoints
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.resume import resume_training
from resnet_gui.training.run_training import run_training
from resnet_gui.training.schedules import Cosine
from tests.training.conftest import Reaction, Recording, train_and_record
from tests.training.killed_training import Changer
from tests.training.test_resume import PLAIN, assert_same, finish

pytestmark = pytest.mark.slow

STEPS = 6  # of an epoch
CONFIG = msgspec.structs.replace(PLAIN, schedule="cosine", warmup_epochs=1)
CHANGES = [[8, "learning_rate", 3e-4], [8, "epochs", 4], [14, "early_stopping", 5]]
MADE = [
    (8, "learning_rate", 1e-3, 3e-4),
    (8, "epochs", 3, 4),
    (14, "early_stopping", 0, 5),
]


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a training that was changed on the way and never interrupted."""
    run, control = RunStore(tmp_path_factory.mktemp("runs")).create(CONFIG, "unbroken"), TrainingControl()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(monitor, "FLUSH_INTERVAL", 0.0)
        end = run_training(run, control, Changer(control, CHANGES).follow)
    assert end.reason is FinishReason.COMPLETED
    return run


def made(run: Run) -> list[tuple]:
    record = Run.open(run.folder).record
    assert record.to_repeat == ()
    told = [(change.step, change.name, change.old, change.new) for change in record.changes]
    assert [(change.step, change.name, change.old, change.new) for change in run.read_history().changes] == told
    return told


def test_changes_hold_from_the_next_step_on_and_are_kept(changed: Run) -> None:
    assert made(changed) == MADE
    record = Run.open(changed.folder).record
    assert record.begun_with == CONFIG
    assert (record.config.learning_rate, record.config.epochs, record.config.early_stopping) == (3e-4, 4, 5)
    history = changed.read_history()
    assert len(history) == 4 * STEPS
    begun, then = Cosine(1e-3, 2 * STEPS), Cosine(3e-4, 3 * STEPS)
    expected = [begun.rate(step - STEPS) for step in (6, 7)] + [then.rate(step - STEPS) for step in range(8, 24)]
    np.testing.assert_allclose(history.column("rate")[STEPS:], expected, rtol=1e-6)
    assert "Learning rate changed from 0.001 to 0.0003, from step 9 on." in (changed.folder / "log.txt").read_text()


def test_a_run_killed_after_a_change_ends_bit_for_bit_like_an_unbroken_one(changed: Run, tmp_path: Path) -> None:
    run = RunStore(tmp_path).create(CONFIG, "killed")
    point = "step:16"  # the checkpoint before it is at step 12: one change is in force there, one is to be made again
    command = [sys.executable, "-m", "tests.training.killed_training", str(run.folder), point, "", json.dumps(CHANGES)]
    killed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    told = finish(run)
    assert [event.step for event in told if isinstance(event, SettingChanged)] == [14]
    assert made(run) == MADE
    assert_same(changed, run)


def untrained(run: Run, epochs: int | None = None) -> Run:
    """Go on with a run up to where the trainer would be called."""

    def fit(_run: Run, _control: TrainingControl, on_event: Callable[[AnyEvent], None]) -> None:
        on_event(Finished(time=time.time(), reason=FinishReason.COMPLETED))

    resume_training(Run.open(run.folder), TrainingControl(), lambda _event: None, epochs, fit)
    return Run.open(run.folder)


def test_a_changed_run_is_extended(changed: Run, tmp_path: Path) -> None:
    run = untrained(Run.open(shutil.copytree(changed.folder, tmp_path / "copy")), epochs=5)
    assert made(run) == [*MADE, (4 * STEPS, "epochs", 4, 5)]
    assert (run.record.config.epochs, run.record.config.learning_rate) == (5, 3e-4)
    assert run.record.begun_with == CONFIG


def test_an_extension_takes_the_place_of_changed_epochs_to_come(changed: Run, tmp_path: Path) -> None:
    run = Run.open(shutil.copytree(changed.folder, tmp_path / "copy"))
    for checkpoint in run.checkpoint_folder.glob("resume-*"):
        shutil.rmtree(checkpoint)
    run.update(finish_reason=None)  # it was cut before its first checkpoint
    run = untrained(run, epochs=7)
    assert [(change.step, change.name, change.new) for change in run.record.changes] == [(0, "epochs", 7)]
    assert [change.name for change in run.record.to_repeat] == ["learning_rate", "early_stopping"]
    assert run.record.config == msgspec.structs.replace(CONFIG, epochs=7)


def small(tmp_path: Path, reaction: Reaction) -> Recording:
    changes = {"source": "shapes", "width": 8, "epochs": 3}
    return train_and_record(tmp_path, reaction, **changes)


def test_a_training_is_stopped_after_the_epoch_in_which_it_is_asked_unless_that_is_taken_back(tmp_path: Path) -> None:
    def ask(event: AnyEvent, control: TrainingControl) -> None:
        if isinstance(event, StepMetrics):
            control.stop_after_epoch()
        if isinstance(event, EpochEnded) and event.epoch == 1:
            control.stop_after_epoch(False)

    told = small(tmp_path, ask)
    assert told.end.reason is FinishReason.STOPPED
    epochs = told.of(EpochEnded)
    assert [(epoch.epoch, epoch.complete) for epoch in epochs] == [(1, True), (2, True)]
    assert epochs[-1].val_top1 is not None
    assert told.of(StateChanged)[-1].state is TrainingState.STOPPING
    state, _ = Checkpoints(told.run.checkpoint_folder).find()
    assert state is not None
    assert (state.epochs, state.position) == (2, 0)
    assert told.run.model_folder.is_dir()


def test_what_was_changed_in_a_pause_before_a_stop_is_made_again(tmp_path: Path) -> None:
    def ask(event: AnyEvent, control: TrainingControl) -> None:
        if isinstance(event, StepMetrics) and event.epoch == 2:
            control.pause()
        if isinstance(event, StateChanged) and event.state is TrainingState.PAUSED:
            control.change("learning_rate", 0.01)
            control.change("epochs", 1)  # too few by now: the second has begun
            control.stop()

    told = small(tmp_path, ask)
    step = len(told.run.read_history())
    expected = [(step, "learning_rate", 0.01), (step, "epochs", 2)]
    assert [(change.step, change.name, change.new) for change in told.run.record.changes] == expected
    again = untrained(told.run).record
    assert [(change.step, change.name, change.new) for change in again.to_repeat] == expected
    assert again.config == again.begun_with == told.run.record.begun_with

"""metrics.jsonl is cut back to a checkpoint, and survives being cut anywhere itself."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import EpochEnded, Finished, StateChanged, StepMetrics
from resnet_gui.runs.run import Interruption, Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.runs.store import RunStore

STEPS = 3


def steps(epoch: int, first: int, count: int = STEPS) -> StepMetrics:
    values = tuple(0.5 + first + offset for offset in range(count))
    return StepMetrics(
        time=1.0, epoch=epoch, first_step=first, loss=values, top1=values, top5=values, rate=values,
        images_per_second=1.0,
    )  # fmt: skip


def ended(epoch: int, step: int, complete: bool = True) -> EpochEnded:
    value = 0.25 if complete else None
    return EpochEnded(
        time=2.0, epoch=epoch, step=step, val_loss=value, val_top1=value, val_top5=value, complete=complete, best=False
    )


def entered(state: TrainingState) -> StateChanged:
    return StateChanged(time=3.0, state=state)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run that was stopped in its third epoch."""
    run = RunStore(tmp_path).create(TrainingConfig(epochs=3), "one")
    for epoch in (1, 2):
        run.append(entered(TrainingState.RUNNING))
        run.append(steps(epoch, (epoch - 1) * STEPS + 1))
        run.append(entered(TrainingState.VALIDATING))
        run.append(ended(epoch, epoch * STEPS))
    run.append(entered(TrainingState.RUNNING))
    run.append(steps(3, 2 * STEPS + 1, 2))
    run.append(entered(TrainingState.STOPPING))
    run.append(ended(3, 2 * STEPS + 2, complete=False))
    run.append(Finished(time=4.0, reason=FinishReason.STOPPED))
    return run


@pytest.mark.parametrize(
    ("step", "epochs"),
    [(0, 0), (1, 0), (STEPS, 0), (STEPS, 1), (STEPS + 2, 1), (2 * STEPS, 2), (2 * STEPS + 1, 2), (2 * STEPS + 2, 2)],
)
def test_what_came_after_a_step_is_cut_and_the_curve_goes_on_as_one_line(run: Run, step: int, epochs: int) -> None:
    whole = (run.folder / "metrics.jsonl").read_bytes()
    run.rewind(step, epochs, None, run.record.config)
    assert whole.startswith((run.folder / "metrics.jsonl").read_bytes())
    again = Run.open(run.folder)
    assert (again.record.finish_reason, again.record.best, again.record.test) == (None, None, None)
    history = again.read_history()
    assert history.steps.tolist() == list(range(1, step + 1))
    assert [epoch.epoch for epoch in history.epochs] == list(range(1, epochs + 1))
    again.append(entered(TrainingState.PREPARING))
    again.append(steps(epochs + 1, step + 1))
    assert again.read_history().steps.tolist() == list(range(1, step + 1 + STEPS))


def test_a_file_cut_at_any_byte_of_its_last_lines_opens_and_goes_on(run: Run) -> None:
    path = run.folder / "metrics.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    content, kept = b"".join(lines), b"".join(lines[:-2])
    cuts = range(len(kept), len(content))
    assert len(cuts) > 100
    for size in cuts:
        path.write_bytes(content)
        os.truncate(path, size)
        history = run.read_history()
        assert history.steps.tolist() == list(range(1, 2 * STEPS + 3))
        run.rewind(2 * STEPS + 1, 2, None, run.record.config)
        run.append(steps(3, 2 * STEPS + 2, 1))
        assert [json.loads(line) for line in path.read_bytes().splitlines()]
        assert run.read_history().steps.tolist() == list(range(1, 2 * STEPS + 3))


def test_a_cut_in_the_values_of_a_step_loses_that_step_alone(run: Run) -> None:
    path = run.folder / "metrics.jsonl"
    run.rewind(2 * STEPS + 2, 2, None, run.record.config)
    content = path.read_bytes()
    last = content.splitlines(keepends=True)[-1]
    for size in range(len(content) - len(last), len(content) - 1):
        path.write_bytes(content[:size])
        assert run.read_history().steps.tolist() == list(range(1, 2 * STEPS + 2))


def test_how_far_a_run_came_is_read_from_the_end_of_its_curves(run: Run) -> None:
    assert run.reached() == Interruption(3, 2 * STEPS + 2)
    for _ in range(300):  # more than is read at first
        run.append(entered(TrainingState.PAUSED))
    assert run.reached() == Interruption(3, 2 * STEPS + 2)
    with run.metrics_file.open("ab") as file:
        file.write(b'{"loss": torn')
    assert run.reached() == Interruption(3, 2 * STEPS + 2)
    run.rewind(0, 0, None, run.record.config)
    assert run.reached() == Interruption(0, 0)


def test_a_run_that_did_not_end_is_interrupted_where_it_was(run: Run, tmp_path: Path) -> None:
    assert run.interruption() is None  # it was stopped
    run.append(entered(TrainingState.RUNNING))
    assert Run.open(run.folder).interruption() == Interruption(3, 2 * STEPS + 2)
    new = RunStore(tmp_path).create(TrainingConfig(), "new")
    assert new.interruption() is None
    new.append(entered(TrainingState.PREPARING))
    assert new.interruption() == Interruption(0, 0)

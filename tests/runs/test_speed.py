"""A run remembers how fast it was."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from resnet_gui.runs import events
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import CALCULATING_FEATURES
from resnet_gui.runs.run import Run
from resnet_gui.runs.speed import Speed
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.runs.store import RunStore

PREPARING, RUNNING, VALIDATING, PAUSED = (
    TrainingState.PREPARING,
    TrainingState.RUNNING,
    TrainingState.VALIDATING,
    TrainingState.PAUSED,
)


def entered(time: float, state: TrainingState) -> events.StateChanged:
    return events.StateChanged(time=time, state=state)


def steps(first: int, count: int, images_per_second: float, epoch: int = 1) -> events.StepMetrics:
    values = (0.5,) * count
    return events.StepMetrics(
        time=0.0,
        epoch=epoch,
        first_step=first,
        loss=values,
        top1=values,
        top5=values,
        rate=values,
        images_per_second=images_per_second,
    )


def progress(time: float, done: int, stage: str = "Validating") -> events.Progress:
    return events.Progress(time=time, stage=stage, done=done, total=500)


def finished(folder: Path, *told: events.AnyEvent, **config: Any) -> Speed | None:
    """Write the events of a training to a run and return the speed it has when it is opened again."""
    run = RunStore(folder).create(TrainingConfig(**config))
    for event in told:
        run.append(event)
    run.append(events.Finished(time=99.0, reason=FinishReason.COMPLETED))
    return Run.open(run.folder).record.speed


def test_speed_is_the_steps_and_the_validation_without_the_slow_first_batch_of_each(tmp_path: Path) -> None:
    speed = finished(
        tmp_path,
        entered(0.0, PREPARING),
        progress(6.0, 0, "Building"),
        entered(12.0, RUNNING),
        steps(1, 1, 2.0),
        steps(2, 1, 100.0),
        steps(3, 3, 300.0),
        entered(20.0, VALIDATING),
        progress(25.0, 100),
        progress(26.0, 300),
        progress(27.0, 500),
        entered(30.0, RUNNING),
        steps(6, 4, 200.0, epoch=2),
    )
    # Of eight batches one at 100, three at 300, four at 200 pictures a second: in 1/100 + 3/300 + 4/200 of a second
    # for each picture of a batch.
    assert speed == Speed(
        images_per_second=pytest.approx(8 / 0.04), validation_images_per_second=200.0, preparing_seconds=12.0
    )


def test_a_pause_is_no_part_of_a_validation(tmp_path: Path) -> None:
    speed = finished(
        tmp_path,
        entered(0.0, RUNNING),
        steps(1, 1, 1.0),
        steps(2, 1, 10.0),
        entered(10.0, VALIDATING),
        progress(11.0, 100),
        progress(12.0, 150),
        entered(12.0, PAUSED),
        entered(1000.0, VALIDATING),
        progress(1001.0, 200),
        progress(1002.0, 250),
    )
    assert speed == Speed(images_per_second=10.0, validation_images_per_second=50.0)


def test_of_a_frozen_network_the_features_count_and_not_the_steps_of_its_head(tmp_path: Path) -> None:
    told = (
        entered(0.0, PREPARING),
        progress(10.0, 100, CALCULATING_FEATURES),
        progress(14.0, 500, CALCULATING_FEATURES),
        entered(20.0, RUNNING),
        steps(1, 3, 9999.0),
        steps(4, 3, 9999.0),
        entered(21.0, VALIDATING),
        progress(21.1, 100),
        progress(21.2, 500),
    )
    frozen = {"freeze": True, "start_from": "imagenet", "epochs": 1}
    assert finished(tmp_path, *told, **frozen) == Speed(features_per_second=100.0)
    tuned = (
        entered(30.0, RUNNING),
        steps(7, 1, 1.0, epoch=2),
        steps(8, 1, 20.0, epoch=2),
        entered(40.0, VALIDATING),
        progress(41.0, 100),
        progress(42.0, 140),
    )
    assert finished(tmp_path, *told, *tuned, **frozen) == Speed(features_per_second=100.0)  # another epoch of the head
    assert finished(tmp_path, *told, *tuned, **frozen, fine_tune_epochs=1) == Speed(20.0, 40.0, 100.0)


def test_a_run_that_ended_before_its_second_step_has_no_speed(tmp_path: Path) -> None:
    assert finished(tmp_path, entered(0.0, PREPARING), entered(1.0, RUNNING), steps(1, 1, 5.0)) is None


def test_a_record_from_before_speeds_were_kept_still_opens(tmp_path: Path) -> None:
    run = RunStore(tmp_path).create(TrainingConfig())
    file = run.folder / "run.json"
    record = json.loads(file.read_bytes())
    del record["speed"]
    file.write_text(json.dumps(record))
    assert Run.open(run.folder).record.speed is None


def test_the_speed_outlives_a_later_change_of_the_record(tmp_path: Path) -> None:
    run = RunStore(tmp_path).create(TrainingConfig())
    for event in (steps(1, 1, 1.0), steps(2, 1, 10.0), entered(5.0, RUNNING)):
        run.append(event)
    again = Run.open(run.folder)
    again.append(entered(6.0, TrainingState.IDLE))
    assert Run.open(run.folder).record.speed == Speed(images_per_second=10.0)


def test_the_newest_runs_come_first_and_damaged_ones_are_passed_over(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    for number in range(4):
        run = store.create(TrainingConfig(), name=f"run-{number}")
        file = run.folder / "run.json"
        if number == 2:
            file.write_bytes(b"{")
        os.utime(file, (number, number))
    assert [run.name for run in store.newest(3)] == ["run-3", "run-1"]
    assert RunStore(tmp_path / "missing").newest(3) == ()

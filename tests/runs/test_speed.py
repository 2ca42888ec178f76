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


def planned(validation: int = 50) -> events.TrainingPlanned:
    return events.TrainingPlanned(
        time=1.0,
        run="",
        class_names=("a", "b"),
        steps_per_epoch=3,
        epochs=2,
        train_count=96,
        validation_count=validation,
        test_count=0,
        parameters=7,
        environment={},
    )


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


def epoch_ended(time: float, epoch: int = 1, loss: float | None = 0.5) -> events.EpochEnded:
    return events.EpochEnded(
        time=time, epoch=epoch, step=3, val_loss=loss, val_top1=loss, val_top5=loss, complete=True, best=False
    )


def finished(folder: Path, *told: events.AnyEvent, **config: Any) -> Speed | None:
    """Write the events of a training to a run and return the speed it has when it is opened again."""
    run = RunStore(folder).create(TrainingConfig(**config))
    for event in told:
        run.append(event)
    run.append(events.Finished(time=99.0, reason=FinishReason.COMPLETED))
    return Run.open(run.folder).record.speed


def test_speed_is_the_steps_but_the_slow_first_ones_and_the_validation_s_own_time(tmp_path: Path) -> None:
    speed = finished(
        tmp_path,
        entered(0.0, PREPARING),
        planned(validation=50),
        entered(12.0, RUNNING),
        steps(1, 1, 2.0),
        steps(2, 1, 100.0),
        steps(3, 3, 300.0),
        entered(20.0, VALIDATING),
        epoch_ended(25.0),
    )
    # One step of any batch at 100 and three at 300 pictures a second: four batches in 2/100 of a batch's seconds.
    assert speed == Speed(
        images_per_second=pytest.approx(200.0), seconds_per_validation_picture=0.1, preparing_seconds=12.0
    )


def test_a_pause_is_no_part_of_a_validation(tmp_path: Path) -> None:
    speed = finished(
        tmp_path,
        planned(validation=10),
        entered(0.0, RUNNING),
        steps(1, 1, 1.0),
        steps(2, 1, 10.0),
        entered(10.0, VALIDATING),
        entered(12.0, PAUSED),
        entered(1000.0, VALIDATING),
        epoch_ended(1001.0),
        entered(1001.5, RUNNING),
        entered(1010.0, VALIDATING),
        entered(1011.0, PAUSED),
        entered(2000.0, VALIDATING),
        epoch_ended(2004.0, epoch=2),
    )
    assert speed is not None
    assert speed.seconds_per_validation_picture == pytest.approx(0.5)  # of the last one, 1 + 4 seconds


def test_a_validation_that_was_cut_tells_nothing(tmp_path: Path) -> None:
    speed = finished(
        tmp_path, planned(), steps(1, 1, 1.0), steps(2, 1, 10.0), entered(5.0, VALIDATING), epoch_ended(6.0, loss=None)
    )
    assert speed == Speed(images_per_second=10.0)


def test_of_a_frozen_network_the_features_count_and_not_the_steps_of_its_head(tmp_path: Path) -> None:
    def calculated(time: float, done: int) -> events.Progress:
        return events.Progress(time=time, stage=CALCULATING_FEATURES, done=done, total=500)

    told = (
        entered(0.0, PREPARING),
        planned(),
        calculated(10.0, 100),
        calculated(14.0, 500),
        entered(20.0, RUNNING),
        steps(1, 3, 9999.0),
        steps(4, 3, 9999.0),
        entered(21.0, VALIDATING),
        epoch_ended(21.1),
    )
    frozen = {"freeze": True, "start_from": "imagenet", "epochs": 1}
    assert finished(tmp_path, *told, **frozen) == Speed(features_per_second=100.0)
    tuned = finished(tmp_path, *told, steps(7, 1, 1.0, epoch=2), steps(8, 1, 20.0, epoch=2), **frozen)
    assert tuned == Speed(images_per_second=20.0, features_per_second=100.0)


def test_a_run_that_ended_before_its_second_step_has_no_speed(tmp_path: Path) -> None:
    assert finished(tmp_path, entered(0.0, PREPARING), planned(), entered(1.0, RUNNING), steps(1, 1, 5.0)) is None


def test_a_record_from_before_speeds_were_kept_still_opens(tmp_path: Path) -> None:
    run = RunStore(tmp_path).create(TrainingConfig())
    file = run.folder / "run.json"
    record = json.loads(file.read_bytes())
    del record["speed"]
    file.write_text(json.dumps(record))
    assert Run.open(run.folder).record.speed is None


def test_the_speed_outlives_a_later_change_of_the_record(tmp_path: Path) -> None:
    run = RunStore(tmp_path).create(TrainingConfig())
    for event in (planned(), steps(1, 1, 1.0), steps(2, 1, 10.0), entered(5.0, RUNNING)):
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

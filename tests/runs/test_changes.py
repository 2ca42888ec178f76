"""Settings that are changed while a training runs: limits, what is kept of them, and going back."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from resnet_gui.errors import ConfigError
from resnet_gui.runs.changes import check_change, epochs_setting, least_value, rate_setting, undone
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import EpochEnded, SettingChanged, StepMetrics, TrainingPlanned
from resnet_gui.runs.run import Run
from resnet_gui.runs.store import RunStore

PLAIN = TrainingConfig(epochs=10)
TUNED = TrainingConfig(start_from="imagenet", freeze=True, epochs=4, fine_tune_epochs=6)


@pytest.mark.parametrize(
    ("config", "name", "value", "begun", "words"),
    [
        (PLAIN, "learning_rate", 0.0, 0, "Learning rate must be above 0"),
        (PLAIN, "learning_rate", 11.0, 0, "at most 10"),
        (TUNED, "fine_tune_rate", 2.0, 0, "at most 1"),
        (PLAIN, "early_stopping", -1, 0, "Early stopping must be at least 0"),
        (PLAIN, "early_stopping", 1.5, 0, "whole number"),
        (PLAIN, "epochs", 0, 0, "Epochs must be at least 1"),
        (PLAIN, "epochs", 4, 5, "epoch 5 has begun"),
        (TUNED, "fine_tune_epochs", 1, 6, "5 epochs are too few: epoch 6 has begun"),
        (TUNED, "fine_tune_epochs", 0, 2, "leave none for fine-tuning"),
        (TUNED, "epochs", 5, 2, "epochs of the head is fixed"),
    ],
)
def test_what_cannot_be_is_refused_in_words(config, name, value, begun, words) -> None:
    with pytest.raises(ConfigError, match=words) as refused:
        check_change(config, name, value, begun)
    assert refused.value.field == name


@pytest.mark.parametrize(
    ("config", "name", "value", "begun"),
    [(PLAIN, "epochs", 5, 5), (PLAIN, "early_stopping", 0, 3), (TUNED, "fine_tune_epochs", 1, 5)],
)
def test_what_can_be_is_not(config, name, value, begun) -> None:
    check_change(config, name, value, begun)


def test_epochs_that_began_since_it_was_asked_are_kept() -> None:
    assert least_value(PLAIN, "epochs", 4, 6) == 6
    assert least_value(TUNED, "fine_tune_epochs", 1, 7) == 3
    assert least_value(PLAIN, "learning_rate", 0.1, 6) == 0.1


def test_the_settings_of_the_phase_under_way() -> None:
    assert epochs_setting(PLAIN) == ("epochs", 0)
    assert epochs_setting(TUNED) == ("fine_tune_epochs", 4)
    assert [rate_setting(PLAIN, ended) for ended in (0, 20)] == ["learning_rate"] * 2
    assert [rate_setting(TUNED, ended) for ended in (3, 4)] == ["learning_rate", "fine_tune_rate"]


def changed(step: int, name: str, old: float, new: float) -> SettingChanged:
    return SettingChanged(time=float(step), step=step, name=name, old=old, new=new)


RATES = [changed(2, "learning_rate", 0.001, 0.01), changed(4, "learning_rate", 0.01, 0.1)]


def test_changes_are_undone_from_the_last_to_the_first() -> None:
    assert undone(msgspec.structs.replace(PLAIN, learning_rate=0.1), RATES).learning_rate == 0.001


def step(number: int) -> StepMetrics:
    one = (0.5,)
    return StepMetrics(
        time=1.0, epoch=1, first_step=number, loss=one, top1=one, top5=one, rate=one, images_per_second=1.0
    )


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run of five steps that was changed after its second and its fourth."""
    run = RunStore(tmp_path).create(PLAIN, "one")
    run.append(
        TrainingPlanned(
            time=0.0, run="", class_names=("a",), steps_per_epoch=5, epochs=10, train_count=5, validation_count=0,
            test_count=0, parameters=1, environment={},
        )
    )  # fmt: skip
    for number in range(1, 6):
        run.append(step(number))
        for change in RATES:
            if change.step == number:
                run.append(change)
        if number == 4:
            run.append(changed(4, "epochs", 10, 12))
    return Run.open(run.folder)


def test_a_change_is_kept_in_the_record_the_curves_and_the_log(run: Run) -> None:
    assert run.record.config == msgspec.structs.replace(PLAIN, learning_rate=0.1, epochs=12)
    assert run.record.begun_with == PLAIN
    assert list(run.read_history().changes[:2]) == RATES
    lines = [json.loads(line) for line in (run.folder / "metrics.jsonl").read_text().splitlines()]
    assert lines[2] == {"time": 2.0, "step": 2, "setting": "learning_rate", "old": 0.001, "new": 0.01}
    assert "from step 3 on" in (run.folder / "log.txt").read_text()
    told = list(run.read_events())
    assert isinstance(told[0], TrainingPlanned)
    assert told[0].epochs == 10
    assert [event for event in told if isinstance(event, SettingChanged)][-1].new == 12


@pytest.mark.parametrize(
    ("at", "rate", "made", "to_repeat"),
    [(0, 0.001, 0, 3), (1, 0.001, 0, 3), (2, 0.001, 0, 3), (3, 0.01, 1, 2), (4, 0.01, 1, 2), (5, 0.1, 3, 0)],
)
def test_going_back_keeps_later_changes_in_mind(run: Run, at: int, rate: float, made: int, to_repeat: int) -> None:
    run.rewind(at, 0, None)
    again = Run.open(run.folder)
    assert again.record.config.learning_rate == rate
    assert (len(again.record.changes), len(again.record.to_repeat)) == (made, to_repeat)
    assert len(again.read_history().changes) == made
    again.rewind(0, 0, None)  # going back once more loses none
    assert (len(again.record.changes), len(again.record.to_repeat)) == (0, 3)


def test_a_change_made_again_is_waited_for_no_longer_and_another_one_replaces_those_to_come(run: Run) -> None:
    run.rewind(0, 0, None)
    run.append(RATES[0])
    assert [change.step for change in run.record.to_repeat] == [4, 4]
    run.append(changed(3, "learning_rate", 0.01, 0.02))
    assert [change.name for change in run.record.to_repeat] == ["epochs"]
    assert [change.new for change in run.record.changes] == [0.01, 0.02]


def test_epochs_are_counted_as_begun_and_as_ended(run: Run) -> None:
    history = run.read_history()
    assert (history.epochs_begun, history.epochs_ended) == (1, 0)
    ended = EpochEnded(
        time=0.0, epoch=1, step=5, val_loss=None, val_top1=None, val_top5=None, complete=True, best=False
    )
    history.append(ended)
    assert (history.epochs_begun, history.epochs_ended) == (1, 1)
    history.append(step(6))
    history.append(msgspec.structs.replace(ended, epoch=2, step=6, complete=False))
    assert (history.epochs_begun, history.epochs_ended) == (2, 1)


def test_a_change_that_cannot_be_read_is_passed_over(run: Run) -> None:
    path = run.folder / "metrics.jsonl"
    path.write_text(path.read_text().replace('"learning_rate"', '"batch_size"'))
    assert [change.name for change in run.read_history().changes] == ["epochs"]

"""A run's folder keeps what was told and survives damage."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest

from resnet_gui.errors import RunError
from resnet_gui.runs import events
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.runs.store import RunStore


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return RunStore(tmp_path / "runs").create(TrainingConfig(epochs=3), name="one")


def step_metrics(first: int, *losses: float) -> events.StepMetrics:
    zeros = (0.25,) * len(losses)
    return events.StepMetrics(
        time=10.0, epoch=1, first_step=first, loss=losses, top1=zeros, top5=zeros, rate=zeros, images_per_second=1.0
    )


def epoch_ended(epoch: int, step: int, value: float, best: bool) -> events.EpochEnded:
    return events.EpochEnded(
        time=11.0, epoch=epoch, step=step, val_loss=value, val_top1=value, val_top5=value, complete=True, best=best
    )


def test_what_is_written_reads_back_the_same(run: Run) -> None:
    run.append(step_metrics(1, 3.5, math.nan))
    run.append(step_metrics(3, 1.5))
    run.append(epoch_ended(1, 3, 0.5, best=True))
    history = Run.open(run.folder).read_history()
    assert history.steps.tolist() == [1, 2, 3]
    assert history.column("loss")[[0, 2]].tolist() == [3.5, 1.5]
    assert math.isnan(history.column("loss")[1])
    assert history.validation("val_loss")[1].tolist() == [0.5]


def test_metrics_lines_are_strict_json_with_the_documented_keys(run: Run) -> None:
    run.append(events.StateChanged(time=9.0, state=TrainingState.RUNNING))
    run.append(events.StateChanged(time=9.5, state=TrainingState.PAUSED, reason="The disk is full."))
    run.append(step_metrics(1, math.inf))
    run.append(epoch_ended(1, 1, 0.5, best=True))

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    lines = (run.folder / "metrics.jsonl").read_text().splitlines()
    state, held, step, epoch = (json.loads(line, parse_constant=refuse) for line in lines)
    assert state == {"time": 9.0, "state": "running"}
    assert held == {"time": 9.5, "state": "paused", "reason": "The disk is full."}
    assert set(step) == {"time", "epoch", "step", "loss", "top1", "top5", "rate"}
    assert set(epoch) == {"time", "epoch", "step", "val_loss", "val_top1", "val_top5", "complete"}


def test_the_record_follows_the_events(run: Run) -> None:
    run.append(events.StateChanged(time=1.0, state=TrainingState.RUNNING))
    assert Run.open(run.folder).record.state is TrainingState.RUNNING
    run.append(epoch_ended(1, 5, 0.5, best=True))
    run.append(epoch_ended(2, 10, 0.4, best=False))
    run.append(events.Tested(time=2.0, count=100, top1=0.25, top5=0.75))
    run.append(events.Finished(time=3.0, reason=FinishReason.COMPLETED))
    record = Run.open(run.folder).record
    assert record.best is not None
    assert (record.best.epoch, record.best.step) == (1, 5)
    assert record.test is not None
    assert (record.test.count, record.test.top1) == (100, 0.25)
    assert record.state is TrainingState.IDLE
    assert record.finish_reason is FinishReason.COMPLETED
    assert record.config == TrainingConfig(epochs=3)


def test_a_torn_last_line_loses_only_itself(run: Run) -> None:
    run.append(step_metrics(1, 1.0, 2.0))
    path = run.folder / "metrics.jsonl"
    whole = path.read_bytes()
    last_line = whole.rindex(b"\n", 0, -1) + 1
    for end in range(last_line + 1, len(whole) - 1):
        path.write_bytes(whole[:end])
        assert run.read_history().steps.tolist() == [1], whole[:end]


@pytest.mark.parametrize("line", [b"[]", b"null", b'{"loss": "x"}', b'{"loss": 1.0}', b"\xff\xfe", b"{", b""])
def test_lines_of_other_kinds_are_passed_over(run: Run, line: bytes) -> None:
    run.append(step_metrics(1, 1.0))
    with (run.folder / "metrics.jsonl").open("ab") as file:
        file.write(line + b"\n")
    assert len(run.read_history()) == 1


def test_a_missing_metrics_file_is_an_empty_history(run: Run) -> None:
    assert len(run.read_history()) == 0


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format_version": 1}', b"\xff"])
def test_a_damaged_record_is_told_in_words(run: Run, content: bytes) -> None:
    (run.folder / "run.json").write_bytes(content)
    with pytest.raises(RunError, match="damaged"):
        Run.open(run.folder)


def test_a_newer_format_asks_for_an_update(run: Run) -> None:
    record = json.loads((run.folder / "run.json").read_bytes())
    (run.folder / "run.json").write_text(json.dumps({"format_version": 99, "config": record["config"] | {"new": 1}}))
    with pytest.raises(RunError, match="newer version"):
        Run.open(run.folder)


def test_a_deleted_folder_is_told_in_words(run: Run) -> None:
    for file in run.folder.iterdir():
        file.unlink()
    run.folder.rmdir()
    with pytest.raises(RunError, match="cannot be written"):
        run.append(step_metrics(1, 1.0))


def test_the_failure_is_in_the_log_with_its_traceback(run: Run) -> None:
    run.append(events.Message(time=0.0, text="Preparing."))
    run.append(events.Finished(time=1.0, reason=FinishReason.FAILED, message="It broke.", details="Traceback: here"))
    log = (run.folder / "log.txt").read_text(encoding="utf-8")
    assert "Preparing." in log
    assert "Failed. It broke.\nTraceback: here" in log


@pytest.mark.parametrize("file", ["metrics.jsonl", "log.txt"])
def test_an_end_that_could_not_be_written_is_appended_again_and_stands_there_once(run: Run, file: str) -> None:
    """A folder in the place of one of the files: what was written to the other is taken back."""
    (run.folder / file).mkdir()
    end = events.Finished(time=3.0, reason=FinishReason.STOPPED)
    for _ in range(2):
        with pytest.raises(RunError, match="cannot be written"):
            run.append(end)
    (run.folder / file).rmdir()
    run.append(end)
    assert (run.folder / "metrics.jsonl").read_text().count("finish_reason") == 1
    assert (run.folder / "log.txt").read_text().count("Stopped.") == 1


def test_words_of_any_kind_can_be_logged(run: Run) -> None:
    run.append(events.Message(time=0.0, text="Left out caf\udce9.png"))
    assert "caf\\udce9.png" in (run.folder / "log.txt").read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_told_in_words(run: Run) -> None:
    run.folder.chmod(0o500)
    try:
        with pytest.raises(RunError, match="cannot be written"):
            run.append(step_metrics(1, 1.0))
    finally:
        run.folder.chmod(0o700)


def test_a_run_tells_itself_again_from_its_folder(run: Run) -> None:
    plan = events.TrainingPlanned(
        time=1.0,
        run=str(run.folder),
        class_names=("a", "b"),
        steps_per_epoch=1,
        epochs=3,
        train_count=20,
        validation_count=5,
        test_count=100,
        parameters=7,
        environment={"python": "3"},
    )
    told = [
        plan,
        step_metrics(1, 3.5),
        epoch_ended(1, 1, 0.5, best=True),
        step_metrics(2, 2.5),
        epoch_ended(2, 2, 0.4, best=False),
        events.Tested(time=2.0, count=100, top1=0.25, top5=0.75),
        events.Finished(time=3.0, reason=FinishReason.COMPLETED),
    ]
    for event in told:
        run.append(event)
    again = list(Run.open(run.folder).read_events())
    assert [type(event) for event in again] == [type(event) for event in told]
    assert [event.best for event in again if isinstance(event, events.EpochEnded)] == [True, False]
    planned = again[0]
    assert isinstance(planned, events.TrainingPlanned)
    assert (planned.train_count, planned.parameters, planned.steps_per_epoch) == (20, 7, 1)
    assert planned.epochs == run.record.config.all_epochs
    assert isinstance(again[-1], events.Finished)
    assert again[-1].reason is FinishReason.COMPLETED

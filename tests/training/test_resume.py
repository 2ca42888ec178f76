"""A training that was stopped, damaged or extended goes on as if nothing had happened; test_kills.py kills them."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from resnet_gui.cli.main import main
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import AnyEvent, EpochEnded, Finished, Message, StepMetrics
from resnet_gui.runs.lock import training_lock
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.resume import resume_training
from resnet_gui.training.run_training import run_training
from tests.training.same_training import assert_same

pytestmark = pytest.mark.slow

PLAIN = TrainingConfig(
    source="shapes", limit=120, epochs=3, batch_size=16, seed=3, width=8, network="resnet18", precision="float32"
)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a plain training that was never interrupted."""
    return train(tmp_path_factory.mktemp("runs"), PLAIN)


@pytest.fixture
def copy(plain: Run, tmp_path: Path) -> Run:
    """Return a copy of it that may be changed."""
    return Run.open(shutil.copytree(plain.folder, tmp_path / "copy"))


def finish(run: Run, epochs: int | None = None) -> list[AnyEvent]:
    told: list[AnyEvent] = []
    resume_training(Run.open(run.folder), TrainingControl(), told.append, epochs)
    return told


def train(folder: Path, config: TrainingConfig) -> Run:
    run = RunStore(folder).create(config, "unbroken")
    assert run_training(run, TrainingControl(), lambda _: None).reason is FinishReason.COMPLETED
    return run


def test_a_stopped_run_goes_on_and_a_complete_one_is_extended(
    plain: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, control = RunStore(tmp_path).create(msgspec.structs.replace(PLAIN, epochs=2), "stopped"), TrainingControl()

    def stop_in_epoch_2(event: AnyEvent) -> None:
        if isinstance(event, StepMetrics) and event.epoch == 2:
            control.stop()

    assert run_training(run, control, stop_in_epoch_2).reason is FinishReason.STOPPED
    assert main(["resume", "stopped", "--runs", str(tmp_path), "--json"]) == 0
    assert main(["resume", "stopped", "--runs", str(tmp_path)]) == 0
    assert "is complete" in capsys.readouterr().out
    assert len(Run.open(run.folder).read_history().epochs) == 2
    assert main(["resume", "stopped", "--runs", str(tmp_path), "--json", "--epochs", "2"]) == 1
    assert "not more than the 2 it has" in capsys.readouterr().err
    assert main(["resume", "stopped", "--runs", str(tmp_path), "--json", "--epochs", "3"]) == 0
    assert_same(plain, run)  # the rate is constant: as if 3 epochs had been planned
    ModelBundle.open(run.folder)


def test_a_damaged_checkpoint_is_said_and_the_one_before_is_used(copy: Run) -> None:
    before, newest = sorted(copy.checkpoint_folder.glob("resume-*"))
    with (newest / "arrays.npz").open("rb+") as file:
        file.truncate(1000)
    steps = int(newest.name.removeprefix("resume-")) // 3
    told = finish(copy, epochs=4)
    words = " ".join(event.text for event in told if isinstance(event, Message))
    assert f"at step {3 * steps} is damaged" in words
    assert f"after epoch 2, step {2 * steps}" in words
    assert "is damaged" in (copy.folder / "log.txt").read_text()
    assert [event.epoch for event in told if isinstance(event, EpochEnded)] == [3, 4]
    assert Run.open(copy.folder).read_history().steps.tolist() == list(range(1, 4 * steps + 1))
    assert before.is_dir() is False  # two newer ones stand


def test_pictures_that_changed_meanwhile_are_refused_in_words(copy: Run) -> None:
    copy.update(config=msgspec.structs.replace(PLAIN, limit=160))
    end = finish(copy, epochs=4)[-1]
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.FAILED
    assert "not those that this run began with" in end.message


@pytest.fixture(scope="module")
def frozen(plain: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a training of a head, and then of a stage, that was never interrupted."""
    folder = tmp_path_factory.mktemp("frozen")
    shutil.copytree(plain.folder, folder / "source")
    config = msgspec.structs.replace(
        PLAIN, start_from="source", freeze=True, epochs=2, fine_tune_epochs=2, fine_tune_rate=1e-3,
        weight_averaging=0.9, flip=True, schedule="cosine",
    )  # fmt: skip
    return train(folder, config)


@pytest.mark.parametrize("epoch", [1, 3], ids=["head", "fine-tuning"])
def test_a_frozen_network_goes_on_in_both_phases_without_what_it_started_from(
    frozen: Run, plain: Run, tmp_path: Path, epoch: int
) -> None:
    source = shutil.copytree(plain.folder, tmp_path / "source")
    run, control = RunStore(tmp_path).create(frozen.record.config, "stopped"), TrainingControl()

    def stop(event: AnyEvent) -> None:
        if isinstance(event, StepMetrics) and event.epoch == epoch:
            control.stop()

    assert run_training(run, control, stop).reason is FinishReason.STOPPED
    shutil.rmtree(source)
    finish(run)
    assert_same(frozen, run)


def test_a_run_that_is_being_trained_is_refused_and_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = RunStore(tmp_path).create(PLAIN, "busy")
    before = (run.folder / "run.json").read_bytes()
    with training_lock(run.folder):
        assert main(["resume", "busy", "--runs", str(tmp_path), "--json"]) == 1
    assert "being trained already" in capsys.readouterr().err
    assert (run.folder / "run.json").read_bytes() == before
    assert not (run.folder / "metrics.jsonl").exists()

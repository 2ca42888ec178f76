"""A training that was killed goes on as if nothing had happened."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import msgspec
import numpy as np
import pytest

from resnet_gui.cli.main import main
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import AnyEvent, EpochEnded, Finished, Message, StepMetrics, TrainingPlanned
from resnet_gui.runs.history import STEP_COLUMNS
from resnet_gui.runs.lock import training_lock
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason
from resnet_gui.runs.store import RunStore
from resnet_gui.training.checkpoint import best_weights
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.resume import resume_training
from resnet_gui.training.run_training import run_training

pytestmark = pytest.mark.slow

PLAIN = TrainingConfig(
    source="shapes", limit=120, epochs=3, batch_size=16, seed=3, width=8, network="resnet18", precision="float32"
)
EVERYTHING = msgspec.structs.replace(
    PLAIN,
    epochs=6,
    precision="bfloat16",
    optimizer="sgd",
    learning_rate=0.3,  # so high that the rate falls twice and the training stops early, after epoch 5 of 6
    flip=True,
    crop=0.125,
    mixup=0.2,
    weight_averaging=0.5,
    schedule="plateau",
    plateau_patience=1,
    warmup_epochs=1,
    early_stopping=3,
    clip_norm=1.0,
)


def kill(run: Run, point: str, interval: str = "") -> None:
    """Train or go on in another process, which kills itself at a point."""
    command = [sys.executable, "-m", "tests.training.killed_training", str(run.folder), point]
    killed = subprocess.run([*command, interval], capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr


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


def values_of(file: h5py.File) -> dict[str, np.ndarray]:
    values: dict[str, np.ndarray] = {}
    file.visititems(lambda name, item: values.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return values


def assert_same(one: Run, other: Run) -> None:
    """Compare every step, every validation, the weights and optimizer at the end, the best weights and the test."""
    one, other = Run.open(one.folder), Run.open(other.folder)
    first, second = one.read_history(), other.read_history()
    np.testing.assert_array_equal(first.steps, second.steps)
    for name in STEP_COLUMNS:
        np.testing.assert_array_equal(first.column(name), second.column(name))
    assert first.epochs == second.epochs
    newest = [max(run.checkpoint_folder.glob("resume-*/arrays.npz")) for run in (one, other)]
    with np.load(newest[0]) as arrays, np.load(newest[1]) as others:
        assert arrays.files == others.files
        for name in arrays.files:
            np.testing.assert_array_equal(arrays[name], others[name])
    best = [best_weights(run.checkpoint_folder) for run in (one, other)]
    with h5py.File(best[0]) as weights, h5py.File(best[1]) as other_weights:
        values, other_values = values_of(weights), values_of(other_weights)
    assert values.keys() == other_values.keys()
    assert len(values) > 50
    for name, value in values.items():
        np.testing.assert_array_equal(value, other_values[name])
    assert one.record.best == other.record.best
    assert one.record.test == other.record.test
    assert one.record.finish_reason is FinishReason.COMPLETED


@pytest.mark.parametrize(
    ("config", "interval", "points"),
    [
        # Before the first checkpoint, inside the second one's write, in a validation.
        (PLAIN, "", ["step:3", "half:2", "validating:1"]),
        # In an epoch just after a checkpoint, with a checkpoint written but not named, after the end of an epoch was
        # told and before its checkpoint.
        (EVERYTHING, "0", ["step:9", "rename:2", "epoch:4"]),
    ],
    ids=["float32", "bfloat16-with-everything"],
)
def test_a_training_killed_again_and_again_ends_bit_for_bit_like_an_unbroken_one(
    plain: Run, tmp_path: Path, config: TrainingConfig, interval: str, points: list[str]
) -> None:
    unbroken = plain if config is PLAIN else train(tmp_path, config)
    run = RunStore(tmp_path).create(config, "killed")
    for point in points:
        kill(run, point, interval)
        assert Run.open(run.folder).interruption() is not None
    told = finish(run)
    assert isinstance(told[-1], Finished)
    assert [event for event in told if isinstance(event, TrainingPlanned)]
    assert any("Goes on" in event.text for event in told if isinstance(event, Message))
    assert_same(unbroken, run)
    assert not list(run.checkpoint_folder.glob(".*"))


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

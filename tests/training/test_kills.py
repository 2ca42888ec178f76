"""A training killed at every point that has a name goes on, and ends bit for bit like one that was not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import AnyEvent, Finished, TrainingPlanned
from resnet_gui.runs.metrics_file import read_metrics
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.resume import resume_training
from resnet_gui.training.run_training import run_training
from tests.training import tiny_network
from tests.training.kill_points import POINTS
from tests.training.same_training import assert_beginning, assert_same
from tests.training.tiny_network import TINY

pytestmark = pytest.mark.slow

EVERYTHING = msgspec.structs.replace(
    TINY,
    epochs=6,
    precision="bfloat16",
    optimizer="sgd",
    learning_rate=0.3,
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


@pytest.mark.parametrize("config", [TINY, EVERYTHING], ids=["float32", "bfloat16-with-everything"])
def test_a_training_killed_again_and_again_ends_bit_for_bit_like_an_unbroken_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: TrainingConfig
) -> None:
    assert len(POINTS) >= 30
    monkeypatch.setitem(tiny_network.NETWORKS, tiny_network.SPEC.name, tiny_network.SPEC)
    unbroken = RunStore(tmp_path).create(config, "unbroken")
    assert run_training(unbroken, TrainingControl(), lambda _: None).reason is FinishReason.COMPLETED
    run, traces = RunStore(tmp_path).create(config, "killed"), tmp_path / "traces"
    traces.mkdir()
    command = [sys.executable, "-m", "tests.training.killed_in_turn", str(run.folder), str(traces), *POINTS]
    killed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert killed.returncode == 0, killed.stderr
    assert Run.open(run.folder).interruption() is not None

    told: list[AnyEvent] = []
    resume_training(Run.open(run.folder), TrainingControl(), told.append)
    assert isinstance(told[-1], Finished)
    assert [event for event in told if isinstance(event, TrainingPlanned)]
    assert_same(unbroken, run, arrays_at_least=7)
    assert not list(run.folder.rglob(".*"))  # nothing half written is left
    whole = unbroken.read_history()
    steps = [assert_beginning(read_metrics(trace), whole) for trace in sorted(traces.iterdir())]
    assert len(steps) >= len(POINTS) - 2  # all but those before the file was first written
    assert steps[-1] == len(whole)

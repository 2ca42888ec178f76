"""Real trainings on disks that fail: they end bit for bit like one that met no fault."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from resnet_gui.errors import RunError
from resnet_gui.runs.events import AnyEvent, Finished, Message
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason
from resnet_gui.runs.store import RunStore
from resnet_gui.training import checkpoint
from resnet_gui.training.checkpoint import Checkpoint, Checkpoints
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.resume import resume_training
from resnet_gui.training.run_training import run_training
from tests.training import tiny_network
from tests.training.same_training import assert_same
from tests.training.tiny_network import TINY

pytestmark = pytest.mark.slow

SMALL_DISK = 'mount -t tmpfs -o size=4m tmpfs "$1" && shift && exec "$@"'


@pytest.fixture(scope="module", autouse=True)
def tiny() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(tiny_network.NETWORKS, tiny_network.SPEC.name, tiny_network.SPEC)
        patch.setattr(checkpoint, "SHORTEST_INTERVAL", 0.0)  # a checkpoint after every step
        patch.setattr(checkpoint, "INTERVAL_PER_DURATION", 0.0)
        yield


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory, tiny: None) -> Run:
    """Return a training that met no fault."""
    run = RunStore(tmp_path_factory.mktemp("runs")).create(msgspec.structs.replace(TINY, epochs=6), "unbroken")
    assert run_training(run, TrainingControl(), lambda _: None).reason is FinishReason.COMPLETED
    return run


class FailingCalls:
    """In the Nth checkpoint of a training, lets the Nth call of the system fail.

    Attributes:
        failed: the step of each checkpoint that could not be written.
        calls: how many calls the last whole checkpoint took.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.failed: list[int] = []
        self.calls = 0
        self._number = 0
        self._armed = False
        self._save = Checkpoints.save
        for owner, names in ((io, ["open"]), (np, ["savez"]), (os, ["mkdir", "open", "fsync", "rename", "chmod"])):
            for name in names:
                monkeypatch.setattr(owner, name, self._failing(getattr(owner, name)))
        monkeypatch.setattr(Checkpoints, "save", lambda checkpoints, state: self._save_failing(checkpoints, state))

    def _failing(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self.calls += self._armed
            if self._armed and self.calls == self._number:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return function(*arguments, **options)

        return call

    def _save_failing(self, checkpoints: Checkpoints, made: Checkpoint) -> None:
        self._number += 1
        self.calls = 0
        self._armed = True
        try:
            self._save(checkpoints, made)
        except RunError:
            self.failed.append(made.state.step)
            raise
        finally:
            self._armed = False
            state, problems = Checkpoints(checkpoints._folder).find()
            assert not problems
            if self.failed[-1:] != [made.state.step]:
                assert state == made.state
            elif state:  # one whose name could not be synced stands all the same
                assert state.step in (made.state.step, made.state.step - 1, *(step - 1 for step in self.failed))


def test_whichever_call_of_a_checkpoint_fails_the_training_goes_on(
    unbroken: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunStore(tmp_path).create(unbroken.record.config, "failing")
    told: list[AnyEvent] = []
    with monkeypatch.context() as patch:
        faults = FailingCalls(patch)
        run_training(run, TrainingControl(), told.append)
    said = [event.text for event in told if isinstance(event, Message) and "The training goes on" in event.text]
    assert len(said) == len(faults.failed) >= 15
    assert faults.calls < 30  # of each checkpoint another call failed, and of the last ones none
    assert faults.failed[-1] < len(unbroken.read_history())
    assert_same(unbroken, run, arrays_at_least=7)


def test_a_disk_that_is_really_full_again_and_again_costs_nothing_but_time(tmp_path: Path) -> None:
    """A small disk of its own: what libraries do when the system itself has no room left."""
    if (
        shutil.which("unshare") is None
        or subprocess.run(
            ["unshare", "-rm", "sh", "-c", SMALL_DISK, "sh", str(tmp_path), "true"], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("no disk can be mounted here")
    unbroken = RunStore(tmp_path).create(TINY, "unbroken")
    assert run_training(unbroken, TrainingControl(), lambda _: None).reason is FinishReason.COMPLETED
    (tmp_path / "disk").mkdir()
    program = [sys.executable, "-m", "tests.training.full_disk_training", str(tmp_path / "disk"), str(tmp_path / "to")]
    command = ["unshare", "-rm", "sh", "-c", SMALL_DISK, "sh", str(tmp_path / "disk"), *program]
    trained = subprocess.run(command, capture_output=True, text=True, check=False)
    assert trained.returncode == 0, trained.stderr
    told = json.loads(trained.stdout.splitlines()[-1])
    assert told["end"] == FinishReason.COMPLETED, told["details"]
    assert len(told["holds"]) >= 5
    assert not told["kept_open"]  # a deleted file that is open takes room
    assert "Exception ignored" not in trained.stderr
    assert_same(unbroken, Run.open(tmp_path / "to"), arrays_at_least=7)


def test_metrics_that_were_cut_in_a_line_are_made_anew(unbroken: Run, tmp_path: Path) -> None:
    run = Run.open(shutil.copytree(unbroken.folder, tmp_path / "cut"))
    newest = max(run.checkpoint_folder.glob("resume-*"))
    shutil.rmtree(newest)  # so that the last step and the end of its epoch are to be made again
    run.update(finish_reason=None, state="running")
    path = run.folder / "metrics.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    last = max(number for number, line in enumerate(lines) if b'"loss"' in line)
    path.write_bytes(b"".join(lines[:last]) + lines[last][:50])
    told: list[AnyEvent] = []
    resume_training(Run.open(run.folder), TrainingControl(), told.append)
    assert isinstance(told[-1], Finished)
    assert_same(unbroken, run, arrays_at_least=7)

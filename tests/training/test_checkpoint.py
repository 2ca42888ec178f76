"""A checkpoint is whole or is not used, whatever fails while it is written."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np
import pytest

from resnet_gui.errors import RunError
from resnet_gui.runs.run import BestEpoch
from resnet_gui.training import checkpoint
from resnet_gui.training.checkpoint import Checkpoint, Checkpoints, CheckpointState, EngineState, best_weights


class Weights:
    """Stands in for a network, which would need TensorFlow."""

    def __init__(self, content: bytes = b"weights") -> None:
        self.content = content

    def count_params(self) -> int:
        return len(self.content) // 4

    def save_weights(self, filepath: Path) -> None:
        filepath.write_bytes(self.content)

    def load_weights(self, filepath: Path) -> None:
        self.content = filepath.read_bytes()


def state_at(step: int, checkpoints: Checkpoints) -> CheckpointState:
    return CheckpointState(
        phase=0, phase_epochs=1, planned=5, position=2, epochs=1, step=step, epochs_since_best=1,
        best=checkpoints.best, schedule={"lowest": 0.1 + 0.2, "waited": 1, "falls": 0}, precision="bfloat16",
    )  # fmt: skip


def save(checkpoints: Checkpoints, step: int) -> Checkpoint:
    random = np.random.default_rng(step)
    weights = [random.normal(size=(40, 30)).astype(np.float32) for _ in range(12)]
    engine = EngineState([np.int64(step), *weights], [weights[0] * 2])
    saved = Checkpoint(state_at(step, checkpoints), weights, engine)
    checkpoints.save(saved)
    return saved


def save_best(checkpoints: Checkpoints, step: int, top1: float = 0.5) -> None:
    checkpoints.save_best(Weights(f"best of {step}".encode()), BestEpoch(step, step, top1, 0.9))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "checkpoints"


def test_what_is_saved_is_loaded_bit_for_bit(folder: Path) -> None:
    checkpoints = Checkpoints(folder)
    save_best(checkpoints, 6)
    saved = save(checkpoints, 8)
    again = Checkpoints(folder)
    state, problems = again.find()
    assert problems == ()
    assert state == saved.state
    loaded = again.load(state)
    for before, after in (
        (saved.weights, loaded.weights),
        (saved.engine.optimizer, loaded.engine.optimizer),
        (saved.engine.average, loaded.engine.average),
    ):
        assert len(before) == len(after)
        for value, other in zip(before, after, strict=True):
            np.testing.assert_array_equal(value, other, strict=True)
    network = Weights()
    assert again.restore_best(network)
    assert network.content == b"best of 6"


def test_the_newest_two_and_the_best_are_kept(folder: Path) -> None:
    checkpoints = Checkpoints(folder)
    save_best(checkpoints, 2)
    for step in (2, 4):
        save(checkpoints, step)
    save_best(checkpoints, 6)
    assert names(folder) == ["resume-000002", "resume-000004", "step-000002", "step-000006"]
    save(checkpoints, 6)
    assert names(folder) == ["resume-000004", "resume-000006", "step-000002", "step-000006"]
    save(checkpoints, 8)
    assert names(folder) == ["resume-000006", "resume-000008", "step-000006"]


def test_steps_beyond_a_million_come_after_those_before(folder: Path) -> None:
    checkpoints = Checkpoints(folder)
    for step in (999_998, 999_999, 1_000_000):
        save_best(checkpoints, step)
        save(checkpoints, step)
    state, _ = checkpoints.find()
    assert state is not None
    assert state.step == 1_000_000
    assert best_weights(folder) == folder / "step-1000000" / "network.weights.h5"


def test_the_newest_is_the_one_of_the_last_step_whatever_the_clock_said(folder: Path) -> None:
    checkpoints = Checkpoints(folder)
    for step, time in ((4, 2_000_000_000), (8, 1_000_000_000)):
        save_best(checkpoints, step)
        save(checkpoints, step)
        for path in (folder / f"resume-{step:06d}", folder / f"step-{step:06d}"):
            os.utime(path, (time, time))
    state, _ = checkpoints.find()
    assert state is not None
    assert state.step == 8
    assert best_weights(folder) == folder / "step-000008" / "network.weights.h5"


def truncate(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 1)


def flip_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("damage", [truncate, flip_a_bit, Path.unlink])
@pytest.mark.parametrize(
    "name",
    ["resume-000008/arrays.npz", "resume-000008/state.json", "resume-000008/checksums.json",
     "step-000008/network.weights.h5"],
)  # fmt: skip
def test_a_damaged_checkpoint_is_found_out_and_the_one_before_is_used(
    folder: Path, name: str, damage: Callable[[Path], None]
) -> None:
    checkpoints = Checkpoints(folder)
    for step in (4, 8):
        save_best(checkpoints, step)
        save(checkpoints, step)
    damage(folder / name)
    again = Checkpoints(folder)
    state, (problem,) = again.find()
    assert state is not None
    assert state.step == 4
    assert problem.startswith("The checkpoint at step 8 is damaged")
    again.go_on_from(state)
    assert names(folder) == ["resume-000004", "step-000004"]
    assert again.best == state.best


def test_best_weights_that_are_gone_are_told_in_words(folder: Path) -> None:
    checkpoints = Checkpoints(folder)
    save_best(checkpoints, 4)
    (folder / "step-000004" / "network.weights.h5").unlink()
    with pytest.raises(RunError, match="cannot be read"):
        checkpoints.restore_best(Weights())


def test_without_a_whole_checkpoint_there_is_nothing_to_go_on_from(folder: Path) -> None:
    checkpoints = Checkpoints(folder)
    assert checkpoints.find() == (None, ())
    save_best(checkpoints, 4)
    save(checkpoints, 4)
    (folder / "resume-000004" / "state.json").write_text("{}")
    (folder / ".resume-000005.xyz.tmp").mkdir()
    state, problems = checkpoints.find()
    assert state is None
    assert len(problems) == 1
    checkpoints.go_on_from(None)
    assert names(folder) == []


def test_one_of_a_newer_version_is_not_used(folder: Path) -> None:
    checkpoints = Checkpoints(folder)
    saved = save(checkpoints, 4)
    newer = msgspec.structs.replace(saved.state, format_version=checkpoint.FORMAT_VERSION + 1)
    checkpoints.save(Checkpoint(newer, saved.weights, saved.engine))
    state, (problem,) = checkpoints.find()
    assert state is None
    assert "newer version" in problem


class Failing:
    """Lets the Nth call of any of these functions of `os` fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
        self.calls = 0
        for name in ("mkdir", "fsync", "rename", "chmod", "open"):
            monkeypatch.setattr(os, name, self._failing(getattr(os, name), number))

    def _failing(self, function: Callable[..., object], number: int) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            self.calls += 1
            if self.calls == number:
                raise OSError(28, "No space left on device")
            return function(*arguments, **options)

        return call


def try_to_save(folder: Path) -> bool:
    """Write the best and a checkpoint after step 8; return whether both could be written."""
    checkpoints = Checkpoints(folder)
    state, _ = checkpoints.find()
    assert state is not None
    checkpoints.go_on_from(state)
    try:
        save_best(checkpoints, 12)
        save(checkpoints, 12)
    except RunError:  # and nothing else
        return False
    return True


def saved_twice(folder: Path) -> None:
    checkpoints = Checkpoints(folder)
    for step in (4, 8):
        save_best(checkpoints, step)
        save(checkpoints, step)


def assert_whole(folder: Path, *steps: int) -> None:
    state, problems = Checkpoints(folder).find()
    assert problems == ()
    assert state is not None
    assert state.step in steps
    assert not list(folder.glob(".*"))


def test_whichever_call_fails_an_earlier_checkpoint_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = 0
    for number in range(1, 100):
        folder = tmp_path / str(number)
        saved_twice(folder)
        with monkeypatch.context() as patch:
            failing = Failing(patch, number)
            saved = try_to_save(folder)
        # A folder that could not be synced after its renaming stands all the same.
        assert_whole(folder, 12) if saved else assert_whole(folder, 8, 12)
        if failing.calls < number:
            break
        failed += not saved
    assert failed >= 10


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """Let the system refuse to write a file beyond a size, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [0, 1, 100, 200, 1000, 30_000, 60_000, 100_000])
def test_a_file_that_cannot_be_written_to_its_end_leaves_the_earlier_checkpoint(tmp_path: Path, size: int) -> None:
    saved_twice(tmp_path)
    with no_file_longer_than(size):
        assert not try_to_save(tmp_path)
    assert_whole(tmp_path, 8)


def test_checkpoints_within_an_epoch_are_as_rare_as_they_are_slow(folder: Path) -> None:
    seconds = iter([0.0, 59.0, 60.0, 60.0, 63.0, 63.0 + 149.0, 63.0 + 150.0])
    checkpoints = Checkpoints(folder, lambda: next(seconds))
    assert not checkpoints.due
    assert checkpoints.due
    save(checkpoints, 4)  # takes 3 seconds by this clock
    assert not checkpoints.due
    assert checkpoints.due

"""What a training can go on from, on disk whole or not at all.

- checkpoints/step-000400/network.weights.h5: the weights of the best epoch
- checkpoints/resume-000420/: what going on from a step needs. state.json says where the training stood, arrays.npz
  holds weights, optimizer and average as plain arrays, checksums.json what both hash to.

Random state is not among it: a batch, altered pictures too, follows from (seed, epoch, position) alone.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from resnet_gui.atomic import clear_unfinished, new_folder, require_room
from resnet_gui.data.files import open_regular, read_regular
from resnet_gui.errors import ImageError, RunError
from resnet_gui.runs.run import BestEpoch
from resnet_gui.training.checkpoint_arrays import read_arrays
from resnet_gui.training.precision import Precision

SHORTEST_INTERVAL = 60.0
"""Seconds between two checkpoints within an epoch, at least."""
INTERVAL_PER_DURATION = 50.0
"""How many times as long as writing one took; so that it costs 2 % of the time at most."""
FORMAT_VERSION = 1
_KEPT = 2
_LARGEST_STATE = 2**20
_WEIGHTS = "network.weights.h5"
_STATE, _ARRAYS, _CHECKSUMS = "state.json", "arrays.npz", "checksums.json"

Arrays = list[NDArray[Any]]


class SavesWeights(Protocol):
    """What is needed of a Keras model whose weights are kept."""

    def count_params(self) -> int: ...  # noqa: D102

    def save_weights(self, filepath: Path) -> None: ...  # noqa: D102


class LoadsWeights(Protocol):
    """What is needed of a network that gets them back."""

    def load_weights(self, filepath: Path) -> None: ...  # noqa: D102


class BestSoFar(msgspec.Struct, frozen=True):
    """The best epoch, and what the file of its weights hashes to."""

    epoch: BestEpoch
    sha256: str


class CheckpointState(msgspec.Struct, frozen=True, kw_only=True):
    """Where a training stands.

    Attributes:
        phase: which phase of the training is under way, from 0.
        phase_epochs: how many of its epochs have ended.
        planned: of how many.
        position: steps made in the epoch under way.
        epochs: epochs that have ended, in all phases.
        step: steps made, in all phases.
        epochs_since_best: for early stopping.
        best: the best epoch so far.
        schedule: the state of the learning rate's schedule.
        precision: what is calculated with.
    """

    format_version: int = FORMAT_VERSION
    phase: int
    phase_epochs: int
    planned: int
    position: int
    epochs: int
    step: int
    epochs_since_best: int
    best: BestSoFar | None
    schedule: dict[str, float]
    precision: Precision


@dataclass(frozen=True, slots=True)
class EngineState:
    """The values of an optimizer's variables and of the averaged weights, if they are averaged."""

    optimizer: Arrays
    average: Arrays


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All that going on needs; `weights` are the network's that is kept, in its order."""

    state: CheckpointState
    weights: Arrays
    engine: EngineState


def best_weights(folder: Path) -> Path | None:
    """Return the file of the best weights in a run's checkpoint folder, None if there is none."""
    return max(folder.glob(f"step-*/{_WEIGHTS}"), key=lambda file: _step_of(file.parent), default=None)


class Checkpoints:
    """A run's checkpoint folder, written to by one training.

    Args:
        folder: where checkpoints are kept.
        clock: seconds that only go forward.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._clock = clock
        self._written = clock()
        self._duration = 0.0
        self.best: BestSoFar | None = None

    def find(self) -> tuple[CheckpointState | None, tuple[str, ...]]:
        """Return the state of the newest checkpoint that is whole, and what is wrong with newer ones, in words."""
        problems: list[str] = []
        for folder in reversed(self._resumable()):
            try:
                return self._verified(folder), tuple(problems)
            except (OSError, ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
                problems.append(f"The checkpoint at step {_step_of(folder)} is damaged ({error}).")
        return None, tuple(problems)

    def go_on_from(self, state: CheckpointState | None) -> None:
        """Delete what is newer than a checkpoint, or everything, and what was left half written."""
        step = state.step if state else -1
        self.best = state.best if state else None
        clear_unfinished(self._folder)
        for folder in self._resumable():
            if _step_of(folder) > step:
                shutil.rmtree(folder, ignore_errors=True)
        self._let_go()

    def load(self, state: CheckpointState) -> Checkpoint:
        """Return the whole checkpoint that a state belongs to.

        Raises:
            OSError, ValueError: it cannot be read.
        """
        arrays = read_arrays(self._folder / _name(state.step) / _ARRAYS)

        def group(name: str) -> Arrays:
            return [array for key, array in arrays.items() if key.startswith(f"{name}-")]

        self.best = state.best
        return Checkpoint(state, group("weight"), EngineState(group("optimizer"), group("average")))

    @property
    def due(self) -> bool:
        """Whether it is time for another checkpoint within an epoch."""
        return self._clock() - self._written >= max(SHORTEST_INTERVAL, INTERVAL_PER_DURATION * self._duration)

    def save(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint beside the earlier ones, then let go what is no longer needed.

        Raises:
            RunError: it cannot be written; the earlier ones are untouched.
        """
        started = self._clock()
        target = self._folder / _name(checkpoint.state.step)
        engine = checkpoint.engine
        groups = {"weight": checkpoint.weights, "optimizer": engine.optimizer, "average": engine.average}
        arrays = {f"{name}-{index:06d}": array for name, group in groups.items() for index, array in enumerate(group)}
        try:
            self._folder.mkdir(exist_ok=True)
            with new_folder(target) as folder:
                np.savez(folder / _ARRAYS, allow_pickle=False, **arrays)
                (folder / _STATE).write_bytes(msgspec.json.encode(checkpoint.state))
                checksums = {name: _sha256(folder / name) for name in (_ARRAYS, _STATE)}
                (folder / _CHECKSUMS).write_bytes(msgspec.json.encode(checksums))
        except OSError as error:
            raise _unwritable(target, error) from error
        finally:
            self._written = self._clock()
            self._duration = self._written - started
        self._let_go()

    def save_best(self, network: SavesWeights, epoch: BestEpoch) -> None:
        """Write the weights of the best epoch; earlier ones stay as long as a checkpoint needs them.

        Raises:
            RunError: they cannot be written; the earlier ones are untouched.
        """
        target = self._best_folder(epoch)
        try:
            self._folder.mkdir(exist_ok=True)
            require_room(self._folder, 4 * network.count_params())
            with new_folder(target) as folder:
                network.save_weights(folder / _WEIGHTS)
                sha256 = _sha256(folder / _WEIGHTS)
        except OSError as error:
            raise _unwritable(target, error) from error
        self.best = BestSoFar(epoch, sha256)

    def restore_best(self, network: LoadsWeights) -> bool:
        """Put the best weights into the network; return False if none were saved yet.

        Raises:
            RunError: they cannot be read.
        """
        if self.best is None:
            return False
        file = self._best_folder(self.best.epoch) / _WEIGHTS
        try:
            network.load_weights(file)
        except (OSError, ValueError) as error:  # Keras' own for a file that is not there
            raise RunError(
                f"The best weights {file} cannot be read: {error}.",
                "They were deleted or damaged meanwhile. Resume the run: it goes on from a checkpoint that is whole.",
            ) from error
        return True

    def _verified(self, folder: Path) -> CheckpointState:
        """Return a checkpoint's state if its files, and the best weights it counts on, are what was written."""
        checksums = msgspec.json.decode(_read(folder / _CHECKSUMS), type=dict[str, str])
        for name in (_ARRAYS, _STATE):
            if _sha256(folder / name) != checksums.get(name):
                raise ValueError(f"{name} is not as it was written")
        state = msgspec.json.decode(_read(folder / _STATE), type=CheckpointState)
        if state.format_version > FORMAT_VERSION:
            raise ValueError("it was made by a newer version")
        if state.best and _sha256(self._best_folder(state.best.epoch) / _WEIGHTS) != state.best.sha256:
            raise ValueError("the best weights are not as they were written")
        return state

    def _let_go(self) -> None:
        """Delete all but the newest checkpoints, and the best weights that none of them counts on."""
        resumable = self._resumable()
        for folder in resumable[:-_KEPT]:
            shutil.rmtree(folder, ignore_errors=True)  # a leftover costs only room
        needed = {self._best_folder(self.best.epoch)} if self.best else set()
        for folder in resumable[-_KEPT:]:
            with suppress(OSError, ValueError, RecursionError):  # a damaged one needs nothing
                state = msgspec.json.decode(_read(folder / _STATE), type=CheckpointState)
                needed |= {self._best_folder(state.best.epoch)} if state.best else set()
        for folder in self._folder.glob("step-*"):
            if folder not in needed:
                shutil.rmtree(folder, ignore_errors=True)

    def _resumable(self) -> list[Path]:
        return sorted(self._folder.glob("resume-*"), key=_step_of)

    def _best_folder(self, epoch: BestEpoch) -> Path:
        return self._folder / f"step-{epoch.step:06d}"


def _name(step: int) -> str:
    return f"resume-{step:06d}"


def _step_of(folder: Path) -> int:
    number = re.search(r"\d+$", folder.name)
    return int(number[0]) if number else -1


def _read(path: Path) -> bytes:
    """Return a small file's content; OSError if it is something else, which could wait or be read for ever."""
    try:
        return read_regular(path, _LARGEST_STATE)
    except ImageError as error:
        raise OSError(f"{path.name} {error.message}") from error


def _sha256(path: Path) -> str:
    try:
        with open_regular(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # it has readinto
    except ImageError as error:
        raise OSError(f"{path.name} {error.message}") from error


def _unwritable(target: Path, error: OSError) -> RunError:
    return RunError(f"The checkpoint {target} cannot be written: {error}.", "Check the disk's free space.")

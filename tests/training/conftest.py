"""A tiny training that takes seconds, and a recorder of its events."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import AnyEvent, Finished
from resnet_gui.runs.run import Run
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import run_training

TINY = TrainingConfig(source="shapes", limit=120, epochs=2, batch_size=16, seed=3, precision="float32")


class Recording:
    """A finished training: its run and every event it told."""

    def __init__(self, run: Run, events: list[AnyEvent]) -> None:
        self.run = run
        self.events = events

    def of(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def end(self) -> Finished:
        assert [isinstance(event, Finished) for event in self.events].count(True) == 1
        assert isinstance(self.events[-1], Finished)
        return self.events[-1]


Reaction = Callable[[AnyEvent, TrainingControl], None]


def train_and_tell(
    folder: Path, /, reaction: Reaction | None = None, **changes: object
) -> tuple[Finished, tuple[Path, list[AnyEvent]]]:
    """Train for real; `reaction` acts from inside the training, at each event."""
    run = RunStore(folder).create(msgspec.structs.replace(TINY, **changes))
    control, events = TrainingControl(), []

    def tell(event: AnyEvent) -> None:
        events.append(event)
        if reaction is not None:
            reaction(event, control)

    return run_training(run, control, tell), (run.folder, events)


def train_and_record(folder: Path, /, reaction: Reaction | None = None, **changes: object) -> Recording:
    """Train for real and read the run back."""
    end, (run_folder, events) = train_and_tell(folder, reaction, **changes)
    recording = Recording(Run.open(run_folder), events)
    assert recording.end is end
    return recording


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Return a training that ran to its end."""
    return train_and_record(tmp_path_factory.mktemp("runs"))


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert not [thread for thread in set(threading.enumerate()) - before if thread.name.startswith("batches")]

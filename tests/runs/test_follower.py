"""Watching a run that is being trained: only what is new is read, and nothing is told twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from resnet_gui.errors import RunError
from resnet_gui.runs.events import AnyEvent, EpochEnded, Finished, StateChanged, StepMetrics, Tested, TrainingPlanned
from resnet_gui.runs.follower import RunFollower
from resnet_gui.runs.lock import training_lock
from resnet_gui.runs.metrics_file import metric_lines
from resnet_gui.runs.run import BestEpoch, Interruption, Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.runs.store import RunStore
from tests.fake_trainer import make_epoch, make_steps
from tests.interrupted import interrupted_run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run that is in its second epoch."""
    return interrupted_run(RunStore(tmp_path))


@pytest.fixture
def trained(run: Run) -> Iterator[Run]:
    """Return it while somebody trains it."""
    with training_lock(run.folder):
        yield run


def kinds(events: tuple[AnyEvent, ...]) -> list[type]:
    return [type(event) for event in events]


def steps_of(events: tuple[AnyEvent, ...]) -> list[int]:
    told = [event for event in events if isinstance(event, StepMetrics)]
    return [event.first_step + offset for event in told for offset in range(len(event.loss))]


def test_everything_is_told_first_and_then_what_is_new(trained: Run) -> None:
    follower = RunFollower(trained.folder)
    first = follower.read()
    assert (first.trained, first.anew) == (True, True)
    assert kinds(first.events) == [TrainingPlanned, StepMetrics, EpochEnded, StepMetrics, StateChanged]
    assert steps_of(first.events) == [1, 2, 3, 4, 5, 6]
    assert not follower.read().events
    trained.append(make_steps(7, 1, 2))
    trained.append(make_steps(8, 1, 2))
    trained.append(StateChanged(time=1.0, state=TrainingState.VALIDATING))
    second = follower.read()
    assert kinds(second.events) == [StepMetrics, StateChanged]
    assert steps_of(second.events) == [7, 8]


def test_only_what_was_added_is_read_from_the_disk(trained: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    follower = RunFollower(trained.folder)
    follower.read()
    whole = trained.metrics_file.stat().st_size
    # What was read already may be anything by now: it is not looked at.
    with trained.metrics_file.open("rb+") as file:
        file.write(b"x" * whole)
    trained.append(make_steps(7, 1, 2))
    assert steps_of(follower.read().events) == [7]


def test_a_line_that_is_being_written_waits_for_its_end(trained: Run) -> None:
    follower = RunFollower(trained.folder)
    follower.read()
    line = f"{metric_lines(make_steps(7, 1, 2))[0]}\n"
    told = []
    with trained.metrics_file.open("a", buffering=1) as file:
        for letter in line:
            file.write(letter)
            file.flush()
            told.append(steps_of(follower.read().events))
    assert told == [[]] * (len(line) - 1) + [[7]]


def test_the_end_of_an_epoch_waits_for_the_word_whether_it_is_the_best(trained: Run) -> None:
    follower = RunFollower(trained.folder)
    follower.read()
    end = make_epoch(2, 8)
    with trained.metrics_file.open("a") as file:  # as it is in the instant before run.json is written
        file.write(f"{metric_lines(end)[0]}\n")
    assert not follower.read().events
    trained.update(best=BestEpoch(2, 8, end.val_top1, end.val_top5))
    trained.append(StateChanged(time=1.0, state=TrainingState.PAUSED))
    told, state = follower.read().events
    assert told == end
    assert isinstance(state, StateChanged)


def test_a_run_that_goes_back_to_a_checkpoint_is_told_anew(trained: Run) -> None:
    follower = RunFollower(trained.folder)
    follower.read()
    trained.rewind(4, 1, trained.record.best, trained.record.config)
    trained.append(make_steps(5, 1, 2))
    news = follower.read()
    assert news.anew
    assert steps_of(news.events) == [1, 2, 3, 4, 5]
    assert TrainingPlanned in kinds(news.events)
    assert not follower.read().anew


def test_the_end_is_told_once_nobody_trains_it(run: Run) -> None:
    follower = RunFollower(run.folder)
    with training_lock(run.folder):
        follower.read()
        run.append(make_epoch(2, 8))
        run.append(Tested(time=5.0, count=10, top1=0.5, top5=0.9))
        run.append(Finished(time=6.0, reason=FinishReason.COMPLETED))
        assert Finished not in kinds(follower.read().events)
    last = follower.read()
    assert not last.trained
    assert kinds(last.events) == [Tested, Finished]
    assert last.interruption is None


def test_a_training_that_was_killed_is_told_where_it_was_cut(run: Run) -> None:
    follower = RunFollower(run.folder)
    with training_lock(run.folder):
        assert follower.read().interruption is None
    last = follower.read()
    assert (last.trained, last.events) == (False, ())
    assert last.interruption == Interruption(2, 6)


def test_a_deleted_run_is_told_in_words(run: Run) -> None:
    follower = RunFollower(run.folder)
    follower.read()
    RunStore(run.folder.parent).delete(run)
    with pytest.raises(RunError, match="holds no run"):
        follower.read()

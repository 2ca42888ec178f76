from __future__ import annotations

from pathlib import Path

import pytest

from resnet_gui.errors import CancelledError
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import Finished
from resnet_gui.runs.lock import training_lock
from resnet_gui.runs.overview import Condition, DamagedRun, RunEntry, all_runs, interrupted_runs, look_at
from resnet_gui.runs.run import Interruption
from resnet_gui.runs.state import FinishReason
from resnet_gui.runs.store import RunStore
from tests.interrupted import interrupted_run


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


def report(_stage: str, _done: int, _total: int) -> None:
    pass


def test_what_became_of_each_run_the_newest_first_the_damaged_last(store: RunStore) -> None:
    store.create(TrainingConfig(), "new", now=1.0)
    interrupted_run(store, "cut", created=2.0)
    for number, reason in enumerate(FinishReason):
        run = interrupted_run(store, f"run {reason}", cut_after=3 + number, created=3.0 + number)
        run.append(Finished(time=9.0, reason=reason))
    (store.folder / "odd").mkdir()
    (store.folder / "odd" / "run.json").write_text("{")
    *entries, damaged = all_runs(store, report)
    assert isinstance(damaged, DamagedRun)
    assert "damaged" in damaged.reason
    told = [(entry.run.name, entry.condition, entry.reached) for entry in entries if isinstance(entry, RunEntry)]
    assert told == [
        ("run failed", Condition.FAILED, Interruption(2, 5)),
        ("run stopped", Condition.STOPPED, Interruption(1, 4)),
        ("run completed", Condition.COMPLETED, Interruption(1, 3)),
        ("cut", Condition.INTERRUPTED, Interruption(2, 6)),
        ("new", Condition.NEW, Interruption(0, 0)),
    ]


def test_what_is_being_trained_is_not_interrupted(store: RunStore) -> None:
    run = interrupted_run(store)
    assert [entry.run.name for entry in interrupted_runs(store)] == ["cut"]
    with training_lock(run.folder):
        entry = look_at(run)
        assert isinstance(entry, RunEntry)
        assert (entry.condition, entry.can_go_on, entry.can_be_extended) == (Condition.TRAINED, False, False)
        assert not interrupted_runs(store)


def test_curves_that_cannot_be_read_are_told(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    run = interrupted_run(store)

    def refuse(*_arguments: object, **_more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    told = look_at(run)
    assert isinstance(told, DamagedRun)
    assert told.reason.startswith("The curves of the run cut cannot be read: Permission denied.")


def test_looking_at_hundreds_of_runs_can_be_cancelled(store: RunStore) -> None:
    for number in range(3):
        interrupted_run(store, str(number))
    seen = []

    def cancel(_stage: str, done: int, _total: int) -> None:
        seen.append(done)
        if done == 1:
            raise CancelledError

    with pytest.raises(CancelledError):
        all_runs(store, cancel)
    assert seen == [0, 1]

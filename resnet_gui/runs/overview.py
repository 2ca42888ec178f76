"""What became of each run, for those who choose among them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from resnet_gui.progress import Report
from resnet_gui.runs.lock import is_being_trained
from resnet_gui.runs.run import Interruption, Run, unreadable_curves
from resnet_gui.runs.store import RunStore


class Condition(StrEnum):
    """What became of a run."""

    NEW = "new"  # its folder was made, and no more
    TRAINED = "trained"  # some program trains it now
    INTERRUPTED = "interrupted"
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RunEntry:
    """A run, what became of it, and how far it came."""

    run: Run
    condition: Condition
    reached: Interruption

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self.run.folder

    @property
    def can_go_on(self) -> bool:
        """Whether something is left to train."""
        return self.condition not in (Condition.TRAINED, Condition.COMPLETED)

    @property
    def can_be_extended(self) -> bool:
        """Whether it can be given more epochs."""
        return self.condition not in (Condition.TRAINED, Condition.NEW)


@dataclass(frozen=True, slots=True)
class DamagedRun:
    """A folder that could not be read, and the reason."""

    folder: Path
    reason: str


def look_at(run: Run) -> RunEntry | DamagedRun:
    """Return what became of a run."""
    try:
        return RunEntry(run, _condition_of(run), run.reached())
    except OSError as error:
        return DamagedRun(run.folder, str(unreadable_curves(run.folder, error)))


def all_runs(store: RunStore, report: Report) -> tuple[RunEntry | DamagedRun, ...]:
    """Return what became of every run, the newest first, the damaged ones last."""
    listing = store.list()
    entries: list[RunEntry | DamagedRun] = []
    for number, run in enumerate(listing.runs):
        report("Reading the runs", number, len(listing.runs))
        entries.append(look_at(run))
    return (*entries, *(DamagedRun(folder, reason) for folder, reason in listing.damaged))


def interrupted_runs(store: RunStore) -> tuple[RunEntry, ...]:
    """Return the runs that were cut, the newest first."""
    busy = [look_at(run) for run in store.list().runs if run.record.state.busy]
    return tuple(entry for entry in busy if isinstance(entry, RunEntry) and entry.condition is Condition.INTERRUPTED)


def _condition_of(run: Run) -> Condition:
    record = run.record
    if record.state.busy:
        return Condition.TRAINED if is_being_trained(run.folder) else Condition.INTERRUPTED
    return Condition(record.finish_reason) if record.finish_reason else Condition.NEW

"""RunStore: the folder that holds all runs."""

from __future__ import annotations

import os
import re
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from resnet_gui.data.files import printable
from resnet_gui.errors import ConfigError, RunError
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.lock import is_being_trained
from resnet_gui.runs.run import Run, RunRecord

MAX_NAME_BYTES = 200
"""Leaves room below the 255 that file systems allow for what is written beside a folder under its name."""
_SET_BACK = 2 * 24 * 3600.0
"""Seconds by which a clock that was set back is made up for; what lies further ahead was made by one that was wrong."""


@dataclass(frozen=True, slots=True)
class RunListing:
    """The runs of a store, newest first, and the folders that could not be read with the reason."""

    runs: tuple[Run, ...]
    damaged: tuple[tuple[Path, str], ...]


class RunStore:
    """Creates, lists, opens and deletes runs.

    Args:
        folder: where they are; made with the first run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self, config: TrainingConfig, name: str = "", now: float | None = None) -> Run:
        """Make the folder of a new run.

        Args:
            config: its settings, already validated.
            name: folder name; empty makes one from time, network and data.
            now: seconds since the epoch, for the name; None for the clock.

        Raises:
            ConfigError: the name is not one for a run.
        RunError: it is taken, or the folder cannot be made.
        """
        created = self._after_the_newest(time.time()) if now is None else now
        chosen = name or _default_name(config, created)
        check_run_name(chosen)
        folder = self.folder / chosen
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unmakeable(self.folder, error) from error
        if not name:
            folder = _free_folder(folder)
        try:
            folder.mkdir()
        except FileExistsError as error:
            raise RunError(
                f'A run named "{chosen}" is there already.', "Choose another name; runs are never overwritten."
            ) from error
        except OSError as error:
            raise _unmakeable(folder, error) from error
        run = Run(folder, RunRecord(created=created, config=config))
        try:
            run.update()
        except RunError:
            shutil.rmtree(folder, ignore_errors=True)  # or it would be listed as damaged
            raise
        return run

    def _after_the_newest(self, now: float) -> float:
        """Return a time for a run that is made now: later than the others', also if the clock was set back since."""
        newest = max((run.record.created for run in self.list().runs), default=0.0)
        return newest + 1 if now <= newest < now + _SET_BACK else now

    def list(self) -> RunListing:
        """Return all runs, newest first. A damaged one is reported, never fatal."""
        runs, damaged = [], []
        try:
            folders = [path for path in self.folder.iterdir() if os.path.isdir(path)]
        except FileNotFoundError:
            folders = []
        except OSError as error:
            folders, damaged = [], [(self.folder, f"{self.folder} cannot be read: {error.strerror or error}.")]
        for folder in folders:
            try:
                runs.append(Run.open(folder))
            except RunError as error:
                damaged.append((folder, str(error)))
        runs.sort(key=lambda run: (run.record.created, run.name), reverse=True)
        return RunListing(tuple(runs), tuple(sorted(damaged)))

    def newest(self, count: int) -> tuple[Run, ...]:
        """Return the runs that were written to last, newest first, at most `count`; damaged ones are passed over."""
        written = []
        for folder in self.folder.glob("*/run.json"):
            with suppress(OSError):  # deleted meanwhile
                written.append((folder.stat().st_mtime_ns, folder.parent))
        runs = []
        for _, folder in sorted(written, reverse=True)[:count]:
            with suppress(RunError):
                runs.append(Run.open(folder))
        return tuple(runs)

    def open(self, name_or_path: str) -> Run:
        """Open a run by its name in this store, or by a path.

        Raises:
            RunError: there is none.
        """
        inside, path = self.folder / name_or_path, Path(name_or_path)
        if os.path.isdir(inside):
            return Run.open(inside)
        if not os.path.exists(path):
            raise RunError(
                f'There is no run "{name_or_path}" in {self.folder}.', "It may have been deleted or renamed."
            )
        return Run.open(path)

    def delete(self, run: Run) -> None:
        """Delete a run's folder.

        Raises:
            RunError: it is not in this store, is being trained, or cannot be deleted.
        """
        if run.folder.parent.resolve() != self.folder.resolve():
            raise RunError(f"{run.folder} is not in {self.folder}.")
        if is_being_trained(run.folder):
            raise RunError(f"The run {run.name} is being trained.", "Stop it first.")
        try:
            shutil.rmtree(run.folder)
        except OSError as error:
            raise RunError(f"{run.folder} cannot be deleted: {error.strerror or error}.") from error


def check_run_name(name: str) -> None:
    """Raise ConfigError if a run cannot have this name."""
    if Path(name).name != name or name in {".", ".."} or "\\" in name or not name.isprintable():
        raise ConfigError(
            f"{printable(name)!r} is not a name for a run.", "name", "Use a name without slashes and odd characters."
        )
    if len(name.encode()) > MAX_NAME_BYTES:
        raise ConfigError("The run's name is too long.", "name", f"Use at most {MAX_NAME_BYTES} letters.")


def _unmakeable(folder: Path, error: OSError) -> RunError:
    return RunError(
        f"The folder {folder} cannot be made: {error.strerror or error}.",
        "Choose a folder for runs that you may write to.",
    )


def _default_name(config: TrainingConfig, created: float) -> str:
    data = Path(config.folder).name if config.source == "folder" else config.source
    stamp = time.strftime("%Y-%m-%d_%H%M%S", time.localtime(created))
    return re.sub(r"[^\w.-]+", "-", f"{stamp}_{config.network}-{data}")[:100]


def _free_folder(folder: Path) -> Path:
    """Return `folder`, or the same name with the first free number where two runs start in one second."""
    number, candidate = 2, folder
    while candidate.exists():
        candidate = folder.with_name(f"{folder.name}-{number}")
        number += 1
    return candidate

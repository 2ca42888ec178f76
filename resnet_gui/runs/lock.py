"""The lock of a run's folder: only one program trains a run at a time, and one that was killed leaves it free."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from resnet_gui.errors import RunError

_FILE = "training.lock"
_PATIENCE = 0.5
"""Seconds to wait for the lock: `is_being_trained` of another program holds it for an instant."""


@contextmanager
def training_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of a run's folder within the block.

    Raises:
        RunError: the run is being trained already, or its folder cannot be written.
    """
    if not folder.is_dir():  # or the lock would make it
        raise RunError(f"The run's folder {folder} is gone.", "It may have been deleted or renamed.")
    lock = filelock.FileLock(folder / _FILE)
    try:
        lock.acquire(timeout=_PATIENCE, poll_interval=0.05)
    except filelock.Timeout as error:
        raise RunError(
            f"The run {folder.name} is being trained already, in another window or program.",
            "Stop it there first, or wait until it ends.",
        ) from error
    except OSError as error:
        raise RunError(
            f"The run's folder {folder} cannot be locked: {error.strerror or error}.",
            "Check that it exists and that you may write there.",
        ) from error
    try:
        yield
    finally:
        lock.release()


def is_being_trained(folder: Path) -> bool:
    """Return whether somebody holds the lock of a run's folder; False where it cannot be asked for."""
    if not (folder / _FILE).is_file():
        return False
    lock = filelock.FileLock(folder / _FILE)
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        return True
    except OSError:  # a folder that may only be read: nobody trains there
        return False
    lock.release()
    return False

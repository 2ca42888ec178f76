"""TrainingControl: how another thread pauses, resumes, stops and changes a training."""

from __future__ import annotations

import threading

from resnet_gui.errors import CancelledError
from resnet_gui.runs.config import SETTINGS
from resnet_gui.runs.events import Changeable
from resnet_gui.runs.settings import check_value


class TrainingControl:
    """Requests to a running training, safe from any thread.

    The training looks here after every batch; while it is paused it sleeps on a condition, it does not poll.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._paused = False
        self._stopped = False
        self._resumed = False  # and not yet seen by who waits to try again
        self._stopped_after_epoch = False
        self._changes: dict[Changeable, float] = {}

    def pause(self) -> None:
        """Ask the training to hold after the current batch."""
        with self._changed:
            self._paused = True

    def resume(self) -> None:
        """Let a paused training go on."""
        with self._changed:
            self._paused = False
            self._resumed = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Ask the training to end after the current batch, also while it is paused. Cannot be taken back."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def stop_after_epoch(self, wanted: bool = True) -> None:
        """Ask the training to end when the epoch under way is over, or take that back, until then."""
        with self._changed:
            self._stopped_after_epoch = wanted

    def change(self, name: Changeable, value: float) -> None:
        """Ask for another value of a setting from the next step on; the last value asked for counts.

        Raises:
            ConfigError: it is outside the setting's limits.
        """
        check_value(SETTINGS[name], value)
        with self._changed:
            self._changes[name] = value

    def take_changes(self) -> dict[Changeable, float]:
        """Return the settings to be changed, which are then no longer asked for."""
        with self._changed:
            changes, self._changes = self._changes, {}
            return changes

    @property
    def stop_after_epoch_requested(self) -> bool:
        """Whether the training should end when the epoch under way is over."""
        with self._changed:
            return self._stopped_after_epoch

    @property
    def pause_requested(self) -> bool:
        """Whether the training should hold."""
        with self._changed:
            return self._paused

    @property
    def stop_requested(self) -> bool:
        """Whether the training should end."""
        with self._changed:
            return self._stopped

    def wait_while_paused(self) -> None:
        """Return when the training may go on or must stop."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or not self._paused)

    def wait_to_retry(self, seconds: float) -> bool:
        """Return after some seconds, or at once when the training is told to go on or to stop; return whether it is."""
        with self._changed:
            told = self._changed.wait_for(lambda: self._stopped or self._resumed, seconds)
            self._resumed = False
            return told

    def check(self) -> None:
        """Raise CancelledError if the training should end: for the stages in which it cannot hold."""
        if self.stop_requested:
            raise CancelledError

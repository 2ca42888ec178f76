"""What stands between a training and the disk: it holds while its run's folder cannot be written, and says why.

Nothing is lost meanwhile, because nothing more is trained: the little that is not written yet waits in memory.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from resnet_gui.errors import CancelledError, ResNetGuiError, RunError
from resnet_gui.runs.events import AnyEvent, Finished, Message, StateChanged
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import TrainingState
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.room import checkpoint_size, free_disk
from resnet_gui.training.steady_time import SteadyTime

log = logging.getLogger(__name__)

Result = TypeVar("Result")

RETRY_SECONDS = 5.0
"""How often it is looked whether the folder can be written again."""
_LEAST_ROOM = 1_000_000
"""Bytes that a full disk must have again, for however small a network."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class StoppedUnwritten(CancelledError):
    """The user stopped a training whose folder could not be written.

    Args:
        problem: why not.
    """

    def __init__(self, problem: str) -> None:
        super().__init__()
        self.message = f"{problem} What was trained since then is not kept."
        self.advice = "Once that is put right, the run can be resumed from its newest checkpoint."


@dataclass(frozen=True, slots=True)
class _Problem:
    """Why a folder cannot be written.

    Attributes:
        what: one sentence.
        advice: what to do, and when it goes on.
        room: bytes that there must be before it is worth trying again.
        mendable: whether the user can do something about it.
    """

    what: str
    advice: str
    room: int = 0
    mendable: bool = True


def write_or_hold(
    run: Run,
    control: TrainingControl,
    write: Callable[[], Result],
    hold: Callable[[str], None],
    mendable_only: bool = False,
) -> Result:
    """Do what writes into a run's folder, again and again until that succeeds.

    Args:
        run: whose folder.
        control: ends the waiting.
        write: may be done again after it failed, with an OSError or an error in words that comes from one.
        hold: is told why it has to wait, before it does; again if that changes.
        mendable_only: raise other errors of the disk than those a user can do something about.

    Raises:
        StoppedUnwritten: the training is to stop, and even then it could not be written.
    """
    said = ""
    while True:
        try:
            return write()
        except (OSError, ResNetGuiError) as error:
            problem = _problem(error, run)
            if problem is None or (mendable_only and not problem.mendable):
                raise
            if control.stop_requested:
                raise StoppedUnwritten(problem.what) from error
        words = f"{problem.what} {problem.advice}"
        if words != said:
            said = words
            hold(words)
        told = False
        while not (told := control.wait_to_retry(RETRY_SECONDS)) and _free(run) < problem.room:
            pass
        if told:  # whoever asked for another try wants to know how it went
            said = ""


def _problem(error: Exception, run: Run) -> _Problem | None:
    """Return what is the matter with a run's folder, or None if it is something else."""
    cause = error if isinstance(error, OSError) else error.__cause__
    if not isinstance(cause, OSError):
        return None
    folder = run.folder
    if cause.errno in _FULL:
        room = max(checkpoint_size(run.record.config, run.record.parameters), _LEAST_ROOM)
        return _Problem(
            f"The disk is full: {folder} needs about {room / 1e6:,.0f} MB more.",
            "The training is paused. Make room, and it goes on by itself.",
            room,
        )
    if cause.errno in _FORBIDDEN:
        return _Problem(
            f"The run's folder {folder} may not be written to any more.",
            "The training is paused. Allow it again, and it goes on by itself; or stop.",
        )
    if not os.path.isdir(folder):
        return _Problem(
            f"The run's folder {folder} is gone.",
            "The training is paused. Put the folder back, and it goes on by itself; or stop.",
        )
    return _Problem(
        f"The run's folder {folder} cannot be written: {cause.strerror or cause}.",
        f"The training is paused, and tries again every {RETRY_SECONDS:.0f} seconds.",
        mendable=False,
    )


def _free(run: Run) -> float:
    try:
        return free_disk(run.folder)
    except OSError:  # it cannot be asked: trying will show
        return float("inf")


class EventWriter:
    """Writes a training's events into its run's folder, then tells them; what cannot be written yet is kept.

    Args:
        run: what is trained.
        control: ends the waiting for a folder that cannot be written.
        tell: is given every event. What goes wrong there is reported like any unforeseen error, and the training
            goes on.
        clock: seconds that only go forward.
    """

    def __init__(
        self,
        run: Run,
        control: TrainingControl,
        tell: Callable[[AnyEvent], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._run = run
        self._control = control
        self._listener = tell
        self._listener_failed = False
        self._time = SteadyTime(clock)
        self._state = TrainingState.IDLE
        self._unwritten: deque[AnyEvent] = deque()

    def add(self, event: AnyEvent) -> AnyEvent:
        """Write and tell an event; return it as it was told. Hold until it is written, unless it says that it holds.

        Raises:
            StoppedUnwritten: the training is to stop, and its end could not be written.
            RunError: it cannot be written, and not for a reason the disk gives.
        """
        event = self._time.corrected(event)
        self._unwritten.append(event)
        if isinstance(event, StateChanged):
            self._state = event.state
        if isinstance(event, Finished):
            write_or_hold(self._run, self._control, self._write, self._pause)
            self._tell(event)
            return event
        try:
            self._write()
        except RunError as error:
            if _problem(error, self._run) is None:
                raise
            self._tell(event)  # it has happened, written or not
            if self._state is not TrainingState.PAUSED and not self._control.stop_requested:
                self._hold()
        else:
            self._tell(event)
        return event

    def end(self, event: Finished) -> Finished:
        """Tell the end, whether or not it can be written; return it as it was told."""
        told = self._time.corrected(event)
        self._unwritten.append(told)
        try:
            self._write()
        except RunError as error:
            log.warning("The end of the training could not be written down. %s", error)
        self._tell(told)
        return told

    def _write(self) -> None:
        """Write what is not written yet, in order; what the disk refuses stays, what cannot be written at all goes."""
        while self._unwritten:
            event = self._unwritten.popleft()
            try:
                self._run.append(event)
            except RunError as error:
                if _problem(error, self._run) is not None:
                    self._unwritten.appendleft(event)
                raise

    def _hold(self) -> None:
        before = self._state
        write_or_hold(self._run, self._control, self._write, self._pause)
        if self._state is not before:
            self.add(StateChanged(time=time.time(), state=before))

    def _pause(self, reason: str) -> None:
        """Tell that the training is paused, and why; it is written with the rest, but nothing after the end."""
        self._state = TrainingState.PAUSED
        now = time.time()
        for event in (
            StateChanged(time=now, state=TrainingState.PAUSED, reason=reason),
            Message(time=now, text=reason),
        ):
            told = self._time.corrected(event)
            if not isinstance(self._unwritten[-1], Finished):
                self._unwritten.append(told)
            self._tell(told)

    def _tell(self, event: AnyEvent) -> None:
        try:
            self._listener(event)
        except Exception as error:  # noqa: BLE001  whatever it is, it is no fault of the training
            if not self._listener_failed:  # the same would be said of every event
                self._listener_failed = True
                sys.excepthook(type(error), error, error.__traceback__)

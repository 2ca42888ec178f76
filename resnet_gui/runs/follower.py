"""RunFollower: what a run's folder has gained since it was last looked at, for whoever watches it being trained."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from resnet_gui.runs.events import AnyEvent, EpochEnded, StateChanged, TrainingPlanned
from resnet_gui.runs.joined_steps import joined_steps
from resnet_gui.runs.lock import is_being_trained
from resnet_gui.runs.metrics_file import CurveEvent, event_of_line
from resnet_gui.runs.run import Interruption, Run, unreadable_curves
from resnet_gui.runs.state import TrainingState


@dataclass(frozen=True, slots=True)
class RunNews:
    """What is new in a run's folder.

    Attributes:
        run: the run as it is now.
        trained: whether some program trains it; if not, this is the last there is to tell.
        anew: whether the curves begin here: the first time, and when the run went back to a checkpoint, which makes
            void what was told before.
        events: what was added, in order.
        interruption: where the training was cut, if nobody trains the run and it has no end.
    """

    run: Run
    trained: bool
    anew: bool
    events: tuple[AnyEvent, ...]
    interruption: Interruption | None


class RunFollower:
    """Reads only what was added to the curves since the last time, so that looking often costs nothing.

    Args:
        folder: the run's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: tuple[int, int] | None = None
        self._offset = 0
        self._plan: TrainingPlanned | None = None
        self._state = TrainingState.IDLE
        self._last = 0.0  # time of the last step or epoch

    def read(self) -> RunNews:
        """Return what is new; the first time everything.

        Raises:
            RunError: the folder holds no run any more, or it cannot be read.
        """
        # Who trains it is asked first: if nobody does, nothing is added behind what is read then.
        trained = is_being_trained(self._folder)
        try:
            metrics, anew = self._new_metrics(trained)
        except OSError as error:
            raise unreadable_curves(self._folder, error) from error
        run = Run.open(self._folder)
        if anew:
            self._plan, self._state = None, TrainingState.IDLE
        events: list[AnyEvent] = []
        plan = run.plan()
        if plan is not None and plan != self._plan:
            self._plan = plan
            events.append(plan)
        events += [run.marked(event) for event in joined_steps(metrics)]
        if metrics:
            self._last = metrics[-1].time
        interruption = None
        if trained:
            if run.record.state is not self._state:
                self._state = run.record.state
                events.append(StateChanged(time=time.time(), state=self._state))
        elif run.record.finish_reason is not None:
            events += run.outcome(self._last or run.record.created)
        else:
            interruption = run.reached()
        return RunNews(run, trained, anew, tuple(events), interruption)

    def _new_metrics(self, trained: bool) -> tuple[list[CurveEvent], bool]:
        """Return the steps and epochs that were added, and whether the file is another one than before."""
        path = self._folder / "metrics.jsonl"
        if not path.is_file():
            return [], False
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            identity = (status.st_dev, status.st_ino)
            anew = identity != self._file or status.st_size < self._offset
            if anew:
                self._offset = 0
            self._file = identity
            file.seek(self._offset)
            content = file.read()
        lines = content[: content.rfind(b"\n") + 1].splitlines(keepends=True)  # the rest is still being written
        if lines and trained and isinstance(event_of_line(lines[-1]), EpochEnded):
            lines.pop()  # for the next time: whether it is the best epoch stands in run.json a moment later
        self._offset += sum(map(len, lines))
        events = [event_of_line(line) for line in lines]
        return [event for event in events if event is not None], anew

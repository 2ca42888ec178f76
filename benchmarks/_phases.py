"""What a training was doing when: the parts of it that keep the window waiting in different ways."""

from __future__ import annotations

import time
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from resnet_gui.gui.training_session import TrainingSession
from resnet_gui.runs.events import AnyEvent, Finished, Progress, StateChanged, StepMetrics
from resnet_gui.runs.state import TrainingState

_FIRST_STEPS = 10


class Phase(StrEnum):
    """A part of a training, in the order in which they come."""

    IDLE = "before Start"
    IMPORT = "importing TensorFlow"
    PREPARE = "data, building, tracing"
    FIRST_STEPS = f"first {_FIRST_STEPS} steps"
    STEADY = "steady training"
    FIRST_VALIDATION = "first validation"
    VALIDATION = "later validations"
    CHECKPOINT = "checkpoints"
    EXPORT = "export"
    TEST = "test, clearing up"
    AFTER = "after the end"


class Phases:
    """Follows a session. An event is told by its own time, which is when the training's thread made it.

    Args:
        session: whose events to follow.
    """

    def __init__(self, session: TrainingSession) -> None:
        self._starts = [time.time()]
        self._phases = [Phase.IDLE]
        session.event_arrived.connect(self._on_event)
        session.finished.connect(self._on_finished)

    def at(self, times: NDArray[np.float64]) -> list[Phase]:
        """Return the phase at each of these times, in seconds since the epoch."""
        places = np.searchsorted(self._starts, times, side="right") - 1
        return [self._phases[max(place, 0)] for place in places]

    def _enter(self, phase: Phase, moment: float) -> None:
        self._starts.append(moment)
        self._phases.append(phase)

    def _on_finished(self, end: Finished) -> None:
        self._enter(Phase.AFTER, end.time)

    def _on_event(self, event: AnyEvent) -> None:
        phase = self._phase_from(event)
        if phase is not None and phase is not self._phases[-1]:
            self._enter(phase, event.time)

    def _phase_from(self, event: AnyEvent) -> Phase | None:
        """Return the phase that an event begins, None if it goes on."""
        match event:
            case StateChanged(state=TrainingState.PREPARING):
                return Phase.IMPORT
            case Progress() if self._phases[-1] is Phase.IMPORT:  # the Trainer's first word
                return Phase.PREPARE
            case StateChanged(state=TrainingState.RUNNING):
                return Phase.STEADY if Phase.STEADY in self._phases else Phase.FIRST_STEPS
            case StepMetrics() if event.first_step + len(event.loss) > _FIRST_STEPS:
                return Phase.STEADY
            case StateChanged(state=TrainingState.VALIDATING):
                return Phase.VALIDATION if Phase.FIRST_VALIDATION in self._phases else Phase.FIRST_VALIDATION
            case Progress() if self._phases[-1] in (Phase.FIRST_VALIDATION, Phase.VALIDATION):
                return Phase.CHECKPOINT if event.done == event.total else None
            case StateChanged(state=TrainingState.FINISHING):
                return Phase.EXPORT
            case Progress() if self._phases[-1] is Phase.EXPORT:
                return Phase.TEST
        return None

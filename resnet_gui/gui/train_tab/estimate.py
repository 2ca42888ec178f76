"""How long a training will still take, from how long its steps and validations took."""

from __future__ import annotations

from resnet_gui.runs.changes import replanned
from resnet_gui.runs.events import AnyEvent, EpochEnded, SettingChanged, StateChanged, StepMetrics, TrainingPlanned
from resnet_gui.runs.state import TrainingState

_AVERAGED_STEPS = 200  # about so many steps count, so that the estimate follows a machine that gets busier


class Estimate:
    """Seconds left, from the events' own times; pauses do not count, nor does the slow first step after preparing.

    Steps that were made before a training went on count as made, but tell nothing of how fast it is now.
    """

    def __init__(self) -> None:
        self._plan: TrainingPlanned | None = None
        self._step = 0
        self._epochs_ended = 0
        self._seconds_per_step: float | None = None
        self._seconds_per_validation = 0.0
        self._mark: float | None = None  # when the steps not yet counted began
        self._state = TrainingState.IDLE
        self._warm = False  # whether the slow first step is made

    def follow(self, event: AnyEvent) -> None:
        """Take in an event."""
        match event:
            case TrainingPlanned():
                self._plan = event
            case SettingChanged() if self._plan is not None:
                self._plan = replanned(self._plan, event)
            case StepMetrics():
                self._count(event)
            case EpochEnded():
                self._epochs_ended += 1
                if event.val_loss is not None and self._mark is not None and self._state is TrainingState.VALIDATING:
                    self._seconds_per_validation = event.time - self._mark
                self._mark = event.time
            case StateChanged():
                # Going on after a pause starts a new measurement; going over to validating starts the validation's.
                self._mark = event.time
                self._state = event.state
                if event.state is TrainingState.PREPARING:  # at Start, and before another part of the network learns
                    self._warm = False
                    self._seconds_per_step = None

    def _count(self, event: StepMetrics) -> None:
        count = len(event.loss)
        if self._mark is not None and self._warm:
            share = min(count / _AVERAGED_STEPS, 1.0)
            new = (event.time - self._mark) / count
            old = new if self._seconds_per_step is None else self._seconds_per_step
            self._seconds_per_step = old + (new - old) * max(share, 0.05)
        self._step = event.first_step + count - 1
        self._mark = event.time
        self._warm = self._state is not TrainingState.IDLE

    def seconds_left(self) -> float | None:
        """Return the estimate, or None while there is nothing to go by."""
        plan = self._plan
        if self._seconds_per_step is None or plan is None:
            return None
        validations = (plan.epochs - self._epochs_ended) * self._seconds_per_validation
        return (plan.steps_per_epoch * plan.epochs - self._step) * self._seconds_per_step + validations


def format_duration(seconds: float) -> str:
    """Return a duration as 0:05, 12:40 or 3:05:00."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

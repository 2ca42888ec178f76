"""TrainingStory: what a training tells, whoever trains it, as signals; and its curves so far."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from resnet_gui.runs.events import (
    AnyEvent,
    EpochEnded,
    Finished,
    Message,
    Progress,
    SettingChanged,
    StateChanged,
    StepMetrics,
    Tested,
    TrainingPlanned,
)
from resnet_gui.runs.history import History
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import TrainingState


class TrainingStory(QObject):
    """Takes in events and tells them on; `state` follows them only."""

    state_changed = Signal(object)  # TrainingState
    started = Signal()  # another story, with an empty history
    planned = Signal(object)  # TrainingPlanned
    progressed = Signal(object)  # Progress
    event_arrived = Signal(object)  # every event but Finished, after the signal of its kind
    epoch_ended = Signal(object)  # EpochEnded, already in the history
    setting_changed = Signal(object)  # SettingChanged, already in the history
    metrics_changed = Signal(object)  # History
    message_logged = Signal(object)  # Message
    tested = Signal(object)  # Tested
    failed = Signal(object)  # Finished, emitted before `finished` if the training failed here and now
    finished = Signal(object)  # Finished
    caught_up = Signal()  # what was there before is told, much at once; what follows is new
    interrupted = Signal(object)  # Interruption: there is no end, and nobody trains it

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = TrainingState.IDLE
        self._history = History()
        self._run: Run | None = None
        self._end: Finished | None = None

    @property
    def state(self) -> TrainingState:
        """What the training last said it is doing."""
        return self._state

    @property
    def history(self) -> History:
        """The curves of the current, else the last training."""
        return self._history

    @property
    def run(self) -> Run | None:
        """The run that is shown, of a new training when it has ended; None if there is none, or it was not made."""
        return self._run

    def _begin(self, run: Run | None = None) -> None:
        self._history = History()
        self._run, self._end = run, None
        self.started.emit()
        self.metrics_changed.emit(self._history)

    def _on_event(self, event: AnyEvent) -> None:
        match event:
            case StateChanged():
                self._change_state(event.state)
            case TrainingPlanned():
                self.planned.emit(event)
            case Progress():
                self.progressed.emit(event)
            case StepMetrics() | EpochEnded() | SettingChanged():
                self._history.append(event)
                if isinstance(event, EpochEnded):
                    self.epoch_ended.emit(event)
                if isinstance(event, SettingChanged):
                    self.setting_changed.emit(event)
                self.metrics_changed.emit(self._history)
            case Message():
                self.message_logged.emit(event)
            case Tested():
                self.tested.emit(event)
            case Finished():
                self._end = event  # told when nothing of the training is left
                return
        self.event_arrived.emit(event)

    def _change_state(self, state: TrainingState) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit(state)

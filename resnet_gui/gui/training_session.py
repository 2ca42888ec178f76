"""TrainingSession: the one mediator between the training thread and the window."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Signal

from resnet_gui.data.dataset import ImageDataset
from resnet_gui.errors import TrainingError
from resnet_gui.gui.training_worker import TrainingWorker
from resnet_gui.runs.changes import check_change
from resnet_gui.runs.config import TrainingConfig, validated
from resnet_gui.runs.events import (
    AnyEvent,
    Changeable,
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
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import FitFunction, fit_with_keras
from resnet_gui.training.shown_pictures import telling_of_changes


class TrainingSession(QObject):
    """Starts, pauses and stops trainings, one at a time, and tells what they say.

    `state` follows the training's events only, never the requests made here. When `finished` is emitted the
    thread is over, so the window may close on it.

    Args:
        store: where runs are made.
        fit: what trains.
    """

    state_changed = Signal(object)  # TrainingState
    started = Signal()  # a new training, with an empty history
    planned = Signal(object)  # TrainingPlanned
    progressed = Signal(object)  # Progress
    event_arrived = Signal(object)  # every event but Finished, after the signal of its kind
    epoch_ended = Signal(object)  # EpochEnded, already in the history
    setting_changed = Signal(object)  # SettingChanged, already in the history
    stop_after_epoch_changed = Signal(bool)  # whether the training is to end with the epoch under way
    metrics_changed = Signal(object)  # History
    message_logged = Signal(object)  # Message
    tested = Signal(object)  # Tested
    failed = Signal(object)  # Finished, emitted before `finished` if the reason is FAILED
    finished = Signal(object)  # Finished

    def __init__(self, store: RunStore, fit: FitFunction = fit_with_keras, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.store = store
        self._fit = fit
        self._worker: TrainingWorker | None = None
        self._control = TrainingControl()
        self._state = TrainingState.IDLE
        self._history = History()
        self._run: Run | None = None
        self._end: Finished | None = None

    @property
    def state(self) -> TrainingState:
        """What the training last said it is doing."""
        return self._state

    @property
    def busy(self) -> bool:
        """Whether a training was started and its thread is not over."""
        return self._worker is not None

    @property
    def history(self) -> History:
        """The curves of the current, else the last training."""
        return self._history

    @property
    def run(self) -> Run | None:
        """The run of the last training that ended; None if there was none, or its folder could not be made."""
        return self._run

    def start(self, config: TrainingConfig, name: str = "", shown: ImageDataset | None = None) -> None:
        """Start a training.

        Args:
            config: its settings.
            name: the run's; empty makes one.
            shown: the pictures as the user saw them; the training tells if it finds others.

        Raises:
            ConfigError: a setting is out of range.
            TrainingError: one is running.
        """
        if self.busy:
            raise TrainingError("A training is running.", "Stop it, or wait for its end, before starting another.")
        self._control = TrainingControl()
        fit = self._fit if shown is None else telling_of_changes(self._fit, shown)
        self._worker = TrainingWorker(self.store, validated(config), self._control, fit, name, self)
        self._history = History()
        self._run = self._end = None
        self._worker.event_ready.connect(self._on_event)
        self._worker.finished.connect(self._on_worker_finished)
        self.started.emit()
        self.metrics_changed.emit(self._history)
        self._worker.start()

    def show(self, run: Run) -> None:
        """Tell a run that ended as if it had just been trained: its settings apart, everything is as it was then.

        Raises:
            TrainingError: one is running.
        """
        if self.busy:
            raise TrainingError("A training is running.", "Stop it, or wait for its end, before showing another.")
        self._history = History()
        self._run, self._end = run, None
        self.started.emit()
        self.metrics_changed.emit(self._history)
        for event in run.read_events():
            self._on_event(event)
        if self._end is not None:
            self.finished.emit(self._end)

    def pause(self) -> None:
        """Ask the training to hold after the current batch."""
        self._control.pause()

    def resume(self) -> None:
        """Let the training go on."""
        self._control.resume()

    def stop(self) -> None:
        """Ask the training to end; `finished` follows when its thread is over."""
        if self.busy and not self._control.stop_requested:
            self.message_logged.emit(Message(time.time(), self.tr("Stopping as soon as the current batch is done.")))
        self._control.stop()

    def stop_after_epoch(self, wanted: bool) -> None:
        """Ask the training to end when the epoch under way is over, or take that back."""
        if wanted is self._control.stop_after_epoch_requested:
            return
        self._control.stop_after_epoch(wanted)
        words = (
            self.tr("Stopping when this epoch is over, validated and saved.")
            if wanted
            else self.tr("Going on after this epoch.")
        )
        self.message_logged.emit(Message(time.time(), words))
        self.stop_after_epoch_changed.emit(wanted)

    @property
    def stops_after_epoch(self) -> bool:
        """Whether the training was asked to end when the epoch under way is over."""
        return self._control.stop_after_epoch_requested

    @property
    def config(self) -> TrainingConfig | None:
        """The settings in force in the training under way, else in the last run; None if there is none."""
        run = self._worker.training_run if self._worker else self._run
        return run.record.config if run else None

    def change(self, name: Changeable, value: float) -> None:
        """Ask for another value of a setting from the training's next step on.

        Raises:
            ConfigError: it cannot have that value now.
            TrainingError: no training runs.
        """
        config = self.config
        if not self.busy or config is None:
            raise TrainingError("No training is running.", "Start one first.")
        check_change(config, name, value, self._history.epochs_begun)
        self._control.change(name, value)

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
                self._end = event  # told when the thread is over
                return
        self.event_arrived.emit(event)

    def _change_state(self, state: TrainingState) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit(state)

    def _on_worker_finished(self) -> None:
        worker, end = self._worker, self._end
        assert worker is not None
        assert end is not None, "the worker emits exactly one Finished"
        worker.wait()  # Qt tells that a thread finished a moment before it has
        self._run = worker.training_run
        self._worker = None
        worker.deleteLater()
        self._change_state(TrainingState.IDLE)
        if end.reason is FinishReason.FAILED:
            self.failed.emit(end)
        self.finished.emit(end)

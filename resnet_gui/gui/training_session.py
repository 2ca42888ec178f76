"""TrainingSession: the one mediator between the training thread and the window."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Signal

from resnet_gui.data.dataset import ImageDataset
from resnet_gui.errors import TrainingError
from resnet_gui.gui.run_reader import RunReader
from resnet_gui.gui.training_story import TrainingStory
from resnet_gui.gui.training_worker import TrainingWorker, Work, new_training, resumed_training
from resnet_gui.runs.changes import check_change
from resnet_gui.runs.config import TrainingConfig, validated
from resnet_gui.runs.events import AnyEvent, Changeable, Message, TrainingPlanned
from resnet_gui.runs.follower import RunNews
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import FitFunction, finished_by, fit_with_keras
from resnet_gui.training.shown_pictures import telling_of_changes


class TrainingSession(TrainingStory):
    """Starts, resumes, pauses and stops trainings, one at a time, and tells what they say; or shows a run there is.

    `state` follows the training's events only, never the requests made here. When `finished` is emitted the
    thread is over, so the window may close on it.

    Args:
        store: where runs are made.
        fit: what trains.
    """

    settings_told = Signal(object)  # TrainingConfig of a run that goes on, here or elsewhere
    elsewhere_changed = Signal(bool)  # whether what is shown is being trained by another program
    trained = Signal()  # a training that was started here is over; before `finished`, which a run that is shown has too
    stop_after_epoch_changed = Signal(bool)  # whether the training is to end with the epoch under way

    def __init__(self, store: RunStore, fit: FitFunction = fit_with_keras, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.store = store
        self._fit = fit
        self._worker: TrainingWorker | None = None
        self._control = TrainingControl()
        self._reader: RunReader | None = None
        self._elsewhere = False

    @property
    def busy(self) -> bool:
        """Whether a training was started here and its thread is not over."""
        return self._worker is not None

    @property
    def elsewhere(self) -> bool:
        """Whether what is shown is being trained by another window or program: it can be watched, no more."""
        return self._elsewhere

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
        self._require_idle()
        self._control = TrainingControl()
        fit = self._fit if shown is None else telling_of_changes(self._fit, shown)
        self._work(new_training(self.store, validated(config), name, self._control, fit))

    def resume_run(self, run: Run, epochs: int | None = None) -> None:
        """Go on with a run from its newest checkpoint; its curves are told again first, then continued.

        Args:
            run: one that was interrupted, stopped or failed. One that is complete says so.
            epochs: how many it shall have in all; None for as many as planned.

        Raises:
            TrainingError: a training is running.
        """
        self._require_idle()
        self._control = TrainingControl()
        self._work(resumed_training(run, epochs, self._control, self._fit), run)
        self.settings_told.emit(run.record.config)
        self.message_logged.emit(Message(time.time(), self.tr("Going on with the run {name}.").format(name=run.name)))

    def show(self, run: Run) -> None:
        """Tell a run from its folder: as it was, or, while another program trains it, as it grows.

        `finished` or `interrupted` follows once nobody trains it.

        Raises:
            TrainingError: a training is running.
        """
        self._require_idle()
        self.leave()
        self._begin(run)
        self._reader = RunReader(run.folder, self)
        self._reader.arrived.connect(self._on_news)
        self._reader.failed.connect(self._on_reading_failed)
        self._reader.read()

    def leave(self) -> None:
        """Watch no longer what another program trains; what was seen stays."""
        if self._reader is not None:
            self._reader.drop()
            self._reader.deleteLater()
            self._reader = None
        self._set_elsewhere(False)
        self._change_state(TrainingState.IDLE)

    def shut_down(self) -> None:
        """End the reading of a run and wait for its thread; a training is ended by `stop`."""
        if self._reader is not None:
            self._reader.shut_down()
        self.leave()

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

    def _require_idle(self) -> None:
        if self.busy:
            raise TrainingError("A training is running.", "Stop it, or wait for its end.")

    def _work(self, work: Work, run: Run | None = None) -> None:
        self.leave()
        self._worker = TrainingWorker(work, self)
        self._worker.event_ready.connect(self._on_event)
        self._worker.finished.connect(self._on_worker_finished)
        self._begin(run)
        self._worker.start()

    def _on_event(self, event: AnyEvent) -> None:
        if isinstance(event, TrainingPlanned) and self.busy and self._run is not None:
            self.settings_told.emit(self._run.record.config)  # more epochs are among them only by now
        super()._on_event(event)

    def _on_worker_finished(self) -> None:
        worker, end = self._worker, self._end
        assert worker is not None
        assert end is not None, "the worker emits exactly one Finished"
        worker.wait()  # Qt tells that a thread finished a moment before it has
        self._run = worker.training_run or self._run
        self._worker = None
        worker.deleteLater()
        self._change_state(TrainingState.IDLE)
        if end.reason is FinishReason.FAILED:
            self.failed.emit(end)
        self.trained.emit()
        self.finished.emit(end)

    def _on_news(self, news: RunNews) -> None:
        known = self._elsewhere and self._run is not None and self._run.record.config == news.run.record.config
        if news.anew:
            self._begin(news.run)
        self._run = news.run
        if news.trained:
            self._set_elsewhere(True)
            if not known:
                self.settings_told.emit(news.run.record.config)
        for event in news.events:
            self._on_event(event)
        if news.anew:
            self.caught_up.emit()
        if news.trained:
            return
        self.leave()
        if self._end is not None:
            self.finished.emit(self._end)
        elif news.interruption is not None:
            self.interrupted.emit(news.interruption)

    def _on_reading_failed(self, error: Exception) -> None:
        self.leave()
        end = finished_by(error)
        self.failed.emit(end)
        self.finished.emit(end)

    def _set_elsewhere(self, elsewhere: bool) -> None:
        if elsewhere is not self._elsewhere:
            self._elsewhere = elsewhere
            self.elsewhere_changed.emit(elsewhere)

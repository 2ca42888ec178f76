"""The thread that trains. It alone touches Keras, whose global state belongs to one thread."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable

from PySide6.QtCore import QObject, QThread, Signal

from resnet_gui.errors import CancelledError, ResNetGuiError, RunError, TrainingError
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import AnyEvent, Finished, StateChanged
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl

log = logging.getLogger(__name__)

FitFunction = Callable[[Run, TrainingControl, Callable[[AnyEvent], None]], None]
"""`fit(run, control, on_event)` trains and ends with a Finished event."""

# TensorFlow's tracing recurses deeply, and macOS gives threads 512 KiB unless told otherwise.
STACK_SIZE = 16 * 2**20


def fit_with_keras(run: Run, control: TrainingControl, on_event: Callable[[AnyEvent], None]) -> None:
    """Train with the real Trainer, whose import brings in TensorFlow: only here, on the worker thread."""
    from resnet_gui.training.trainer import fit

    fit(run, control, on_event)


class TrainingWorker(QThread):
    """Makes a run and trains it; every event is written to the run, then emitted. Exactly one is Finished.

    Args:
        store: where the run is made.
        config: validated settings.
        control: through which others pause and stop the training.
        fit: what trains.
        name: the run's name; empty makes one.
    """

    event_ready = Signal(object)

    def __init__(
        self,
        store: RunStore,
        config: TrainingConfig,
        control: TrainingControl,
        fit: FitFunction = fit_with_keras,
        name: str = "",
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.setStackSize(STACK_SIZE)
        self._store = store
        self._config = config
        self._control = control
        self._fit = fit
        self._name = name
        self._ended = False
        self.training_run: Run | None = None

    def run(self) -> None:
        """Train; whatever goes wrong becomes a Finished event."""
        try:
            self.training_run = self._store.create(self._config, self._name)
            # Said here because the Trainer cannot speak before TensorFlow is imported, which takes seconds.
            self._on_event(StateChanged(time.time(), TrainingState.PREPARING))
            self._fit(self.training_run, self._control, self._on_event)
            if not self._ended:
                raise TrainingError(self.tr("The training ended without a result."))
        except Exception as error:
            log.exception("The training ended with an error")
            if not self._ended:
                self._end_with(self._finished_by(error))

    def _on_event(self, event: AnyEvent) -> None:
        if self._ended:
            raise TrainingError(f"{type(event).__name__} came after the end of the training.")
        assert self.training_run is not None
        self.training_run.append(event)
        self._ended = isinstance(event, Finished)
        self.event_ready.emit(event)

    def _end_with(self, event: Finished) -> None:
        """Tell the end that the Trainer could not tell; write it down if the disk lets us."""
        self._ended = True
        if self.training_run is not None:
            try:
                self.training_run.append(event)
                self.training_run.update(state=TrainingState.IDLE, finish_reason=event.reason, message=event.message)
            except RunError:
                log.exception("The end of the training could not be written down")
        self.event_ready.emit(event)

    def _finished_by(self, error: Exception) -> Finished:
        if isinstance(error, CancelledError):
            return Finished(time=time.time(), reason=FinishReason.STOPPED)
        if isinstance(error, ResNetGuiError):
            message, advice = error.message, error.advice
        else:
            words = (str(error) or type(error).__name__).rstrip(".")
            message = self.tr("The training ended with an error: {error}.").format(error=words)
            advice = self.tr("What was reached until then is kept in the run's folder.")
        return Finished(
            time=time.time(),
            reason=FinishReason.FAILED,
            message=message,
            advice=advice,
            details="".join(traceback.format_exception(error)),
        )

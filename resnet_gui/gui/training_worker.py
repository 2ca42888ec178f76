"""The thread that trains. It alone touches Keras, whose global state belongs to one thread."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, QThread, Signal

from resnet_gui.errors import ResNetGuiError
from resnet_gui.paths import give_way
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.run import Run
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import FitFunction, finished_by, fit_with_keras, run_training

log = logging.getLogger(__name__)

# TensorFlow's tracing recurses deeply, and macOS gives threads 512 KiB unless told otherwise.
STACK_SIZE = 16 * 2**20


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
        self.training_run: Run | None = None

    def run(self) -> None:
        """Train; whatever goes wrong becomes a Finished event."""
        give_way()
        try:
            self.training_run = self._store.create(self._config, self._name)
        except ResNetGuiError as error:
            log.exception("The run could not be created")
            self.event_ready.emit(finished_by(error))
            return
        run_training(self.training_run, self._control, self.event_ready.emit, self._fit)

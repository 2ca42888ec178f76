"""The thread that trains. It alone touches Keras, whose global state belongs to one thread."""

from __future__ import annotations

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, QThread, Signal

from resnet_gui.errors import ResNetGuiError
from resnet_gui.paths import give_way
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import AnyEvent, Finished
from resnet_gui.runs.run import Run, unreadable_curves
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import FitFunction, finished_by, run_training

log = logging.getLogger(__name__)

# TensorFlow's tracing recurses deeply, and macOS gives threads 512 KiB unless told otherwise.
STACK_SIZE = 16 * 2**20

Tell = Callable[[AnyEvent], None]
Work = Callable[[Tell, Callable[[Run], None]], None]
"""Trains: calls the second with the run as soon as there is one, and the first with every event, Finished the last."""


class TrainingWorker(QThread):
    """Does what trains a run, and emits every event. Exactly one is Finished.

    Args:
        work: trains.
    """

    event_ready = Signal(object)

    def __init__(self, work: Work, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setStackSize(STACK_SIZE)
        self._work = work
        self.training_run: Run | None = None  # as soon as there is one

    def run(self) -> None:
        """Train; whatever goes wrong becomes a Finished event."""
        give_way()
        try:
            self._work(self.event_ready.emit, self._set_run)
        except ResNetGuiError as error:
            log.exception("The training could not begin")
            self.event_ready.emit(finished_by(error))

    def _set_run(self, run: Run) -> None:
        self.training_run = run


def new_training(
    store: RunStore, config: TrainingConfig, name: str, control: TrainingControl, fit: FitFunction
) -> Work:
    """Return what makes a run and trains it.

    Args:
        store: where the run is made.
        config: validated settings.
        name: the run's name; empty makes one.
        control: through which others pause and stop the training.
        fit: what trains.
    """

    def work(tell: Tell, made: Callable[[Run], None]) -> None:
        run = store.create(config, name)
        made(run)
        run_training(run, control, tell, fit)

    return work


def resumed_training(run: Run, epochs: int | None, control: TrainingControl, fit: FitFunction) -> Work:
    """Return what goes on with a run; what stays of it is told again before anything new.

    Args:
        run: what was trained.
        epochs: how many it shall have in all; None for as many as planned.
        control: through which others pause and stop the training.
        fit: what trains.
    """

    def work(tell: Tell, made: Callable[[Run], None]) -> None:
        from resnet_gui.training.resume import resume_training  # the window is there sooner without it

        made(run)
        told_again = False

        def tell_again() -> None:
            nonlocal told_again
            told_again = True
            for earlier in _told_before(run):
                tell(earlier)

        def go_on(run: Run, control: TrainingControl, on_event: Tell) -> None:
            # By now the curves have been cut back, and nothing is added to them yet. Read any later, by the thread
            # that shows them, they would hold steps that are still to be told.
            tell_again()
            fit(run, control, on_event)

        def tell_all(event: AnyEvent) -> None:
            if isinstance(event, Finished) and not told_again:  # there is nothing to go on with
                tell_again()
            tell(event)

        resume_training(run, control, tell_all, epochs, go_on)

    return work


def _told_before(run: Run) -> list[AnyEvent]:
    try:
        return [event for event in run.read_events() if not isinstance(event, Finished)]
    except OSError as error:
        raise unreadable_curves(run.folder, error) from error

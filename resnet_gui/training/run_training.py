"""Train a run with any trainer and guarantee its end: the same for the window and for the terminal."""

from __future__ import annotations

import logging
import sys
import time
import traceback
from collections.abc import Callable

from resnet_gui.errors import CancelledError, ResNetGuiError, TrainingError
from resnet_gui.garbage import pass_over_what_is_there
from resnet_gui.runs.events import AnyEvent, Finished, Message, StateChanged
from resnet_gui.runs.lock import training_lock
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.persistence import EventWriter, StoppedUnwritten

log = logging.getLogger(__name__)

FitFunction = Callable[[Run, TrainingControl, Callable[[AnyEvent], None]], None]
"""`fit(run, control, on_event)` trains and ends with a Finished event, or raises."""


def fit_with_keras(run: Run, control: TrainingControl, on_event: Callable[[AnyEvent], None]) -> None:
    """Train with the real Trainer, whose import brings in TensorFlow: only here, on the thread that trains."""
    first = "tensorflow" not in sys.modules
    from resnet_gui.training.trainer import fit

    if first:
        pass_over_what_is_there()
    fit(run, control, on_event)


def run_training(
    run: Run, control: TrainingControl, tell: Callable[[AnyEvent], None], fit: FitFunction = fit_with_keras
) -> Finished:
    """Train a run; every event is written to its folder, then told. Exactly one is Finished, the last, returned too.

    Args:
        run: a new run.
        control: through which others pause and stop the training.
        tell: is given every event, on this thread.
        fit: what trains.
    """
    return train_locked(run, control, tell, fit, lambda: ())


def train_locked(
    run: Run,
    control: TrainingControl,
    tell: Callable[[AnyEvent], None],
    fit: FitFunction,
    prepare: Callable[[], tuple[str, ...] | Finished],
) -> Finished:
    """Train a run that nobody else trains meanwhile; of one that somebody does, nothing but Finished is told.

    Args:
        run: what is trained.
        control: through which others pause and stop the training.
        tell: is given every event, on this thread.
        fit: what trains.
        prepare: makes the run's folder ready and returns what to say about that, or the end, if there is nothing to
            train. If it raises a ResNetGuiError, that is the end too; the run's record stays as it is.
    """
    try:
        with training_lock(run.folder):
            remarks = prepare()
            if not isinstance(remarks, Finished):
                return _train(run, control, tell, fit, remarks)
            end = remarks
    except ResNetGuiError as error:
        end = finished_by(error)
    tell(end)
    return end


def _train(
    run: Run,
    control: TrainingControl,
    tell: Callable[[AnyEvent], None],
    fit: FitFunction,
    remarks: tuple[str, ...],
) -> Finished:
    ends: list[Finished] = []
    writer = EventWriter(run, control, tell)

    def on_event(event: AnyEvent) -> None:
        if ends:
            raise TrainingError(f"{type(event).__name__} came after the end of the training.")
        told = writer.add(event)
        if isinstance(told, Finished):
            ends.append(told)

    try:
        # Said here because the Trainer cannot speak before TensorFlow is imported, which takes seconds.
        on_event(StateChanged(time=time.time(), state=TrainingState.PREPARING))
        for remark in remarks:
            on_event(Message(time=time.time(), text=remark))
        fit(run, control, on_event)
        if not ends:
            raise TrainingError("The training ended without a result.")
    except Exception as error:
        if not isinstance(error, CancelledError):
            log.exception("The training ended with an error")
        if not ends:
            ends.append(writer.end(finished_by(error, run.record.config.batch_size)))
    return ends[0]


def finished_by(error: Exception, batch_size: int = 0) -> Finished:
    """Return the event that tells of an error, in words and with the traceback.

    Args:
        error: what ended the training.
        batch_size: the training's; without memory for it half of it is proposed.
    """
    if isinstance(error, StoppedUnwritten):
        return Finished(time=time.time(), reason=FinishReason.STOPPED, message=error.message, advice=error.advice)
    if isinstance(error, CancelledError):
        return Finished(time=time.time(), reason=FinishReason.STOPPED)
    remedy: dict[str, int | float | str] = {}
    if isinstance(error, ResNetGuiError):
        message, advice = error.message, error.advice
        remedy = error.remedy if isinstance(error, TrainingError) else {}
    elif isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":  # TensorFlow's
        message, advice = "There was not enough memory for this training.", "Choose a smaller batch or input size."
        remedy = {"batch_size": batch_size // 2} if batch_size > 1 else {}
    else:
        words = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        message = f"The training ended with an error: {words}."
        advice = "What was reached until then is kept in the run's folder; its log.txt tells where it happened."
    return Finished(
        time=time.time(),
        reason=FinishReason.FAILED,
        message=message,
        advice=advice,
        details="".join(traceback.format_exception(error)),
        remedy=remedy,
    )

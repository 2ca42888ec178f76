"""Going on with a training that was cut, stopped or failed, or that ended too early."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from resnet_gui.errors import ConfigError, RunError
from resnet_gui.runs.changes import epochs_setting
from resnet_gui.runs.config import TrainingConfig, validated
from resnet_gui.runs.events import AnyEvent, Finished
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason
from resnet_gui.training.checkpoint import Checkpoints, CheckpointState
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import FitFunction, fit_with_keras, train_locked


def resume_training(
    run: Run,
    control: TrainingControl,
    tell: Callable[[AnyEvent], None],
    epochs: int | None = None,
    fit: FitFunction = fit_with_keras,
) -> Finished:
    """Go on with a run from its newest checkpoint that is whole, from the first step if there is none.

    What came after that checkpoint is cut off the curves first, so that they stay one line. Exactly one event is
    Finished, the last, returned too. Of a run that is complete that is the only one, and says so.

    With `epochs` the run is extended: it then has so many in all; with a frozen network the fine-tuning is extended,
    where there is one. A schedule is from then on what it would have been with so many epochs from the beginning, so
    that the rate of cosine and one_cycle rises again from almost 0 to where it would have been; constant and plateau
    go on as they were. Early stopping counts anew.

    Settings that were changed while it was trained are in force as they were at the checkpoint; those that were changed
    after it are changed again at the same steps, but for the number of epochs where `epochs` gives another.

    Args:
        run: what was trained.
        control: through which others pause and stop the training.
        tell: is given every event, on this thread.
        epochs: how many the run shall have in all; None for as many as planned.
        fit: what trains.
    """

    def prepare() -> tuple[str, ...] | Finished:
        run.record = Run.open(run.folder).record  # as it is now that nobody else can change it
        if run.record.finish_reason is FinishReason.COMPLETED and epochs is None:
            return completed(run)
        return _rewind(run, epochs)

    return train_locked(run, control, tell, fit, prepare)


def completed(run: Run) -> Finished:
    """Return what is said of a run that is complete."""
    return Finished(
        time=time.time(),
        reason=FinishReason.COMPLETED,
        message=f"The run {run.name} is complete: there is nothing to go on with.",
        advice="To train it further, give it more epochs.",
    )


def _rewind(run: Run, epochs: int | None) -> tuple[str, ...]:
    """Bring a run's folder back to its newest checkpoint; return what there is to say about it."""
    checkpoints = Checkpoints(run.checkpoint_folder)
    state, problems = checkpoints.find()
    was_complete = run.record.finish_reason is FinishReason.COMPLETED
    if state is None and was_complete:
        raise RunError(
            f"The run {run.name} has no checkpoint to go on from. {' '.join(problems)}".rstrip(),
            "Start a new training that begins from this run.",
        )
    step = state.step if state else 0
    config = run.record.in_force_at(step)
    if epochs is not None:
        config = _extended(config, epochs, state)
    run.rewind(
        step=step,
        epochs=state.epochs if state else 0,
        best=state.best.epoch if state and state.best else None,
        config=config,
    )
    checkpoints.go_on_from(state)
    return (*problems, _place(state))


def _extended(config: TrainingConfig, epochs: int, state: CheckpointState | None) -> TrainingConfig:
    trained = state.epochs if state else 0
    setting, beside = epochs_setting(config)
    if epochs <= max(trained, beside):
        raise ConfigError(
            f"{epochs} epochs are not more than the {max(trained, beside)} it has.",
            "epochs",
            "Give the number of epochs in all, those already trained included.",
        )
    return validated(msgspec.structs.replace(config, **{setting: epochs - beside}))


def _place(state: CheckpointState | None) -> str:
    if state is None:
        return "There is no checkpoint to go on from: the training begins again at its first step."
    if state.position:
        return f"Goes on in epoch {state.epochs + 1}, after step {state.step}."
    return f"Goes on after epoch {state.epochs}, step {state.step}."

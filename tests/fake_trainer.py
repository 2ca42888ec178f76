"""FakeTrainer: plays a training's events in milliseconds, without TensorFlow."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import msgspec
import numpy as np

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
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.training.checkpoint import Checkpoints
from resnet_gui.training.control import TrainingControl

OnEvent = Callable[[AnyEvent], None]


def step_values(step: int) -> tuple[float, float, float]:
    """Return the loss, top-1 and top-5 that a FakeTrainer tells of a step: noisy, but always the same."""
    noise = np.random.default_rng(step).normal(0, 0.05, 3)
    top1, top5 = 1 - np.exp(-step / 300), 1 - np.exp(-step / 100)
    return (
        float(2.3 * np.exp(-step / 300) + 0.2 + abs(noise[0])),
        float(np.clip(top1 + noise[1], 0, 1)),
        float(np.clip(top5 + noise[2], 0, 1)),
    )


def make_steps(first: int, count: int, epoch: int = 1) -> StepMetrics:
    """Return the metrics of some consecutive steps."""
    loss, top1, top5 = zip(*(step_values(step) for step in range(first, first + count)), strict=True)
    return StepMetrics(
        time=time.time(),
        epoch=epoch,
        first_step=first,
        loss=loss,
        top1=top1,
        top5=top5,
        rate=(0.001,) * count,
        images_per_second=100.0,
    )


def make_epoch(epoch: int, step: int, complete: bool = True) -> EpochEnded:
    """Return the end of an epoch, with a validation if it is complete."""
    loss, top1, top5 = step_values(step) if complete else (None, None, None)
    return EpochEnded(
        time=time.time(),
        epoch=epoch,
        step=step,
        val_loss=loss,
        val_top1=top1,
        val_top5=top5,
        complete=complete,
        best=complete,
    )


class FakeTrainer:
    """A fit function that follows its control like the real one, and can act on it between two batches.

    It goes on from the newest checkpoint of a run, as the real one does, and writes none. Changed settings are told,
    but for the number of epochs without an effect.

    Nothing here sleeps: a test that wants a pause at step 3 lets `at[3]` ask for one, and the training is
    paused before anybody else can look.

    Args:
        epochs, steps_per_epoch: how much is played.
        at: what to do after some steps, such as `TrainingControl.pause` or something that raises.
    """

    def __init__(
        self,
        epochs: int = 2,
        steps_per_epoch: int = 4,
        at: Mapping[int, Callable[[TrainingControl], object]] | None = None,
    ) -> None:
        self._epochs = epochs
        self._steps_per_epoch = steps_per_epoch
        self._at = dict(at or {})
        self._done = 0

    def __call__(self, run: Run, control: TrainingControl, on_event: OnEvent) -> None:
        self._prepare(run, on_event)
        state, _ = Checkpoints(run.checkpoint_folder).find()
        self._done = state.step if state else 0
        self._config = msgspec.structs.replace(run.record.config, epochs=self._epochs)
        epoch = self._done // self._steps_per_epoch
        while epoch < self._config.epochs:
            epoch += 1
            _enter(on_event, TrainingState.RUNNING)
            if not self._train_epoch(epoch, control, on_event):
                on_event(Finished(time=time.time(), reason=FinishReason.STOPPED))
                return
            _enter(on_event, TrainingState.VALIDATING)
            on_event(make_epoch(epoch, epoch * self._steps_per_epoch))
            if control.stop_after_epoch_requested and epoch < self._config.epochs:
                _enter(on_event, TrainingState.STOPPING)
                on_event(Finished(time=time.time(), reason=FinishReason.STOPPED))
                return
        _enter(on_event, TrainingState.FINISHING)
        on_event(Tested(time=time.time(), count=600, top1=0.712, top5=0.93))
        on_event(Finished(time=time.time(), reason=FinishReason.COMPLETED))

    def _prepare(self, run: Run, on_event: OnEvent) -> None:
        _enter(on_event, TrainingState.PREPARING)
        on_event(Message(time=time.time(), text="Hello from the trainer"))
        on_event(Progress(time=time.time(), stage="Reading pictures", done=312, total=5000))
        on_event(
            TrainingPlanned(
                time=time.time(),
                run=str(run.folder),
                class_names=("circle", "square"),
                steps_per_epoch=self._steps_per_epoch,
                epochs=self._epochs,
                train_count=2400,
                validation_count=600,
                test_count=600,
                parameters=2_800_000,
                environment={},
            )
        )

    def _train_epoch(self, epoch: int, control: TrainingControl, on_event: OnEvent) -> bool:
        """Play an epoch; return whether it came to its end."""
        last = epoch * self._steps_per_epoch
        for step in range(max(last - self._steps_per_epoch, self._done) + 1, last + 1):
            on_event(make_steps(step, 1, epoch))
            self._at.get(step, lambda _control: None)(control)
            if control.pause_requested and not control.stop_requested:
                _enter(on_event, TrainingState.PAUSED)
                control.wait_while_paused()
                if not control.stop_requested:
                    _enter(on_event, TrainingState.RUNNING)
            if control.stop_requested:
                _enter(on_event, TrainingState.STOPPING)
                on_event(make_epoch(epoch, step, complete=False))
                return False
            for name, value in control.take_changes().items():
                old = getattr(self._config, name)
                self._config = msgspec.structs.replace(self._config, **{name: value})
                on_event(SettingChanged(time=time.time(), step=step, name=name, old=old, new=value))
        return True


def _enter(on_event: OnEvent, state: TrainingState) -> None:
    on_event(StateChanged(time=time.time(), state=state))

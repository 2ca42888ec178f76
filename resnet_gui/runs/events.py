"""What a training tells while it runs: plain, picklable, JSON-able data.

The same stream drives the window, the terminal and metrics.jsonl. `time` is seconds since the epoch, UTC.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from resnet_gui.runs.state import FinishReason, TrainingState

CALCULATING_FEATURES = "Calculating what the frozen network sees"
"""The stage in which a frozen network's features are calculated, one picture after the other."""


Changeable = Literal["learning_rate", "fine_tune_rate", "epochs", "fine_tune_epochs", "early_stopping"]
"""The settings that can be changed while a training runs."""


class Event(msgspec.Struct, frozen=True, tag_field="event", tag=str.lower):
    """One thing that happened."""

    time: float


class StateChanged(Event, frozen=True):
    """The training went over to another state.

    Attributes:
        reason: why it paused, in words, if nobody asked it to; it then goes on by itself when it can.
    """

    state: TrainingState
    reason: str = ""


class Progress(Event, frozen=True):
    """How far a stage of preparing, validating or finishing is; total 0 means unknown."""

    stage: str
    done: int
    total: int


class Message(Event, frozen=True):
    """A line for the log pane."""

    text: str


class TrainingPlanned(Event, frozen=True):
    """The data is loaded and the network built: what will be done.

    Attributes:
        train_count, validation_count, test_count: pictures in each split.
        parameters: weights in the network, trained or not.
        environment: versions of what it is trained with.
        fingerprint: the dataset's.
    """

    run: str
    class_names: tuple[str, ...]
    steps_per_epoch: int
    epochs: int
    train_count: int
    validation_count: int
    test_count: int
    parameters: int
    environment: dict[str, str]
    fingerprint: str = ""


class StepMetrics(Event, frozen=True):
    """The values of some consecutive steps, each of its own batch alone; no step is left out.

    Attributes:
        epoch: of all of them, counted from 1.
        first_step: number of the first one, counted from 1 at the run's start.
        loss, top1, top5, rate: one value a step; top-1 and top-5 are shares, 0-1; rate is the learning rate.
        images_per_second: over these steps.
    """

    epoch: int
    first_step: int
    loss: tuple[float, ...]
    top1: tuple[float, ...]
    top5: tuple[float, ...]
    rate: tuple[float, ...]
    images_per_second: float


class EpochEnded(Event, frozen=True):
    """An epoch is over; the validation values are None where there was no complete validation.

    Attributes:
        complete: False if the epoch was cut by stopping.
        best: whether this is the best epoch so far.
    """

    epoch: int
    step: int
    val_loss: float | None
    val_top1: float | None
    val_top5: float | None
    complete: bool
    best: bool


class SettingChanged(Event, frozen=True):
    """A setting was changed while the training ran.

    Attributes:
        step: steps made before it; it holds from the next one on.
        name: of the setting, a field of TrainingConfig.
        old, new: its values before and after.
    """

    step: int
    name: Changeable
    old: int | float
    new: int | float


class Tested(Event, frozen=True):
    """The best model was tested, once, on the source's test split."""

    count: int
    top1: float
    top5: float


class Finished(Event, frozen=True):
    """The training ended; always the last event.

    Attributes:
        message, advice: what went wrong and what to do, if it failed.
        details: the traceback, if it failed.
        remedy: settings with which it would have gone better, by name, such as {"batch_size": 16}.
    """

    reason: FinishReason
    message: str = ""
    advice: str = ""
    details: str = ""
    remedy: dict[str, int | float | str] = {}


AnyEvent = (
    StateChanged | Progress | Message | TrainingPlanned | StepMetrics | EpochEnded | SettingChanged | Tested | Finished
)

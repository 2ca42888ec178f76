"""How fast a training was, gathered from its events while they are written down."""

from __future__ import annotations

import msgspec

from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import (
    CALCULATING_FEATURES,
    AnyEvent,
    Progress,
    StateChanged,
    StepMetrics,
)
from resnet_gui.runs.state import TrainingState


class Speed(msgspec.Struct, frozen=True):
    """The steady speed of a training on the computer it ran on; pauses do not count, nor do the slow first batches.

    Attributes:
        images_per_second: of steps of the network; None if only a head was trained.
        validation_images_per_second: None if the network validated no more than a batch.
        features_per_second: pictures whose features a frozen network calculated; None if there was no such stage.
        preparing_seconds: from Start to the first epoch; None with a frozen network, whose features take most of it.
    """

    images_per_second: float | None = None
    validation_images_per_second: float | None = None
    features_per_second: float | None = None
    preparing_seconds: float | None = None


class SpeedMeter:
    """Follows the events of one training.

    Args:
        config: its settings.
    """

    def __init__(self, config: TrainingConfig) -> None:
        self._config = config
        self._state = TrainingState.IDLE
        self._entered = 0.0
        self._epoch = 0
        self._steps = 0
        self._inverse_rates = 0.0  # summed over the same steps, for their harmonic mean
        self._validation = _ProgressRate()
        self._features = _ProgressRate()
        self._preparing: float | None = None

    def follow(self, event: AnyEvent) -> None:
        """Take in an event."""
        match event:
            case StateChanged():
                self._change(event)
            case StepMetrics():
                self._count(event)
            case Progress() if event.stage == CALCULATING_FEATURES:
                self._features.follow(event)
            case Progress() if self._state is TrainingState.VALIDATING and not self._of_head_alone(self._epoch):
                self._validation.follow(event)

    @property
    def speed(self) -> Speed | None:
        """The speed so far, None as long as there is nothing to go by."""
        if not self._steps and self._features.per_second is None:
            return None
        return Speed(
            images_per_second=self._steps / self._inverse_rates if self._steps else None,
            validation_images_per_second=self._validation.per_second,
            features_per_second=self._features.per_second,
            preparing_seconds=self._preparing,
        )

    def _of_head_alone(self, epoch: int) -> bool:
        config = self._config
        # Without fine-tuning it is the head to the end, also if the number of epochs is changed on the way.
        return config.freeze and (not config.fine_tune_epochs or epoch <= config.epochs)

    def _count(self, event: StepMetrics) -> None:
        before, self._epoch = self._epoch, event.epoch
        if self._of_head_alone(event.epoch) or not event.images_per_second > 0:
            return
        if not before or self._of_head_alone(before):
            return  # the network's slow first step
        self._steps += len(event.loss)
        self._inverse_rates += len(event.loss) / event.images_per_second

    def _change(self, event: StateChanged) -> None:
        if self._state is TrainingState.PREPARING and event.state is TrainingState.RUNNING and not self._config.freeze:
            self._preparing = event.time - self._entered
        if event.state is not self._state:
            self._entered = event.time
        self._state = event.state
        self._validation.restart()


class _ProgressRate:
    """How fast a stage goes forward, from its first report to its latest."""

    def __init__(self) -> None:
        self._first: Progress | None = None
        self.per_second: float | None = None

    def restart(self) -> None:
        """Measure from the next report on; what is known stays."""
        self._first = None

    def follow(self, event: Progress) -> None:
        """Take in a report."""
        if self._first is None:
            self._first = event
        elif event.time > self._first.time and event.done > self._first.done:
            self.per_second = (event.done - self._first.done) / (event.time - self._first.time)

"""How fast a training was, gathered from its events while they are written down."""

from __future__ import annotations

import msgspec

from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import (
    CALCULATING_FEATURES,
    AnyEvent,
    EpochEnded,
    Progress,
    StateChanged,
    StepMetrics,
    TrainingPlanned,
)
from resnet_gui.runs.state import TrainingState


class Speed(msgspec.Struct, frozen=True):
    """The steady speed of a training on the computer it ran on; pauses do not count.

    Attributes:
        images_per_second: of steps of the network, without the first, which is slow; None if only a head was trained.
        features_per_second: pictures whose features a frozen network calculated; None if there was no such stage.
        seconds_per_validation_picture: keeping the best weights included; None if nothing was validated by the
            network.
        preparing_seconds: from Start to the first epoch; None with a frozen network, whose features take most of it.
    """

    images_per_second: float | None = None
    features_per_second: float | None = None
    seconds_per_validation_picture: float | None = None
    preparing_seconds: float | None = None


class SpeedMeter:
    """Follows the events of one training.

    Args:
        config: its settings.
    """

    def __init__(self, config: TrainingConfig) -> None:
        self._config = config
        self._state = TrainingState.IDLE
        self._since = 0.0
        self._first_steps_seen = False
        self._steps = 0
        self._inverse_rates = 0.0  # summed over the same steps, for their harmonic mean
        self._first_features: Progress | None = None
        self._features_per_second: float | None = None
        self._validation_count = 0
        self._validating = 0.0
        self._seconds_per_picture: float | None = None
        self._preparing: float | None = None

    def follow(self, event: AnyEvent) -> None:
        """Take in an event."""
        match event:
            case TrainingPlanned():
                self._validation_count = event.validation_count
            case Progress() if event.stage == CALCULATING_FEATURES:
                self._count_features(event)
            case StepMetrics() if not self._of_head_alone(event.epoch):
                self._count_steps(event)
            case EpochEnded() if not self._of_head_alone(event.epoch):
                self._end_validation(event)
            case StateChanged():
                self._change(event)

    @property
    def speed(self) -> Speed | None:
        """The speed so far, None as long as there is nothing to go by."""
        steps_known = self._steps > 0
        if not steps_known and self._features_per_second is None:
            return None
        return Speed(
            images_per_second=self._steps / self._inverse_rates if steps_known else None,
            features_per_second=self._features_per_second,
            seconds_per_validation_picture=self._seconds_per_picture,
            preparing_seconds=self._preparing,
        )

    def _of_head_alone(self, epoch: int) -> bool:
        return self._config.freeze and epoch <= self._config.epochs

    def _count_steps(self, event: StepMetrics) -> None:
        if self._first_steps_seen and event.images_per_second > 0:
            self._steps += len(event.loss)
            self._inverse_rates += len(event.loss) / event.images_per_second
        self._first_steps_seen = True

    def _count_features(self, event: Progress) -> None:
        first = self._first_features
        if first is None:
            self._first_features = event
        elif event.time > first.time:
            self._features_per_second = (event.done - first.done) / (event.time - first.time)

    def _change(self, event: StateChanged) -> None:
        if self._state is TrainingState.VALIDATING:
            self._validating += event.time - self._since
        elif self._state is TrainingState.PREPARING and event.state is TrainingState.RUNNING:
            self._preparing = None if self._config.freeze else event.time - self._since
        if event.state is TrainingState.VALIDATING and self._state is not TrainingState.PAUSED:
            self._validating = 0.0
        self._state, self._since = event.state, event.time

    def _end_validation(self, event: EpochEnded) -> None:
        if self._state is TrainingState.VALIDATING and event.val_loss is not None and self._validation_count:
            total = self._validating + event.time - self._since
            self._seconds_per_picture = max(total, 0.0) / self._validation_count

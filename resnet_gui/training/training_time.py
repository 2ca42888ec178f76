"""How long a training will take, from its operations and from what is known of this computer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from resnet_gui.runs.config import TrainingConfig
from resnet_gui.training.augment import Augmentation
from resnet_gui.training.past_runs import KnownSpeed, PastRuns
from resnet_gui.training.precision import FLOAT32
from resnet_gui.training.step_cost import (
    StepForm,
    head_seconds,
    inference_seconds,
    training_seconds,
    validation_seconds,
)

Basis = Literal["measured", "past run", "rough guess"]

_PREPARING = 15.0
"""Seconds to import TensorFlow and to trace the steps, if no run says otherwise."""
_EXPORTING = 6.0
_SIMILAR = 1.0
"""Distance of forms up to which a run is spoken of as the same kind of training."""


class Counts(Protocol):
    """How many pictures each split has, such as SplitCounts."""

    @property
    def train(self) -> int: ...  # noqa: D102

    @property
    def validation(self) -> int: ...  # noqa: D102

    @property
    def test(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class TrainingTime:
    """A training's duration.

    Attributes:
        seconds: from Start to the finished model.
        seconds_per_epoch: validation included; with a frozen network of a fine-tuning epoch if there are any.
        basis, source: where the speed comes from, and the same in words.
    """

    seconds: float
    seconds_per_epoch: float
    basis: Basis
    source: str


@dataclass(frozen=True, slots=True)
class _Factors:
    """How many times as long as guessed things take on this computer, and what says so."""

    training: float
    validation: float
    inference: float
    known: KnownSpeed | None


def training_time(config: TrainingConfig, counts: Counts, classes: int, past: PastRuns) -> TrainingTime:
    """Return how long a training will take.

    Raises:
        ConfigError: there is no such network.
    """
    form = StepForm.of(config, past.auto)
    work = form.operations(classes)
    factors = _factors(form, past, frozen=config.freeze and not config.fine_tune_epochs)
    prepared = past.nearest(form, lambda known: known.preparing_seconds)
    once = (prepared[1] if prepared else _PREPARING) + _EXPORTING
    once += counts.test * inference_seconds(work, FLOAT32) * factors.inference
    epoch = (
        counts.train * training_seconds(work, form) * factors.training
        + counts.validation * validation_seconds(work, form) * factors.validation
    )
    basis, source = _basis(form, factors.known)
    if not config.freeze:
        return TrainingTime(once + config.epochs * epoch, epoch, basis, source)
    once += pictures_with_features(config, counts) * inference_seconds(work, form.precision) * factors.inference
    head_epoch = (counts.train + counts.validation / 3) * head_seconds(work, form.batch_size) * factors.training
    seconds = once + config.epochs * head_epoch + config.fine_tune_epochs * epoch
    return TrainingTime(seconds, epoch if config.fine_tune_epochs else head_epoch, basis, source)


def pictures_with_features(config: TrainingConfig, counts: Counts) -> int:
    """Return of how many pictures, each altered form counted, a frozen network's features are calculated and kept."""
    if not config.freeze:
        return 0
    views = 1 if Augmentation.of(config).is_none else config.cached_views
    return counts.train * views + counts.validation


def _factors(form: StepForm, past: PastRuns, frozen: bool) -> _Factors:
    """Return what past runs say; where they say nothing of one thing, what they say of another stands in."""
    training = past.nearest(form, lambda known: known.training)
    inference = past.nearest(form, lambda known: known.features)
    validation = past.nearest(form, lambda known: known.validation)
    first, second = (inference, training) if frozen else (training, inference)
    found = first or second
    usual = found[1] if found else 1.0
    return _Factors(
        training=training[1] if training else usual,
        validation=validation[1] if validation else usual,
        inference=inference[1] if inference else usual,
        known=found[0] if found else None,
    )


def _basis(form: StepForm, known: KnownSpeed | None) -> tuple[Basis, str]:
    if known is None:
        return "rough guess", "A rough guess"
    distance = form.distance(known.form)
    if not known.run:
        if distance == 0:
            return "measured", "Timed on this computer"
        return "past run", f"Guessed from a timing of {known.form.network} at {known.form.input_size} px"
    return "past run", f"{'As fast as' if distance <= _SIMILAR else 'Guessed from'} your run {known.run}"

"""The phases of a training: what learns when, and from what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from resnet_gui.data.dataset import ImageDataset, Split
from resnet_gui.models.registry import NetworkSpec, find_network
from resnet_gui.progress import Report
from resnet_gui.runs.config import TrainingConfig, steps_per_epoch
from resnet_gui.training.augment import Augmentation
from resnet_gui.training.engine import Engine, make_optimizer
from resnet_gui.training.features import cached_features
from resnet_gui.training.loss import Loss
from resnet_gui.training.precision import Precision, resolve_precision
from resnet_gui.training.precision_trial import measure_bfloat16_speedup
from resnet_gui.training.schedules import Schedule, make_schedule
from resnet_gui.training.twin import make_twin

RateSetting = Literal["learning_rate", "fine_tune_rate"]
EpochsSetting = Literal["epochs", "fine_tune_epochs"]


@dataclass(frozen=True, slots=True)
class Phase:
    """Some epochs in which the same part of a network learns.

    Attributes:
        engine: makes the steps.
        views: what is trained on, one view after the other, epoch by epoch: pictures, or features of them.
        validation: likewise.
        augmentation: what happens to pictures on the way.
        rate_setting: the setting that the learning rate follows from.
        epochs_setting: the setting that says how many epochs it has at most.
        precision: what is calculated with.
        collect: brings what was learned so far into the network that is kept.
        weights: returns what was learned so far as the network's weights, without bringing it there.
    """

    engine: Engine
    views: tuple[Split, ...]
    validation: Split
    augmentation: Augmentation
    rate_setting: RateSetting
    epochs_setting: EpochsSetting
    precision: Precision
    collect: Callable[[], None]
    weights: Callable[[], list[NDArray[np.float32]]]

    def epochs(self, config: TrainingConfig) -> int:
        """Return how many epochs the phase has at most, by the settings in force."""
        epochs: int = getattr(config, self.epochs_setting)
        return epochs

    def schedule(self, config: TrainingConfig) -> Schedule:
        """Return the learning rate from the phase's first step on, by the settings in force."""
        steps = steps_per_epoch(len(self.views[0]), config.batch_size)
        return make_schedule(config, steps, self.epochs(config), getattr(config, self.rate_setting))


def plan_phases(
    config: TrainingConfig, network: keras.Model, dataset: ImageDataset, report: Report
) -> list[Callable[[], Phase]]:
    """Return what makes the phases of a training, each to be called when the one before has ended.

    Args:
        config: its settings.
        network: the network that is kept; (n, N, N, 3) with values 0-255 to a softmax (n, classes).
        dataset: what is learned from.
        report: told what is being prepared; may raise CancelledError.
    """
    spec = find_network(config.network)
    report("Trying out which precision is faster", 0, 0)
    precision = resolve_precision(config.precision, measure_bfloat16_speedup)
    whole = partial(_whole, config, network, dataset, precision, report)
    if not config.freeze:
        return [partial(whole, "learning_rate", "epochs")]
    base = keras.Model(network.input, network.get_layer(spec.features).output)
    head = partial(_head, config, network, base, dataset, precision, report)

    def fine_tune() -> Phase:
        _thaw(base, spec, config.fine_tune_from or spec.stages[-1])
        return whole("fine_tune_rate", "fine_tune_epochs")

    return [head, fine_tune] if config.fine_tune_epochs else [head]


def _whole(
    config: TrainingConfig,
    network: keras.Model,
    dataset: ImageDataset,
    precision: Precision,
    report: Report,
    rate_setting: RateSetting,
    epochs_setting: EpochsSetting,
) -> Phase:
    """Train whatever of the network is not frozen, from pictures."""
    twin = make_twin(network, precision)
    return Phase(
        engine=_engine(config, twin, dataset, tf.uint8, report),
        views=(dataset.train,),
        validation=dataset.validation,
        augmentation=Augmentation.of(config),
        rate_setting=rate_setting,
        epochs_setting=epochs_setting,
        precision=precision,
        collect=lambda: network.set_weights(twin.get_weights()),
        weights=twin.get_weights,
    )


def _head(
    config: TrainingConfig,
    network: keras.Model,
    base: keras.Model,
    dataset: ImageDataset,
    precision: Precision,
    report: Report,
) -> Phase:
    """Train the head alone, from what the frozen base makes of the pictures."""
    features = cached_features(base, dataset, config, precision, report)
    base.trainable = False
    # Its layers are the network's own: what they learn is there already.
    head = keras.Model(base.output, network.output)
    return Phase(
        engine=_engine(config, head, dataset, tf.float32, report),
        views=features.views,
        validation=features.validation,
        augmentation=Augmentation(),
        rate_setting="learning_rate",
        epochs_setting="epochs",
        precision=precision,
        collect=lambda: None,
        weights=network.get_weights,
    )


def _engine(
    config: TrainingConfig, network: keras.Model, dataset: ImageDataset, inputs: tf.DType, report: Report
) -> Engine:
    report("Compiling the first step", 0, 0)
    loss = Loss.of(config, dataset.train, len(dataset.class_names))
    engine = Engine(network, make_optimizer(config), loss, config.weight_averaging, inputs)
    engine.trace()
    return engine


def _thaw(base: keras.Model, spec: NetworkSpec, first_stage: str) -> None:
    """Let the base learn from a stage on; its batch normalization keeps the statistics that it came with."""
    learning = spec.stages[spec.stages.index(first_stage) :]
    for layer in base.layers:
        layer.trainable = layer.name.startswith(learning) and not isinstance(layer, keras.layers.BatchNormalization)

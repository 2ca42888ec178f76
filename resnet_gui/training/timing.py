"""How fast training steps really are: some are made, on random pictures."""

from __future__ import annotations

import time
from statistics import median

import numpy as np

from resnet_gui.models.registry import NetworkOptions, find_network
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.training.batches import TrainingBatch
from resnet_gui.training.precision import resolve_precision

_SECONDS = 30.0
_STEPS = 20


def measure(config: TrainingConfig, native_size: int, classes: int) -> float:
    """Return how many pictures a second a config's training steps take in, all of the network learning.

    It imports TensorFlow, builds and traces the network, which takes about as long as a training's own start, and
    then makes steps for half a minute at most. The calling thread then owns Keras.

    Args:
        config: its settings.
        native_size: pixels a side of the pictures.
        classes: how many.

    Raises:
        ConfigError: the network does not come in this form.
    """
    import keras

    from resnet_gui.training.engine import Engine, make_optimizer
    from resnet_gui.training.precision_trial import measure_bfloat16_speedup
    from resnet_gui.training.twin import make_twin

    precision = resolve_precision(config.precision, measure_bfloat16_speedup)
    network = find_network(config.network).build(NetworkOptions.of(config, native_size, classes))
    engine = Engine(make_twin(network, precision), make_optimizer(config), averaging=config.weight_averaging)
    batch = _random_batch(config.batch_size, native_size, classes)
    try:
        engine.train_batch(batch, config.learning_rate)  # traces, and is slow
        durations: list[float] = []
        while len(durations) < _STEPS and sum(durations) < _SECONDS:
            started = time.perf_counter()
            engine.train_batch(batch, config.learning_rate)
            durations.append(time.perf_counter() - started)
    finally:
        keras.backend.clear_session()
    return config.batch_size / median(durations)


def _random_batch(count: int, size: int, classes: int) -> TrainingBatch:
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (count, size, size, 3), np.uint8)
    labels = random.integers(0, classes, count)
    return TrainingBatch(images, labels, labels, np.ones(count, np.float32))

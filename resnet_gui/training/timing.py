"""How fast training steps really are: some are made, on random pictures."""

from __future__ import annotations

import time
from statistics import median

import numpy as np

from resnet_gui.models.registry import NetworkOptions, find_network
from resnet_gui.runs.config import TrainingConfig

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

    network = find_network(config.network).build(NetworkOptions.of(config, native_size, classes))
    engine = Engine(network, make_optimizer(config))
    random = np.random.default_rng(config.seed)
    images = random.integers(0, 256, (config.batch_size, native_size, native_size, 3), np.uint8)
    labels = random.integers(0, classes, config.batch_size)
    try:
        engine.train_batch(images, labels)  # traces, and is slow
        durations: list[float] = []
        while len(durations) < _STEPS and sum(durations) < _SECONDS:
            started = time.perf_counter()
            engine.train_batch(images, labels)
            durations.append(time.perf_counter() - started)
    finally:
        keras.backend.clear_session()
    return config.batch_size / median(durations)

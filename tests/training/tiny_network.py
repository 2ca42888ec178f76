"""A network that is traced in a moment, for tests of what happens around its training."""

from __future__ import annotations

import keras
from keras import layers

from resnet_gui.models.registry import NETWORKS, NetworkOptions, NetworkSpec
from resnet_gui.runs.config import TrainingConfig

SPEC = NetworkSpec(
    name="tiny",
    title="Tiny",
    explanation="One convolution.",
    default_input_size=32,
    builder=f"{__name__}:build",
    features="relu",
    stages=("conv",),
)
TINY = TrainingConfig(
    source="shapes", network=SPEC.name, limit=200, epochs=3, batch_size=32, seed=3, learning_rate=0.01,
    precision="float32",
)  # fmt: skip
"""Five steps an epoch, two batches of validation."""


def register() -> None:
    """Make the network known for as long as this program runs."""
    NETWORKS[SPEC.name] = SPEC


def build(options: NetworkOptions) -> keras.Model:
    """Build the network."""
    pictures = keras.Input((options.native_size, options.native_size, 3))
    x = layers.Rescaling(1 / 255)(pictures)
    x = layers.Conv2D(8, 5, strides=4, use_bias=False, name="conv")(x)
    x = layers.BatchNormalization(name="normalization")(x)
    x = layers.ReLU(name="relu")(x)
    x = layers.Flatten()(x)
    return keras.Model(pictures, layers.Dense(options.classes, activation="softmax", name="classes")(x))

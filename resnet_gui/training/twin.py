"""The twin of a network that is trained in its place: the same layers, faster arithmetic."""

from __future__ import annotations

import keras
from keras import layers

from resnet_gui.training.fused_normalization import FusedBatchNormalization
from resnet_gui.training.precision import BFLOAT16, Precision

# What gains from bfloat16. Preprocessing, pooling over whole maps and the classifier stay in float32: they cost
# little, and their results are sums and probabilities.
_LOW_PRECISION_LAYERS = (
    layers.Conv2D,
    layers.Dense,
    layers.BatchNormalization,
    layers.ReLU,
    layers.Activation,
    layers.Add,
    layers.ZeroPadding2D,
    layers.MaxPooling2D,
)


def make_twin(network: keras.Model, precision: Precision) -> keras.Model:
    """Return a network of the same layers and weights with fused batch normalization, in this precision.

    Weights stay float32; with bfloat16 the layers calculate in it, as under Keras' policy mixed_bfloat16. The weights
    of both have the same order: `network.set_weights(twin.get_weights())` brings back what the twin learned.
    """
    classifier = network.layers[-1]

    def twin_of(layer: keras.Layer) -> keras.Layer:
        if not isinstance(layer, keras.Layer):  # an operation, such as resizing: it has neither weights nor precision
            return layer
        config = layer.get_config()
        if precision == BFLOAT16 and isinstance(layer, _LOW_PRECISION_LAYERS) and layer is not classifier:
            config["dtype"] = "mixed_bfloat16"
        kind = FusedBatchNormalization if type(layer) is layers.BatchNormalization else type(layer)
        twin = kind.from_config(config)
        twin.trainable = layer.trainable
        return twin

    twin: keras.Model = keras.models.clone_model(network, clone_function=twin_of)
    twin.set_weights(network.get_weights())
    return twin

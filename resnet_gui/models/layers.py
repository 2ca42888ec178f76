"""What all networks share: the picture's way in, and the heads that turn features into classes.

Only standard Keras layers and operations, so that a saved model opens in plain Keras with safe_mode on. What comes
before the first convolution and the softmax calculate in float32 under every precision.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
from keras import layers

from resnet_gui.models.registry import NetworkOptions
from resnet_gui.runs.config import Preprocessing

IMAGENET_BGR_MEANS = (103.939, 116.779, 123.68)
"""Channel means, 0-255, of Keras' caffe-style preprocessing for ResNet50 and VGG16."""

Step = Callable[[keras.KerasTensor], keras.KerasTensor]


def picture_input(native_size: int, input_size: int) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Return the model's input (N, N, 3), 0-255, and the same at the network's own size."""
    pictures = keras.Input((native_size, native_size, 3), name="pictures")
    if input_size == native_size:
        return pictures, pictures
    # Not layers.Resizing: its call defaults to training=True, and a plain `model(x)` would then run every batch
    # normalization behind it in training mode.
    return pictures, keras.ops.image.resize(pictures, (input_size, input_size), interpolation="bilinear")


def subtract_bgr_means(pictures: keras.KerasTensor) -> keras.KerasTensor:
    """Turn RGB into BGR and subtract ImageNet's channel means, as Keras' `resnet.preprocess_input` does."""
    flipped = keras.ops.flip(pictures, -1)
    offset = [-mean for mean in IMAGENET_BGR_MEANS]
    return layers.Rescaling(1.0, offset=offset, dtype="float32", name="subtract_means")(flipped)


def preprocess(
    pictures: keras.KerasTensor, asked: Preprocessing, usual: Preprocessing, means: Step = subtract_bgr_means
) -> keras.KerasTensor:
    """Bring values 0-255 to what the network learns from.

    Args:
        pictures: (n, size, size, 3), RGB, 0-255.
        asked: how; "auto" for `usual`.
        usual: what the network is known with.
        means: what "means" does.
    """
    kind = usual if asked == "auto" else asked
    if kind == "means":
        return means(pictures)
    if kind == "zero_to_one":
        return layers.Rescaling(1 / 255, dtype="float32", name="scale")(pictures)
    return layers.Rescaling(1 / 127.5, offset=-1.0, dtype="float32", name="scale")(pictures)


def pooled_head(features: keras.KerasTensor, classes: int) -> keras.KerasTensor:
    """Average each of the features over the picture, then one layer and a softmax: (n, classes)."""
    return _predictions(layers.GlobalAveragePooling2D(name="avg_pool")(features), classes)


def vgg_head(features: keras.KerasTensor, classes: int) -> keras.KerasTensor:
    """Add the head of VGG-16, two layers of 4096 and a softmax: (n, classes)."""
    x = layers.Flatten(name="flatten")(features)
    x = layers.Dense(4096, activation="relu", name="fc1")(x)
    x = layers.Dense(4096, activation="relu", name="fc2")(x)
    return _predictions(x, classes)


def network_with_head(
    name: str,
    pictures: keras.KerasTensor,
    features: keras.KerasTensor,
    options: NetworkOptions,
    own: Callable[[keras.KerasTensor, int], keras.KerasTensor] = pooled_head,
) -> keras.Model:
    """Return the network from pictures to the softmax of the chosen head; `own` is the network's own one."""
    if options.head == "own":
        classified = own(features, options.classes)
    elif options.head == "pool":
        classified = pooled_head(features, options.classes)
    else:
        classified = _dense128_head(features, options.classes)
    return keras.Model(pictures, classified, name=name)


def _dense128_head(features: keras.KerasTensor, classes: int) -> keras.KerasTensor:
    x = layers.Flatten(name="flatten")(features)
    x = layers.Dense(128, activation="relu", name="dense128")(x)
    return _predictions(x, classes)


def _predictions(x: keras.KerasTensor, classes: int) -> keras.KerasTensor:
    return layers.Dense(classes, activation="softmax", dtype="float32", name="predictions")(x)

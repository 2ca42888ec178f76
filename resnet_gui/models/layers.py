"""Layers that bring a picture to a network: enlarging and preprocessing live inside the model.

Only standard Keras layers and operations, so that a saved model opens in plain Keras with safe_mode on.
"""

from __future__ import annotations

import keras
from keras import layers

IMAGENET_BGR_MEANS = (103.939, 116.779, 123.68)
"""Channel means, 0-255, of Keras' caffe-style preprocessing for ResNet50 and VGG16."""


def picture_input(native_size: int, input_size: int) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Return the model's input (N, N, 3), 0-255, and the same at the network's own size."""
    pictures = keras.Input((native_size, native_size, 3), name="pictures")
    if input_size == native_size:
        return pictures, pictures
    # Not layers.Resizing: its call defaults to training=True, and a plain `model(x)` would then run every batch
    # normalization behind it in training mode.
    return pictures, keras.ops.image.resize(pictures, (input_size, input_size), interpolation="bilinear")


def resnet_preprocessing(pictures: keras.KerasTensor) -> keras.KerasTensor:
    """Turn RGB into BGR and subtract ImageNet's channel means, as Keras' `resnet.preprocess_input` does."""
    flipped = keras.ops.flip(pictures, -1)
    return layers.Rescaling(1.0, offset=[-mean for mean in IMAGENET_BGR_MEANS], name="subtract_means")(flipped)


def scale_to_one(pictures: keras.KerasTensor) -> keras.KerasTensor:
    """Bring 0-255 to -1 to 1."""
    return layers.Rescaling(1 / 127.5, offset=-1.0, name="scale")(pictures)

"""The networks of Keras applications, with preprocessing inside.

The ResNets are Keras' own layer for layer, written out because `keras.applications` offers neither another stem nor
a float32 softmax under mixed precision: same order of creation, same names, same numbers, so that Keras' published
weights fit and the same seed gives the same start.
"""

from __future__ import annotations

import keras
from keras import layers

from resnet_gui.models.layers import network_with_head, picture_input, preprocess, vgg_head
from resnet_gui.models.registry import NetworkOptions
from resnet_gui.runs.config import Preprocessing, Stem

EPSILON = 1.001e-5
"""Of every batch normalization of Keras' ResNets."""


def build_resnet50(options: NetworkOptions) -> keras.Model:
    """Build `keras.applications.ResNet50` with fresh weights; (n, N, N, 3) 0-255 to (n, classes)."""
    return _resnet("resnet50", (3, 4, 6, 3), options)


def build_resnet101(options: NetworkOptions) -> keras.Model:
    """Build `keras.applications.ResNet101` with fresh weights; (n, N, N, 3) 0-255 to (n, classes)."""
    return _resnet("resnet101", (3, 4, 23, 3), options)


def build_resnet152(options: NetworkOptions) -> keras.Model:
    """Build `keras.applications.ResNet152` with fresh weights; (n, N, N, 3) 0-255 to (n, classes)."""
    return _resnet("resnet152", (3, 8, 36, 3), options)


def build_vgg16(options: NetworkOptions) -> keras.Model:
    """Build `keras.applications.VGG16` with fresh weights; (n, N, N, 3) 0-255 to (n, classes)."""
    return _vgg16("vgg16", options, "means")


def build_vgg16_cifar(options: NetworkOptions) -> keras.Model:
    """Build VGG-16 as the second source document does for 32x32 pictures with values 0-1.

    The document's second block begins at the input again by a slip; this is the paper's, and so Keras' own.
    """
    return _vgg16("vgg16-cifar", options, "zero_to_one")


def _vgg16(name: str, options: NetworkOptions, usual: Preprocessing) -> keras.Model:
    pictures, resized = picture_input(options.native_size, options.input_size)
    x = preprocess(resized, options.preprocessing, usual)
    base = keras.applications.VGG16(include_top=False, weights=None, input_tensor=x)
    return network_with_head(name, pictures, base.output, options, own=vgg_head)


def _resnet(name: str, blocks: tuple[int, ...], options: NetworkOptions) -> keras.Model:
    pictures, resized = picture_input(options.native_size, options.input_size)
    x = _stem(preprocess(resized, options.preprocessing, "means"), options.stem)
    for stage, count in enumerate(blocks):
        for block in range(count):
            stride = 2 if stage > 0 and block == 0 else 1
            x = _bottleneck(x, 64 * 2**stage, stride, project=block == 0, name=f"conv{stage + 2}_block{block + 1}")
    return network_with_head(name, pictures, x, options)


def _stem(x: keras.KerasTensor, stem: Stem) -> keras.KerasTensor:
    """Add Keras' first layers, 7x7 with stride 2 and pooling; or for small pictures 3x3 that keeps their size."""
    if stem == "cifar":
        x = layers.Conv2D(64, 3, padding="same", name="conv1_conv")(x)
        return _normalized("conv1", x)
    x = layers.ZeroPadding2D(3, name="conv1_pad")(x)
    x = layers.Conv2D(64, 7, strides=2, name="conv1_conv")(x)
    x = _normalized("conv1", x)
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    return layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)


def _bottleneck(x: keras.KerasTensor, filters: int, stride: int, project: bool, name: str) -> keras.KerasTensor:
    """Add a block of 1x1, 3x3 and 1x1 convolutions beside a shortcut, the stride on the first."""
    shortcut = x
    if project:
        shortcut = layers.Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(x)
        shortcut = layers.BatchNormalization(epsilon=EPSILON, name=f"{name}_0_bn")(shortcut)
    x = _normalized(f"{name}_1", layers.Conv2D(filters, 1, strides=stride, name=f"{name}_1_conv")(x))
    x = _normalized(f"{name}_2", layers.Conv2D(filters, 3, padding="same", name=f"{name}_2_conv")(x))
    x = layers.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x)
    x = layers.BatchNormalization(epsilon=EPSILON, name=f"{name}_3_bn")(x)
    x = layers.Add(name=f"{name}_add")([shortcut, x])
    return layers.Activation("relu", name=f"{name}_out")(x)


def _normalized(name: str, x: keras.KerasTensor) -> keras.KerasTensor:
    x = layers.BatchNormalization(epsilon=EPSILON, name=f"{name}_bn")(x)
    return layers.Activation("relu", name=f"{name}_relu")(x)

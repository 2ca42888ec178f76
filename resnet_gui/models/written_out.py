"""ResNet50 as the second source document writes it out, from `conv_block` and `identity_block`.

It differs from Keras applications' in four ways: the stride stands on the 3x3 convolution, convolutions have no bias,
batch normalization has momentum 0.9 and epsilon 1e-5, and it learns from values 0-1. The document can also be laid
out channels first; this is channels last. Its L2 switch is the setting `l2`, which the training applies.
"""

from __future__ import annotations

import keras
from keras import layers

from resnet_gui.models.layers import network_with_head, picture_input, preprocess
from resnet_gui.models.registry import NetworkOptions
from resnet_gui.runs.config import Stem

RGB_MEANS = (123.68, 116.78, 103.94)
"""The document's CHANNEL_MEANS, of the TensorFlow models it comes from: red, green, blue, and nothing is flipped."""

_BLOCKS = ("abc", "abcd", "abcdef", "abc")
"""The blocks of the stages 2 to 5; each stage begins with a conv_block."""


def build_resnet50_written_out(options: NetworkOptions) -> keras.Model:
    """Build the document's ResNet50 with fresh weights; (n, N, N, 3) 0-255 to (n, classes)."""
    pictures, resized = picture_input(options.native_size, options.input_size)
    x = _stem(preprocess(resized, options.preprocessing, "zero_to_one", means=_subtract_rgb_means), options.stem)
    for stage, blocks in enumerate(_BLOCKS, start=2):
        filters = 64 * 2 ** (stage - 2)
        for block in blocks:
            if block == "a":
                x = conv_block(x, filters, stride=1 if stage == 2 else 2, name=f"stage{stage}a")
            else:
                x = identity_block(x, filters, name=f"stage{stage}{block}")
    return network_with_head("resnet50-written-out", pictures, x, options, own=_head)


def conv_block(x: keras.KerasTensor, filters: int, stride: int, name: str) -> keras.KerasTensor:
    """Add a bottleneck block whose shortcut is a 1x1 convolution with the block's stride."""
    branch = _branch(x, filters, stride, name)
    shortcut = _normalized_convolution(x, 4 * filters, 1, stride, f"{name}_branch1")
    return _sum(branch, shortcut, name)


def identity_block(x: keras.KerasTensor, filters: int, name: str) -> keras.KerasTensor:
    """Add a bottleneck block whose shortcut is the input itself."""
    return _sum(_branch(x, filters, 1, name), x, name)


def _subtract_rgb_means(pictures: keras.KerasTensor) -> keras.KerasTensor:
    """Subtract the channel means from 0-255: the document's rescale switch."""
    offset = [-mean for mean in RGB_MEANS]
    return layers.Rescaling(1.0, offset=offset, dtype="float32", name="subtract_means")(pictures)


def _stem(x: keras.KerasTensor, stem: Stem) -> keras.KerasTensor:
    if stem == "cifar":
        return _relu(_normalized_convolution(x, 64, 3, 1, "stem"), "stem_relu")
    x = layers.ZeroPadding2D(3, name="stem_pad")(x)
    x = _relu(_normalized_convolution(x, 64, 7, 2, "stem", padding="valid"), "stem_relu")
    return layers.MaxPooling2D(3, strides=2, padding="same", name="stem_pool")(x)


def _branch(x: keras.KerasTensor, filters: int, stride: int, name: str) -> keras.KerasTensor:
    """Add 1x1, 3x3 and 1x1 convolutions, the stride on the 3x3."""
    x = _relu(_normalized_convolution(x, filters, 1, 1, f"{name}_branch2a"), f"{name}_relu2a")
    x = _relu(_normalized_convolution(x, filters, 3, stride, f"{name}_branch2b"), f"{name}_relu2b")
    return _normalized_convolution(x, 4 * filters, 1, 1, f"{name}_branch2c")


def _sum(branch: keras.KerasTensor, shortcut: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return _relu(layers.Add(name=f"{name}_add")([branch, shortcut]), f"{name}_out")


def _normalized_convolution(
    x: keras.KerasTensor, filters: int, kernel: int, stride: int, name: str, padding: str = "same"
) -> keras.KerasTensor:
    x = layers.Conv2D(
        filters,
        kernel,
        strides=stride,
        padding=padding,
        use_bias=False,
        kernel_initializer="he_normal",
        name=name,
    )(x)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn")(x)


def _relu(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return layers.Activation("relu", name=name)(x)


def _head(features: keras.KerasTensor, classes: int) -> keras.KerasTensor:
    x = layers.GlobalAveragePooling2D(name="avg_pool")(features)
    x = layers.Dense(classes, kernel_initializer=keras.initializers.RandomNormal(stddev=0.01), name="fc")(x)
    return layers.Activation("softmax", dtype="float32", name="predictions")(x)

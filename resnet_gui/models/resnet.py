"""ResNet-18 and -34 of basic blocks (He et al. 2015, "Deep Residual Learning for Image Recognition").

The block is the fourth source document's `residual_block_basic` with its slips corrected: the stride stands on the
first convolution only, activation and addition are called, and, as in the paper, the convolutions have no bias and
the shortcut's convolution is normalized too.
"""

from __future__ import annotations

import keras
from keras import layers

from resnet_gui.models.layers import network_with_head, picture_input, preprocess
from resnet_gui.models.registry import NetworkOptions

RESNET18_WIDTH = 32
"""Filters of the first stage. Half of the paper's 64: about three times as fast, and enough for small pictures."""

RESNET34_WIDTH = 64
"""The paper's."""


def build_resnet18(options: NetworkOptions) -> keras.Model:
    """Build a ResNet-18 with fresh weights; (n, N, N, 3) 0-255 to (n, classes). See `_stem` for its stems."""
    return _basic_resnet("resnet18", (2, 2, 2, 2), RESNET18_WIDTH, options)


def build_resnet34(options: NetworkOptions) -> keras.Model:
    """Build a ResNet-34 with fresh weights; (n, N, N, 3) 0-255 to (n, classes). See `_stem` for its stems."""
    return _basic_resnet("resnet34", (3, 4, 6, 3), RESNET34_WIDTH, options)


def _basic_resnet(name: str, blocks: tuple[int, ...], usual_width: int, options: NetworkOptions) -> keras.Model:
    pictures, resized = picture_input(options.native_size, options.input_size)
    width = options.width or usual_width
    x = _stem(preprocess(resized, options.preprocessing, "minus_one_to_one"), width, options)
    for stage, count in enumerate(blocks):
        for block in range(count):
            stride = 2 if stage > 0 and block == 0 else 1
            x = residual_block_basic(x, width * 2**stage, stride, name=f"stage{stage + 1}_block{block + 1}")
    return network_with_head(name, pictures, x, options)


def _stem(x: keras.KerasTensor, width: int, options: NetworkOptions) -> keras.KerasTensor:
    """Add the first layers.

    "cifar" is a 3x3 convolution that keeps the picture's size, "imagenet" the paper's 7x7 with stride 2 and a pooling.
    "auto" is "cifar" below 64 px; from there on its convolution strides, by 2 and from 128 px on by 4: at stride 1 a
    picture of 224 px would take 49 times as long as one of 32.
    """
    if options.stem == "imagenet":
        x = _convolution(x, width, stride=2, name="stem", kernel=7)
        x = layers.ReLU(name="stem_relu")(x)
        return layers.MaxPooling2D(3, strides=2, padding="same", name="stem_pool")(x)
    stride = 1 if options.stem == "cifar" else _stem_stride(options.input_size)
    return layers.ReLU(name="stem_relu")(_convolution(x, width, stride, name="stem"))


def _stem_stride(input_size: int) -> int:
    if input_size >= 128:
        return 4
    return 2 if input_size >= 64 else 1


def residual_block_basic(x: keras.KerasTensor, filters: int, stride: int, name: str) -> keras.KerasTensor:
    """Add a basic block: two 3x3 convolutions beside a shortcut, the stride on the first."""
    shortcut = x
    if stride != 1 or x.shape[-1] != filters:
        shortcut = _convolution(x, filters, stride, f"{name}_shortcut", kernel=1)
    x = layers.ReLU(name=f"{name}_relu1")(_convolution(x, filters, stride, f"{name}_conv1"))
    x = _convolution(x, filters, 1, f"{name}_conv2")
    return layers.ReLU(name=f"{name}_relu2")(layers.Add(name=f"{name}_add")([shortcut, x]))


def _convolution(x: keras.KerasTensor, filters: int, stride: int, name: str, kernel: int = 3) -> keras.KerasTensor:
    x = layers.Conv2D(
        filters,
        kernel,
        strides=stride,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=name,
    )(x)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn")(x)

"""ResNet-18 of basic blocks (He et al. 2015, "Deep Residual Learning for Image Recognition")."""

from __future__ import annotations

import keras
from keras import layers

from resnet_gui.models.layers import picture_input, scale_to_one
from resnet_gui.models.registry import NetworkOptions

RESNET18_WIDTH = 32
"""Filters of the first stage. Half of the paper's 64: four times as fast, and enough for small pictures."""


def build_resnet18(options: NetworkOptions) -> keras.Model:
    """Build a ResNet-18 with a CIFAR stem: a 3x3 convolution, stride 1, no pooling.

    At input sizes well above 32 the stem strides by 2, and by 4 from 128 px on, so that time stays in proportion.
    """
    pictures, resized = picture_input(options.native_size, options.input_size)
    x = _convolution(scale_to_one(resized), RESNET18_WIDTH, stride=_stem_stride(options.input_size), name="stem")
    x = layers.ReLU(name="stem_relu")(x)
    for stage, blocks in enumerate((2, 2, 2, 2)):
        for block in range(blocks):
            stride = 2 if stage > 0 and block == 0 else 1
            x = residual_block_basic(x, RESNET18_WIDTH * 2**stage, stride, name=f"stage{stage + 1}_block{block + 1}")
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dense(options.classes, activation="softmax", dtype="float32", name="predictions")(x)
    return keras.Model(pictures, x, name="resnet18")


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


def _stem_stride(input_size: int) -> int:
    if input_size >= 128:
        return 4
    return 2 if input_size >= 64 else 1

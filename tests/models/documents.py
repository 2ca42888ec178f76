"""The source documents' own networks in plain Keras, their slips corrected, as oracles."""

from __future__ import annotations

import keras
from keras import layers


def vgg16(classes, size=32):
    """D2's VGG-16 on values 0-1; its second block, fed from the input by a slip, follows the first."""
    inputs = keras.Input((size, size, 3))
    x = layers.Conv2D(64, (3, 3), activation="relu", padding="same")(inputs)
    x = layers.Conv2D(64, (3, 3), activation="relu", padding="same")(x)
    x = layers.MaxPooling2D((2, 2), strides=(2, 2))(x)
    x = layers.Conv2D(128, (3, 3), activation="relu", padding="same")(x)
    x = layers.Conv2D(128, (3, 3), activation="relu", padding="same")(x)
    x = layers.MaxPooling2D((2, 2), strides=(2, 2))(x)
    for filters in (256, 512, 512):
        x = layers.Conv2D(filters, (3, 3), activation="relu", padding="same")(x)
        x = layers.Conv2D(filters, (3, 3), activation="relu", padding="same")(x)
        x = layers.Conv2D(filters, (3, 3), activation="relu", padding="same")(x)
        x = layers.MaxPooling2D((2, 2), strides=(2, 2))(x)
    x = layers.Flatten()(x)
    x = layers.Dense(4096, activation="relu")(x)
    x = layers.Dense(4096, activation="relu")(x)
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))


def _conv(x, filters, kernel, strides=(1, 1), padding="valid"):
    x = layers.Conv2D(
        filters, kernel, strides=strides, padding=padding, use_bias=False, kernel_initializer="he_normal"
    )(x)
    return layers.BatchNormalization(axis=3, momentum=0.9, epsilon=1e-5)(x)


def _conv_block(inputs, filters, strides=(2, 2)):
    first, second, third = filters
    x = layers.Activation("relu")(_conv(inputs, first, (1, 1)))
    x = layers.Activation("relu")(_conv(x, second, 3, strides, padding="same"))
    x = _conv(x, third, (1, 1))
    shortcut = _conv(inputs, third, (1, 1), strides)
    return layers.Activation("relu")(layers.add([x, shortcut]))


def _identity_block(inputs, filters):
    first, second, third = filters
    x = layers.Activation("relu")(_conv(inputs, first, (1, 1)))
    x = layers.Activation("relu")(_conv(x, second, 3, padding="same"))
    x = _conv(x, third, (1, 1))
    return layers.Activation("relu")(layers.add([x, inputs]))


def resnet50(classes, size=32):
    """D2's written-out ResNet50, channels last."""
    inputs = keras.Input((size, size, 3))
    x = layers.ZeroPadding2D(padding=(3, 3))(inputs)
    x = layers.Activation("relu")(_conv(x, 64, (7, 7), (2, 2)))
    x = layers.MaxPooling2D((3, 3), strides=(2, 2), padding="same")(x)
    x = _conv_block(x, [64, 64, 256], strides=(1, 1))
    for _ in "bc":
        x = _identity_block(x, [64, 64, 256])
    x = _conv_block(x, [128, 128, 512])
    for _ in "bcd":
        x = _identity_block(x, [128, 128, 512])
    x = _conv_block(x, [256, 256, 1024])
    for _ in "bcdef":
        x = _identity_block(x, [256, 256, 1024])
    x = _conv_block(x, [512, 512, 2048])
    for _ in "bc":
        x = _identity_block(x, [512, 512, 2048])
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(classes, kernel_initializer=keras.initializers.RandomNormal(stddev=0.01))(x)
    return keras.Model(inputs, layers.Activation("softmax", dtype="float32")(x))


def residual_block_basic(x, filters, kernel_size=3, strides=1):
    """D4's block; the stride once, activation and addition called, and the paper's details it leaves out."""
    conv_1 = layers.Conv2D(filters, kernel_size, padding="same", strides=strides, use_bias=False)(x)
    act_1 = layers.Activation("relu")(layers.BatchNormalization(axis=-1, epsilon=1e-5)(conv_1))
    conv_2 = layers.Conv2D(filters, kernel_size, padding="same", use_bias=False)(act_1)
    residual = layers.BatchNormalization(axis=-1, epsilon=1e-5)(conv_2)
    shortcut = x
    if strides != 1:
        shortcut = layers.Conv2D(filters, kernel_size=1, padding="valid", strides=strides, use_bias=False)(x)
        shortcut = layers.BatchNormalization(axis=-1, epsilon=1e-5)(shortcut)
    return layers.Activation("relu")(layers.add([shortcut, residual]))


def basic_resnet(blocks, width, classes, size=32, imagenet_stem=False):
    """A ResNet of D4's blocks on values -1 to 1: (2, 2, 2, 2) for ResNet-18, (3, 4, 6, 3) for ResNet-34."""
    inputs = keras.Input((size, size, 3))
    if imagenet_stem:
        x = layers.Conv2D(width, 7, strides=2, padding="same", use_bias=False)(inputs)
    else:
        x = layers.Conv2D(width, 3, padding="same", use_bias=False)(inputs)
    x = layers.Activation("relu")(layers.BatchNormalization(epsilon=1e-5)(x))
    if imagenet_stem:
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    for stage, count in enumerate(blocks):
        for block in range(count):
            x = residual_block_basic(x, width * 2**stage, strides=2 if stage and not block else 1)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))

"""Networks of Keras applications, with preprocessing inside."""

from __future__ import annotations

import keras

from resnet_gui.models.layers import picture_input, resnet_preprocessing
from resnet_gui.models.registry import NetworkOptions


def build_resnet50(options: NetworkOptions) -> keras.Model:
    """Build `keras.applications.ResNet50` with fresh weights; (n, N, N, 3) 0-255 to (n, classes)."""
    pictures, resized = picture_input(options.native_size, options.input_size)
    network = keras.applications.ResNet50(
        include_top=True, weights=None, input_tensor=resnet_preprocessing(resized), classes=options.classes
    )
    return keras.Model(pictures, network.output, name="resnet50")

"""A moving average of a network's weights."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray


class WeightAverage:
    """Follows every weight of a network, moving statistics of batch normalization too.

    Args:
        network: whose weights to average.
        share: of the average that stays at each step; less in the first steps, whose weights are soon worth nothing.
    """

    def __init__(self, network: keras.Model, share: float) -> None:
        self._share = share
        self._weights = [variable.value for variable in network.weights if variable.dtype == "float32"]
        self.variables = [tf.Variable(weight, trainable=False) for weight in self._weights]

    def follow(self, steps: keras.Variable) -> None:
        """Take in the weights after a step; `steps` counts them from 1. Part of the compiled step."""
        done = tf.cast(steps.value, tf.float32)
        share = tf.minimum(self._share, (1.0 + done) / (10.0 + done))
        for average, weight in zip(self.variables, self._weights, strict=True):
            average.assign(average * share + weight * (1.0 - share))

    def values(self) -> list[NDArray[np.float32]]:
        """Return the averaged weights, outside of a swap, in the order of the network's."""
        return [average.numpy() for average in self.variables]

    def restore(self, values: list[NDArray[np.float32]]) -> None:
        """Go on from `values`."""
        for average, value in zip(self.variables, values, strict=True):
            average.assign(value)

    def swap(self) -> None:
        """Exchange the averaged weights with the network's."""
        for average, weight in zip(self.variables, self._weights, strict=True):
            before = weight.numpy()
            weight.assign(average)
            average.assign(before)

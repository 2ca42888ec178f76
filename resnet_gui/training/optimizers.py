"""Keras' optimizers without their support for several devices.

Keras hands TensorFlow's updates to a distribution strategy, and that keeps the graph of every step function alive for
as long as the program runs: 24 MB a training for a small network. On one device the loops below do the same.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf


class _OnOneDevice:
    """Replaces the two places in which Keras asks the strategy; the rules themselves stay Keras'."""

    update_step: Any
    weight_decay: Any
    learning_rate: Any
    _use_weight_decay: Any

    def _backend_update_step(
        self, grads: list[tf.Tensor], trainable_variables: list[keras.Variable], learning_rate: tf.Tensor
    ) -> None:
        for gradient, variable in zip(grads, trainable_variables, strict=True):
            self.update_step(gradient, variable, learning_rate)

    def _apply_weight_decay(self, variables: list[keras.Variable]) -> None:
        if self.weight_decay is None:
            return
        share = self.weight_decay * self.learning_rate
        for variable in variables:
            if self._use_weight_decay(variable):
                variable.assign_sub(variable * share)


class SGD(_OnOneDevice, keras.optimizers.SGD):
    """Keras' SGD."""


class Adam(_OnOneDevice, keras.optimizers.Adam):
    """Keras' Adam."""


class AdamW(_OnOneDevice, keras.optimizers.AdamW):
    """Keras' AdamW."""

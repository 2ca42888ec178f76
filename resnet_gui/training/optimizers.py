"""Keras' optimizers, their rules computed in one kernel a variable, and without their support for several devices.

Keras writes Adam as a dozen operations that each go through all the weights; TensorFlow has one that does it once. And
Keras hands TensorFlow's updates to a distribution strategy, which keeps the graph of every step function alive
for as long as the program runs: 24 MB a training for a small network. On one device the loops below do the same.
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
    """Keras' SGD with momentum."""

    def update_step(self, gradient: tf.Tensor, variable: keras.Variable, learning_rate: tf.Tensor) -> None:
        """Move a variable by its rule, which `ResourceApplyKerasMomentum` has too."""
        tf.raw_ops.ResourceApplyKerasMomentum(
            var=_handle(variable),
            accum=_handle(self.momentums[self._get_variable_index(variable)]),
            lr=learning_rate,
            grad=gradient,
            momentum=self.momentum,
            use_nesterov=self.nesterov,
        )


class _OneKernelAdam(_OnOneDevice):
    _momentums: Any
    _velocities: Any
    _get_variable_index: Any
    iterations: Any
    beta_1: Any
    beta_2: Any
    epsilon: Any

    def update_step(self, gradient: tf.Tensor, variable: keras.Variable, learning_rate: tf.Tensor) -> None:
        """Move a variable by its rule, which `ResourceApplyAdam` has too."""
        index = self._get_variable_index(variable)
        steps = tf.cast(self.iterations.value + 1, tf.float32)
        tf.raw_ops.ResourceApplyAdam(
            var=_handle(variable),
            m=_handle(self._momentums[index]),
            v=_handle(self._velocities[index]),
            beta1_power=tf.pow(self.beta_1, steps),
            beta2_power=tf.pow(self.beta_2, steps),
            lr=learning_rate,
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


class Adam(_OneKernelAdam, keras.optimizers.Adam):
    """Keras' Adam."""


class AdamW(_OneKernelAdam, keras.optimizers.AdamW):
    """Keras' AdamW."""


def _handle(variable: keras.Variable) -> tf.Tensor:
    return variable.value.handle

"""Batch normalization in one kernel: what makes training here faster than plain Keras.

Keras 3 computes BatchNormalization on TensorFlow from a dozen float32 operations, forwards and backwards. TensorFlow
has kernels that do all of it, in bfloat16 too. Used while training only; what is exported has Keras' own layer.
"""

from __future__ import annotations

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="resnet_gui")
class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Keras' BatchNormalization, same weights and numbers, computed by `FusedBatchNormV3`.

    For pictures (n, height, width, channels), normalized over channels. Statistics are float32 whatever the inputs are.
    """

    def call(self, inputs: tf.Tensor, training: bool | None = None, mask: tf.Tensor | None = None) -> tf.Tensor:
        """Normalize; while training and not frozen by the batch's own statistics, which the moving ones then follow."""
        if inputs.shape.rank != 4 or mask is not None:
            return super().call(inputs, training=training, mask=mask)
        scale, offset = self._scale_and_offset()
        learning = bool(training) and self.trainable
        normalized, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=scale,
            offset=offset,
            mean=[] if learning else self.moving_mean.value,
            variance=[] if learning else self.moving_variance.value,
            epsilon=self.epsilon,
            is_training=learning,
        )
        if learning:
            self._follow(mean, _biased(variance, inputs))
        return normalized

    def _scale_and_offset(self) -> tuple[tf.Tensor, tf.Tensor]:
        channels = self.moving_mean.shape
        scale = self.gamma.value if self.scale else tf.ones(channels)
        return scale, self.beta.value if self.center else tf.zeros(channels)

    def _follow(self, mean: tf.Tensor, variance: tf.Tensor) -> None:
        """Move the moving statistics towards a batch's, as Keras does."""
        for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving.value * self.momentum + value * (1.0 - self.momentum))


def _biased(variance: tf.Tensor, inputs: tf.Tensor) -> tf.Tensor:
    """Return the variance without Bessel's correction, which the kernel applies and Keras does not."""
    count = tf.cast(tf.reduce_prod(tf.shape(inputs)[:3]), tf.float32)
    return variance * ((count - 1.0) / count)

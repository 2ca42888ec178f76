"""The compiled training and validation steps.

A loop of our own over these two functions takes the place of `Model.fit`: it gives each batch's own values
instead of running means, stops inside a validation, and can begin in the middle of an epoch.
"""

from __future__ import annotations

from typing import NamedTuple

import keras
import tensorflow as tf

from resnet_gui.data.dataset import Labels, Pixels
from resnet_gui.runs.config import TrainingConfig

TOP = 5


class BatchValues(NamedTuple):
    """A batch's mean loss (with regularization, as Keras reports it), top-1 and top-5 shares."""

    loss: float
    top1: float
    top5: float


def make_optimizer(config: TrainingConfig) -> keras.optimizers.Optimizer:
    """Return the optimizer a config asks for."""
    if config.optimizer == "sgd":
        return keras.optimizers.SGD(config.learning_rate, momentum=0.9, nesterov=True)
    return keras.optimizers.Adam(config.learning_rate)


class Engine:
    """A network with its optimizer, compiled for training and validation.

    Args:
        network: (n, N, N, 3) with values 0-255 to a softmax (n, classes).
        optimizer: moves its weights.
    """

    def __init__(self, network: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
        self.network = network
        self.optimizer = optimizer
        optimizer.build(network.trainable_variables)
        size, classes = network.input_shape[1], network.output_shape[1]
        self._top = min(TOP, classes)
        # A free batch dimension: the smaller last batch of an epoch must not trace the network again.
        signature = [tf.TensorSpec([None, size, size, 3], tf.uint8), tf.TensorSpec([None], tf.int64)]
        self._compiled_train = tf.function(self._train, input_signature=signature)
        self._compiled_validate = tf.function(self._validate, input_signature=signature)

    def trace(self) -> None:
        """Build the training graph now: the long wait before the first step, while nothing else moves."""
        self._compiled_train.get_concrete_function()

    def train_batch(self, images: Pixels, labels: Labels) -> BatchValues:
        """Make one step on (n, N, N, 3) pictures with (n,) labels; return the values before it."""
        return BatchValues(*map(float, self._compiled_train(images, labels).numpy()))

    def validate_batch(self, images: Pixels, labels: Labels) -> BatchValues:
        """Return the values of a batch without learning from it; moving statistics are used, not changed."""
        return BatchValues(*map(float, self._compiled_validate(images, labels).numpy()))

    @property
    def learning_rate(self) -> float:
        """The rate of the next step, as the shortest number that means it: 0.001, not 0.0010000000474974513."""
        return float(str(self.optimizer.learning_rate.numpy()))

    def _train(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            probabilities = self.network(tf.cast(images, tf.float32), training=True)
            loss = self._loss(labels, probabilities)
        variables = self.network.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return self._values(loss, labels, probabilities)

    def _validate(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        probabilities = self.network(tf.cast(images, tf.float32), training=False)
        return self._values(self._loss(labels, probabilities), labels, probabilities)

    def _loss(self, labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
        data_loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, probabilities))
        return tf.add_n([data_loss, *self.network.losses])

    def _values(self, loss: tf.Tensor, labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
        top1 = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(probabilities, axis=1), labels), tf.float32))
        # Not in_top_k: it counts ties as hits, and a network whose softmax has underflowed to zeros ties everywhere.
        best = tf.cast(tf.math.top_k(probabilities, self._top).indices, tf.int64)
        in_top = tf.reduce_any(tf.equal(best, labels[:, None]), axis=1)
        return tf.stack([loss, top1, tf.reduce_mean(tf.cast(in_top, tf.float32))])

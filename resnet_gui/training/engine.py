"""The compiled training and validation steps.

A loop of our own over these two functions takes the place of `Model.fit`: it gives each batch's own values
instead of running means, stops inside a validation, and can begin in the middle of an epoch.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from resnet_gui.data.dataset import Labels
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.training.averaging import WeightAverage
from resnet_gui.training.batches import TrainingBatch
from resnet_gui.training.checkpoint import EngineState
from resnet_gui.training.loss import Loss
from resnet_gui.training.optimizers import SGD, Adam, AdamW

TOP = 5


class BatchValues(NamedTuple):
    """A batch's mean loss (with regularization, as Keras reports it), top-1 and top-5 shares."""

    loss: float
    top1: float
    top5: float


def make_optimizer(config: TrainingConfig) -> keras.optimizers.Optimizer:
    """Return the optimizer a config asks for; its rate is given with each step."""
    options = {
        "weight_decay": config.weight_decay or None,
        "global_clipnorm": config.clip_norm or None,
    }
    match config.optimizer:
        case "sgd":
            return SGD(config.learning_rate, momentum=0.9, nesterov=True, **options)
        case "adamw":
            return AdamW(config.learning_rate, **options)
        case "adam":
            return Adam(config.learning_rate, **options)


class Engine:
    """A network with its optimizer, compiled for training and validation.

    Args:
        network: (n, ...) to a softmax (n, classes): pictures (n, N, N, 3) with values 0-255, or features.
        optimizer: moves its trainable weights.
        loss: what it is told about its answers.
        averaging: share of the moving average of the weights that stays at each step; 0 for none.
        inputs: what the batches hold: uint8 for pictures, float32 for features.
    """

    def __init__(
        self,
        network: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        loss: Loss | None = None,
        averaging: float = 0.0,
        inputs: tf.DType = tf.uint8,
    ) -> None:
        self.network = network
        self.optimizer = optimizer
        optimizer.build(network.trainable_variables)
        self._loss = loss or Loss()
        self._average = WeightAverage(network, averaging) if averaging else None
        self._top = min(TOP, network.output_shape[1])
        # A free batch dimension: the smaller last batch of an epoch must not trace the network again.
        pictures = tf.TensorSpec([None, *network.input_shape[1:]], inputs)
        labels, share = tf.TensorSpec([None], tf.int64), tf.TensorSpec([None], tf.float32)
        self._compiled_train = tf.function(
            self._train, input_signature=[tf.TensorSpec([], tf.float32), pictures, labels, labels, share]
        )
        self._compiled_validate = tf.function(self._validate, input_signature=[pictures, labels])

    def trace(self) -> None:
        """Build the training graph now: the long wait before the first step, while nothing else moves."""
        self._compiled_train.get_concrete_function()

    def train_batch(self, batch: TrainingBatch, rate: float) -> BatchValues:
        """Make one step at a learning rate; return the batch's values before it."""
        return BatchValues(*map(float, self._compiled_train(rate, *batch).numpy()))

    def validate_batch(self, images: NDArray[np.generic], labels: Labels) -> BatchValues:
        """Return the values of a batch without learning from it; moving statistics are used, not changed."""
        return BatchValues(*map(float, self._compiled_validate(images, labels).numpy()))

    def state(self) -> EngineState:
        """Return what `restore` needs beside the network's weights to go on from here, outside of averaged_weights."""
        return EngineState(
            optimizer=[variable.numpy() for variable in self.optimizer.variables],
            average=self._average.values() if self._average else [],
        )

    def restore(self, state: EngineState) -> None:
        """Go on from the `state` of an engine of the same kind."""
        for variable, value in zip(self.optimizer.variables, state.optimizer, strict=True):
            variable.assign(value)
        if self._average is not None:
            self._average.restore(state.average)

    @contextmanager
    def averaged_weights(self) -> Iterator[None]:
        """Put the averaged weights, if they are averaged, in the place of the last ones within the block."""
        if self._average is None:
            yield
            return
        self._average.swap()
        try:
            yield
        finally:
            self._average.swap()

    def _train(
        self, rate: tf.Tensor, images: tf.Tensor, labels: tf.Tensor, other_labels: tf.Tensor, share: tf.Tensor
    ) -> tf.Tensor:
        self.optimizer.learning_rate.assign(rate)
        with tf.GradientTape() as tape:
            probabilities = self.network(tf.cast(images, tf.float32), training=True)
            loss = self._loss.of_training(self.network, probabilities, labels, other_labels, share)
        variables = self.network.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        if self._average is not None:
            self._average.follow(self.optimizer.iterations)
        return self._values(loss, labels, probabilities)

    def _validate(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        probabilities = self.network(tf.cast(images, tf.float32), training=False)
        return self._values(self._loss.of_validation(self.network, probabilities, labels), labels, probabilities)

    def _values(self, loss: tf.Tensor, labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
        top1 = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(probabilities, axis=1), labels), tf.float32))
        # Not in_top_k: it counts ties as hits, and a network whose softmax has underflowed to zeros ties everywhere.
        best = tf.cast(tf.math.top_k(probabilities, self._top).indices, tf.int64)
        in_top = tf.reduce_any(tf.equal(best, labels[:, None]), axis=1)
        return tf.stack([loss, top1, tf.reduce_mean(tf.cast(in_top, tf.float32))])

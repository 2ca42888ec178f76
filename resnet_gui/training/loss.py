"""What a network is told about its answers: cross-entropy with what is added to it."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import NDArray

from resnet_gui.data.dataset import Split
from resnet_gui.runs.config import TrainingConfig


class Loss:
    """Mean cross-entropy of a batch, with label smoothing, class weights and an L2 penalty.

    Args:
        label_smoothing: share of the answer that is spread over all classes.
        class_weights: (classes,) how much a picture of each class counts, while training; None for all alike.
        l2: factor of the sum of all squared kernels, and biases of dense layers.
        soft: whether answers may be blends of two classes.
    """

    def __init__(
        self,
        label_smoothing: float = 0.0,
        class_weights: NDArray[np.float32] | None = None,
        l2: float = 0.0,
        soft: bool = False,
    ) -> None:
        self._smoothing = label_smoothing
        self._class_weights = None if class_weights is None else tf.constant(class_weights, tf.float32)
        self._l2 = l2
        self._soft = soft

    @classmethod
    def of(cls, config: TrainingConfig, train: Split, classes: int) -> Loss:
        """Return the loss a config asks for, for a training split."""
        weights = balanced_class_weights(train, classes) if config.class_weights == "balanced" else None
        return cls(config.label_smoothing, weights, config.l2, soft=config.mixup > 0)

    def of_training(
        self,
        network: keras.Model,
        probabilities: tf.Tensor,
        labels: tf.Tensor,
        other_labels: tf.Tensor,
        share: tf.Tensor,
    ) -> tf.Tensor:
        """Return the loss of a batch whose answers are `share` of `labels`, the rest `other_labels`; (n,) each."""
        losses = self._cross_entropy(probabilities, labels)
        if self._soft:
            losses = share * losses + (1.0 - share) * self._cross_entropy(probabilities, other_labels)
        if self._class_weights is not None:
            weights = tf.gather(self._class_weights, labels)
            if self._soft:
                weights = share * weights + (1.0 - share) * tf.gather(self._class_weights, other_labels)
            losses *= weights
        return tf.reduce_mean(losses) + self._penalty(network)

    def of_validation(self, network: keras.Model, probabilities: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """Return the loss of a batch as Keras' evaluate does: every class counts alike."""
        return tf.reduce_mean(self._cross_entropy(probabilities, labels)) + self._penalty(network)

    def _cross_entropy(self, probabilities: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        if not self._smoothing:
            return keras.losses.sparse_categorical_crossentropy(labels, probabilities)
        answers = tf.one_hot(labels, probabilities.shape[1])
        return keras.losses.categorical_crossentropy(answers, probabilities, label_smoothing=self._smoothing)

    def _penalty(self, network: keras.Model) -> tf.Tensor:
        if not self._l2:
            return tf.constant(0.0)
        return self._l2 * tf.add_n([tf.reduce_sum(tf.square(weights)) for weights in _penalized(network)])


def _penalized(network: keras.Model) -> list[tf.Tensor]:
    """Return what the L2 penalty is on, in float32 whatever the layers calculate with: as in D2."""
    found = []
    for layer in network.layers:
        if isinstance(layer, layers.Conv2D | layers.Dense):
            found.append(layer.kernel.value)
        if isinstance(layer, layers.Dense) and layer.bias is not None:
            found.append(layer.bias.value)
    return found


def balanced_class_weights(train: Split, classes: int) -> NDArray[np.float32]:
    """Return (classes,) factors that make every class of a split count alike; their mean over pictures is 1."""
    counts = train.class_counts(classes)
    return (len(train) / (classes * np.maximum(counts, 1))).astype(np.float32)

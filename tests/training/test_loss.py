"""What is added to the cross-entropy."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.utils.class_weight import compute_class_weight

from resnet_gui.data.dataset import Split
from resnet_gui.training.averaging import WeightAverage
from resnet_gui.training.loss import Loss, balanced_class_weights

pytestmark = pytest.mark.slow

CLASSES = 4


@pytest.fixture
def network() -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((6, 6, 3)),
            keras.layers.Conv2D(2, 3, use_bias=False),
            keras.layers.Flatten(),
            keras.layers.Dense(CLASSES, activation="softmax"),
        ]
    )


@pytest.fixture
def pictures() -> tf.Tensor:
    return tf.constant(np.random.default_rng(0).random((5, 6, 6, 3)), tf.float32)


LABELS = tf.constant([0, 1, 2, 3, 1], tf.int64)
OTHERS = tf.constant([3, 2, 1, 0, 1], tf.int64)
SHARE = tf.constant([0.5, 0.6, 0.7, 0.8, 1.0])


def of_training(loss: Loss, network: keras.Model, pictures: tf.Tensor) -> float:
    return float(loss.of_training(network, network(pictures), LABELS, OTHERS, SHARE))


def test_label_smoothing_is_keras_own(network: keras.Model, pictures: tf.Tensor) -> None:
    oracle = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)
    expected = float(oracle(tf.one_hot(LABELS, CLASSES), network(pictures)))
    assert of_training(Loss(label_smoothing=0.1), network, pictures) == pytest.approx(expected, rel=1e-6)


def test_blended_answers_are_the_cross_entropy_with_blended_labels(network: keras.Model, pictures: tf.Tensor) -> None:
    blended = SHARE[:, None] * tf.one_hot(LABELS, CLASSES) + (1 - SHARE[:, None]) * tf.one_hot(OTHERS, CLASSES)
    expected = float(keras.losses.CategoricalCrossentropy()(blended, network(pictures)))
    assert of_training(Loss(soft=True), network, pictures) == pytest.approx(expected, rel=1e-6)


def test_l2_is_the_sum_of_keras_regularizers(network: keras.Model, pictures: tf.Tensor) -> None:
    """As the second document has it: on every kernel, and on the classifier's bias."""
    network.layers[-1].bias.assign([1.0, 2.0, 3.0, 4.0])
    penalty = keras.regularizers.L2(1e-2)
    expected = of_training(Loss(), network, pictures) + sum(
        float(penalty(weight)) for weight in (network.layers[0].kernel, *network.layers[-1].weights)
    )
    assert of_training(Loss(l2=1e-2), network, pictures) == pytest.approx(expected, rel=1e-5)


def test_balanced_class_weights_are_scikit_learn_s(network: keras.Model, pictures: tf.Tensor) -> None:
    labels = np.array([0] * 7 + [1] * 2 + [2] * 3 + [3], np.int64)
    split = Split(np.zeros((len(labels), 6, 6, 3), np.uint8), labels, np.arange(len(labels)))
    weights = balanced_class_weights(split, CLASSES)
    np.testing.assert_allclose(
        weights, compute_class_weight("balanced", classes=np.arange(CLASSES), y=labels), rtol=1e-6
    )
    each = keras.losses.sparse_categorical_crossentropy(LABELS, network(pictures)).numpy()
    expected = (each * weights[LABELS.numpy()]).mean()
    assert of_training(Loss(class_weights=weights), network, pictures) == pytest.approx(expected, rel=1e-6)


def test_validation_counts_every_class_alike(network: keras.Model, pictures: tf.Tensor) -> None:
    weighted = Loss(class_weights=np.array([9, 1, 1, 1], np.float32))
    expected = float(keras.losses.SparseCategoricalCrossentropy()(LABELS, network(pictures)))
    assert float(weighted.of_validation(network, network(pictures), LABELS)) == pytest.approx(expected, rel=1e-6)


def test_averaged_weights_are_the_moving_average_and_can_be_put_back(network: keras.Model) -> None:
    average = WeightAverage(network, 0.5)
    steps = keras.Variable(100, dtype="int64")
    expected = network.get_weights()
    for _ in range(3):
        network.set_weights([weight + 1.0 for weight in network.get_weights()])
        average.follow(steps)
        expected = [0.5 * mean + 0.5 * weight for mean, weight in zip(expected, network.get_weights(), strict=True)]
    last = network.get_weights()
    average.swap()
    for got, wanted in zip(network.get_weights(), expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-6)
    average.swap()
    for got, wanted in zip(network.get_weights(), last, strict=True):
        np.testing.assert_array_equal(got, wanted)

"""The twin that is trained has Keras' weights and Keras' numbers."""

from __future__ import annotations

import gc

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework.func_graph import FuncGraph

from resnet_gui.models.registry import NetworkOptions, find_network
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.training.batches import TrainingBatch
from resnet_gui.training.engine import Engine, make_optimizer
from resnet_gui.training.fused_normalization import FusedBatchNormalization
from resnet_gui.training.twin import make_twin

pytestmark = pytest.mark.slow

STEPS = 20


def both(dtype: str, shape: tuple[int, ...]) -> tuple[keras.Layer, keras.Layer]:
    """Return Keras' layer and ours with the same weights, none of them at its start."""
    layers = [kind(momentum=0.9, epsilon=1e-5, dtype=dtype) for kind in (keras.layers.BatchNormalization, Fused)]
    random = np.random.default_rng(1)
    for layer in layers:
        layer.build(shape)
    weights = [random.random(weight.shape) + 0.5 for weight in layers[0].get_weights()]
    for layer in layers:
        layer.set_weights(weights)
    return layers[0], layers[1]


Fused = FusedBatchNormalization


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("shape", [(8, 1, 1, 16), (4, 7, 7, 8), (1, 1, 1, 4)])
def test_ten_steps_of_fused_normalization_are_those_of_keras(shape: tuple[int, ...], dtype: str, frozen: bool) -> None:
    """Outputs, gradients and moving statistics; on 1 x 1 maps Bessel's correction would be 8/7."""
    theirs, ours = both(dtype, shape)
    theirs.trainable = ours.trainable = not frozen
    random = np.random.default_rng(0)
    wanted = tf.constant(random.normal(size=shape), tf.float32)
    for _ in range(10):
        inputs = tf.constant(random.normal(1.0, 2.0, shape), tf.float32)
        results = []
        for layer in (theirs, ours):
            with tf.GradientTape() as tape:
                tape.watch(inputs)
                output = tf.cast(layer(inputs, training=True), tf.float32)
                loss = tf.reduce_sum((output - wanted) ** 2 * tf.abs(wanted))
            watched = [inputs, *(weight.value for weight in layer.trainable_weights)]
            results.append([output, *tape.gradient(loss, watched)])
        for expected, got in zip(*results, strict=True):
            scale = float(tf.reduce_max(tf.abs(expected))) + 1e-6
            np.testing.assert_allclose(got, expected, atol=(2e-2 if "bfloat16" in dtype else 1e-4) * scale)
    assert [weight.name for weight in ours.weights] == [weight.name for weight in theirs.weights]
    for expected, got in zip(theirs.get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_allclose(got, expected, rtol=2e-5, atol=2e-5)


def test_vectors_are_normalized_by_keras_itself() -> None:
    theirs, ours = both("float32", (8, 5))
    inputs = np.random.default_rng(0).normal(size=(8, 5)).astype("float32")
    np.testing.assert_allclose(ours(inputs, training=True), theirs(inputs, training=True), atol=1e-6)


def small_resnet50(classes: int = 10) -> keras.Model:
    keras.utils.set_random_seed(0)
    return find_network("resnet50").build(NetworkOptions(native_size=32, input_size=32, classes=classes))


def some_batches(size: int = 32, classes: int = 10, count: int = STEPS) -> list[TrainingBatch]:
    random = np.random.default_rng(2)
    share = np.ones(8, np.float32)
    return [
        TrainingBatch(random.integers(0, 256, (8, size, size, 3), np.uint8), labels, labels, share)
        for labels in random.integers(0, classes, (count, 8))
    ]


def test_twenty_steps_give_the_losses_of_a_plain_keras_applications_script() -> None:
    """A fresh ResNet50 amplifies rounding, so the tolerance is how far Keras run eagerly is from Keras compiled."""
    rate = 1e-5
    network = small_resnet50()
    scripts = []
    for eager in (False, True):
        script = keras.applications.ResNet50(weights=None, input_shape=(32, 32, 3), classes=10)
        script.set_weights(network.get_weights())
        script.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", run_eagerly=eager)
        scripts.append(script)
    engine = Engine(make_twin(network, "float32"), keras.optimizers.SGD(rate))
    losses = []
    for batch in some_batches():
        prepared = keras.applications.resnet50.preprocess_input(batch.images.astype("float32"))
        for script in scripts:
            script.reset_metrics()
        row = [float(script.train_on_batch(prepared, batch.labels)) for script in scripts]
        losses.append([*row, engine.train_batch(batch, rate).loss])
    compiled, eager, ours = np.array(losses).T
    assert ours[0] == pytest.approx(compiled[0], rel=1e-4)
    assert np.abs(ours - compiled).mean() < 3 * np.abs(eager - compiled).mean()


def test_the_engine_s_steps_are_those_of_keras_own_loop() -> None:
    """With the same layers they are equal to the last bit or nearly: only the loop differs."""
    config = TrainingConfig(optimizer="sgd", learning_rate=1e-3, weight_decay=1e-2, clip_norm=1.0)
    keras.utils.set_random_seed(0)
    network = find_network("resnet18").build(NetworkOptions(native_size=32, input_size=32, classes=10, width=8))
    plain = keras.models.clone_model(network)
    plain.set_weights(network.get_weights())
    oracle = keras.optimizers.SGD(1e-3, momentum=0.9, nesterov=True, weight_decay=1e-2, global_clipnorm=1.0)
    plain.compile(oracle, "sparse_categorical_crossentropy")
    engine = Engine(network, make_optimizer(config))
    for batch in some_batches():
        plain.reset_metrics()
        expected = float(plain.train_on_batch(batch.images.astype("float32"), batch.labels))
        assert engine.train_batch(batch, 1e-3).loss == pytest.approx(expected, rel=1e-5)
    for expected, got in zip(plain.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_what_the_twin_learned_goes_back_into_plain_keras(precision: str) -> None:
    network = small_resnet50()
    twin = make_twin(network, precision)
    engine = Engine(twin, keras.optimizers.SGD(1e-3))
    for batch in some_batches(count=3):
        engine.train_batch(batch, 1e-3)
    network.set_weights(twin.get_weights())
    assert not any(isinstance(layer, FusedBatchNormalization) for layer in network.layers)
    assert all(layer.dtype_policy.name == "float32" for layer in network.layers if isinstance(layer, keras.Layer))
    pictures = some_batches(count=1)[0].images.astype("float32")
    tolerance = 1e-4 if precision == "float32" else 5e-2
    np.testing.assert_allclose(network(pictures), twin(pictures), atol=tolerance)


def test_bfloat16_learns_what_float32_learns() -> None:
    losses = {}
    for precision in ("float32", "bfloat16"):
        engine = Engine(make_twin(small_resnet50(), precision), keras.optimizers.Adam(1e-3))
        batch = some_batches(count=1)[0]
        losses[precision] = [engine.train_batch(batch, 1e-3).loss for _ in range(12)]
    assert losses["bfloat16"][0] == pytest.approx(losses["float32"][0], rel=6e-2)
    assert losses["bfloat16"][-1] < 0.5 * losses["bfloat16"][0]


def test_every_network_can_be_trained_by_its_twin() -> None:
    for name in ("resnet34", "vgg16-cifar", "resnet50-written-out"):
        network = find_network(name).build(NetworkOptions(native_size=32, input_size=32, classes=10))
        engine = Engine(make_twin(network, "float32"), keras.optimizers.SGD(1e-4))
        assert np.isfinite(engine.train_batch(some_batches(count=1)[0], 1e-4).loss)


def test_a_training_leaves_no_graph_behind() -> None:
    """Keras' own optimizers keep the graph of every step function alive for as long as the program runs."""
    gc.collect()
    before = sum(isinstance(one, FuncGraph) for one in gc.get_objects())
    for _ in range(2):
        keras.utils.set_random_seed(0)
        network = find_network("resnet18").build(NetworkOptions(native_size=32, input_size=32, classes=10, width=8))
        engine = Engine(network, make_optimizer(TrainingConfig(optimizer="adamw", weight_decay=0.1, clip_norm=1.0)))
        engine.train_batch(some_batches(count=1)[0], 1e-3)
        del network, engine
        keras.backend.clear_session()
        gc.collect()
    assert sum(isinstance(one, FuncGraph) for one in gc.get_objects()) == before

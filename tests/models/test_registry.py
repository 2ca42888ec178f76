"""The networks are the ones they say they are."""

from __future__ import annotations

import numpy as np
import pytest

from resnet_gui.errors import ConfigError
from resnet_gui.models.registry import NETWORKS, NetworkOptions, find_network

pytestmark = pytest.mark.slow


def test_every_network_is_explained() -> None:
    for name, spec in NETWORKS.items():
        assert spec.name == name
        assert spec.explanation.endswith(".")


def test_an_unknown_network_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="resnet18, resnet50"):
        find_network("resnet51")


def test_resnet50_is_keras_applications_with_preprocessing_inside() -> None:
    import keras

    keras.utils.set_random_seed(0)
    ours = find_network("resnet50").build(NetworkOptions(native_size=64, input_size=64, classes=100))
    theirs = keras.applications.ResNet50(weights=None, input_shape=(64, 64, 3), classes=100)
    assert ours.count_params() == theirs.count_params() == 23_792_612  # Keras applications
    theirs.set_weights(ours.get_weights())
    pictures = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3)).astype("float32")
    expected = theirs.predict(keras.applications.resnet50.preprocess_input(pictures.copy()), verbose=0)
    np.testing.assert_allclose(ours.predict(pictures, verbose=0), expected, atol=1e-5)


def test_enlarging_inside_equals_enlarging_before() -> None:
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    inside = find_network("resnet50").build(NetworkOptions(native_size=32, input_size=96, classes=10))
    before = find_network("resnet50").build(NetworkOptions(native_size=96, input_size=96, classes=10))
    before.set_weights(inside.get_weights())
    pictures = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype("float32")
    enlarged = tf.image.resize(pictures, (96, 96)).numpy()
    np.testing.assert_allclose(inside.predict(pictures, verbose=0), before.predict(enlarged, verbose=0), atol=1e-5)


@pytest.mark.parametrize(("native", "size"), [(32, 32), (32, 64), (224, 224), (64, 64)])
@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_a_plain_call_is_inference(name: str, native: int, size: int) -> None:
    """`model(x)` must not run batch normalization in training mode, whatever layers stand before it."""
    network = find_network(name).build(NetworkOptions(native_size=native, input_size=size, classes=5))
    pictures = np.random.default_rng(0).integers(0, 256, (2, native, native, 3)).astype("float32")
    np.testing.assert_allclose(np.asarray(network(pictures)), network.predict(pictures, verbose=0), atol=1e-5)


def test_resnet18_has_the_paper_s_blocks_at_half_width() -> None:
    network = find_network("resnet18").build(NetworkOptions(native_size=32, input_size=32, classes=10))
    width = 32

    def block(inputs: int, outputs: int) -> int:
        convolutions = 9 * inputs * outputs + 9 * outputs * outputs
        shortcut = inputs * outputs + 4 * outputs if inputs != outputs else 0
        return convolutions + 2 * 4 * outputs + shortcut

    expected = 9 * 3 * width + 4 * width
    inputs = width
    for stage in range(4):
        outputs = width * 2**stage
        expected += block(inputs, outputs) + block(outputs, outputs)
        inputs = outputs
    expected += inputs * 10 + 10
    assert network.count_params() == expected

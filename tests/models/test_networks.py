"""The networks are the ones they say they are: Keras applications and the source documents are the oracles."""

from __future__ import annotations

import re

import keras
import numpy as np
import pytest

from resnet_gui.errors import ConfigError
from resnet_gui.models.registry import NETWORKS, NetworkOptions, find_network
from tests.models import documents

pytestmark = pytest.mark.slow

BGR_MEANS = np.array([103.939, 116.779, 123.68], np.float32)


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(0)
    yield
    keras.backend.clear_session()


def built(name, size=32, classes=10, native=None, **options):
    return find_network(name).build(
        NetworkOptions(native_size=native or size, input_size=size, classes=classes, **options)
    )


def random_pictures(size, count=3):
    return np.random.default_rng(1).integers(0, 256, (count, size, size, 3)).astype("float32")


def share_weights(ours, theirs):
    """Give both networks the same weights, no bias or statistic at its neutral start."""
    rng = np.random.default_rng(0)
    weights = [
        weight + rng.uniform(0, 0.1, weight.shape).astype("float32") if weight.ndim == 1 else weight
        for weight in ours.get_weights()
    ]
    ours.set_weights(weights)
    theirs.set_weights(weights)


def features_and_output(network, pictures):
    features = [layer.output for layer in network.layers if len(layer.output.shape) == 4][-1]
    return [np.asarray(x) for x in keras.Model(network.input, [features, network.output])(pictures, training=False)]


def assert_equal_outputs(ours, theirs, prepare, size):
    share_weights(ours, theirs)
    pictures = random_pictures(size)
    expected, expected_output = features_and_output(theirs, prepare(pictures.copy()))
    features, output = features_and_output(ours, pictures)
    assert np.ptp(expected, axis=0).max() > 1e-3 * expected.max() > 0  # the pictures are told apart
    np.testing.assert_allclose(features / expected.max(), expected / expected.max(), atol=1e-4)
    np.testing.assert_allclose(output, expected_output, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "theirs", "parameters"),
    [
        ("resnet50", "ResNet50", 25_636_712),
        ("resnet101", "ResNet101", 44_707_176),
        ("resnet152", "ResNet152", 60_419_944),
    ],
)
def test_the_large_resnets_are_keras_applications_with_preprocessing_inside(name, theirs, parameters):
    ours = built(name, 64, classes=1000)
    theirs = getattr(keras.applications, theirs)(weights=None, input_shape=(64, 64, 3), classes=1000)
    assert ours.count_params() == theirs.count_params() == parameters
    names = {layer.name for layer in ours.layers}
    assert names >= {layer.name for layer in theirs.layers if not isinstance(layer, keras.layers.InputLayer)}
    assert_equal_outputs(ours, theirs, keras.applications.resnet50.preprocess_input, 64)


def test_vgg16_is_keras_applications_with_preprocessing_inside():
    ours = built("vgg16", 32, classes=100)
    theirs = keras.applications.VGG16(weights=None, input_shape=(32, 32, 3), classes=100)
    assert ours.count_params() == theirs.count_params()
    assert [layer.name for layer in ours.layers][-5:] == ["block5_pool", "flatten", "fc1", "fc2", "predictions"]
    assert_equal_outputs(ours, theirs, keras.applications.vgg16.preprocess_input, 32)


def test_the_same_seed_starts_resnet50_as_the_plain_script_starts():
    ours = built("resnet50", 32, classes=100)
    keras.utils.set_random_seed(0)
    theirs = keras.applications.ResNet50(weights=None, input_shape=(32, 32, 3), classes=100)
    for our, their in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(our, their)


def test_vgg16_for_small_pictures_is_the_document_s():
    ours, theirs = built("vgg16-cifar", classes=100), documents.vgg16(100)
    convolutions = [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 256)]
    convolutions += [(256, 512)] + 5 * [(512, 512)]
    expected = sum(9 * inputs * outputs + outputs for inputs, outputs in convolutions)
    expected += 512 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 100 + 100
    assert ours.count_params() == expected
    assert_equal_outputs(ours, theirs, lambda pictures: pictures / 255, 32)


def test_the_written_out_resnet50_is_the_document_s():
    ours, theirs = built("resnet50-written-out", classes=100), documents.resnet50(100)
    expected = 7 * 7 * 3 * 64 + 4 * 64
    inputs = 64
    for width, blocks in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for block in range(blocks):
            expected += inputs * width + 9 * width * width + 4 * width * width + 4 * (width + width + 4 * width)
            expected += 0 if block else inputs * 4 * width + 4 * 4 * width
            inputs = 4 * width
    assert ours.count_params() == expected + 2048 * 100 + 100
    assert_equal_outputs(ours, theirs, lambda pictures: pictures / 255, 32)


def test_the_written_out_resnet50_can_take_the_means_instead_in_the_document_s_order():
    ours = built("resnet50-written-out", classes=100, preprocessing="means")
    means = np.array([123.68, 116.78, 103.94], np.float32)
    assert_equal_outputs(ours, documents.resnet50(100), lambda pictures: pictures / 255 * 255 - means, 32)


@pytest.mark.parametrize(
    ("name", "blocks", "width", "usual", "stem"),
    [
        ("resnet18", (2, 2, 2, 2), 32, True, "cifar"),
        ("resnet18", (2, 2, 2, 2), 64, False, "imagenet"),
        ("resnet34", (3, 4, 6, 3), 64, True, "imagenet"),
        ("resnet34", (3, 4, 6, 3), 16, False, "cifar"),
    ],
)
def test_resnets_of_basic_blocks_are_the_document_s(name, blocks, width, usual, stem):
    ours = built(name, 64, stem=stem, width=0 if usual else width)
    theirs = documents.basic_resnet(blocks, width, 10, 64, imagenet_stem=stem == "imagenet")
    kernel = 7 * 7 if stem == "imagenet" else 3 * 3
    expected = kernel * 3 * width + 4 * width
    inputs = width
    for stage, count in enumerate(blocks):
        outputs = width * 2**stage
        expected += 9 * inputs * outputs + (2 * count - 1) * 9 * outputs * outputs + 2 * count * 4 * outputs
        expected += inputs * outputs + 4 * outputs if stage else 0
        inputs = outputs
    assert ours.count_params() == expected + inputs * 10 + 10
    assert_equal_outputs(ours, theirs, lambda pictures: pictures / 127.5 - 1, 64)


@pytest.mark.parametrize("name", ["resnet34", "resnet50", "resnet101", "resnet50-written-out"])
def test_a_cifar_stem_keeps_small_pictures_as_they_are_and_every_later_layer(name):
    small, usual = built(name, stem="cifar"), built(name, stem="imagenet")
    stem, first = find_network(name).stages[:2]
    kernels = [layer for layer in small.layers if layer.name.startswith(stem) and layer.weights]
    assert kernels[0].kernel.shape[:2] == (3, 3)
    assert kernels[0].output.shape[1:3] == (32, 32)
    assert next(layer for layer in small.layers if layer.name.startswith((first, "stage2"))).input.shape[1] == 32
    assert small.get_layer(find_network(name).features).output.shape[1] == 4
    assert later_layers(small, stem) == later_layers(usual, stem)


def later_layers(network, stem):
    return [
        (layer.name, [weight.shape for weight in layer.weights])
        for layer in network.layers
        if layer.weights and not layer.name.startswith(stem)
    ]


def test_the_usual_stem_of_resnet18_keeps_the_time_in_proportion_at_larger_sizes():
    sizes = {size: built("resnet18", size).get_layer("stem").output.shape[1] for size in (32, 64, 96, 128, 224)}
    assert sizes == {32: 32, 64: 32, 96: 48, 128: 32, 224: 56}
    assert built("resnet18", 64, stem="cifar").get_layer("stem").output.shape[1] == 64


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_a_network_is_what_its_row_says(name):
    """Where the base ends, its stages, the number of weights; all of plain Keras layers."""
    spec = find_network(name)
    network = built(name, spec.default_input_size, classes=100)
    position = [layer.name for layer in network.layers].index(spec.features) + 1
    base, head = network.layers[:position], network.layers[position:]
    assert len(base[-1].output.shape) == 4
    assert all(len(layer.output.shape) == 2 for layer in head)
    stages = [stage for layer in base if layer.weights for stage in spec.stages if layer.name.startswith(stage)]
    assert list(dict.fromkeys(stages)) == list(spec.stages)
    assert len(stages) == sum(bool(layer.weights) for layer in base)
    assert not any(layer.name.startswith(spec.stages) for layer in head)
    [told] = re.findall(r"([\d.]+) million weights", spec.explanation)
    assert f"{network.count_params() / 1e6:.1f}" == told
    assert {type(layer).__module__.split(".")[0] for layer in network.layers} == {"keras"}


@pytest.mark.parametrize("head", ["own", "pool", "dense128"])
@pytest.mark.parametrize("name", ["resnet18", "resnet50-written-out", "vgg16-cifar"])
def test_heads_classify_the_features(name, head):
    network = built(name, 64, classes=7, head=head)
    features, output = features_and_output(network, random_pictures(64))
    hidden = features.mean(axis=(1, 2))
    if head == "dense128" or (head == "own" and name == "vgg16-cifar"):
        hidden = features.reshape(3, -1)
        for layer in ("dense128",) if head == "dense128" else ("fc1", "fc2"):
            kernel, bias = network.get_layer(layer).get_weights()
            assert kernel.shape[1] == (128 if head == "dense128" else 4096)
            hidden = np.maximum(hidden @ kernel + bias, 0)
    *_, kernel, bias = network.get_weights()
    scores = hidden @ kernel + bias
    likely = np.exp(scores - scores.max(axis=1, keepdims=True))
    np.testing.assert_allclose(output, likely / likely.sum(axis=1, keepdims=True), atol=1e-4)


@pytest.mark.parametrize("head", ["own", "dense128"])
@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnet50-written-out", "vgg16"])
def test_the_softmax_stays_float32_under_mixed_precision(name, head):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = built(name, head=head)
        assert network.output.dtype == "float32"
        assert network.get_layer(find_network(name).features).output.dtype == "bfloat16"
        assert {weight.dtype for weight in network.weights} == {"float32"}
    finally:
        keras.config.set_dtype_policy(before)


@pytest.mark.parametrize(
    ("kind", "prepare"),
    [
        ("means", keras.applications.resnet50.preprocess_input),
        ("zero_to_one", lambda pictures: pictures / 255),
        ("minus_one_to_one", lambda pictures: pictures / 127.5 - 1),
    ],
)
@pytest.mark.parametrize("name", ["resnet18", "vgg16-cifar"])
def test_preprocessing_is_the_one_that_was_asked_for(name, kind, prepare):
    network = built(name, preprocessing=kind)
    pictures = random_pictures(32)
    prepared = next(layer for layer in network.layers if isinstance(layer, keras.layers.Rescaling)).output
    np.testing.assert_allclose(keras.Model(network.input, prepared)(pictures), prepare(pictures.copy()), atol=1e-4)


@pytest.mark.parametrize(("name", "options"), [("vgg16", {"stem": "cifar"}), ("resnet50", {"width": 32})])
def test_a_form_that_a_network_has_not_is_not_built(name, options):
    with pytest.raises(ConfigError):
        built(name, **options)


def test_enlarging_inside_equals_enlarging_before():
    import tensorflow as tf

    inside, before = built("resnet18", 96, native=32), built("resnet18", 96)
    before.set_weights(inside.get_weights())
    pictures = random_pictures(32)
    enlarged = tf.image.resize(pictures, (96, 96)).numpy()
    np.testing.assert_allclose(inside.predict(pictures, verbose=0), before.predict(enlarged, verbose=0), atol=1e-5)


@pytest.mark.parametrize(("native", "size"), [(32, 32), (32, 64)])
@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnet50-written-out"])
def test_a_plain_call_is_inference(name, native, size):
    """`model(x)` must not run batch normalization in training mode, whatever layers stand before it."""
    network = built(name, size, native=native)
    pictures = random_pictures(native, 2)
    np.testing.assert_allclose(np.asarray(network(pictures)), network(pictures, training=False), atol=1e-5)

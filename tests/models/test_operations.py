"""The table of operations says what the networks really do."""

from __future__ import annotations

import math
from typing import Any

import pytest

from resnet_gui.errors import ConfigError
from resnet_gui.models.operations import operations
from resnet_gui.models.registry import NETWORKS, NetworkOptions, find_network


def options(size: int, classes: int = 1000, **form: Any) -> NetworkOptions:
    return NetworkOptions(native_size=size, input_size=size, classes=classes, **form)


@pytest.mark.parametrize(
    ("network", "form", "weights", "multiply_adds"),
    [
        # Weights as Keras applications states them, operations as the residual learning and VGG papers do.
        ("resnet50", options(224), 25_636_712, 3.9e9),
        ("resnet50", options(224, classes=100), 23_792_612, 3.9e9),
        ("resnet101", options(224), 44_707_176, 7.6e9),
        ("resnet152", options(224), 60_419_944, 11.3e9),
        ("vgg16", options(224), 138_357_544, 15.5e9),
        # torchvision's resnet18 and resnet34, which do not count the means and variances: 9600 and 17 024.
        ("resnet18", options(224, width=64, stem="imagenet"), 11_689_512 + 9600, 1.8e9),
        ("resnet34", options(224, width=64, stem="imagenet"), 21_797_672 + 17_024, 3.6e9),
    ],
)
def test_known_networks_have_their_published_figures(
    network: str, form: NetworkOptions, weights: int, multiply_adds: float
) -> None:
    work = operations(network, form)
    assert work.weights == weights
    assert work.multiply_adds == pytest.approx(multiply_adds, rel=0.025)


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_the_stages_of_the_table_are_those_of_the_registry(name: str) -> None:
    assert len(operations(name, options(32)).stages) == len(NETWORKS[name].stages)


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(ConfigError, match="resnet51"):
        operations("resnet51", options(32))


def forms_of(name: str) -> list[NetworkOptions]:
    """Return a network in every size, head, stem and width that makes a difference, but not in all combinations."""
    spec = NETWORKS[name]
    forms = [options(224, classes=7), options(32, classes=7, head="dense128"), options(96, classes=7, head="pool")]
    if spec.stems:
        forms += [options(64, classes=7, stem="cifar"), options(96, classes=7, stem="imagenet")]
    if spec.widths:
        forms += [options(64, classes=7, width=16), options(128, classes=7, width=48)]
    return forms


def real_operations(network: Any) -> int:
    """Sum up a Keras network's multiply-adds of a forward pass from the shapes of its layers."""
    import keras

    total = 0
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            total += math.prod(layer.output.shape[1:3]) * math.prod(layer.kernel.shape)
        elif isinstance(layer, keras.layers.Dense):
            total += math.prod(layer.kernel.shape)
    return total


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_every_form_of_every_network_is_what_is_built(name: str) -> None:
    import keras

    for form in forms_of(name):
        keras.backend.clear_session()
        network = find_network(name).build(form)
        work = operations(name, form)
        assert work.weights == network.count_params(), form
        assert work.multiply_adds == pytest.approx(real_operations(network), rel=0.01), form
        features = network.get_layer(NETWORKS[name].features).output.shape[1:]
        assert work.features == math.prod(features), form


@pytest.mark.slow
@pytest.mark.parametrize(("name", "theirs", "size"), [("resnet50", "ResNet50", 224), ("vgg16", "VGG16", 64)])
def test_the_table_is_keras_applications(name: str, theirs: str, size: int) -> None:
    import keras

    build = getattr(keras.applications, theirs)
    network = build(weights=None, input_shape=(size, size, 3), classes=10)
    work = operations(name, options(size, classes=10))
    assert work.weights == network.count_params()
    assert work.multiply_adds == pytest.approx(real_operations(network), rel=0.01)

"""What is shown of a network is what Keras knows of it."""

from __future__ import annotations

import keras
import pytest

from resnet_gui.models.registry import NetworkOptions, find_network
from resnet_gui.models.summary import summarize

pytestmark = pytest.mark.slow


def connections(described):
    """Yield the names of the layers that a layer's config says it is called on."""
    if isinstance(described, dict):
        if described.get("class_name") == "__keras_tensor__":
            yield described["config"]["keras_history"][0]
        described = list(described.values())
    if isinstance(described, (list, tuple)):
        for item in described:
            yield from connections(item)


@pytest.mark.parametrize("name", ["resnet50", "resnet18", "vgg16-cifar"])
def test_layers_have_the_shapes_parameters_and_connections_of_keras(name):
    """Oracle: the config from which Keras rebuilds the network, and its layers."""
    network = find_network(name).build(NetworkOptions(native_size=32, input_size=64, classes=100))
    network.get_layer(find_network(name).features).trainable = False
    summary = summarize(network, find_network(name))
    described = network.get_config()["layers"]
    assert [row.name for row in summary.layers] == [item["name"] for item in described]
    assert [row.kind for row in summary.layers] == [item["class_name"] for item in described]
    assert [list(row.inputs) for row in summary.layers] == [
        list(connections(item["inbound_nodes"])) for item in described
    ]
    rows = {row.name: row for row in summary.layers}
    for layer in network.layers:
        row = rows[layer.name]
        assert (row.parameters, row.output_shape) == (layer.count_params(), tuple(layer.output.shape[1:]))
    assert summary.parameters == network.count_params() == sum(row.parameters for row in summary.layers)
    assert (summary.name, summary.title) == (name, find_network(name).title)


def test_what_is_frozen_is_told_apart():
    spec = find_network("resnet18")
    network = spec.build(NetworkOptions(native_size=32, input_size=32, classes=10))
    for layer in network.layers[:-1]:
        layer.trainable = False
    summary = summarize(network, spec)
    assert [row.name for row in summary.layers if row.trainable] == ["predictions"]
    assert summary.trainable_parameters == 256 * 10 + 10
    assert keras.layers.Dense.__name__ == summary.layers[-1].kind

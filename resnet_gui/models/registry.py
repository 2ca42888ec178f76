"""Every network a user can pick: one table for the form, the command line and the engine."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resnet_gui.errors import ConfigError

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """One network.

    Attributes:
        name: what config files and the command line call it.
        title: what the form calls it.
        explanation: one or two sentences for someone choosing.
        default_input_size: a good size for pictures that have none of their own (a folder's).
        builder: "module:function" of `build(native_size, input_size, classes) -> keras.Model`; imported only
            when a network is built, because that imports TensorFlow.
    """

    name: str
    title: str
    explanation: str
    default_input_size: int
    builder: str

    def build(self, native_size: int, input_size: int, classes: int) -> keras.Model:
        """Build the network with fresh weights.

        Args:
            native_size: N of the pictures it is given, (N, N, 3) with values 0-255.
            input_size: pixels the network itself works on; pictures are enlarged or reduced to it inside.
            classes: number of outputs, a softmax.
        """
        module, function = self.builder.split(":")
        network: keras.Model = getattr(importlib.import_module(module), function)(native_size, input_size, classes)
        return network


NETWORKS: dict[str, NetworkSpec] = {
    spec.name: spec
    for spec in (
        NetworkSpec(
            "resnet18",
            "ResNet-18, CIFAR stem",
            "18 layers and a first layer made for small pictures: the quick choice for a CPU. 2.8 million weights.",
            64,
            "resnet_gui.models.resnet:build_resnet18",
        ),
        NetworkSpec(
            "resnet50",
            "ResNet50",
            "50 layers with bottleneck blocks, the network of the residual learning paper. "
            "Strong on large pictures, slow on a CPU. 24 million weights.",
            224,
            "resnet_gui.models.applications:build_resnet50",
        ),
    )
}

NATIVE_SIZES = {"cifar100": 32, "shapes": 32}
"""Pixels a side of the pictures of each source whose pictures have a size of their own; a folder's have none."""


def find_network(name: str) -> NetworkSpec:
    """Return the network of that name.

    Raises:
        ConfigError: there is none.
    """
    try:
        return NETWORKS[name]
    except KeyError:
        known = ", ".join(NETWORKS)
        raise ConfigError(f'There is no network "{name}".', "network", f"Choose one of {known}.") from None


def suggested_input_size(network: str, native_size: int | None) -> int:
    """Return a good input size for somebody who has not chosen one.

    Args:
        network: its name.
        native_size: what the pictures have, see NATIVE_SIZES; None if it is chosen freely.

    Raises:
        ConfigError: there is no such network.
    """
    spec = find_network(network)
    return spec.default_input_size if native_size is None else native_size

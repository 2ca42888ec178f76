"""Every network a user can pick: one table for the form, the command line and the engine."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from resnet_gui.errors import ConfigError
from resnet_gui.runs.config import Head, Preprocessing, Stem, TrainingConfig

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkOptions:
    """What a network is built for, and in which of its forms.

    Attributes:
        native_size: N of the pictures it is given, (N, N, 3) with values 0-255.
        input_size: pixels the network itself works on; pictures are enlarged or reduced to it inside.
        classes: number of outputs, a softmax.
        stem, width, preprocessing, head: see TrainingConfig; "auto", 0 and "own" mean what the network is known with.
    """

    native_size: int
    input_size: int
    classes: int
    stem: Stem = "auto"
    width: int = 0
    preprocessing: Preprocessing = "auto"
    head: Head = "own"

    @classmethod
    def of(cls, config: TrainingConfig, native_size: int, classes: int) -> Self:
        """Return what a config asks for, for pictures of this size."""
        return cls(
            native_size=native_size,
            input_size=config.input_size,
            classes=classes,
            stem=config.stem,
            width=config.width,
            preprocessing=config.preprocessing,
            head=config.head,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSpec:
    """One network.

    Attributes:
        name: what config files and the command line call it.
        title: what the form calls it.
        explanation: one or two sentences for someone choosing.
        default_input_size: a good size for pictures that have none of their own (a folder's).
        builder: "module:function" of `build(options) -> keras.Model`; imported only when a network is built, because
            that imports TensorFlow.
        features: name of the layer whose output the head classifies; everything up to it is the base.
        stages: what the names of the layers of each stage of the base begin with, from the input on.
        stems: whether the stem can be chosen.
        widths: whether the width can be chosen.
        imagenet_weights: key of the published weights in models/weights.py, empty if there are none.
    """

    name: str
    title: str
    explanation: str
    default_input_size: int
    builder: str
    features: str
    stages: tuple[str, ...]
    stems: bool = False
    widths: bool = False
    imagenet_weights: str = ""

    def build(self, options: NetworkOptions) -> keras.Model:
        """Build the network with fresh weights.

        Raises:
            ConfigError: it does not come in this form.
        """
        module, function = self.builder.split(":")
        network: keras.Model = getattr(importlib.import_module(module), function)(options)
        return network


NETWORKS: dict[str, NetworkSpec] = {
    spec.name: spec
    for spec in (
        NetworkSpec(
            name="resnet18",
            title="ResNet-18, CIFAR stem",
            explanation="18 layers and a first layer made for small pictures: the quick choice for a CPU. "
            "2.8 million weights.",
            default_input_size=64,
            builder="resnet_gui.models.resnet:build_resnet18",
            features="stage4_block2_relu2",
            stages=("stem", "stage1", "stage2", "stage3", "stage4"),
        ),
        NetworkSpec(
            name="resnet50",
            title="ResNet50",
            explanation="50 layers with bottleneck blocks, the network of the residual learning paper. "
            "Strong on large pictures, slow on a CPU. 24 million weights.",
            default_input_size=224,
            builder="resnet_gui.models.applications:build_resnet50",
            features="conv5_block3_out",
            stages=("conv1", "conv2", "conv3", "conv4", "conv5"),
            imagenet_weights="resnet50",
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

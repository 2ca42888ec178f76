"""Every network a user can pick: one table for the form, the command line and the engine."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from resnet_gui.errors import ConfigError
from resnet_gui.runs.config import IMAGENET, Head, Preprocessing, Stem, TrainingConfig

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
        imagenet_weights: key of the published weights in models/published_weights.py, empty if there are none.
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
        self.check_form(options.stem, options.width)
        module, function = self.builder.split(":")
        network: keras.Model = getattr(importlib.import_module(module), function)(options)
        return network

    def check_form(self, stem: Stem, width: int) -> None:
        """Raise ConfigError if the network does not come with this stem or width."""
        if stem != "auto" and not self.stems:
            raise ConfigError(f"{self.title} has only one stem.", "stem", "Choose auto, or a ResNet.")
        if width and not self.widths:
            raise ConfigError(
                f"The width of {self.title} is fixed.", "width", "Choose 0 (as usual), or ResNet-18 or ResNet-34."
            )


_APPLICATIONS = "resnet_gui.models.applications"
_BASIC_STAGES = ("stem", "stage1", "stage2", "stage3", "stage4")
_APPLICATION_STAGES = ("conv1", "conv2", "conv3", "conv4", "conv5")
_VGG_STAGES = ("block1", "block2", "block3", "block4", "block5")

NETWORKS: dict[str, NetworkSpec] = {
    spec.name: spec
    for spec in (
        NetworkSpec(
            name="resnet18",
            title="ResNet-18",
            explanation="18 layers of basic blocks at half the paper's width: the quick choice for a processor. Its "
            "first layer keeps small pictures as they are and reduces those of 64 pixels and more. "
            "2.8 million weights.",
            default_input_size=64,
            builder="resnet_gui.models.resnet:build_resnet18",
            features="stage4_block2_relu2",
            stages=_BASIC_STAGES,
            stems=True,
            widths=True,
        ),
        NetworkSpec(
            name="resnet34",
            title="ResNet-34",
            explanation="34 layers of basic blocks at the paper's width: more accurate than ResNet-18 and many times "
            "slower. 21.3 million weights.",
            default_input_size=64,
            builder="resnet_gui.models.resnet:build_resnet34",
            features="stage4_block3_relu2",
            stages=_BASIC_STAGES,
            stems=True,
            widths=True,
        ),
        NetworkSpec(
            name="resnet50",
            title="ResNet50",
            explanation="50 layers of bottleneck blocks, the network of the residual learning paper as Keras has it. "
            "Strong on large pictures, slow on a processor. 23.8 million weights.",
            default_input_size=224,
            builder=f"{_APPLICATIONS}:build_resnet50",
            features="conv5_block3_out",
            stages=_APPLICATION_STAGES,
            stems=True,
            imagenet_weights="resnet50",
        ),
        NetworkSpec(
            name="resnet101",
            title="ResNet101",
            explanation="ResNet50 with a third stage of 23 blocks in place of 6: a little more accurate, half as fast. "
            "42.9 million weights.",
            default_input_size=224,
            builder=f"{_APPLICATIONS}:build_resnet101",
            features="conv5_block3_out",
            stages=_APPLICATION_STAGES,
            stems=True,
            imagenet_weights="resnet101",
        ),
        NetworkSpec(
            name="resnet152",
            title="ResNet152",
            explanation="The deepest of the family, 152 layers; a third of ResNet50's speed. 58.6 million weights.",
            default_input_size=224,
            builder=f"{_APPLICATIONS}:build_resnet152",
            features="conv5_block3_out",
            stages=_APPLICATION_STAGES,
            stems=True,
            imagenet_weights="resnet152",
        ),
        NetworkSpec(
            name="resnet50-written-out",
            title="ResNet50, written out",
            explanation="ResNet50 block by block, as a tutorial writes it: values 0-1, the stride on the 3x3 "
            "convolution, channels last; with the means preprocessing, red, green and blue less ImageNet's means. "
            "23.8 million weights.",
            default_input_size=224,
            builder="resnet_gui.models.written_out:build_resnet50_written_out",
            features="stage5c_out",
            stages=("stem", "stage2", "stage3", "stage4", "stage5"),
            stems=True,
        ),
        NetworkSpec(
            name="vgg16",
            title="VGG16",
            explanation="13 convolutions and three large layers, no shortcuts: the plain network that ResNets "
            "replaced. Very slow, and 134.7 million weights.",
            default_input_size=224,
            builder=f"{_APPLICATIONS}:build_vgg16",
            features="block5_pool",
            stages=_VGG_STAGES,
            imagenet_weights="vgg16",
        ),
        NetworkSpec(
            name="vgg16-cifar",
            title="VGG16 for small pictures",
            explanation="VGG16 for pictures of 32 pixels with values 0-1, to see how a deep network without shortcuts "
            "learns. 34.0 million weights.",
            default_input_size=32,
            builder=f"{_APPLICATIONS}:build_vgg16_cifar",
            features="block5_pool",
            stages=_VGG_STAGES,
        ),
    )
}
"""Weights are counted with 100 classes, at the default input size."""

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


def check_network(config: TrainingConfig) -> None:
    """Check that a network comes in the form a config asks for, and can start and be fine-tuned as it says.

    Raises:
        ConfigError: names the first setting that does not fit, in words.
    """
    spec = find_network(config.network)
    spec.check_form(config.stem, config.width)
    if config.start_from == IMAGENET:
        _check_imagenet(spec, config)
    if config.fine_tune_from and config.fine_tune_from not in spec.stages:
        raise ConfigError(
            f'{spec.title} has no stage "{config.fine_tune_from}".',
            "fine_tune_from",
            f"Choose one of {', '.join(spec.stages)}.",
        )


def _check_imagenet(spec: NetworkSpec, config: TrainingConfig) -> None:
    if not spec.imagenet_weights:
        known = ", ".join(other.title for other in NETWORKS.values() if other.imagenet_weights)
        raise ConfigError(
            f"There are no published ImageNet weights of {spec.title}.",
            "start_from",
            f"Start from nothing, or choose one of {known}.",
        )
    if config.stem == "cifar":
        raise ConfigError(
            "The published ImageNet weights are for the imagenet stem.", "stem", "Choose auto, or start from nothing."
        )
    # Not zero_to_one, senseless as it is: the third source document trains so, and its recipe is offered as written.
    if config.preprocessing == "minus_one_to_one":
        raise ConfigError(
            "The published ImageNet weights know values with ImageNet's means subtracted, not -1 to 1.",
            "preprocessing",
            "Choose auto, or start from nothing.",
        )

"""What a picture costs each network, worked out from its layers without building it: no TensorFlow.

A network is listed here as its convolutions and dense layers, for a forecast that must take milliseconds. The tests
compare the sums with the real networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from resnet_gui.errors import ConfigError
from resnet_gui.models.registry import NetworkOptions

_DENSE128 = 128
_VGG_DENSE = 4096


@dataclass(frozen=True, slots=True)
class LayerCost:
    """A convolution, or a dense layer, which is a 1x1 convolution on one pixel.

    Attributes:
        size: pixels a side of its output.
        kernel: pixels a side of its kernel.
        inputs, outputs: channels.
        bias: whether it has one.
        normalized: whether a batch normalization follows.
    """

    size: int
    kernel: int
    inputs: int
    outputs: int
    bias: bool = False
    normalized: bool = True

    @property
    def multiply_adds(self) -> int:
        """Of a forward pass of one picture."""
        return self.size**2 * self.kernel**2 * self.inputs * self.outputs

    @property
    def weights(self) -> int:
        """Trained or not, those of its normalization with them: scale, offset, mean and variance."""
        return self.outputs * (self.kernel**2 * self.inputs + self.bias + 4 * self.normalized)

    @property
    def activations(self) -> int:
        """Values it puts out for one picture."""
        return self.size**2 * self.outputs


@dataclass(frozen=True, slots=True)
class Operations:
    """What a network does with one picture.

    Attributes:
        stages: the layers of each stage of the base, in the order of NetworkSpec.stages.
        head: the layers that turn features into classes.
        features: values of the map that the base gives to the head, before any pooling.
    """

    stages: tuple[tuple[LayerCost, ...], ...]
    head: tuple[LayerCost, ...]
    features: int

    def layers(self, first_stage: int = 0) -> tuple[LayerCost, ...]:
        """Return the layers from a stage on, the head's with them."""
        return tuple(layer for stage in self.stages[first_stage:] for layer in stage) + self.head

    @property
    def multiply_adds(self) -> int:
        """Of a forward pass of one picture."""
        return sum(layer.multiply_adds for layer in self.layers())

    @property
    def weights(self) -> int:
        """Of the whole network, trained or not."""
        return sum(layer.weights for layer in self.layers())


class _Walk:
    """Goes through a network's base from the picture on and lists its layers stage by stage."""

    def __init__(self, size: int, bias: bool) -> None:
        self.size = size
        self.channels = 3
        self._bias = bias
        self.stages: list[list[LayerCost]] = []

    def stage(self) -> None:
        self.stages.append([])

    def convolution(self, filters: int, kernel: int, stride: int = 1, normalized: bool = True) -> None:
        self._add(filters, kernel, -(-self.size // stride), normalized)

    def shortcut(self, filters: int, stride: int) -> None:
        """List the 1x1 convolution beside a block that begins here; the walk does not move."""
        size, channels = self.size, self.channels
        self.convolution(filters, 1, stride)
        self.size, self.channels = size, channels

    def _add(self, filters: int, kernel: int, size: int, normalized: bool) -> None:
        self.stages[-1].append(LayerCost(size, kernel, self.channels, filters, self._bias, normalized))
        self.size, self.channels = size, filters

    def pool(self) -> None:
        self.size = -(-self.size // 2)


def _basic(blocks: tuple[int, ...], usual_width: int) -> Callable[[NetworkOptions], _Walk]:
    """ResNet-18 and ResNet-34: two 3x3 convolutions a block, the stride on the first."""

    def walk(options: NetworkOptions) -> _Walk:
        base, width = _Walk(options.input_size, bias=False), options.width or usual_width
        base.stage()
        if options.stem == "imagenet":
            base.convolution(width, 7, stride=2)
            base.pool()
        else:
            base.convolution(width, 3, 1 if options.stem == "cifar" else _auto_stride(options.input_size))
        for stage, count in enumerate(blocks):
            base.stage()
            for block in range(count):
                filters, stride = width * 2**stage, 2 if stage and not block else 1
                if base.channels != filters:
                    base.shortcut(filters, stride)
                base.convolution(filters, 3, stride)
                base.convolution(filters, 3)
        return base

    return walk


def _bottleneck(blocks: tuple[int, ...], *, bias: bool, stride_on_first: bool) -> Callable[[NetworkOptions], _Walk]:
    """ResNet-50 and deeper: 1x1, 3x3, 1x1 convolutions a block; Keras strides on the first, others on the second."""

    def walk(options: NetworkOptions) -> _Walk:
        base = _Walk(options.input_size, bias)
        base.stage()
        if options.stem == "cifar":
            base.convolution(64, 3)
        else:
            base.convolution(64, 7, stride=2)
            base.pool()
        for stage, count in enumerate(blocks):
            base.stage()
            for block in range(count):
                filters, stride = 64 * 2**stage, 2 if stage and not block else 1
                if not block:
                    base.shortcut(4 * filters, stride)
                base.convolution(filters, 1, stride if stride_on_first else 1)
                base.convolution(filters, 3, 1 if stride_on_first else stride)
                base.convolution(4 * filters, 1)
        return base

    return walk


def _vgg16(options: NetworkOptions) -> _Walk:
    base = _Walk(options.input_size, bias=True)
    for filters, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        base.stage()
        for _ in range(count):
            base.convolution(filters, 3, normalized=False)
        base.size //= 2
    return base


def _auto_stride(input_size: int) -> int:
    """Return by how much the stem of ResNet-18 and ResNet-34 makes pictures smaller if nobody says how."""
    if input_size >= 128:
        return 4
    return 2 if input_size >= 64 else 1


_BASES: dict[str, Callable[[NetworkOptions], _Walk]] = {
    "resnet18": _basic((2, 2, 2, 2), usual_width=32),
    "resnet34": _basic((3, 4, 6, 3), usual_width=64),
    "resnet50": _bottleneck((3, 4, 6, 3), bias=True, stride_on_first=True),
    "resnet101": _bottleneck((3, 4, 23, 3), bias=True, stride_on_first=True),
    "resnet152": _bottleneck((3, 8, 36, 3), bias=True, stride_on_first=True),
    "resnet50-written-out": _bottleneck((3, 4, 6, 3), bias=False, stride_on_first=False),
    "vgg16": _vgg16,
    "vgg16-cifar": _vgg16,
}
_FLATTENING = frozenset(("vgg16", "vgg16-cifar"))
"""The networks whose own head takes the whole map through two layers of 4096."""


@lru_cache(maxsize=256)
def operations(network: str, options: NetworkOptions) -> Operations:
    """Return what a network does with one picture in one of its forms.

    Raises:
        ConfigError: there is no such network.
    """
    if network not in _BASES:
        raise ConfigError(f'There is no network "{network}".', "network")
    base = _BASES[network](options)
    pooled = options.head == "pool" or (options.head == "own" and network not in _FLATTENING)
    features = base.size**2 * base.channels
    hidden = [_DENSE128] if options.head == "dense128" else [] if pooled else [_VGG_DENSE, _VGG_DENSE]
    return Operations(
        stages=tuple(tuple(stage) for stage in base.stages),
        head=tuple(_dense([base.channels if pooled else features, *hidden, options.classes])),
        features=features,
    )


def _dense(widths: list[int]) -> Iterator[LayerCost]:
    for inputs, outputs in pairwise(widths):
        yield LayerCost(1, 1, inputs, outputs, bias=True, normalized=False)

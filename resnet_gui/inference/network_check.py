"""Looking at a network's description before OpenVINO does: it may come from anywhere.

A model.xml is a program of layers. OpenVINO also takes an ONNX file under this name, whose weights are read from
whatever file of this computer it names, and it makes every table that the layers ask for. So only the kinds of layers
that networks for pictures are made of are let through, with weights that lie in model.bin, and only tables of bounded
size.
"""

from __future__ import annotations

import math
from typing import Any
from xml.parsers import expat

_ELEMENTS = frozenset(("net", "layers", "layer", "data", "input", "output", "port", "dim", "edges", "edge", "rt_info"))
_LAYERS = frozenset(
    (
        # where pictures come in, weights and answers
        "Parameter", "Const", "Result",
        # what convolutional networks calculate
        "Convolution", "GroupConvolution", "MatMul", "MaxPool", "AvgPool", "ReduceMean", "ReduceMax", "ReduceSum",
        "BatchNormInference", "MVN", "SoftMax", "Softmax", "LogSoftmax", "Add", "Subtract", "Multiply", "Divide",
        "Power", "Sqrt", "Negative", "Abs", "Exp", "Maximum", "Minimum", "SquaredDifference", "ReLU", "PReLU", "Elu",
        "Selu", "Gelu", "Clamp", "Sigmoid", "Swish", "HSwish", "HSigmoid", "HardSigmoid", "Mish", "Tanh", "SoftPlus",
        # how tables are laid out
        "Convert", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Concat", "Split", "VariadicSplit", "Pad",
        "Interpolate", "StridedSlice", "Slice", "Gather", "ReverseSequence", "ShapeOf", "Broadcast",
    )
)  # fmt: skip
_TAKES_SIZES = frozenset(
    (
        "ReduceMean", "ReduceMax", "ReduceSum", "MVN", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Split",
        "VariadicSplit", "Pad", "Interpolate", "StridedSlice", "Slice", "Gather", "Broadcast",
    )
)  # fmt: skip
"""Layers that take a table first, and then sizes and places, which OpenVINO calculates while it reads the network."""
_HANDS_SIZES_ON = frozenset(("Gather", "Squeeze", "Unsqueeze", "Concat", "Convert"))
_BYTES = {
    "f32": 4, "f16": 2, "bf16": 2, "f64": 8, "i64": 8, "i32": 4, "i16": 2, "i8": 1, "u64": 8, "u8": 1, "boolean": 1
}  # fmt: skip
_WHOLE_NUMBERS = frozenset(("i64", "i32", "i16", "i8", "u64", "u8", "boolean"))
_MOST_LAYERS = 20_000
_LONGEST_LIST = 64
"""Whole numbers are sizes and places in a table, never weights."""
_LONGEST_WAY = 3
"""Layers between such numbers and what they are the sizes for: each could multiply the list by its length, and the
memory would be full before there is a table to look at."""
_LARGEST_TABLE = 2**26
"""Numbers for one picture: sixteen times what ResNet has at 512 pixels."""


class RefusedNetworkError(Exception):
    """Why a network is not let through; the rest of a sentence that begins with its file."""


def check_description(xml: bytes, weights: int) -> None:
    """Look at a model.xml of OpenVINO, given how many bytes of weights lie beside it.

    Raises:
        RefusedNetworkError: it is none, has layers that no network for pictures needs, or weights where there are none.
    """
    try:
        _Description(weights).read(xml)
    except (expat.ExpatError, ValueError) as error:
        raise RefusedNetworkError("is damaged or something else") from error


def check_tables(network: Any, shape: tuple[int, ...]) -> None:
    """Look at how large the tables get that a network calculates from one picture, before it is compiled.

    Args:
        network: OpenVINO's model; unchanged.
        shape: of its input.

    Raises:
        RefusedNetworkError: far too large, or not told.
        RuntimeError: the layers do not fit together.
    """
    for_one = network.clone()
    for_one.reshape(list(shape))
    for operation in for_one.get_ordered_ops():
        for output in operation.outputs():
            known = output.get_partial_shape()
            if known.is_dynamic or math.prod(known.to_shape()) > _LARGEST_TABLE:
                raise RefusedNetworkError("calculates with tables that are far too large")


class _Layer:
    """A layer as model.xml tells of it."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.inputs = 0
        self.sources: dict[int, str] = {}


class _Description:
    """The layers of a model.xml as they come by."""

    def __init__(self, weights: int) -> None:
        self._weights = weights
        self._path: list[str] = []
        self._layers: dict[str, _Layer] = {}
        self._layer = _Layer("")

    def read(self, xml: bytes) -> None:
        # Told to be UTF-8: in another encoding OpenVINO's reader could see another text.
        parser = expat.ParserCreate("utf-8")
        parser.StartDoctypeDeclHandler = self._on_doctype
        parser.StartElementHandler = self._on_start
        parser.EndElementHandler = self._on_end
        parser.Parse(xml, True)
        for layer in self._layers.values():
            if layer.kind in _TAKES_SIZES:
                self._require_short_sizes(layer)

    def _on_doctype(self, *_: object) -> None:
        raise RefusedNetworkError("has definitions of its own, which could grow without end or read other files")

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._path and name != "net":
            raise RefusedNetworkError("is no network of OpenVINO")
        # What was noted about a network is passed over; OpenVINO looks for layers outside of it only.
        if name not in _ELEMENTS and "rt_info" not in self._path:
            raise RefusedNetworkError(f'has a part "{name[:50]}" that networks for pictures do not have')
        if name == "layer":
            self._on_layer(attributes)
        elif name == "data" and self._layer.kind == "Const":
            self._on_weights(attributes)
        elif name == "port" and self._path[-1] == "input":
            if attributes.get("id") != str(self._layer.inputs):
                raise RefusedNetworkError("counts the inputs of a layer in another order")
            self._layer.inputs += 1
        elif name == "edge":
            self._on_edge(attributes)
        self._path.append(name)

    def _on_end(self, _name: str) -> None:
        self._path.pop()

    def _on_layer(self, attributes: dict[str, str]) -> None:
        number, kind = attributes.get("id", ""), attributes.get("type", "")
        standard = attributes.get("version", "").startswith("opset")
        if kind not in _LAYERS or not standard:
            raise RefusedNetworkError(f'has a layer of the kind "{kind[:50]}", which networks for pictures do not need')
        if number in self._layers or str(_number(number)) != number or len(self._layers) >= _MOST_LAYERS:
            raise RefusedNetworkError("has far too many layers, or two under one number")
        self._layer = self._layers[number] = _Layer(kind)

    def _on_weights(self, attributes: dict[str, str]) -> None:
        kind = attributes.get("element_type", "")
        shape = [_number(text) for text in attributes.get("shape", "").split(",") if text.strip()]
        offset, size = _number(attributes.get("offset", "")), _number(attributes.get("size", ""))
        if kind not in _BYTES:
            raise RefusedNetworkError("has weights that are not numbers")
        if size != math.prod(shape) * _BYTES[kind] or offset + size > self._weights:
            raise RefusedNetworkError("tells of weights that are not in model.bin")
        if kind in _WHOLE_NUMBERS and (len(shape) > 2 or math.prod(shape) > _LONGEST_LIST):
            raise RefusedNetworkError("has long lists of whole numbers, which networks for pictures do not need")

    def _on_edge(self, attributes: dict[str, str]) -> None:
        source, target = attributes.get("from-layer", ""), self._layers.get(attributes.get("to-layer", ""))
        place = attributes.get("to-port", "")
        if source not in self._layers or target is None or str(_number(place)) != place:
            raise RefusedNetworkError("connects layers that are not there")
        if target.sources.setdefault(int(place), source) != source:
            raise RefusedNetworkError("connects two layers to one place")

    def _require_short_sizes(self, layer: _Layer) -> None:
        for place, source in layer.sources.items():
            if place > 0 and not self._is_short(source, _LONGEST_WAY):
                raise RefusedNetworkError("calculates the sizes of its tables, which networks for pictures do not need")

    def _is_short(self, number: str, way: int) -> bool:
        """Return whether a layer gives a short list: one that is written down, or a table's size."""
        layer = self._layers[number]
        if layer.kind in ("Const", "ShapeOf"):
            return True
        return (
            layer.kind in _HANDS_SIZES_ON
            and way > 0
            and all(self._is_short(source, way - 1) for source in layer.sources.values())
        )


def _number(text: str) -> int:
    """Return a number that is written plainly: a sign or a letter might be read otherwise elsewhere."""
    digits = text.strip()
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 18:
        raise RefusedNetworkError("has numbers that are none")
    return int(digits)

"""What a network is made of, as plain data: layers, output shapes, parameters and connections."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from resnet_gui.models.registry import NetworkSpec

if TYPE_CHECKING:
    import keras


class LayerRow(msgspec.Struct, frozen=True):
    """One layer or operation.

    Attributes:
        kind: its class in Keras.
        output_shape: without the batch.
        trainable: whether any of its weights learn.
        inputs: the names of the layers it is connected to.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    trainable: bool
    inputs: tuple[str, ...]


class ModelSummary(msgspec.Struct, frozen=True):
    """A network's layers, from the input on, and their parameters in all."""

    name: str
    title: str
    layers: tuple[LayerRow, ...]
    parameters: int
    trainable_parameters: int


def summarize(network: keras.Model, spec: NetworkSpec) -> ModelSummary:
    """Return what Keras' `summary()` and `plot_model` show of a network of one input and one output."""
    names = {id(operation.output): operation.name for operation in network.operations}
    return ModelSummary(
        name=spec.name,
        title=spec.title,
        layers=tuple(_row(operation, names) for operation in network.operations),
        parameters=network.count_params(),
        trainable_parameters=sum(math.prod(weight.shape) for weight in network.trainable_weights),
    )


def _row(operation: Any, names: dict[int, str]) -> LayerRow:
    # Resizing and flipping are operations, which have no weights and do not know the word.
    weights = getattr(operation, "weights", [])
    inputs = operation.input if isinstance(operation.input, list) else [operation.input]
    return LayerRow(
        name=operation.name,
        kind=type(operation).__name__,
        output_shape=tuple(operation.output.shape[1:]),
        parameters=sum(math.prod(weight.shape) for weight in weights),
        trainable=bool(getattr(operation, "trainable_weights", [])),
        inputs=tuple(name for name in (names[id(tensor)] for tensor in inputs) if name != operation.name),
    )

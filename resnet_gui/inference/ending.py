"""How a network ends, read from its IR: what its last layer weighs, and the map that was averaged before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Ending:
    """The last layers of a network that ends in one layer of weights and a softmax.

    Attributes:
        features: OpenVINO's output (n, features): what the last layer weighs.
        weights: (features, classes).
        feature_map: OpenVINO's output whose average over the picture the features are, (n, h, w, features) or
            (n, features, h, w); None if they come about in another way.
        channels_last: which of the two.
    """

    features: Any
    weights: NDArray[np.float32]
    feature_map: Any | None = None
    channels_last: bool = True


def find_ending(network: Any, classes: int) -> Ending | None:
    """Return how an OpenVINO model ends, or None if it ends otherwise.

    Args:
        network: not compiled yet.
        classes: its number of outputs.
    """
    if len(network.outputs) != 1:
        return None
    softmax = _source(network.output(0).get_node())
    if softmax.get_type_name() != "Softmax":
        return None
    weighing = _source(softmax)
    if weighing.get_type_name() == "Add":  # the bias, on either side
        sides = [_source(weighing, 0), _source(weighing, 1)]
        products = [side for side in sides if side.get_type_name() == "MatMul"]
        if len(products) != 1:
            return None
        weighing = products[0]
    if weighing.get_type_name() != "MatMul" or weighing.get_attributes().get("transpose_a"):
        return None
    weights = _constant(_source(weighing, 1))
    if weights is None or weights.ndim != 2:
        return None
    if weighing.get_attributes().get("transpose_b"):
        weights = weights.T
    features = weighing.input_value(0)
    if weights.shape[1] != classes or features.get_partial_shape().rank.get_length() != 2:
        return None
    feature_map, channels_last = _averaged(weighing, len(weights))
    return Ending(features, np.ascontiguousarray(weights, np.float32), feature_map, channels_last)


def _averaged(weighing: Any, count: int) -> tuple[Any | None, bool]:
    """Return the map of so many features that is averaged before it is weighed, and whether they stand last in it."""
    mean = _source(weighing)
    while mean.get_type_name() in ("Reshape", "Squeeze"):  # (n, features, 1, 1) to (n, features)
        mean = _source(mean)
    if mean.get_type_name() != "ReduceMean":
        return None, True
    axes = _constant(_source(mean, 1))
    averaged = mean.input_value(0)
    shape = averaged.get_partial_shape()
    if axes is None or shape.rank.get_length() != 4:
        return None, True
    for channels, over in ((3, {1, 2}), (1, {2, 3})):
        length = shape[channels]
        if {int(axis) % 4 for axis in axes.ravel()} == over and length.is_static and length.get_length() == count:
            return averaged, channels == 3
    return None, True


def _source(node: Any, index: int = 0) -> Any:
    """Return the node that an input comes from, conversions of numbers passed over."""
    source = node.input_value(index).get_node()
    while source.get_type_name() == "Convert":
        source = source.input_value(0).get_node()
    return source


def _constant(node: Any) -> NDArray[Any] | None:
    return np.array(node.get_data()) if node.get_type_name() == "Constant" else None

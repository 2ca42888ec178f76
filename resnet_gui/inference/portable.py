"""A run's network as files that other programs open."""

from __future__ import annotations

import logging
import lzma
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from resnet_gui.errors import ModelError
from resnet_gui.inference.bundle import KERAS_FILE, BundleDescription
from resnet_gui.inference.export_check import Answer
from resnet_gui.inference.export_target import ExportKind
from resnet_gui.models.registry import NetworkOptions, find_network
from resnet_gui.models.starting_weights import load_run
from resnet_gui.runs.run import Run

_WEIGHTS = "model.weights.h5"
"""Where a .keras file, which is a zip archive, keeps its weights."""
_PACKING_ERRORS = (zlib.error, lzma.LZMAError, zipfile.BadZipFile)
_SPARE_BYTES = 2**24  # what HDF5 itself takes, beside the numbers
_CHUNK = 2**20


def rebuilt_network(run: Run, description: BundleDescription) -> keras.Model:
    """Build a run's network from code, and give it the weights in the run's model.keras.

    What else that file says decides nothing: it can name functions to call, and the run may come from elsewhere.

    Raises:
        ModelError: the file is damaged, or its weights are another network's.
    """
    config = run.record.config
    spec = find_network(config.network)
    options = NetworkOptions.of(config, description.geometry.size, len(description.class_names))
    network = spec.build(options)
    file = run.model_folder / KERAS_FILE
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / _WEIGHTS
        try:
            _unpack_weights(file, weights, limit=_SPARE_BYTES + 2 * 4 * network.count_params())
        except (OSError, KeyError, EOFError, RuntimeError, ValueError, *_PACKING_ERRORS) as error:
            raise ModelError(
                f"{file} is damaged.", "The model can still be exported as a folder: name one without an ending."
            ) from error
        afresh = load_run(network, spec, config.network, weights, same_classes=True)
    if afresh:
        raise ModelError(f"{file} holds the weights of another network: {', '.join(afresh)} do not fit.")
    return network


def _unpack_weights(file: Path, target: Path, limit: int) -> None:
    """Take the weights out of a .keras file; ValueError if they are longer than `limit` bytes."""
    with zipfile.ZipFile(file) as archive, archive.open(_WEIGHTS) as packed, target.open("wb") as unpacked:
        while chunk := packed.read(_CHUNK):
            limit -= len(chunk)  # counted, not believed: a few bytes can unpack to terabytes
            if limit < 0:
                raise ValueError("the weights are far too long")
            unpacked.write(chunk)


def write_network(network: keras.Model, kind: ExportKind, file: Path) -> None:
    """Write a network as one of the kinds that are a file.

    Raises:
        OSError: it cannot be written.
    """
    with _quiet():
        if kind is ExportKind.ONNX:
            network(np.zeros((1, *network.input_shape[1:]), np.float32))  # Keras refuses one that was never called
            network.export(str(file), format="onnx", verbose=False)
        else:
            (of_layers_only(network) if kind is ExportKind.H5 else network).save(file)


def of_layers_only(network: keras.Model) -> keras.Model:
    """Return the same network with layers in place of operations, which .h5 has no words for.

    It shares the weights.
    """
    return keras.models.clone_model(network, clone_function=_as_layer, call_function=_call)


def _as_layer(operation: Any) -> keras.Layer:
    """Return the layer that does what an operation does; layers stay the same ones."""
    if isinstance(operation, keras.Layer):
        return operation
    kind = type(operation).__name__
    if kind == "Resize":
        return layers.Resizing(*operation.size, interpolation=operation.interpolation, name="resize")
    if kind == "Flip":  # of the last axis, colours; a convolution that takes each from another place
        flip = layers.Conv2D(3, 1, use_bias=False, trainable=False, kernel_initializer="zeros", name="rgb_to_bgr")
        flip.build((None, None, None, 3))
        flip.set_weights([np.eye(3, dtype=np.float32)[::-1].reshape(1, 1, 3, 3)])
        return flip
    raise ModelError(f"The network's {kind} cannot be written as .h5.", "Export it as .keras.")


def _call(layer: keras.Layer, *tensors: Any, **arguments: Any) -> Any:
    if isinstance(layer, layers.Resizing):
        # Its call defaults to training=True, which Keras hands on to every batch normalization behind it.
        arguments["training"] = False
    return layer(*tensors, **arguments)


def opened_keras(file: Path) -> Answer:
    """Open a .keras or .h5 file as anybody would."""
    network = keras.saving.load_model(file, compile=False)

    def answer(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        return keras.ops.convert_to_numpy(network(pictures.astype(np.float32)))  # outside of predict: the stricter way

    return answer


def preprocessing_words(network: keras.Model) -> list[str]:
    """Return what happens to a picture inside the network before its first convolution."""
    words = []
    for operation in network.operations:
        kind = type(operation).__name__
        if kind == "Resize":
            words.append(f"resized to {operation.size[0]} x {operation.size[1]}, bilinear")
        elif kind == "Flip":
            words.append("colours from RGB to BGR")
        elif isinstance(operation, layers.Rescaling):
            words.append(f"multiplied by {operation.scale:.6g}, then {_added(operation.offset)} added")
        elif isinstance(operation, layers.Conv2D):
            break
    return words


def _added(offset: Any) -> str:
    return ", ".join(f"{value:g}" for value in np.atleast_1d(offset))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back what Keras says to programmers: that .h5 is old, and how a converter asks NumPy for its types."""
    logger = logging.getLogger("absl")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        logger.setLevel(level)

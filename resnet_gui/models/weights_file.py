"""Weights of named layers in an .h5 file, which may come from anywhere.

HDF5 is a small file system: names can be links to other files on this computer, datasets can lie elsewhere, and a
file of a few bytes can declare terabytes or unpack to them. Only names that lead straight to uncompressed numbers
inside the file are followed here, and only those of the shapes a network wants are read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from resnet_gui.errors import ModelError

Shape = tuple[int, ...]

_MAX_NAMES = 10_000
_MAX_NAME_BYTES = 1000


class _Unusable(Exception):
    """Why a file cannot be used; the rest of a sentence that begins with its name."""


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """The weights an open file holds, nothing of them read yet.

    Attributes:
        path: of the file.
        shapes: of each layer that has weights, in the file's order.
    """

    path: Path
    shapes: dict[str, tuple[Shape, ...]]
    _datasets: dict[str, tuple[Any, ...]]

    def read(self, layer: str) -> list[npt.NDArray[np.float32]]:
        """Read a layer's weights. As large as `shapes` says: compare before reading.

        Raises:
            ModelError: the file is damaged.
        """
        try:
            return [np.asarray(dataset[()], np.float32) for dataset in self._datasets[layer]]
        except (OSError, RuntimeError, ValueError) as error:
            raise _refused(self.path, f'is damaged: "{layer}" cannot be read') from error


@contextmanager
def open_weights(path: Path) -> Iterator[WeightsFile]:
    """Open a file of weights: of `keras.applications`, of `Model.save_weights`, or a whole model's .h5.

    Raises:
        ModelError: it is not there, is none, or is made in a way that Keras' files are not.
    """
    import h5py

    if not path.is_file():  # a pipe would wait for ever
        raise _refused(path, "is not there" if not path.exists() else "is not a file")
    try:
        opened = h5py.File(path, "r")
    except OSError as error:
        raise _refused(path, "cannot be opened as .h5: it is cut, damaged, or something else") from error
    with opened:
        try:
            datasets = _keras3_layers(opened) if _has(opened, "layers") else _legacy_layers(opened)
        except _Unusable as reason:
            raise _refused(path, str(reason)) from reason
        except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
            raise _refused(path, "is damaged") from error
        shapes = {name: tuple(tuple(item.shape) for item in items) for name, items in datasets.items()}
        yield WeightsFile(path, shapes, datasets)


def _legacy_layers(root: Any) -> dict[str, tuple[Any, ...]]:
    """Return the datasets of each layer of a file as Keras 2 wrote them."""
    group = _group(root, "model_weights") if _has(root, "model_weights") else root
    layers = {}
    for name in _names(group, "layer_names"):
        layer = _group(group, name)
        datasets = tuple(_dataset(layer, weight) for weight in _names(layer, "weight_names"))
        if datasets:
            layers[name] = datasets
    return layers


def _keras3_layers(root: Any) -> dict[str, tuple[Any, ...]]:
    """Return the datasets of each layer of a .weights.h5, whose groups tell the layers' names."""
    group = _group(root, "layers")
    layers = {}
    for key in group:
        variables = _group(group, f"{key}/vars")
        datasets = tuple(_dataset(variables, str(number)) for number in range(len(variables)))
        if datasets:
            [name] = _names(variables, "name")
            layers[name] = datasets
    return layers


def _names(group: Any, attribute: str) -> list[str]:
    """Return the text or texts of an attribute."""
    import h5py

    if attribute not in group.attrs:
        raise _Unusable(f"is no file of weights: it has no {attribute}")
    declared = group.attrs.get_id(attribute)
    text = declared.dtype.kind == "S" or h5py.check_string_dtype(declared.dtype) is not None
    too_long = math.prod(declared.shape) > _MAX_NAMES or declared.dtype.itemsize > _MAX_NAME_BYTES
    no_names = math.prod(declared.shape) == 0  # which Keras 2 wrote as an array of no numbers
    if too_long or not (text or no_names):
        raise _Unusable(f"has {attribute} that are not names")
    values = np.atleast_1d(group.attrs[attribute])
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values.tolist()]


def _group(parent: Any, path: str) -> Any:
    import h5py

    found = _follow(parent, path)
    if not isinstance(found, h5py.Group):
        raise _Unusable(f'has no layer at "{path}"')
    return found


def _dataset(parent: Any, path: str) -> Any:
    """Return a dataset whose numbers lie in the file itself."""
    import h5py

    found = _follow(parent, path)
    if not isinstance(found, h5py.Dataset):
        raise _Unusable(f'has no weights at "{path}"')
    if found.external or found.is_virtual:
        raise _Unusable("points to other files, which weights never do")
    if found.dtype.kind != "f" or found.shape is None:
        raise _Unusable(f'has something else than weights at "{path}"')
    if found.id.get_create_plist().get_nfilters():
        raise _Unusable("is compressed, and could unpack to any size; files of weights never are")
    if found.chunks and any(chunk > size for chunk, size in zip(found.chunks, found.shape, strict=True)):
        raise _Unusable("is stored in pieces larger than its weights")
    if found.nbytes > min(found.id.get_storage_size(), found.file.id.get_filesize()):
        raise _Unusable(f'tells of more weights at "{path}" than it holds')
    return found


def _follow(parent: Any, path: str) -> Any:
    """Return what lies at a path, going through no link that leads anywhere else."""
    import h5py

    found = parent
    for part in path.split("/"):
        if not part or not isinstance(found, h5py.Group) or not _has(found, part):
            raise _Unusable(f'has nothing at "{path}"')
        if found.id.links.get_info(part.encode()).type != h5py.h5l.TYPE_HARD:
            raise _Unusable("has links to somewhere else, which files of weights never have")
        found = found[part]
    return found


def _has(group: Any, name: str) -> bool:
    """Say whether a group has a link of that name; `name in group` would open what it leads to."""
    return bool(group.id.links.exists(name.encode()))


def _refused(path: Path, reason: str) -> ModelError:
    return ModelError(f"{path.name} {reason}.", "Choose the published file, or none to have it downloaded.")

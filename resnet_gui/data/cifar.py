"""CIFAR-100: 60 000 pictures of 32 x 32 pixels in 100 classes and 20 superclasses.

Reading the archive takes seconds, so a converted copy of the most recent one is kept in the cache folder and
mapped from there. The archive is a pickle and is read without running anything in it.
Source: https://www.cs.toronto.edu/~kriz/cifar.html
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from resnet_gui.data.cache import entry_key, find_entry, map_array, new_entry, prune
from resnet_gui.data.cifar_archive import part_files, read_parts, unusable
from resnet_gui.data.dataset import LabelledPictures, Labels, Pixels
from resnet_gui.data.files import file_reason
from resnet_gui.data.images import Geometry
from resnet_gui.data.pickles import PickledArray, PickledType, PickleError, read_pickle
from resnet_gui.errors import DataError
from resnet_gui.progress import Report, unreported

SIZE = 32
_CACHE = "cifar100"
_VALUES = SIZE * SIZE * 3
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Part:
    """The train or the test file: pixels (n, 32, 32, 3), labels (n,)."""

    pixels: Pixels
    fine: Labels
    coarse: Labels


class _Names(msgspec.Struct, frozen=True):
    fine: tuple[str, ...]
    coarse: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Cifar:
    names: _Names
    train: _Part
    test: _Part


def load_cifar100(
    path: Path, labels: Literal["fine", "coarse"] = "fine", report: Report = unreported
) -> LabelledPictures:
    """Return CIFAR-100 with its test split.

    Args:
        path: cifar-100-python.tar.gz, or the folder it was unpacked to.
        labels: the 100 classes or the 20 superclasses.
        report: told how far the archive is read.

    Raises:
        DataError: it is not CIFAR-100, or is damaged.
        CancelledError: `report` asked to stop.
    """
    key = _key(path)
    cifar = _from_cache(key) or _convert(path, key, report)
    fine = labels == "fine"
    return LabelledPictures(
        name="CIFAR-100" if fine else "CIFAR-100 (superclasses)",
        class_names=cifar.names.fine if fine else cifar.names.coarse,
        geometry=Geometry(SIZE),
        pixels=cifar.train.pixels,
        labels=cifar.train.fine if fine else cifar.train.coarse,
        test_pixels=cifar.test.pixels,
        test_labels=cifar.test.fine if fine else cifar.test.coarse,
        superclasses=_superclasses(cifar) if fine else (),
    )


def _superclasses(cifar: _Cifar) -> tuple[str, ...]:
    """Return the superclass of each class, as the training pictures have it; empty for a class without pictures."""
    of_class = dict(zip(cifar.train.fine.tolist(), cifar.train.coarse.tolist(), strict=True))
    names = ("", *cifar.names.coarse)
    return tuple(names[of_class.get(label, -1) + 1] for label in range(len(cifar.names.fine)))


def _convert(path: Path, key: str, report: Report) -> _Cifar:
    parts = read_parts(path, report)
    try:
        names = _names(read_pickle(parts["meta"]))
        cifar = _Cifar(names, _part(read_pickle(parts["train"]), names), _part(read_pickle(parts["test"]), names))
    except PickleError as error:
        raise unusable(path, error.message) from error
    try:
        _keep(key, cifar)
    except DataError as error:  # the next load takes seconds again, nothing worse
        _log.warning("%s", error)
    return _from_cache(key) or cifar


def _names(meta: object) -> _Names:
    if not isinstance(meta, dict):
        raise PickleError("has no class names")
    return _Names(
        _text_list(meta.get(b"fine_label_names"), "class names"),
        _text_list(meta.get(b"coarse_label_names"), "superclass names"),
    )


def _text_list(value: object, what: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(text, bytes) for text in value):
        raise PickleError(f"has no {what}")
    try:
        names = tuple(text.decode() for text in value)
    except UnicodeDecodeError as error:
        raise PickleError(f"has unreadable {what}") from error
    if len(set(names)) < max(len(names), 2):
        raise PickleError(f"has {what} that do not differ")
    return names


def _part(content: object, names: _Names) -> _Part:
    if not isinstance(content, dict):
        raise PickleError("holds no pictures")
    pixels = _pixels(content.get(b"data"))
    return _Part(
        pixels,
        _labels(content.get(b"fine_labels"), len(pixels), len(names.fine)),
        _labels(content.get(b"coarse_labels"), len(pixels), len(names.coarse)),
    )


def _pixels(array: object) -> Pixels:
    """Return the pictures of a pickled (n, 3072) array, whose rows are a red, a green and a blue plane."""
    match array:
        case PickledArray((_, (int(count), int(values)), PickledType(b"u1" | b"|u1" | b"uint8"), False, raw)):
            if count < 1 or values != _VALUES or not isinstance(raw, bytes | memoryview) or len(raw) != count * values:
                raise PickleError(f"holds pictures that are not {SIZE} x {SIZE}, or not all of them")
            planes = np.frombuffer(raw, np.uint8).reshape(count, 3, SIZE, SIZE)
            return np.ascontiguousarray(planes.transpose(0, 2, 3, 1))
    raise PickleError("holds no pictures")


def _labels(values: object, count: int, classes: int) -> Labels:
    if not isinstance(values, list) or len(values) != count:
        raise PickleError("does not have one label for each picture")
    if not all(type(value) is int and 0 <= value < classes for value in values):
        raise PickleError(f"has labels that are not whole numbers from 0 to {classes - 1}")
    return np.array(values, np.int64)


def _key(path: Path) -> str:
    """Return what the converted copy is kept under: it changes when the archive does.

    Raises:
        DataError: there is no such file or folder.
    """
    parts = []
    for file in part_files(path) if path.is_dir() else [path]:
        try:
            status = file.stat()
        except (OSError, ValueError) as error:
            reason = file_reason(error)
            raise unusable(path, reason if file == path else f'has no usable file "{file.name}"') from error
        parts += [os.fsencode(file.absolute()), b"%d %d" % (status.st_size, status.st_mtime_ns)]
    return entry_key(parts)


def _from_cache(key: str) -> _Cifar | None:
    entry = find_entry(_CACHE, key)
    if entry is None:
        return None
    try:
        names = msgspec.json.decode((entry / "names.json").read_bytes(), type=_Names)
        return _Cifar(names, _mapped(entry, "train"), _mapped(entry, "test"))
    except (OSError, ValueError):  # msgspec's errors are ValueErrors; a damaged copy is made again
        return None


def _mapped(entry: Path, part: str) -> _Part:
    return _Part(*(map_array(entry / f"{part}-{field}.npy") for field in ("pixels", "fine", "coarse")))


def _keep(key: str, cifar: _Cifar) -> None:
    needed = sum(array.nbytes for part in (cifar.train, cifar.test) for array in (part.pixels, part.fine, part.coarse))
    with new_entry(_CACHE, key, needed) as folder:
        (folder / "names.json").write_bytes(msgspec.json.encode(cifar.names))
        for name, part in (("train", cifar.train), ("test", cifar.test)):
            for field in ("pixels", "fine", "coarse"):
                np.save(folder / f"{name}-{field}.npy", getattr(part, field))
    entry = find_entry(_CACHE, key)
    if entry is not None:
        prune(_CACHE, keep=entry, limit=0)

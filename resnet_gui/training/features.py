"""What a frozen base makes of the pictures, calculated once: the head then trains on that."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import msgspec
import numpy as np
from numpy.typing import NDArray

from resnet_gui.data.cache import array_header, entry_key, find_entry, map_array, new_entry, prune
from resnet_gui.data.dataset import ImageDataset, Pixels, Split
from resnet_gui.errors import DataError
from resnet_gui.inference.features import Extract, compile_extractor
from resnet_gui.progress import Report
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import CALCULATING_FEATURES
from resnet_gui.training.augment import Augmentation, Augmenter
from resnet_gui.training.precision import Precision

_CACHE = "features"
_CACHE_LIMIT = 8 * 2**30  # bytes, beside the entry in use
_BATCH = 32
_VALIDATION = "validation.npy"


@dataclass(frozen=True, slots=True)
class Features:
    """Features in the place of pictures.

    Attributes:
        views: the training split's, once for every form in which its pictures were altered.
        validation: the validation split's.
    """

    views: tuple[Split, ...]
    validation: Split


def cached_features(
    base: keras.Model, dataset: ImageDataset, config: TrainingConfig, precision: Precision, report: Report
) -> Features:
    """Return the features of a dataset's training and validation split, from the cache if they were calculated before.

    Args:
        base: pictures (n, N, N, 3) with values 0-255 to features (n, ...).
        dataset: whose pictures.
        config: how pictures are altered, and in how many forms.
        precision: what the base calculates with.
        report: told how many pictures are done; may raise CancelledError.

    Raises:
        DataError: the disk has no room for them.
    """
    views = 1 if Augmentation.of(config).is_none else config.cached_views
    key = _key(base, dataset, config, precision, views)
    shape = tuple(base.output_shape[1:])
    count = views * len(dataset.train) + len(dataset.validation)
    entry = find_entry(_CACHE, key)
    if entry is None:
        needed = count * int(np.prod(shape)) * 4
        with new_entry(_CACHE, key, needed) as folder:
            _calculate(
                folder, compile_extractor(base, precision), shape, dataset, config, views, _counted(report, count)
            )
        entry = find_entry(_CACHE, key)
        if entry is None:
            raise DataError("The features could not be read back.", "Check the disk, then try again.")
        prune(_CACHE, entry, _CACHE_LIMIT)
    return Features(
        tuple(_split_of(entry / _view_file(view), dataset.train) for view in range(views)),
        _split_of(entry / _VALIDATION, dataset.validation),
    )


def _key(base: keras.Model, dataset: ImageDataset, config: TrainingConfig, precision: Precision, views: int) -> str:
    """Return what features are kept under: everything that they follow from."""
    augmentation = Augmentation.of(config)
    settings = {
        "geometry": msgspec.to_builtins(dataset.geometry),
        "input": config.input_size,
        "precision": precision,
        "views": views,
        "augmentation": None if augmentation.is_none else repr((augmentation, config.seed)),
        "layers": [layer.name for layer in base.layers],
    }
    weights = (np.ascontiguousarray(weight).data.cast("B") for weight in base.get_weights() if weight.size)
    pictures = (
        split.batch(positions)[0].data.cast("B")
        for split in (dataset.train, dataset.validation)
        for positions in _positions(len(split))
    )
    return entry_key((json.dumps(settings, sort_keys=True).encode(), *weights, *pictures))


def _calculate(
    folder: Path,
    extract: Extract,
    shape: tuple[int, ...],
    dataset: ImageDataset,
    config: TrainingConfig,
    views: int,
    report: Callable[[int], None],
) -> None:
    train, validation = dataset.train, dataset.validation
    augmenter = Augmenter(Augmentation.of(config), train, config.seed)
    for view in range(views):
        pictures = (augmenter.batch(view, positions).images for positions in _positions(len(train)))
        _write(folder / _view_file(view), (len(train), *shape), extract, pictures, report)
    pictures = (validation.batch(positions)[0] for positions in _positions(len(validation)))
    _write(folder / _VALIDATION, (len(validation), *shape), extract, pictures, report)


def _positions(count: int) -> Iterator[NDArray[np.int64]]:
    return (np.arange(start, min(start + _BATCH, count)) for start in range(0, count, _BATCH))


def _write(
    path: Path, shape: tuple[int, ...], extract: Extract, pictures: Iterator[Pixels], report: Callable[[int], None]
) -> None:
    """Write the features of pictures to a .npy file of this shape."""
    with path.open("wb") as file:
        file.write(array_header(shape, np.float32))
        for images in pictures:
            file.write(extract(images).data)
            report(len(images))


def _counted(report: Report, total: int) -> Callable[[int], None]:
    """Return a function that is told how many more are done."""
    done = 0

    def add(count: int) -> None:
        nonlocal done
        done += count
        report(CALCULATING_FEATURES, done, total)

    return add


def _split_of(path: Path, split: Split) -> Split:
    """Return the features in a file in the place of a split's pictures."""
    return Split(map_array(path), split.labels[split.indices], np.arange(len(split)))


def _view_file(view: int) -> str:
    return f"train-{view}.npy"

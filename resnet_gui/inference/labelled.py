"""Evaluating a model: on which pictures, and how good it is on them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from PIL import Image

from resnet_gui.data.dataset import LabelledPictures, Labels, Pixels, Split
from resnet_gui.data.folder import load_folder
from resnet_gui.data.images import Geometry, to_square
from resnet_gui.data.labels import cifar100_coarse_names, cifar100_fine_names, cifar100_superclasses
from resnet_gui.data.sources import DataRequest, load_pictures
from resnet_gui.errors import ConfigError, DataError
from resnet_gui.inference.bundle import BundleDescription, ModelBundle
from resnet_gui.inference.evaluation import Evaluation, Tally
from resnet_gui.inference.predictor import Predictor
from resnet_gui.progress import Report, unreported
from resnet_gui.runs.run import Run, SplitCounts

SplitName = Literal["validation", "test"]
_BATCH = 64


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Some pictures and their classes, by their place among a model's.

    Attributes:
        name: for people.
        split: the pictures; its labels are the model's.
        geometry: what they were brought to.
    """

    name: str
    split: Split
    geometry: Geometry

    def __len__(self) -> int:
        return len(self.split)

    def batches(self, geometry: Geometry, report: Report = unreported) -> Iterator[tuple[Pixels, Labels]]:
        """Yield all pictures, brought to what a network takes, (n, N, N, 3) and (n,)."""
        for first in range(0, len(self), _BATCH):
            report("Evaluating", first, len(self))
            pixels, labels = self.split.batch(slice(first, first + _BATCH))
            if self.geometry != geometry:
                pixels = np.stack([to_square(Image.fromarray(one), geometry) for one in pixels])
            yield pixels, labels


def run_of(bundle: ModelBundle) -> Run | None:
    """Return the run that a bundle lies in, if it does."""
    folder = bundle.folder.parent
    return Run.open(folder) if os.path.isfile(folder / "run.json") else None


def run_set(run: Run, which: SplitName | None, archive: str, report: Report = unreported) -> LabelledSet:
    """Return the pictures that a run held back while it trained.

    Args:
        run: the one whose model is evaluated.
        which: split; None for test, or for validation where there is no test split.
        archive: where CIFAR-100 lies now; empty: where the run found it.
        report: told how far they are read; may raise CancelledError.

    Raises:
        DataError: they are missing, or no longer the same ones.
        ConfigError: there is no such split.
    """
    config = run.record.config
    request = config.data_request()
    pictures = load_pictures(msgspec.structs.replace(request, archive=archive) if archive else request, report)
    dataset = config.split(pictures)
    counts = SplitCounts(len(dataset.train), len(dataset.validation), len(dataset.test) if dataset.test else 0)
    if run.record.split != counts or run.record.class_names != dataset.class_names:
        raise DataError(
            "The pictures are not those that this run was trained on: their number or their classes changed.",
            "Bring back the pictures as they were, or name others with --data.",
        )
    splits = {"test": dataset.test, "validation": dataset.validation}
    chosen = which or ("test" if dataset.test is not None else "validation")
    split = splits[chosen]
    if split is None or not len(split):
        raise ConfigError(f"This run has no {chosen} split.", "split", "Choose the other one, or name --data.")
    return LabelledSet(f"{dataset.name}, {chosen} split", split, dataset.geometry)


def cifar100_set(description: BundleDescription, archive: str, report: Report = unreported) -> LabelledSet:
    """Return the test split of CIFAR-100, with the classes or the superclasses, whichever a model knows.

    Raises:
        DataError: it cannot be had, or the model knows neither.
    """
    coarse = set(description.class_names) == set(cifar100_coarse_names())
    request = DataRequest(source="cifar100", archive=archive, labels="coarse" if coarse else "fine")
    return _relabelled(load_pictures(request, report), description)


def folder_set(description: BundleDescription, folder: str, report: Report = unreported) -> LabelledSet:
    """Return all pictures of a folder whose sub-folders are called as a model's classes.

    Raises:
        DataError: it cannot be read, or a sub-folder is called otherwise.
    """
    return _relabelled(load_folder(Path(folder), description.geometry, report), description)


def superclasses(description: BundleDescription) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the superclasses of a model that knows CIFAR-100's classes, and which one each class belongs to."""
    if set(description.class_names) != set(cifar100_fine_names()):
        return (), ()
    names = cifar100_coarse_names()
    belongs = dict(zip(cifar100_fine_names(), cifar100_superclasses(), strict=True))
    return names, tuple(belongs[name] for name in description.class_names)


def _relabelled(pictures: LabelledPictures, description: BundleDescription) -> LabelledSet:
    """Return a source's test split, or all of its pictures, with the labels of the classes that a model calls so."""
    places = {known: place for place, known in enumerate(description.class_names)}
    unknown = [name for name in pictures.class_names if name not in places]
    if unknown:
        others = f" and {len(unknown) - 1} others" if len(unknown) > 1 else ""
        raise DataError(
            f'The model knows no class "{unknown[0]}"{others}.',
            "Evaluate it on pictures of the classes that it was trained on, under the same names.",
        )
    own = np.array([places[name] for name in pictures.class_names])
    if pictures.test_pixels is not None and pictures.test_labels is not None:
        name, pixels, labels = f"{pictures.name}, test split", pictures.test_pixels, pictures.test_labels
    else:
        name, pixels, labels = pictures.name, pictures.pixels, pictures.labels
    return LabelledSet(name, Split(pixels, own[labels], np.arange(len(labels))), pictures.geometry)


def evaluate(predictor: Predictor, pictures: LabelledSet, report: Report = unreported) -> Evaluation:
    """Return how good a model is on some pictures.

    Raises:
        ModelError: the network cannot be run.
        CancelledError: `report` asked to stop.
    """
    description = predictor.bundle.description
    tally = Tally()
    for images, labels in pictures.batches(description.geometry, report):
        tally.add(predictor.probabilities(images), labels)
    return tally.evaluation(description.class_names, *superclasses(description))

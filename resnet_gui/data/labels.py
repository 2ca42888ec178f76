"""The names of CIFAR-100's and ImageNet's classes, from the tables in `resources/labels`."""

from __future__ import annotations

import csv
from functools import cache

from resnet_gui.paths import resource_path


def class_words(class_name: str) -> str:
    """Return a class' name for people: datasets and folders write "maple_tree"."""
    return class_name.replace("_", " ")


@cache
def cifar100_fine_names() -> tuple[str, ...]:
    """Return the 100 class names of CIFAR-100."""
    return tuple(row["name"] for row in _table("cifar100.csv"))


@cache
def cifar100_coarse_names() -> tuple[str, ...]:
    """Return the 20 superclass names of CIFAR-100."""
    return tuple(sorted({row["superclass"] for row in _table("cifar100.csv")}))


@cache
def cifar100_superclasses() -> tuple[int, ...]:
    """Return the superclass of each fine class, as an index into the coarse names."""
    coarse = cifar100_coarse_names()
    return tuple(coarse.index(row["superclass"]) for row in _table("cifar100.csv"))


@cache
def imagenet_names() -> tuple[str, ...]:
    """Return ImageNet's 1000 class names, for people: no two are the same, whatever their case."""
    return tuple(class_words(row["name"]) for row in _table("imagenet.csv"))


@cache
def imagenet_synsets() -> tuple[str, ...]:
    """Return what ImageNet's own class folders are called, such as n01440764, in the order of its classes."""
    return tuple(row["synset"] for row in _table("imagenet.csv"))


def _table(name: str) -> list[dict[str, str]]:
    """Return the rows of a label table in the order of their index."""
    with resource_path("labels", name).open(encoding="utf-8", newline="") as file:
        return sorted(csv.DictReader(file), key=lambda row: int(row["index"]))

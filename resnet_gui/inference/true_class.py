"""The true class of a picture, where the folder it lies in is called like one of the model's classes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from resnet_gui.data.files import printable
from resnet_gui.data.labels import imagenet_names, imagenet_synsets
from resnet_gui.inference.predictor import Prediction

FolderPath = tuple[str, ...]
"""Names of folders: the one that the user named, then those on the way to the one a picture lies in."""


class FolderNames:
    """Tells which folders lead to a picture; pictures in one folder share the answer.

    Args:
        named: what the user named or dropped: folders, and files, which have no folders.
    """

    def __init__(self, named: Iterable[Path]) -> None:
        self._roots = [os.path.abspath(path) for path in named]
        self._known: dict[str, FolderPath] = {}

    def of(self, picture: Path) -> FolderPath:
        """Return the folders of a picture that was found in what was named; empty if it was named itself."""
        folder = os.path.dirname(picture)
        if folder not in self._known:
            self._known[folder] = self._split(os.path.abspath(folder))
        return self._known[folder]

    def _split(self, folder: str) -> FolderPath:
        for root in self._roots:
            inside = os.path.join(folder, "")
            if inside.startswith(os.path.join(root, "")):
                below = Path(inside[len(os.path.join(root, "")) :]).parts
                return tuple(printable(name) for name in (os.path.basename(root), *below))
        return ()


class FolderClasses:
    """Tells which class folders mean to one model; case, spaces, hyphens and underscores do not matter.

    Args:
        class_names: the model's.
    """

    def __init__(self, class_names: Iterable[str]) -> None:
        names = tuple(class_names)
        self._classes = {_loose(name): name for name in names}
        if names == imagenet_names():
            self._classes |= dict(zip(imagenet_synsets(), names, strict=True))
        self._classes |= {name: name for name in names}
        self._known: dict[FolderPath, str] = {}

    def of(self, folders: FolderPath) -> str:
        """Return the class that a picture in these folders has, empty if they do not tell.

        The outermost folder counts that is called like a class, as in training. The one that the user named
        counts last: it holds the classes as a rule.
        """
        if folders not in self._known:
            found = (self._class_of(name) for name in (*folders[1:], *folders[:1]))
            self._known[folders] = next(filter(None, found), "")
        return self._known[folders]

    def _class_of(self, folder: str) -> str:
        return self._classes.get(folder) or self._classes.get(_loose(folder), "")


@dataclass(slots=True)
class Accuracy:
    """How often the model was right.

    Attributes:
        pictures: those whose true class is known and that could be read.
        right: whose most probable class it is.
        among: where it is among the most probable classes that were told.
    """

    pictures: int = 0
    right: int = 0
    among: int = 0

    def count(self, rank: int | None) -> None:
        """Count a picture, given the rank of its true class."""
        self.pictures += 1
        self.right += rank == 0
        self.among += rank is not None


def true_rank(prediction: Prediction, true_class: str) -> int | None:
    """Return the place of a class in a prediction, 0 for the most probable; None if it is not there."""
    names = [entry.class_name for entry in prediction.ranked]
    return names.index(true_class) if true_class in names else None


def _loose(name: str) -> str:
    return " ".join(normalize("NFC", name).casefold().replace("_", " ").replace("-", " ").split())

"""PictureRecords: every picture that came, what came out of it, and numbers to choose and order them by."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_gui.data.labels import class_words
from resnet_gui.gui.classify_tab.picture import Classified, NewPicture, Picture
from resnet_gui.gui.classify_tab.picture_filter import Kind, Order, PictureFilter
from resnet_gui.inference.classify import PictureResult
from resnet_gui.inference.true_class import Accuracy, FolderClasses, true_rank

Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]

_WAITING, _CLASSIFIED, _UNREADABLE = range(3)
_NO_CLASS = -1
# Where a rank, 0 for the most probable class, is none.
_NOT_AMONG, _NOT_KNOWN = -1, -2


class PictureRecords:
    """Pictures in the order they came.

    Their numbers lie in arrays, so that ten thousand are chosen from and put in order within milliseconds.
    """

    def __init__(self) -> None:
        self._next_number = 0
        self.class_names: tuple[str, ...] = ()
        self._folder_classes = FolderClasses(())
        self._places_by_name: Indices | None = None
        self.clear()

    # Contents

    def __len__(self) -> int:
        return len(self._pictures)

    @property
    def done(self) -> int:
        """How many pictures have a result."""
        return len(self) - self._count(_WAITING)

    @property
    def unreadable(self) -> int:
        """How many of those could not be read."""
        return self._count(_UNREADABLE)

    def picture(self, index: int) -> Picture:
        """Return a picture."""
        return self._pictures[index]

    def result(self, index: int) -> PictureResult | None:
        """Return what came out of a picture, None as long as nothing has."""
        return self._results[index]

    def true_class(self, index: int) -> str:
        """Return the class that a picture's folder says it has, empty if it says nothing."""
        return self._folder_classes.of(self._pictures[index].folders)

    def is_mistake(self, index: int) -> bool:
        """Return whether another class than the true one came out."""
        return self._ranks[index] not in (0, _NOT_KNOWN)

    def index_of(self, number: int) -> int | None:
        """Return which picture has a number, None if it is gone."""
        index = number - self._pictures[0].number if self._pictures else -1
        return index if 0 <= index < len(self) else None

    def unclassified(self) -> list[Picture]:
        """Return the pictures without a result."""
        return [picture for picture, result in zip(self._pictures, self._results, strict=True) if result is None]

    def classified(self, indices: Iterable[int]) -> list[Classified]:
        """Return those of some pictures that have a result."""
        results = ((index, self._results[index]) for index in indices)
        return [
            Classified(self._pictures[index], result, self.true_class(index))
            for index, result in results
            if result is not None
        ]

    def class_counts(self) -> dict[str, int]:
        """Return how often each class is the most probable one, by class."""
        known = _view(self._classes)
        counts = np.bincount(known[known != _NO_CLASS], minlength=len(self._class_ids))
        return {name: int(count) for name, count in zip(self._class_ids, counts, strict=True) if count}

    def accuracy(self) -> Accuracy:
        """Return how often the model was right, where the folders tell the true class."""
        ranks = _view(self._ranks)
        known = int((ranks != _NOT_KNOWN).sum())
        return Accuracy(known, right=int((ranks == 0).sum()), among=int((ranks >= 0).sum()))

    # Changes

    def add(self, pictures: Sequence[NewPicture]) -> list[Picture]:
        """Append pictures."""
        added = [
            Picture(number, new.name, new.source, new.folders) for number, new in enumerate(pictures, self._next_number)
        ]
        self._next_number += len(added)
        self._pictures += added
        self._sort_keys += [new.sort_key for new in pictures]
        self._places_by_name = None
        self._append_without_result(len(added))
        return added

    def set_result(self, index: int, result: PictureResult) -> None:
        """Note what came out of a picture."""
        self._results[index] = result
        if result.prediction is None:
            self._states[index] = _UNREADABLE
            self._classes[index], self._probabilities[index], self._ranks[index] = _NO_CLASS, 0.0, _NOT_KNOWN
            return
        best = result.prediction.best
        self._states[index] = _CLASSIFIED
        self._classes[index] = self._class_ids.setdefault(best.class_name, len(self._class_ids))
        self._probabilities[index] = best.probability
        true_class = self.true_class(index)
        rank = true_rank(result.prediction, true_class) if true_class else _NOT_KNOWN
        self._ranks[index] = _NOT_AMONG if rank is None else rank

    def start_anew(self, class_names: Sequence[str]) -> None:
        """Make every picture one without a result, for a model with these classes."""
        self.class_names = tuple(class_names)
        self._folder_classes = FolderClasses(class_names)
        self._forget_results()
        self._append_without_result(len(self))

    def clear(self) -> None:
        """Remove all pictures."""
        self._pictures: list[Picture] = []
        self._sort_keys: list[str] = []
        self._places_by_name = None
        self._forget_results()

    def _forget_results(self) -> None:
        self._results: list[PictureResult | None] = []
        self._class_ids: dict[str, int] = {}
        self._states, self._classes, self._probabilities, self._ranks = array("b"), array("i"), array("f"), array("b")

    def _append_without_result(self, count: int) -> None:
        self._results += [None] * count
        self._states.extend([_WAITING] * count)
        self._classes.extend([_NO_CLASS] * count)
        self._probabilities.extend([0.0] * count)
        self._ranks.extend([_NOT_KNOWN] * count)

    # Choosing

    def select(self, wanted: PictureFilter) -> Indices:
        """Return which pictures are wanted, in the order in which they are."""
        if wanted.is_plain:
            return np.arange(len(self))
        chosen = np.flatnonzero(self._is_wanted(wanted))
        return chosen[self._order(chosen, wanted.order)]

    def _is_wanted(self, wanted: PictureFilter) -> Flags:
        chosen = self._is_of_kind(wanted)
        if (wanted.least, wanted.most) != (0.0, 1.0):
            probabilities = _view(self._probabilities)
            chosen &= _view(self._states) == _CLASSIFIED
            chosen &= (probabilities >= wanted.least) & (probabilities <= wanted.most)
        if wanted.class_name:
            chosen &= _view(self._classes) == self._class_ids.get(wanted.class_name, len(self._class_ids))
        if wanted.text:
            chosen &= self._mentions(wanted.text.casefold())
        return chosen

    def _is_of_kind(self, wanted: PictureFilter) -> Flags:
        states, ranks = _view(self._states), _view(self._ranks)
        match wanted.kind:
            case Kind.ALL:
                return np.ones(len(self), bool)
            case Kind.MISTAKES:
                return np.asarray((ranks != 0) & (ranks != _NOT_KNOWN))
            case Kind.NOT_SURE:
                return np.asarray((states == _CLASSIFIED) & (_view(self._probabilities) < wanted.not_sure_below))
            case Kind.UNREADABLE:
                return np.asarray(states == _UNREADABLE)
            case Kind.WAITING:
                return np.asarray(states == _WAITING)

    def _mentions(self, text: str) -> Flags:
        """Return in whose name, predicted or true class a text occurs."""
        ids = [number for name, number in self._class_ids.items() if mentions(name, text)]
        found = np.isin(_view(self._classes), ids)
        classes = {picture.folders: self._folder_classes.of(picture.folders) for picture in self._pictures}
        folders = {folders for folders, name in classes.items() if mentions(name, text)}
        found |= [text in picture.name.casefold() or picture.folders in folders for picture in self._pictures]
        return found

    def _order(self, chosen: Indices, order: Order) -> Indices:
        """Return the permutation that puts some pictures in order; equal ones stay as they came."""
        states, probabilities = _view(self._states)[chosen], _view(self._probabilities)[chosen]
        unclassified = states != _CLASSIFIED
        # np.lexsort is stable, and its last key counts first.
        match order:
            case Order.FOUND:
                return np.arange(len(chosen))
            case Order.NAME:
                return np.lexsort((self._name_places()[chosen],))
            case Order.CLASS:
                places = self._class_places()[_view(self._classes)[chosen]]
                return np.lexsort((-probabilities, places, unclassified))
            case Order.LEAST_SURE:
                return np.lexsort((probabilities, unclassified))
            case Order.MOST_SURE:
                return np.lexsort((-probabilities, unclassified))
            case Order.UNREADABLE:
                return np.lexsort((states != _UNREADABLE,))

    def _name_places(self) -> Indices:
        """Return each picture's place in the order of their names."""
        if self._places_by_name is None:
            self._places_by_name = _places(self._sort_keys)
        return self._places_by_name

    def _class_places(self) -> Indices:
        """Return each class' place in the alphabet; the last entry is for none."""
        return np.append(_places([name.casefold() for name in self._class_ids]), 0)

    def _count(self, state: int) -> int:
        return int(np.count_nonzero(_view(self._states) == state))


def _places(keys: Sequence[str]) -> Indices:
    """Return the place of each key in their order."""
    places = np.empty(len(keys), np.intp)
    places[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    return places


def _view(column: array[int] | array[float]) -> NDArray[Any]:
    """Return a column's numbers; the view must be gone before the column grows."""
    return np.frombuffer(column, column.typecode) if column else np.empty(0, column.typecode)


def mentions(class_name: str, text: str) -> bool:
    """Return whether a text, in lower case, occurs in a class' name as it is or as it is shown."""
    return text in class_name.casefold() or text in class_words(class_name).casefold()

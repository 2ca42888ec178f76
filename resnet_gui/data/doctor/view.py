"""View: which picture of a source is where in a dataset."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from resnet_gui.data.dataset import ImageDataset
from resnet_gui.data.doctor.findings import Concerned, Side

_SIDES = (Side.NOWHERE, Side.TRAINING, Side.VALIDATION, Side.TEST)


class View:
    """Every picture of a source, as a dataset uses it; those of the test split come after the others.

    Attributes:
        labels: (n,) classes.
        used: (n,) whether it is in the dataset.
        learned: (n,) whether it is trained or validated on.
    """

    def __init__(self, dataset: ImageDataset) -> None:
        self.dataset = dataset
        self._names = dataset.names
        count = len(dataset.train.labels)
        labels = [dataset.train.labels]
        if dataset.test is not None:
            labels.append(dataset.test.labels)
        self.labels: NDArray[np.int64] = np.concatenate(labels)
        self._sides = np.zeros(len(self.labels), np.int64)
        self._sides[dataset.train.indices] = 1
        self._sides[dataset.validation.indices] = 2
        if dataset.test is not None:
            self._sides[count + dataset.test.indices] = 3
        self._own = count
        self.used = self._sides > 0
        self.learned = self.used & (self._sides < 3)

    def name(self, position: int) -> str:
        """Return what a picture is called."""
        return self._names[position] if position < self._own else f"test picture {position - self._own + 1}"

    def side(self, position: int) -> Side:
        """Return where a picture is."""
        return _SIDES[self._sides[position]]

    def concerned(self, positions: Iterable[int], note: str = "") -> tuple[Concerned, ...]:
        """Return pictures for a finding."""
        return tuple(
            Concerned(
                name=self.name(position),
                position=int(position),
                class_name=self.dataset.class_names[self.labels[position]],
                side=self.side(position),
                note=note,
            )
            for position in positions
        )

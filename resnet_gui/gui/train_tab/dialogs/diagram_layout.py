"""Where the layers of a network stand in its diagram: ranks from top to bottom, columns from left to right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

Inputs = Mapping[str, Sequence[str]]
"""Each layer's name with the names of the layers that feed it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a layer stands: ranks count downwards from 0, columns to the right from 0."""

    rank: int
    column: int


@dataclass(frozen=True, slots=True)
class Link:
    """A line from a layer to one it feeds, and the column in which it goes down."""

    source: str
    target: str
    column: int


@dataclass(frozen=True, slots=True)
class DiagramLayout:
    """Where everything is.

    Attributes:
        places: of each layer.
        links: every connection once.
        columns: for each column, whether layers stand in it; the others hold lines only.
    """

    places: dict[str, Place]
    links: tuple[Link, ...]
    columns: tuple[bool, ...]


def lay_out(inputs: Inputs) -> DiagramLayout:
    """Lay a network out: the longest way through it straight down in column 0, side branches right of it.

    A layer stands one rank below the lowest of those that feed it. Nothing that goes down crosses a layer: branches
    and lines that are beside each other get columns of their own.

    Raises:
        ValueError: a layer is fed by one that is not there, or by itself in a circle (graphlib.CycleError).
    """
    unknown = {source for sources in inputs.values() for source in sources} - set(inputs)
    if unknown:
        raise ValueError(f"no such layer: {', '.join(sorted(unknown))}")
    return _Builder(inputs).build()


class _Builder:
    def __init__(self, inputs: Inputs) -> None:
        self._inputs = {name: tuple(dict.fromkeys(sources)) for name, sources in inputs.items()}
        self._ranks: dict[str, int] = {}
        for name in TopologicalSorter(self._inputs).static_order():
            self._ranks[name] = 1 + max((self._ranks[source] for source in self._inputs[name]), default=-1)
        self._columns: dict[str, int] = {}
        self._taken: list[list[tuple[int, int]]] = []  # for each column, the ranks between which it is in use
        self._tails: dict[tuple[str, str], int] = {}  # the lines from a branch's end, with the branch's column

    def build(self) -> DiagramLayout:
        for name in sorted(self._inputs, key=lambda name: -self._ranks[name]):
            if name not in self._columns:  # nothing follows it
                self._place_branch(name, None)
            for source in self._inputs[name]:
                if source not in self._columns:
                    self._place_branch(source, name)
        return DiagramLayout(
            places={name: Place(self._ranks[name], self._columns[name]) for name in self._inputs},
            links=tuple(Link(*pair, self._link_column(*pair)) for pair in self._pairs()),
            columns=self._kinds_of_columns(),
        )

    def _place_branch(self, last: str, target: str | None) -> None:
        """Give a column to a layer and, upwards, to the layers that its longest way leads through."""
        branch = [last]
        while self._inputs[branch[-1]]:
            source = self._main_source(branch[-1])
            if source in self._columns:
                break
            branch.append(source)
        bottom = self._ranks[last] + 1 if target is None else self._ranks[target]
        column = self._take(self._ranks[branch[-1]] - 1, bottom)
        self._columns.update(dict.fromkeys(branch, column))
        if target is not None:
            self._tails[last, target] = column

    def _main_source(self, name: str) -> str:
        return max(self._inputs[name], key=lambda source: self._ranks[source])

    def _pairs(self) -> list[tuple[str, str]]:
        pairs = [(source, target) for target, sources in self._inputs.items() for source in sources]
        return sorted(pairs, key=lambda pair: self._ranks[pair[1]] - self._ranks[pair[0]])  # short ones inside

    def _link_column(self, source: str, target: str) -> int:
        if (source, target) in self._tails:
            return self._tails[source, target]
        if self._ranks[target] - self._ranks[source] == 1:
            return self._columns[target]
        return self._take(self._ranks[source], self._ranks[target])

    def _take(self, top: int, bottom: int) -> int:
        """Return the first column that is free between two ranks, and take it."""
        for column, taken in enumerate(self._taken):
            if all(bottom <= start or end <= top for start, end in taken):
                taken.append((top, bottom))
                return column
        self._taken.append([(top, bottom)])
        return len(self._taken) - 1

    def _kinds_of_columns(self) -> tuple[bool, ...]:
        filled = set(self._columns.values())
        return tuple(column in filled for column in range(len(self._taken)))

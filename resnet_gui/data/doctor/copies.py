"""Findings about pictures that are there more than once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from resnet_gui.data.doctor.facts import Facts
from resnet_gui.data.doctor.findings import Finding, Kind, Severity, Side, counted
from resnet_gui.data.doctor.view import View

_Set = list[int]  # positions of pictures that look alike


def copies(facts: Facts, view: View) -> Iterator[Finding]:
    """Yield what there is to say about pictures that look the same or nearly."""
    contradicting, on_both_sides, others = [], [], []
    for alike in _sets(facts, view):
        sides = {view.side(position) for position in alike}
        if len(set(view.labels[alike].tolist())) > 1:
            contradicting.append(alike)
        elif len(sides) > 1:
            on_both_sides.append(alike)
        elif Side.TEST not in sides:
            others.append(alike)
    if contradicting:
        yield _finding(
            facts,
            view,
            Kind.CONTRADICTION,
            Severity.SERIOUS,
            contradicting,
            f"The same picture in different classes: {counted(len(contradicting), 'case', 'cases')}",
            "These pictures look the same, or nearly, but stand in different classes. The network is told two answers "
            "to one question, and at least one of them is wrong. Put each into its right folder, or leave them out.",
            keep_one=False,
        )
    if on_both_sides:
        yield _finding(
            facts,
            view,
            Kind.BOTH_SIDES,
            Severity.SERIOUS,
            on_both_sides,
            f"Learned from and tested on at once: {counted(len(on_both_sides))}",
            "Of these pictures one copy is trained on and another is used to measure how well that went. The network "
            "has seen the answer, so the result looks better than it is. Leave out all copies but one.",
        )
    if others:
        yield _finding(
            facts,
            view,
            Kind.DUPLICATES,
            Severity.WARNING,
            others,
            f"More than one copy: {counted(len(others))}",
            "These pictures are there more than once, the same or nearly. A copy teaches nothing new, counts its "
            "picture twice, and with another seed could come to the other side of the split. Leave out all copies but "
            "one.",
        )


def _finding(
    facts: Facts,
    view: View,
    kind: Kind,
    severity: Severity,
    sets: list[_Set],
    title: str,
    explanation: str,
    keep_one: bool = True,
) -> Finding:
    leave_out: list[str] = []
    for alike in sets:
        own = [position for position in alike if view.side(position) is not Side.TEST]
        own.sort(key=lambda position: -int(facts.sizes[position].prod()))  # the largest is the one to keep
        kept = 1 if keep_one and len(own) == len(alike) else 0  # the test split is not ours to change
        leave_out += [view.name(position) for position in own[kept:]]
    return Finding(kind, severity, title, explanation, tuple(map(view.concerned, sets)), tuple(leave_out))


def _sets(facts: Facts, view: View) -> list[_Set]:
    """Return the pictures in use that look alike, directly or by way of others, in sets of two and more."""
    parents: dict[int, int] = {}

    def root(position: int) -> int:
        while (parent := parents.setdefault(position, position)) != position:
            parents[position] = position = parents[parent]
        return position

    in_use = facts.alike[view.used[facts.alike].all(axis=1)] if len(facts.alike) else facts.alike
    for first, second in in_use.tolist():
        low, high = sorted((root(first), root(second)))
        parents[high] = low
    sets: dict[int, _Set] = {}
    for position in sorted(parents):
        sets.setdefault(root(position), []).append(position)
    return [alike for alike in sets.values() if view.learned[alike].any()]


def one_colour(facts: Facts, view: View) -> Iterator[Finding]:
    """Yield what there is to say about pictures with nothing on them."""
    blank = np.flatnonzero(facts.one_colour & view.learned).tolist()
    if blank:
        yield Finding(
            Kind.ONE_COLOUR,
            Severity.WARNING,
            f"Nothing to see: {counted(len(blank))} of one colour",
            "Every point of these pictures has the same colour: a lens cap, a failed scan, an empty file of a camera. "
            "The network can only learn from them which class has more such accidents. Leave them out.",
            tuple(view.concerned([position]) for position in blank),
            tuple(map(view.name, blank)),
        )

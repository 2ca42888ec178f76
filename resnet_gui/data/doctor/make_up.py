"""Findings about what a dataset is made of: its files, its classes, the sizes and colours of its pictures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from resnet_gui.data.doctor.facts import KINDS, Facts
from resnet_gui.data.doctor.findings import Concerned, Finding, Kind, Severity, counted
from resnet_gui.data.doctor.view import View

_FEW, _VERY_FEW = 20, 5  # pictures in a class
_UNEQUAL = 3.0  # times as many pictures in the largest class as in the smallest
_UNLIKE = 4.0  # times as wide as the smallest picture
_TELLING = 0.25  # how much better than chance a class can be guessed from a size or a kind of file
_ENOUGH = 20  # pictures, to say so
_SHOWN = 100


def unreadable(view: View) -> Iterator[Finding]:
    """Yield which files could not be used."""
    problems = view.dataset.problems
    if problems:
        yield Finding(
            Kind.UNREADABLE,
            Severity.NOTE,
            f"Not used: {counted(len(problems), 'file', 'files')}",
            "These files are not pictures that can be read, or cannot be used for another reason. They are left out "
            "already and stop nothing. If there should be pictures in them, copy or save them again.",
            tuple((Concerned(problem.path, note=problem.reason),) for problem in problems),
        )


def classes(view: View, balanced: bool) -> Iterator[Finding]:
    """Yield which classes have too few pictures, or very many more than others."""
    dataset = view.dataset
    count = len(dataset.class_names)
    sizes = np.bincount(view.labels[view.learned], minlength=count)
    unchecked = dataset.validation.class_counts(count) == 0 if len(dataset.validation) else np.zeros(count, np.bool_)
    few = [label for label in range(count) if sizes[label] < _FEW or unchecked[label]]
    if few:
        serious = any(unchecked[label] or sizes[label] < _VERY_FEW for label in few)
        yield Finding(
            Kind.FEW,
            Severity.SERIOUS if serious else Severity.WARNING,
            f"Too few pictures: {counted(len(few), 'class', 'classes')}",
            f"A class with fewer than {_FEW} pictures is learned badly, and its result means little: with four "
            "pictures to validate, one more or less right is 25 %. A class with none to validate is not measured at "
            "all. Add pictures, or put small classes together.",
            tuple((_class(view, label, int(sizes[label]), bool(unchecked[label])),) for label in few),
        )
    smallest, largest = int(np.argmin(sizes)), int(np.argmax(sizes))
    ratio = sizes[largest] / max(int(sizes[smallest]), 1)
    if ratio >= _UNEQUAL and not balanced:
        share = sizes[largest] / max(int(sizes.sum()), 1)
        names = dataset.class_names
        yield Finding(
            Kind.IMBALANCE,
            Severity.WARNING,
            f"Unequal classes: {ratio:.1f} times as many of one as of another",
            f'"{names[largest]}" has {counted(int(sizes[largest]))}, "{names[smallest]}" {int(sizes[smallest])}. A '
            f'network that always says "{names[largest]}" is right {share:.0%} of the time: compare results with that. '
            "With balanced class weights, pictures of rare classes count more.",
            tuple((_class(view, label, int(sizes[label]), False),) for label in np.argsort(sizes).tolist()[:_SHOWN]),
            settings={"class_weights": "balanced"},
        )


def _class(view: View, label: int, size: int, unchecked: bool) -> Concerned:
    position = int(np.argmax(view.learned & (view.labels == label))) if size else -1
    note = counted(size) + (", none to validate" if unchecked else "")
    one = view.concerned([position])[0] if size else None
    side = one.side if one is not None else Concerned("").side
    return Concerned(view.dataset.class_names[label], position, view.dataset.class_names[label], side, note)


def sizes_and_colours(facts: Facts, view: View) -> Iterator[Finding]:
    """Yield what there is to say about the pictures' sizes and colours as their files have them."""
    known = view.learned & (facts.sizes[:, 0] > 0)
    if not known.any():
        return
    positions = np.flatnonzero(known)
    sides = facts.sizes[positions].min(axis=1)
    wanted = view.dataset.geometry.size
    small = positions[sides * 2 <= wanted]
    if len(small):
        yield Finding(
            Kind.SMALL,
            Severity.WARNING,
            f"Much smaller than the input: {counted(len(small))}",
            f"They are enlarged to {wanted} pixels, twice or more, and look blurred to the network beside sharp ones. "
            "Choose a smaller input size, or use larger pictures.",
            tuple(view.concerned([position], _size(facts, position)) for position in small.tolist()),
        )
    if telling := _telling(np.round(2 * np.log2(sides)).astype(np.int64), view.labels[positions]):
        yield Finding(
            Kind.SIZES,
            Severity.WARNING,
            "The size tells the class",
            f"From a picture's size alone the class can be guessed in {telling:.0%} of cases, because the classes come "
            "from different sources. The network may learn how sharp a picture is instead of what is on it. Make the "
            "pictures of all classes in the same way.",
            _examples(facts, view, positions, sides),
        )
    elif sides.max() >= _UNLIKE * sides.min():
        yield Finding(
            Kind.SIZES,
            Severity.NOTE,
            f"Mixed sizes: the shorter side has {sides.min()} to {sides.max()} pixels",
            f"All are brought to {wanted} x {wanted} pixels, so small ones look blurred and large ones lose detail. "
            "That does no harm as long as the sizes are mixed in all classes alike, as they are here.",
            _examples(facts, view, positions, sides),
        )
    yield from _colours(facts, view, positions)


def _colours(facts: Facts, view: View, positions: NDArray[np.int64]) -> Iterator[Finding]:
    kinds = facts.kinds[positions]
    counts = {kind: int((kinds == kind).sum()) for kind in np.unique(kinds).tolist()}
    if len(counts) < 2:
        return
    telling = _telling(kinds, view.labels[positions])
    words = ", ".join(f"{count} {KINDS[kind]}" for kind, count in counts.items())
    rare = min(counts, key=lambda kind: counts[kind])
    yield Finding(
        Kind.COLOURS,
        Severity.WARNING if telling else Severity.NOTE,
        "The kind of file tells the class" if telling else f"Mixed kinds of pictures: {words}",
        f"Of the files {words}. All become red, green and blue; what is transparent becomes white. "
        + (
            f"From this alone the class can be guessed in {telling:.0%} of cases, and the network may learn that "
            "instead of what is on the pictures. Save the pictures of all classes in the same way."
            if telling
            else "The classes have them alike, so that does no harm."
        ),
        tuple(view.concerned([position]) for position in positions[kinds == rare].tolist()),
    )


def _telling(values: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    """Return in which share of cases a class can be guessed from a value, if that is far above chance, else 0."""
    usual = np.bincount(labels).max() / len(labels)
    best = sum(int(np.bincount(labels[values == value]).max()) for value in np.unique(values)) / len(labels)
    return best if len(labels) >= _ENOUGH and best - usual >= _TELLING * (1 - usual) and best > usual + 0.1 else 0.0


def _examples(
    facts: Facts, view: View, positions: NDArray[np.int64], sides: NDArray[np.int64]
) -> tuple[tuple[Concerned, ...], ...]:
    """Return the smallest and the largest pictures."""
    order = positions[np.argsort(sides, kind="stable")].tolist()
    chosen = order if len(order) <= 2 * _SHOWN else [*order[:_SHOWN], *order[-_SHOWN:]]
    return tuple(view.concerned([position], _size(facts, position)) for position in chosen)


def _size(facts: Facts, position: int) -> str:
    width, height = facts.sizes[position]
    return f"{width} x {height}"

"""What facts about pictures mean for a dataset: everything that is wrong with it, the worst first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from resnet_gui.data.dataset import ImageDataset
from resnet_gui.data.doctor.copies import copies, one_colour
from resnet_gui.data.doctor.facts import Facts
from resnet_gui.data.doctor.findings import Finding, Kind, Severity, counted
from resnet_gui.data.doctor.make_up import classes, sizes_and_colours, unreadable
from resnet_gui.data.doctor.view import View
from resnet_gui.data.group_pattern import group_numbers, suggest_pattern

_SHOWN = 50


def diagnose(facts: Facts, dataset: ImageDataset, group_pattern: str = "", balanced: bool = False) -> list[Finding]:
    """Return what is wrong with a dataset, the worst first; empty if nothing is.

    Args:
        facts: what `examine` found of its source.
        dataset: how the pictures are used.
        group_pattern: what they are kept together by.
        balanced: whether rare classes count more already.
    """
    view = View(dataset)
    found = [
        *copies(facts, view),
        *groups(view, group_pattern),
        *one_colour(facts, view),
        *classes(view, balanced),
        *sizes_and_colours(facts, view),
        *unreadable(view),
    ]
    order = list(Severity)
    return sorted(found, key=lambda finding: order.index(finding.severity))


def groups(view: View, group_pattern: str) -> Iterator[Finding]:
    """Yield a pattern by which pictures that seem to belong together would be kept on one side of the split."""
    dataset = view.dataset
    if group_pattern or not len(dataset.validation):
        return
    positions = np.flatnonzero(view.learned)
    names = [view.name(position) for position in positions.tolist()]
    pattern = suggest_pattern(names, len(dataset.class_names))
    if not pattern:
        return
    numbers = group_numbers(names, pattern)
    held_back = np.isin(positions, dataset.validation.indices)
    parted = np.intersect1d(numbers[held_back], numbers[~held_back])
    if not len(parted):
        return
    yield Finding(
        Kind.GROUPS,
        Severity.WARNING,
        f"Parted series: {counted(len(parted), 'group', 'groups')} on both sides of the split",
        "The names look as if some pictures belonged together: one patient, one film, one thing photographed several "
        "times. With some of them to learn from and others to validate on, the network is asked about what it knows, "
        "and the result looks better than it is. Kept together, each group is on one side. The pattern for it: "
        f"{pattern}",
        tuple(view.concerned(positions[numbers == number].tolist()) for number in parted.tolist()[:_SHOWN]),
        settings={"group_pattern": pattern},
    )

"""Where in the form each setting stands, and the key that goes to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from resnet_gui.runs.settings import Group, Setting

# What most people need. Every other setting of these groups is one click away, under More.
_IN_SIGHT = {
    Group.NETWORK: ("network", "input_size"),
    Group.TRAINING: ("epochs", "batch_size", "learning_rate", "optimizer", "schedule", "validation_share"),
}

KEYS = {
    "network": "N",
    "input_size": "z",
    "epochs": "E",
    "batch_size": "B",
    "learning_rate": "L",
    "optimizer": "p",
    "schedule": "S",
    "validation_share": "a",
}
"""The letter of a setting's label that goes to it with Alt; the menus, tabs and other controls have theirs."""

WIDE = ("network", "start_from")
"""Settings whose values have long names: label and editor each have a line of their own."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Names of a group's settings, in order: those in sight, and the others."""

    in_sight: tuple[str, ...]
    more: tuple[str, ...]


def arrange(settings: Mapping[str, Setting]) -> dict[Group, Arrangement]:
    """Return where settings stand; one that nobody has placed stands under More."""
    arrangements = {}
    for group in Group:
        in_sight = _IN_SIGHT.get(group, ())
        more = tuple(name for name, setting in settings.items() if setting.group is group and name not in in_sight)
        arrangements[group] = Arrangement(in_sight, more)
    return arrangements

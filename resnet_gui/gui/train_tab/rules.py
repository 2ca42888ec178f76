"""Which settings have no effect beside the others: one table for the whole form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from resnet_gui.models.registry import NETWORKS, NetworkSpec
from resnet_gui.runs.config import IMAGENET, SETTINGS
from resnet_gui.runs.settings import Group

Entries = Mapping[str, Any]  # what is entered, by setting


@dataclass(frozen=True, slots=True)
class Rule:
    """When some settings have an effect.

    Attributes:
        settings: their names.
        applies: whether they have one, beside these entries.
        reason: why not, for the tooltip.
    """

    settings: tuple[str, ...]
    applies: Callable[[Entries], bool]
    reason: str


RULES = (
    Rule(
        ("group_pattern",),
        lambda entries: entries["source"] == "folder",
        str(QT_TRANSLATE_NOOP("Rules", "Only files have names that tell what belongs together.")),
    ),
    Rule(
        ("plateau_patience",),
        lambda entries: entries["schedule"] == "plateau",
        str(QT_TRANSLATE_NOOP("Rules", "Only the plateau schedule waits for anything.")),
    ),
    Rule(
        ("warmup_epochs",),
        lambda entries: entries["schedule"] != "one_cycle",
        str(QT_TRANSLATE_NOOP("Rules", "The one-cycle schedule begins with a rise of its own.")),
    ),
    Rule(
        ("stem",),
        lambda entries: _network(entries).stems,
        str(QT_TRANSLATE_NOOP("Rules", "This network comes with one stem only.")),
    ),
    Rule(
        ("width",),
        lambda entries: _network(entries).widths,
        str(QT_TRANSLATE_NOOP("Rules", "This network comes in one width only.")),
    ),
    Rule(
        ("weights_file",),
        lambda entries: entries["start_from"] == IMAGENET,
        str(QT_TRANSLATE_NOOP("Rules", "Only for a start from ImageNet.")),
    ),
    Rule(
        ("cached_views", "fine_tune_epochs", "fine_tune_from", "fine_tune_rate"),
        lambda entries: entries["freeze"],
        str(QT_TRANSLATE_NOOP("Rules", "Only where the head alone is trained at first.")),
    ),
    Rule(
        ("cached_views",),
        lambda entries: _augments(entries),
        str(QT_TRANSLATE_NOOP("Rules", "Without augmentation every picture has one form.")),
    ),
    Rule(
        ("fine_tune_from", "fine_tune_rate"),
        lambda entries: entries["fine_tune_epochs"] > 0,
        str(QT_TRANSLATE_NOOP("Rules", "Only with epochs of fine-tuning.")),
    ),
)


def reasons(entries: Entries) -> dict[str, str]:
    """Return why settings have no effect beside these entries, by name; those that have one are not in it."""
    found: dict[str, str] = {}
    for rule in RULES:
        if not rule.applies(entries):
            reason = QCoreApplication.translate("Rules", rule.reason)
            found = dict.fromkeys(rule.settings, reason) | found
    return found


def _network(entries: Entries) -> NetworkSpec:
    return NETWORKS[entries["network"]]


def _augments(entries: Entries) -> bool:
    return any(
        entries[setting.name] != setting.default for setting in SETTINGS.values() if setting.group is Group.AUGMENTATION
    )

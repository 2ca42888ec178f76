"""Finding: one thing that is wrong with a dataset, in words, with the pictures concerned and what can be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is, the worst first."""

    SERIOUS = "serious"
    WARNING = "warning"
    NOTE = "note"


class Kind(StrEnum):
    """What was found."""

    CONTRADICTION = "contradiction"
    BOTH_SIDES = "both sides"
    DUPLICATES = "duplicates"
    GROUPS = "groups"
    ONE_COLOUR = "one colour"
    UNREADABLE = "unreadable"
    FEW = "few pictures"
    IMBALANCE = "imbalance"
    SMALL = "small pictures"
    SIZES = "sizes"
    COLOURS = "colours"


class Side(StrEnum):
    """Where in a dataset a picture is."""

    TRAINING = "training"
    VALIDATION = "validation"
    TEST = "test"
    NOWHERE = "not used"


@dataclass(frozen=True, slots=True)
class Concerned:
    """A picture, or a file, that a finding is about.

    Attributes:
        name: as the dataset calls it.
        position: where in the source it is, its test split counted after the others; -1 if it is no picture.
        class_name: its class, empty if it has none.
        side: where it is.
        note: what there is to say about this one.
    """

    name: str
    position: int = -1
    class_name: str = ""
    side: Side = Side.NOWHERE
    note: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        title: what, with how many.
        explanation: why it matters and what can be done, in plain words.
        sets: the pictures concerned; those that belong together are in one set.
        leave_out: the names of the pictures to leave out, if that is what helps.
        settings: other values of settings that help, by name.
    """

    kind: Kind
    severity: Severity
    title: str
    explanation: str
    sets: tuple[tuple[Concerned, ...], ...] = ()
    leave_out: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def pictures(self) -> tuple[Concerned, ...]:
        """All pictures concerned."""
        return tuple(one for together in self.sets for one in together)


def counted(count: int, one: str = "picture", many: str = "pictures") -> str:
    """Return a number with its noun."""
    return f"{count} {one if count == 1 else many}"

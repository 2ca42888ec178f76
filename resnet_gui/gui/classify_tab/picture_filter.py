"""Which pictures are shown, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """Pictures that have something in common."""

    ALL = "all"
    MISTAKES = "mistakes"
    NOT_SURE = "not_sure"
    UNREADABLE = "unreadable"
    WAITING = "waiting"


class Order(StrEnum):
    """What pictures are put in order by."""

    FOUND = "found"
    NAME = "name"
    CLASS = "class"
    LEAST_SURE = "least_sure"
    MOST_SURE = "most_sure"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class PictureFilter:
    """What the user wants to see.

    Attributes:
        kind: pictures of this kind only.
        text: those only in whose name, predicted or true class it occurs, whatever the case.
        class_name: those only whose most probable class it is; empty for any.
        least, most: the limits of that class' probability, 0-1.
        order: what comes first.
        not_sure_below: the model is not sure of a picture whose most probable class is less probable.
    """

    kind: Kind = Kind.ALL
    text: str = ""
    class_name: str = ""
    least: float = 0.0
    most: float = 1.0
    order: Order = Order.FOUND
    not_sure_below: float = 0.5

    @property
    def hides_some(self) -> bool:
        """Whether pictures may be left out."""
        return replace(self, order=Order.FOUND) != PictureFilter(not_sure_below=self.not_sure_below)

    @property
    def is_plain(self) -> bool:
        """Whether everything is shown as it came, so that a result changes no picture's place."""
        return not self.hides_some and self.order is Order.FOUND

    def showing_all(self) -> PictureFilter:
        """Return the filter that leaves nothing out, in the same order."""
        return PictureFilter(order=self.order, not_sure_below=self.not_sure_below)

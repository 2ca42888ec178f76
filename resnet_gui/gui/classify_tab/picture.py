"""Picture: one on the list.

There may be many thousands. They hold nothing that could lead back to them, so the garbage collector, which keeps the
window waiting while it looks at everything, need not look at them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from resnet_gui.inference.classify import PictureResult, PictureSource
from resnet_gui.inference.find import natural_key, printable_name
from resnet_gui.inference.true_class import FolderPath


class NewPicture(msgspec.Struct, frozen=True, gc=False):
    """A picture that is not on the list yet; made where it was found, off the GUI thread.

    Attributes:
        name: as shown.
        source: its file, or the bytes of one.
        folders: from the one that the user named to the one it lies in.
        sort_key: puts names in order.
    """

    name: str
    source: PictureSource
    folders: FolderPath
    sort_key: str


class Picture(msgspec.Struct, frozen=True, gc=False):
    """A picture on the list.

    Attributes:
        number: never given twice, so that what comes late from another thread meets no other picture.
        name: as shown.
        source: its file, or the bytes of one.
        folders: from the one that the user named to the one it lies in.
    """

    number: int
    name: str
    source: PictureSource
    folders: FolderPath = ()

    @property
    def location(self) -> str:
        """Where the picture is, or its name if it has no file."""
        return str(self.source) if isinstance(self.source, Path) else self.name


@dataclass(frozen=True, slots=True)
class Classified:
    """A picture with a result, and its true class if that is known."""

    picture: Picture
    result: PictureResult
    true_class: str


def new_picture(name: str, source: PictureSource, folders: FolderPath = ()) -> NewPicture:
    """Return a picture for the list."""
    return NewPicture(printable_name(name), source, folders, natural_key(name))

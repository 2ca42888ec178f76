"""Where a model that is taken out of the program goes, and as what: the target's ending says it."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from resnet_gui.atomic import UNFINISHED
from resnet_gui.errors import ConfigError


class ExportKind(StrEnum):
    """What a model can be taken out as."""

    BUNDLE = "bundle"
    KERAS = "keras"
    H5 = "h5"
    ONNX = "onnx"


ENDINGS = {".keras": ExportKind.KERAS, ".h5": ExportKind.H5, ".onnx": ExportKind.ONNX}
"""The endings of the kinds that are one file; any other name is a folder's, for the bundle."""


def kind_of(target: Path) -> ExportKind:
    """Return what a target asks for."""
    return ExportKind.BUNDLE if os.path.isdir(target) else ENDINGS.get(target.suffix.lower(), ExportKind.BUNDLE)


def free_place(target: Path, name: str) -> Path:
    """Return where the export goes: the target, or a new folder inside it if it is a folder.

    Args:
        target: what the user named.
        name: what a new folder inside a folder is called, the run's name.

    Raises:
        ConfigError: something is there already, or the folder it would lie in is not.
    """
    place = (target / name if os.path.isdir(target) else target).absolute()
    if not os.path.isdir(place.parent):
        raise ConfigError(f"There is no folder {place.parent}.", advice="Make it first, or choose another one.")
    taken = [place] if kind_of(target) is ExportKind.BUNDLE else [place, description_beside(place)]
    for path in taken:
        if os.path.lexists(path):  # a broken link too
            raise ConfigError(
                f"{path} is there already.", advice="Choose another name; exports never overwrite anything."
            )
    return place


def description_beside(file: Path) -> Path:
    """Return where the words about an exported file lie; `flowers.h5` and `flowers.keras` have one each."""
    return file.with_name(f"{file.name}.json")


def remove_unfinished(target: Path) -> None:
    """Delete what an export left beside its target because it was killed; whatever cannot be deleted stays."""
    with suppress(OSError):  # the folder itself is gone
        for path in list(target.parent.iterdir()):
            if path.name.startswith(f".{target.name}.") and path.name.endswith(UNFINISHED):
                shutil.rmtree(path, ignore_errors=True)

"""One door to every source of labelled pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from resnet_gui.data.dataset import LabelledPictures
from resnet_gui.data.images import Fit, Geometry
from resnet_gui.errors import DataError
from resnet_gui.progress import Report, unreported


class DataRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which pictures are wanted, and how.

    Attributes:
        source: where they come from.
        folder: with "folder": the one with a sub-folder per class.
        archive: with "cifar100": the archive or the folder it was unpacked to; empty downloads it once.
        labels: with "cifar100": its 100 classes or its 20 superclasses.
        input_size, fit: with "folder": how a picture becomes a square; the others are 32 x 32 as they are.
    """

    source: Literal["cifar100", "folder", "shapes"]
    folder: str = ""
    archive: str = ""
    labels: Literal["fine", "coarse"] = "fine"
    input_size: int = 224
    fit: Fit = "crop"


def load_pictures(request: DataRequest, report: Report = unreported) -> LabelledPictures:
    """Return the pictures that are asked for.

    Args:
        request: which ones.
        report: told what is being done; may raise CancelledError.

    Raises:
        DataError: they are missing or cannot be used.
        CancelledError: `report` asked to stop.
    """
    # Each source is imported when it is wanted: the window must not wait for the others' parts.
    match request.source:
        case "cifar100":
            return _cifar100(request, report)
        case "folder":
            if not request.folder:
                raise DataError("No folder is chosen.", "Choose a folder with one sub-folder of pictures per class.")
            from resnet_gui.data.folder import load_folder

            return load_folder(Path(request.folder), Geometry(request.input_size, request.fit), report)
        case "shapes":
            from resnet_gui.data.shapes import load_shapes

            return load_shapes(report=report)


def _cifar100(request: DataRequest, report: Report) -> LabelledPictures:
    from resnet_gui.data.cifar import load_cifar100

    if request.archive:
        return load_cifar100(Path(request.archive), request.labels, report)
    from resnet_gui.data.download import CIFAR100, fetch

    return load_cifar100(fetch(CIFAR100, report), request.labels, report)

"""Many picture files into one array on disk."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from resnet_gui.data.cache import array_header
from resnet_gui.data.dataset import Pixels
from resnet_gui.data.images import Geometry, read_image
from resnet_gui.data.parallel import in_order
from resnet_gui.errors import ImageError
from resnet_gui.progress import Report

_STAGE = "Reading pictures"
_REPORT_EVERY_S = 0.05


def decode_files(paths: Sequence[Path], geometry: Geometry, target: Path, report: Report) -> dict[int, str]:
    """Write every readable picture, in order, to a .npy file of (count, N, N, 3) uint8.

    Args:
        paths: the files.
        geometry: what every picture is brought to.
        target: the .npy file.
        report: told how many files are done; may raise CancelledError, which stops at once.

    Returns:
        Why pictures were left out, by their position in `paths`.

    Raises:
        OSError: `target` cannot be written. (Written, not mapped: a full disk under a mapping ends the process.)
    """

    def shape(count: int) -> tuple[int, ...]:
        return count, geometry.size, geometry.size, 3

    problems: dict[int, str] = {}
    reported = time.monotonic()
    report(_STAGE, 0, len(paths))
    with target.open("wb") as file:
        file.write(array_header(shape(len(paths)), np.uint8))
        for index, result in enumerate(in_order(partial(_read, geometry), paths)):
            if isinstance(result, ImageError):
                problems[index] = result.message
            else:
                file.write(result.data)
            if time.monotonic() - reported >= _REPORT_EVERY_S:
                report(_STAGE, index + 1, len(paths))
                reported = time.monotonic()
        file.seek(0)
        file.write(array_header(shape(len(paths) - len(problems)), np.uint8))
    report(_STAGE, len(paths), len(paths))
    return problems


def _read(geometry: Geometry, path: Path) -> Pixels | ImageError:
    try:
        return read_image(path, geometry)
    except ImageError as error:
        return error

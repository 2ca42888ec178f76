"""Many picture files into one array on disk."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from resnet_gui.data.cache import array_header
from resnet_gui.data.dataset import Pixels
from resnet_gui.data.images import Geometry, read_image
from resnet_gui.errors import ImageError
from resnet_gui.progress import Report

_STAGE = "Reading pictures"
_REPORT_EVERY_S = 0.05
_AHEAD_PER_WORKER = 4


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
        for index, result in enumerate(_in_order(paths, geometry)):
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


def _in_order(paths: Sequence[Path], geometry: Geometry) -> Iterator[Pixels | ImageError]:
    """Yield the pictures in order, decoded on all cores, a few of them ahead: each is large."""
    workers = os.cpu_count() or 1
    pool = ThreadPoolExecutor(workers, thread_name_prefix="decode")
    waiting: deque[Future[Pixels | ImageError]] = deque()
    try:
        for path in paths:
            waiting.append(pool.submit(_read, path, geometry))
            if len(waiting) >= workers * _AHEAD_PER_WORKER:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _read(path: Path, geometry: Geometry) -> Pixels | ImageError:
    try:
        return read_image(path, geometry)
    except ImageError as error:
        return error

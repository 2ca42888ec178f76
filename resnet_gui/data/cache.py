"""Decoded pictures and what was calculated from them, kept between starts as folders of memory-mapped arrays.

An entry is a folder `<cache>/<kind>/<key>/`, and one that exists is whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from resnet_gui.atomic import UNFINISHED, new_folder
from resnet_gui.errors import DataError
from resnet_gui.paths import cache_folder

_ABANDONED_AFTER_S = 24 * 3600.0
_SPARE_BYTES = 64 * 2**20  # left free on the disk beside what is written


def entry_key(parts: Iterable[bytes | memoryview]) -> str:
    """Return a file name that stands for these parts in this order."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(memoryview(part).nbytes.to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()[:32]


def find_entry(kind: str, key: str) -> Path | None:
    """Return an entry's folder, or None if there is none."""
    entry = cache_folder() / kind / key
    if not entry.is_dir():
        return None
    with contextlib.suppress(OSError):  # a cache that may only be read is as good
        os.utime(entry)  # the least recently used entries go first
    return entry


@contextmanager
def new_entry(kind: str, key: str, needed: int) -> Iterator[Path]:
    """Yield a temporary folder that becomes the entry if the block ends well and vanishes if not.

    Args:
        kind: which cache.
        key: the entry; one of the same key is replaced.
        needed: how many bytes will be written.

    Raises:
        DataError: the disk has no room for it, or cannot be written.
    """
    folder = cache_folder() / kind
    try:
        folder.mkdir(exist_ok=True)
        _require_space(folder, needed)
        with new_folder(folder / key) as entry:
            yield entry
    except OSError as error:
        raise DataError(
            f"The prepared pictures cannot be kept in {folder}: {error.strerror or error}.",
            "Check that the disk is not full and that you may write there.",
        ) from error


def prune(kind: str, keep: Path, limit: int) -> None:
    """Delete the least recently used entries until all but `keep` together take at most `limit` bytes."""
    folder = cache_folder() / kind
    entries = []
    for entry in folder.iterdir():
        with contextlib.suppress(OSError):  # another process may be cleaning up too
            used = entry.stat().st_mtime
            if entry.suffix != UNFINISHED:
                entries.append((used, entry))
            elif time.time() - used > _ABANDONED_AFTER_S:
                shutil.rmtree(entry, ignore_errors=True)
    total = 0
    for _, entry in sorted(entries, reverse=True):
        if entry == keep:
            continue
        total += _size(entry)
        if total > limit:
            shutil.rmtree(entry, ignore_errors=True)


def array_header(shape: tuple[int, ...], dtype: DTypeLike) -> bytes:
    """Return the start of a .npy file, after which the values follow; as long for any number of rows."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
    )
    return header.getvalue()


def map_array(path: Path) -> NDArray[Any]:
    """Return a .npy file as a read-only array whose values are read from disk when used.

    Raises:
        OSError, ValueError: it is missing or damaged.
    """
    mapped: NDArray[Any] = np.lib.format.open_memmap(path, mode="r").view(np.ndarray)
    return mapped


def _require_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE_BYTES:
        raise DataError(
            f"The prepared pictures need {needed / 1e9:.1f} GB on disk, but only {free / 1e9:.1f} GB are free "
            f"in {folder}.",
            "Free some space, choose a smaller input size, or use fewer pictures.",
        )


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())

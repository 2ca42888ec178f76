"""The three files of CIFAR-100, from their .tar.gz or from the folder it was unpacked to.

Nothing is written to disk: members of an archive are looked for by their exact names and read as a stream.
"""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path

from resnet_gui.data.files import open_regular, printable
from resnet_gui.errors import DataError, ImageError
from resnet_gui.progress import Report

FOLDER = "cifar-100-python"
PARTS = ("meta", "train", "test")
_STAGE = "Reading CIFAR-100"
_CHUNK = 2**20
_MAX_PART = 200 * 2**20  # the largest, train, has 155 MB
_MAX_ARCHIVE = 400 * 2**20  # unpacked; bounds what a crafted archive can make us read
_ADVICE = "Choose the original cifar-100-python.tar.gz, the folder it was unpacked to, or download it again."


def unusable(path: Path, reason: str) -> DataError:
    """Return the error that says why this is no CIFAR-100."""
    return DataError(f"{printable(path)} cannot be used as CIFAR-100: it {reason}.", _ADVICE)


def read_parts(path: Path, report: Report) -> dict[str, bytes]:
    """Return the content of the files meta, train and test.

    Raises:
        DataError: `path` is neither the archive nor the folder, or is damaged.
    """
    return _read_folder(path, report) if path.is_dir() else _read_archive(path, report)


def part_files(folder: Path) -> list[Path]:
    """Return where the three files are, or would be, in a folder or one level below it."""
    inner = folder / FOLDER
    return [(inner if inner.is_dir() else folder) / part for part in PARTS]


def _read_folder(folder: Path, report: Report) -> dict[str, bytes]:
    parts = {}
    for done, path in enumerate(part_files(folder)):
        report(_STAGE, done, len(PARTS))
        try:
            with open_regular(path) as file:
                content = file.read(_MAX_PART + 1)
        except ImageError as error:
            raise unusable(folder, f'has no usable file "{path.name}": that {error.message}') from error
        if len(content) > _MAX_PART:
            raise unusable(folder, f'has a file "{path.name}" that is far too large')
        parts[path.name] = content
    return parts


def _read_archive(path: Path, report: Report) -> dict[str, bytes]:
    try:
        file = open_regular(path)
    except ImageError as error:
        raise unusable(path, error.message) from error
    with file:
        total = path.stat().st_size
        unpacked = _Metered(gzip.GzipFile(fileobj=file), lambda: report(_STAGE, min(file.tell(), total), total))
        try:
            # "r|" reads straight through, so that a member is never sought for, and `unpacked` sees every byte.
            with tarfile.open(fileobj=unpacked, mode="r|", bufsize=_CHUNK) as archive:  # type: ignore[call-overload]
                parts = _wanted_members(archive)
        except (gzip.BadGzipFile, tarfile.ReadError) as error:
            raise unusable(path, "is not a .tar.gz archive, or is damaged") from error
        except EOFError as error:
            raise unusable(path, "is cut off") from error
        except (zlib.error, tarfile.TarError, OSError, ValueError) as error:
            raise unusable(path, "is damaged") from error
    missing = [part for part in PARTS if part not in parts]
    if missing:
        raise unusable(path, f"holds no {FOLDER}/{missing[0]}")
    return parts


def _wanted_members(archive: tarfile.TarFile) -> dict[str, bytes]:
    names = {f"{FOLDER}/{part}": part for part in PARTS}
    parts: dict[str, bytes] = {}
    for member in archive:
        part = names.get(member.name)
        if part is None or part in parts or not member.isreg() or member.issparse() or member.size > _MAX_PART:
            continue
        content = archive.extractfile(member)
        if content is not None:
            parts[part] = content.read(member.size)
        if len(parts) == len(PARTS):
            break
    return parts


class _Metered:
    """A stream that tells each read and ends with an error once it has given too much."""

    def __init__(self, stream: gzip.GzipFile, on_read: Callable[[], None]) -> None:
        self._stream = stream
        self._on_read = on_read
        self._left = _MAX_ARCHIVE

    def read(self, size: int) -> bytes:
        self._on_read()
        content = self._stream.read(size)
        self._left -= len(content)
        if self._left < 0:
            raise ValueError("the archive unpacks to far more than CIFAR-100")
        return content

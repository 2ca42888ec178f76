"""The three files of CIFAR-100, from their .tar.gz or from the folder it was unpacked to.

Nothing is written to disk: members of an archive are looked for by their exact names and read as a stream.
"""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from resnet_gui.data.files import open_regular, printable, read_regular
from resnet_gui.errors import DataError, ImageError
from resnet_gui.progress import Report

FOLDER = "cifar-100-python"
PARTS = ("meta", "train", "test")
_STAGE = "Reading CIFAR-100"
_CHUNK = 2**20
_MAX_PART = 200 * 2**20  # the largest, train, has 155 MB
_MAX_ARCHIVE = 400 * 2**20  # unpacked; bounds what a crafted archive can make us read
_WITHOUT_CONTENT = (
    tarfile.DIRTYPE, tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE
)  # fmt: skip
"""Members that are a header and nothing else, whatever size it tells."""
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
            parts[path.name] = read_regular(path, _MAX_PART)
        except ImageError as error:
            raise unusable(folder, f'has no usable file "{path.name}": that {error.message}') from error
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
            parts = _wanted_members(unpacked)
        except (gzip.BadGzipFile, tarfile.TarError) as error:
            raise unusable(path, "is not a .tar.gz archive, or is damaged") from error
        except EOFError as error:
            raise unusable(path, "is cut off") from error
        except (zlib.error, OSError, ValueError) as error:
            raise unusable(path, "is damaged") from error
    missing = [part for part in PARTS if part not in parts]
    if missing:
        raise unusable(path, f"holds no {FOLDER}/{missing[0]}")
    return parts


def _wanted_members(archive: _Metered) -> dict[str, bytes]:
    """Return the three files of a tar stream.

    Of tarfile's own reader only the header is used: it takes as much memory and time as the tables of sparse files
    and the extended headers ask for, and the three files need neither.
    """
    names = {f"{FOLDER}/{part}": part for part in PARTS}
    parts: dict[str, bytes] = {}
    while len(parts) < len(PARTS):
        header = archive.read_all(tarfile.BLOCKSIZE)
        if not header.strip(b"\0"):  # two such blocks are the end
            break
        member = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        if member.type in _WITHOUT_CONTENT:
            continue
        if member.size < 0:
            raise ValueError("a member of less than nothing")
        part = names.get(member.name)
        if part is None or part in parts or member.type not in tarfile.REGULAR_TYPES or member.size > _MAX_PART:
            archive.skip(member.size)
        else:
            parts[part] = archive.read_all(member.size)
        archive.skip(-member.size % tarfile.BLOCKSIZE)
    archive.read_to_end()
    return parts


class _Metered:
    """A stream that tells each read and ends with an error once it has given too much."""

    def __init__(self, stream: gzip.GzipFile, on_read: Callable[[], None]) -> None:
        self._stream = stream
        self._on_read = on_read
        self._left = _MAX_ARCHIVE

    def read_all(self, size: int) -> bytes:
        """Return so many bytes; EOFError if there are fewer."""
        return b"".join(self._chunks(size))

    def skip(self, size: int) -> None:
        """Pass over so many bytes; EOFError if there are fewer."""
        for _ in self._chunks(size):
            pass

    def read_to_end(self) -> None:
        """Pass over the rest, behind which gzip keeps the checksum of all."""
        while self._read(_CHUNK):
            pass

    def _chunks(self, size: int) -> Iterator[bytes]:
        while size > 0:
            chunk = self._read(min(size, _CHUNK))
            if not chunk:
                raise EOFError
            size -= len(chunk)
            yield chunk

    def _read(self, size: int) -> bytes:
        self._on_read()
        content = self._stream.read(size)
        self._left -= len(content)
        if self._left < 0:
            raise ValueError("the archive unpacks to far more than CIFAR-100")
        return content

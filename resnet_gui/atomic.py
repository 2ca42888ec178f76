"""Files and folders that are on disk whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from resnet_gui.paths import sync_folder

UNFINISHED = ".tmp"
"""How the names of files and folders end that are not complete yet."""
_SPARE = 500_000
"""Bytes for what a file holds beside its values."""


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path` by `content` so that a reader, or a power cut, sees the old or the new, never half."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}{UNFINISHED}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder to fill with files; it takes the place of `target` if the block ends well.

    Until then it stands beside `target` under another name, and if the block fails it vanishes and an earlier
    `target` is untouched. Its files are on disk before it gets its name. Where there is an earlier one, a power cut
    in the instant between two renames leaves both under other names: neither is deleted before the new one stands.

    Raises:
        OSError: it cannot be made, written or renamed.
    """
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=UNFINISHED, dir=target.parent))
    try:
        yield temporary
        for file in temporary.iterdir():
            with file.open("rb+") as written:
                os.fsync(written.fileno())
        sync_folder(temporary)
        temporary.chmod(0o755)  # mkdtemp lets nobody else in
        _take_place(temporary, target)
        sync_folder(target.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """Yield a path to write a file to, of the same name; it becomes `target` if the block ends well.

    Until then it lies in a folder of its own beside `target`, and if the block fails it vanishes. It is on disk before
    it gets its name.

    Raises:
        FileExistsError: there is a `target` by then.
        OSError: it cannot be made, written or renamed.
    """
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=UNFINISHED, dir=target.parent))
    try:
        temporary = folder / target.name
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        temporary.rename(target)
        sync_folder(target.parent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def require_room(folder: Path, size: int) -> None:
    """Raise OSError if a folder's disk has no room for so many bytes.

    For what is written by libraries that tell a full disk late or badly: HDF5 keeps the file open and its room taken,
    and OpenVINO names no reason.
    """
    if shutil.disk_usage(folder).free < size + _SPARE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def clear_unfinished(folder: Path) -> None:
    """Delete what was left unfinished in a folder by a program that was killed."""
    for leftover in folder.glob(f".*{UNFINISHED}"):
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(leftover, ignore_errors=True)  # it costs only room
        else:
            leftover.unlink(missing_ok=True)


def append_whole(*additions: tuple[Path, bytes]) -> None:
    """Append to files, made where missing: to all of them or, if one of them cannot be written, to none.

    Raises:
        OSError: one cannot be written.
    """
    lengths: list[tuple[Path, int]] = []
    try:
        for path, content in additions:
            with path.open("ab", buffering=0) as file:  # a buffer would be written, in part, by closing it
                lengths.append((path, file.seek(0, os.SEEK_END)))
                while content:
                    content = content[file.write(content) :]
    except BaseException:
        for path, length in lengths:
            with suppress(OSError):  # what cannot be shortened either is torn: whoever reads it passes over that
                os.truncate(path, length)
        raise


def _take_place(new: Path, target: Path) -> None:
    if not target.exists():
        new.rename(target)
        return
    replaced = new.with_suffix(f".old{UNFINISHED}")
    target.rename(replaced)
    try:
        new.rename(target)
    except OSError:
        replaced.rename(target)
        raise
    shutil.rmtree(replaced, ignore_errors=True)

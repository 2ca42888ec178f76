"""Opening files that strangers named: only regular files, and never a wait."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from resnet_gui.errors import ImageError

# Opening a FIFO waits for its other end unless told not to; Windows has neither the flag nor the trap.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_REASONS = {
    errno.ENOENT: "does not exist",
    errno.EACCES: "may not be read: permission denied",
    errno.EPERM: "may not be read: permission denied",
    errno.ELOOP: "is a link that leads to itself",
    errno.EISDIR: "is a folder",
}


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading.

    Raises:
        ImageError: it is none, or cannot be opened; the reason is a phrase that follows the file's name.
    """
    try:
        # Looked at before it is opened, because opening a device may already do something.
        _require_regular(path.stat())
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        raise ImageError(file_reason(error)) from error
    file = os.fdopen(descriptor, "rb")
    try:
        _require_regular(os.fstat(descriptor))
    except BaseException:
        file.close()
        raise
    return file


def read_regular(path: Path, limit: int) -> bytes:
    """Return the content of a regular file.

    Raises:
        ImageError: it is none, cannot be read, or has more than `limit` bytes.
    """
    with open_regular(path) as file:
        try:
            size = os.fstat(file.fileno()).st_size
            if size > limit:
                raise ImageError(f"is far too large: {size / 1e6:.0f} MB")
            return file.read(size)  # reading up to the limit would take that much memory first
        except OSError as error:
            raise ImageError(file_reason(error)) from error


def file_reason(error: OSError | ValueError) -> str:
    """Return why a file cannot be opened, as a phrase that follows its name."""
    if isinstance(error, OSError):
        return _REASONS.get(error.errno or 0) or f"cannot be read: {error.strerror or error}"
    return "has a name that the system does not allow"


def printable(path: Path | str) -> str:
    """Return a path or a name as valid Unicode: bytes that are none, which Linux allows, become escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def listed_name(name: str) -> str:
    """Return a path below a folder as lists of pictures have it: one line, its parts separated by "/" on any system."""
    return name.replace(os.sep, "/").replace("\n", "\\n").replace("\r", "\\r")


def _require_regular(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise ImageError("is a folder")
    if not stat.S_ISREG(status.st_mode):
        raise ImageError("is not a regular file")

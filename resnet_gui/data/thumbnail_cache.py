"""Small versions of pictures, kept on disk between starts up to a limited size."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from PIL import Image

from resnet_gui.atomic import UNFINISHED
from resnet_gui.data.cache import entry_key
from resnet_gui.data.images import open_picture
from resnet_gui.errors import ImageError, ResNetGuiError
from resnet_gui.paths import cache_folder

_FOLDER = "thumbnails"
_LIMIT = 64 * 2**20  # bytes: some ten thousand
_QUALITY = 90
_WORTH_KEEPING = 32 * 2**10  # bytes; smaller files are as quick to decode as what would be kept of them


class ThumbnailCache:
    """Makes thumbnails and keeps those of large files. To be used by one thread at a time, of any number of programs.

    One is found again by its picture's path, size and times. Those that were not looked at for longest go first.

    Args:
        size: no side of a thumbnail is longer, in pixels.
        limit: how many bytes are kept.
    """

    def __init__(self, size: int, limit: int = _LIMIT) -> None:
        self._size = size
        self._limit = limit
        self._room = 0  # bytes that may be written before it has to be looked at what is there

    def thumbnail(self, source: Path | bytes) -> Image.Image:
        """Return a picture with no side longer than the cache's size, RGB.

        Raises:
            ImageError: the picture cannot be read.
        """
        file = None if isinstance(source, bytes) else self._file_of(source)
        kept = None if file is None else _read(file)
        if kept is not None:
            return kept
        picture = open_picture(source, at_least=self._size)
        picture.thumbnail((self._size, self._size), Image.Resampling.BILINEAR)
        if file is not None:
            self._keep(picture, file)
        return picture

    def _file_of(self, path: Path) -> Path | None:
        """Return where a picture's thumbnail is kept, None if it is not."""
        try:
            status = path.stat()
            folder = cache_folder() / _FOLDER
        except (OSError, ValueError, ResNetGuiError):  # no such picture, or no cache
            return None
        if status.st_size < _WORTH_KEEPING:
            return None
        state = f"{self._size} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
        return folder / f"{entry_key([os.fsencode(path.absolute()), state.encode()])}.jpg"

    def _keep(self, picture: Image.Image, file: Path) -> None:
        temporary = file.with_name(f"{file.name}.{os.getpid()}{UNFINISHED}")
        try:
            file.parent.mkdir(mode=0o700, exist_ok=True)  # pictures are nobody else's business
            picture.save(temporary, "JPEG", quality=_QUALITY)
            temporary.replace(file)
            self._room -= file.stat().st_size
            if self._room < 0:
                self._room = self._limit - _prune(file.parent, self._limit - self._limit // 8)
        except OSError:  # a full disk, say: thumbnails are made anew every time then
            with suppress(OSError):
                temporary.unlink()


def _read(file: Path) -> Image.Image | None:
    """Return a kept thumbnail, None if there is none or it is damaged."""
    try:
        thumbnail = open_picture(file)
        os.utime(file)  # the least recently used go first
    except (ImageError, OSError):
        return None
    return thumbnail


def _prune(folder: Path, limit: int) -> int:
    """Delete the least recently used files beyond `limit` bytes; return how many bytes are left."""
    files = []
    for file in folder.iterdir():
        with suppress(OSError):  # another program may be cleaning up too
            status = file.stat()
            files.append((status.st_mtime_ns, status.st_size, file))
    left = 0
    for _, size, file in sorted(files, reverse=True):
        if left + size <= limit:
            left += size
            continue
        with suppress(OSError):
            file.unlink()
    return left

"""Finding the pictures among files and folders that the user named."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from unicodedata import category

from resnet_gui.data.files import printable
from resnet_gui.data.images import PICTURE_SUFFIXES
from resnet_gui.progress import Report, unreported

_NUMBER = re.compile(r"\d+")
# Controls, line and paragraph separators: what would break a name that is shown in one line.
_NOT_SHOWN = frozenset(("Cc", "Zl", "Zp"))


def find_pictures(paths: Iterable[Path], report: Report = unreported) -> Generator[Path, None, None]:
    """Yield the named files, whatever they are called, and the pictures inside the named folders.

    In a folder and its sub-folders, only regular files with a picture's suffix are taken, in natural order;
    hidden ones are passed over, and each folder is entered once however many links lead to it. What cannot be
    looked into is yielded itself: reading it then gives the reason.

    Args:
        paths: the files and folders.
        report: called for everything that is looked at, pictures or not; may raise CancelledError.

    Raises:
        CancelledError: `report` asked to stop.
    """
    for path in paths:
        if os.path.isdir(path):  # Path.is_dir raises where it may not look
            yield from _inside(path, report)
        else:
            yield path


def _inside(folder: Path, report: Report) -> Iterator[Path]:
    entered: set[tuple[int, int]] = set()
    found, pending = 0, [folder]
    while pending:
        current = pending.pop()
        try:
            status = current.stat()
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            names = sorted((name for name in os.listdir(current) if not name.startswith(".")), key=natural_key)
        except OSError:
            yield current
            continue
        folders = []
        for name in names:
            report("Looking for pictures", found, 0)
            path = current / name
            if os.path.isdir(path):
                folders.append(path)
            elif path.suffix.lower() in PICTURE_SUFFIXES and _may_be_read(path):
                found += 1
                yield path
        pending.extend(reversed(folders))


def _may_be_read(path: Path) -> bool:
    """Return whether a path leads to a regular file, or nowhere: a broken link deserves its message."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def natural_key(name: str) -> str:
    """Return a key that sorts "picture 2" before "picture 10"."""
    # A number becomes its length and its digits, behind a sign that sorts before every letter.
    return f"{_NUMBER.sub(_sortable, name.casefold())}\0{name}"


def _sortable(number: re.Match[str]) -> str:
    digits = str(int(number[0]))
    return f"\1{len(digits):03}{digits}"


def printable_name(name: str) -> str:
    """Return a file's name as one line of text that can be shown."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if category(letter) in _NOT_SHOWN else letter for letter in printable(name)
    )

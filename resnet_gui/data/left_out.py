"""Lists of pictures that are left out of a training, by their names; the files themselves stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from resnet_gui.atomic import write_atomically
from resnet_gui.data.cache import entry_key
from resnet_gui.errors import DataError
from resnet_gui.paths import cache_folder

_CACHE = "left-out"


def read_names(path: Path) -> tuple[str, ...]:
    """Return the names in a text file: one a line, as the program shows them, below the folder of the classes.

    Raises:
        DataError: it cannot be read, or is no text.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(
            f"The list {path} cannot be read: {error.strerror or error}.", "Choose another file."
        ) from error
    except ValueError as error:
        raise DataError(
            f"{path} is no list of pictures.", "Give a text file (UTF-8) with the path of one picture a line."
        ) from error
    return tuple(line for line in text.split("\n") if line)


def write_names(path: Path, names: Sequence[str]) -> None:
    """Write a list that `read_names` reads.

    Raises:
        DataError: it cannot be written.
    """
    try:
        write_atomically(path, "".join(f"{name}\n" for name in names).encode())
    except OSError as error:
        raise DataError(f"The list {path} cannot be written: {error.strerror or error}.") from error


def listed(names: Sequence[str]) -> Path:
    """Return a file in the cache folder that lists these names, for a command that is given them; made if missing.

    Raises:
        DataError: it cannot be written.
    """
    folder = cache_folder() / _CACHE
    path = folder / f"{entry_key(name.encode() for name in names)}.txt"
    if not path.is_file():
        folder.mkdir(exist_ok=True)
        write_names(path, names)
    return path

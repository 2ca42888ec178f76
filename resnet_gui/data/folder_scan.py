"""Which files belong to which class, below a folder with one sub-folder per class."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from resnet_gui.data.dataset import FileProblem
from resnet_gui.data.files import file_reason, printable
from resnet_gui.data.images import PICTURE_SUFFIXES
from resnet_gui.errors import DataError

_LAYOUT = "Make one sub-folder for each class and put its pictures there."
_SYSTEM_FILES = frozenset(("thumbs.db", "desktop.ini", "__macosx"))
_SPLIT_NAMES = frozenset(("train", "training", "val", "valid", "validation", "test", "testing"))
_REPORT_EVERY = 200

Identity = tuple[int, int]


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file that may be a picture.

    Attributes:
        path: where it is.
        name: its path below the scanned folder, as text that can always be shown and stored.
        state: size, modification and change time: differs once the content does.
    """

    path: Path
    name: str
    state: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class ClassFolder:
    """One class: its files in the order of their names, and what was left out."""

    name: str
    files: list[FoundFile] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)


def scan(folder: Path, on_found: Callable[[int], None]) -> tuple[list[ClassFolder], list[FileProblem]]:
    """Return the classes below `folder` in the order of their names, and the files that belong to none.

    Args:
        folder: the folder to look through.
        on_found: told how many files were found so far; may raise to stop.

    Raises:
        DataError: it is not laid out as one sub-folder per class.
    """
    folder = folder.absolute()
    entries = _entries_of_root(folder)
    inner = [entry for entry in entries if _is_folder(entry)]
    loose = sorted(set(entries) - set(inner))
    _require_classes(folder, inner, loose)
    root = _identity(folder.stat())
    classes = []
    found = 0
    for path in inner:
        one = ClassFolder(printable(path.name))
        for _ in _fill(one, path, folder, {root}):
            found += 1
            if found % _REPORT_EVERY == 0:
                on_found(found)
        classes.append(one)
    on_found(found)
    return classes, [FileProblem(printable(path.name), "belongs to no class folder") for path in loose]


def _entries_of_root(folder: Path) -> list[Path]:
    shown = printable(folder)
    try:
        return _entries(folder)
    except FileNotFoundError as error:
        raise DataError(f"The folder {shown} does not exist.", "Choose another folder.") from error
    except NotADirectoryError as error:
        raise DataError(f"{shown} is not a folder.", "Choose the folder that holds the class folders.") from error
    except (OSError, ValueError) as error:
        reason = file_reason(error)
        raise DataError(f"The folder {shown} cannot be opened: it {reason}.", "Choose another folder.") from error


def _require_classes(folder: Path, inner: list[Path], loose: list[Path]) -> None:
    shown = printable(folder)
    if not inner:
        if any(path.suffix.lower() in PICTURE_SUFFIXES for path in loose):
            raise DataError(f"The pictures lie directly in {shown}, so their classes are not known.", _LAYOUT)
        raise DataError(f"The folder {shown} has no sub-folders.", _LAYOUT)
    if len(inner) == 1:
        name = printable(inner[0].name)
        raise DataError(f'There is only one class, "{name}", in {shown}.', f"At least two are needed. {_LAYOUT}")
    if all(path.name.lower() in _SPLIT_NAMES for path in inner):
        names = ", ".join(path.name for path in inner)
        raise DataError(
            f"The sub-folders of {shown} ({names}) are parts of a data set, not classes.",
            "Choose the one to train on.",
        )


def _entries(folder: Path) -> list[Path]:
    """Return what is in a folder, by name, without hidden and system files."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries]
    return [folder / name for name in sorted(names) if not name.startswith(".") and name.lower() not in _SYSTEM_FILES]


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except OSError:  # a broken link, say
        return False


def _identity(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino


def _fill(one: ClassFolder, folder: Path, root: Path, seen: set[Identity]) -> Iterator[FoundFile]:
    """Add every file below `folder` to a class, yielding each.

    Links are followed, so folders are told apart by (device, inode): one that was `seen` is not entered again.
    """
    start = len(os.path.join(root, ""))  # much faster than relative_to, for a million files
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        name = printable(str(path)[start:])
        try:
            status = path.stat()
            if stat.S_ISDIR(status.st_mode):
                if _identity(status) in seen:
                    one.problems.append(FileProblem(name, "leads back to a folder that was read already"))
                else:
                    seen.add(_identity(status))
                    waiting += reversed(_entries(path))
            elif stat.S_ISREG(status.st_mode):
                file = FoundFile(path, name, (status.st_size, status.st_mtime_ns, status.st_ctime_ns))
                one.files.append(file)
                yield file
            else:
                one.problems.append(FileProblem(name, "is not a regular file"))
        except OSError as error:
            one.problems.append(FileProblem(name, file_reason(error)))

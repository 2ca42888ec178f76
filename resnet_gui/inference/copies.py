"""Copying pictures into one folder per class: nothing is moved, nothing is overwritten."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import BinaryIO

from resnet_gui.data.dataset import FileProblem
from resnet_gui.data.files import open_regular, printable
from resnet_gui.errors import ImageError, ResNetGuiError
from resnet_gui.inference.classify import PictureSource
from resnet_gui.inference.folder_names import folder_names
from resnet_gui.progress import Report, unreported

_CHUNK = 2**20
_DISK_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))


@dataclass(frozen=True, slots=True)
class ToCopy:
    """A picture, the name its copy gets, and the class whose folder it goes to."""

    source: PictureSource
    name: str
    class_name: str


@dataclass(slots=True)
class Copies:
    """What became of some pictures.

    Attributes:
        folder: where the classes' folders are.
        copied: how many pictures were copied.
        present: how many were there already, byte for byte.
        problems: the others, each with the reason.
    """

    folder: Path
    copied: int = 0
    present: int = 0
    problems: list[FileProblem] = field(default_factory=list)


def copy_into_folders(
    pictures: Sequence[ToCopy], class_names: Iterable[str], folder: Path, report: Report = unreported
) -> Copies:
    """Copy each picture into the folder of its class; one that cannot be copied stops nothing.

    A name that is taken by another picture is numbered: "a (2).jpg".

    Args:
        pictures: what to copy.
        class_names: the model's classes, which are given the same folders every time.
        folder: where the classes' folders are or will be.
        report: told how many are done, also within a large file; may raise CancelledError.

    Raises:
        CancelledError: `report` asked to stop; what was copied stays, and no half copy.
        ResNetGuiError: the folder cannot be written to, or the disk is full.
    """
    folders = folder_names([*class_names, *(picture.class_name for picture in pictures)])
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResNetGuiError(
            f"The folder {printable(folder)} cannot be made: {(error.strerror or str(error)).lower()}.",
            "Choose a folder that you may write to.",
        ) from error
    copies = Copies(folder)

    def report_alive() -> None:
        report("Copying pictures", copies.copied + copies.present + len(copies.problems), len(pictures))

    for picture in pictures:
        report_alive()
        try:
            if _copy(picture, folder / folders[picture.class_name], report_alive):
                copies.copied += 1
            else:
                copies.present += 1
        except (OSError, ValueError, ImageError) as error:
            if isinstance(error, OSError) and error.errno in _DISK_FULL:
                raise ResNetGuiError(
                    f"The disk is full: {copies.copied} of {len(pictures)} pictures were copied.",
                    "Free some space and do it again: what is there already is not copied twice.",
                ) from error
            copies.problems.append(FileProblem(_shown(picture), _reason(error)))
    report_alive()
    return copies


def _copy(picture: ToCopy, folder: Path, report_alive: Callable[[], None]) -> bool:
    """Copy a picture and return True, or False if the folder has it already."""
    source = picture.source
    with closing(io.BytesIO(source) if isinstance(source, bytes) else open_regular(source)) as original:
        folder.mkdir(exist_ok=True)
        target = folder / picture.name
        for number in count(2):
            try:
                copy = target.open("xb")
            except FileExistsError:
                if _has_content_of(original, target):
                    return False
                target = folder / f"{Path(picture.name).stem} ({number}){Path(picture.name).suffix}"
            else:
                _fill(copy, target, original, report_alive)
                return True
    raise AssertionError("numbers have no end")


def _fill(copy: BinaryIO, target: Path, original: BinaryIO, report_alive: Callable[[], None]) -> None:
    try:
        with copy:
            while chunk := original.read(_CHUNK):
                copy.write(chunk)
                report_alive()
    except BaseException:
        with suppress(OSError):
            target.unlink()
        raise
    if not isinstance(original, io.BytesIO):
        with suppress(OSError):  # not every file system keeps times
            written = os.fstat(original.fileno()).st_mtime_ns
            os.utime(target, ns=(written, written))


def _has_content_of(original: BinaryIO, path: Path) -> bool:
    try:
        with open_regular(path) as other:
            same = _length(original) == _length(other)
            while same and (chunk := original.read(_CHUNK)):
                same = chunk == other.read(_CHUNK)
    except (OSError, ImageError):  # a folder of that name, say
        return False
    finally:
        original.seek(0)
    return same


def _length(file: BinaryIO) -> int:
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    return length


def _shown(picture: ToCopy) -> str:
    return printable(picture.source) if isinstance(picture.source, Path) else picture.name


def _reason(error: OSError | ValueError | ImageError) -> str:
    """Return why a picture cannot be copied, as a phrase that follows its name."""
    if isinstance(error, ImageError):
        return error.message  # of the picture itself
    return f"cannot be copied: {(error.strerror if isinstance(error, OSError) else '') or error}"

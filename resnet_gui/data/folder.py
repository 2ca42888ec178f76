"""A folder with one sub-folder of pictures per class.

Every picture is decoded once, when the folder is opened, into one array in the cache folder that is mapped
from there. So a damaged file is known before the split and the counts shown are exact, a folder that changes
during a training does no harm, every later epoch and start costs no decoding, and memory holds only what is
being looked at. The array is found again as long as the folder's files stay the same.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from resnet_gui.data.cache import entry_key, find_entry, map_array, new_entry, prune
from resnet_gui.data.dataset import FileProblem, LabelledPictures, Pixels
from resnet_gui.data.decoding import decode_files
from resnet_gui.data.files import listed_name, printable
from resnet_gui.data.folder_scan import ClassFolder, scan
from resnet_gui.data.images import Geometry
from resnet_gui.errors import DataError
from resnet_gui.progress import Report, unreported

_CACHE = "pictures"
_CACHE_LIMIT = 4 * 2**30  # bytes, beside the entry in use


class _Contents(msgspec.Struct, frozen=True):
    """What is kept beside the pixels: the label of each picture, and which files were left out."""

    labels: list[int]
    problems: list[tuple[str, str]]


def load_folder(folder: Path, geometry: Geometry, report: Report = unreported) -> LabelledPictures:
    """Return the pictures below a folder; the sub-folder is the class.

    Args:
        folder: holds one sub-folder per class; pictures in deeper sub-folders belong to their class.
        geometry: what every picture is brought to.
        report: told how many files are read.

    Raises:
        DataError: the folder is missing or not laid out like this, a class has no readable picture, or the
            disk has no room for the decoded pictures.
        CancelledError: `report` asked to stop.
    """
    classes, problems = scan(folder, lambda found: report("Looking for pictures", found, 0))
    for one in classes:
        if not one.files:
            raise _no_picture(one, [])
    key = _key(geometry, classes)
    pixels, contents = _from_cache(key) or _decode(key, geometry, classes, report)
    problems += [problem for one in classes for problem in one.problems]
    problems += [FileProblem(path, reason) for path, reason in contents.problems]
    unusable = {path for path, _ in contents.problems}
    return LabelledPictures(
        name=printable(folder.resolve().name or folder),
        class_names=tuple(one.name for one in classes),
        geometry=geometry,
        pixels=pixels,
        labels=np.array(contents.labels, np.int64),
        problems=tuple(sorted(problems, key=lambda problem: problem.path)),
        fingerprint=key,
        names=tuple(listed_name(file.name) for one in classes for file in one.files if file.name not in unusable),
    )


def _no_picture(one: ClassFolder, problems: Sequence[FileProblem]) -> DataError:
    known = [*one.problems, *problems]
    because = f": {known[0].path} {known[0].reason}" if known else ""
    return DataError(
        f'The class "{one.name}" has no readable picture{because}.',
        "Put pictures into its folder, or remove the folder.",
    )


def _key(geometry: Geometry, classes: Sequence[ClassFolder]) -> str:
    """Return what the decoded pictures are kept under.

    Beside each file's size and time of modification stand its full path and time of change: pictures of equal
    size, unpacked with the times of an archive, must not be taken for each other.
    """
    parts = [msgspec.json.encode(geometry)]
    for one in classes:
        for file in one.files:
            parts += [os.fsencode(file.path), b"%d %d %d" % file.state]
    return entry_key(parts)


def _from_cache(key: str) -> tuple[Pixels, _Contents] | None:
    entry = find_entry(_CACHE, key)
    if entry is None:
        return None
    try:
        pixels = map_array(entry / "pixels.npy")
        contents = msgspec.json.decode((entry / "contents.json").read_bytes(), type=_Contents)
    except (OSError, ValueError):  # msgspec's errors are ValueErrors; a damaged entry is made again
        return None
    return (pixels, contents) if len(pixels) == len(contents.labels) else None


def _decode(key: str, geometry: Geometry, classes: Sequence[ClassFolder], report: Report) -> tuple[Pixels, _Contents]:
    files = [(label, file) for label, one in enumerate(classes) for file in one.files]
    needed = len(files) * geometry.size**2 * 3
    with new_entry(_CACHE, key, needed) as entry:
        reasons = decode_files([file.path for _, file in files], geometry, entry / "pixels.npy", report)
        labels = [label for index, (label, _) in enumerate(files) if index not in reasons]
        problems = [(files[index][1].name, reason) for index, reason in reasons.items()]
        _require_every_class(classes, labels, reasons)
        (entry / "contents.json").write_bytes(msgspec.json.encode(_Contents(labels, problems)))
    made = _from_cache(key)
    if made is None:
        raise DataError("The decoded pictures could not be read back.", "Check the disk, then try again.")
    prune(_CACHE, keep=entry.with_name(key), limit=_CACHE_LIMIT)
    return made


def _require_every_class(classes: Sequence[ClassFolder], labels: Sequence[int], reasons: dict[int, str]) -> None:
    """Raise DataError naming the first class that has no readable picture."""
    counts = np.bincount(labels, minlength=len(classes)) if labels else np.zeros(len(classes))
    first = 0
    for one, count in zip(classes, counts, strict=True):
        if not count:
            raise _no_picture(one, [FileProblem(one.files[0].name, reasons[first])])
        first += len(one.files)

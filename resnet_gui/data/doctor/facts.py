"""Looking at every picture of a source once: what is known of it, however it is split."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resnet_gui.data.dataset import ImageDataset, Pixels
from resnet_gui.data.doctor.likeness import SIGNATURE, Pairs, alike_pairs, signature
from resnet_gui.data.images import picture_header
from resnet_gui.data.parallel import in_order
from resnet_gui.errors import ImageError
from resnet_gui.progress import Report, unreported

KINDS = ("unknown", "coloured", "grey", "partly transparent")
_GREY = ("1", "L", "I", "F")
_TRANSPARENT = ("RGBA", "RGBa", "LA", "La", "PA")
_ONE_COLOUR = 8  # of 255: so much may differ within a picture of one colour; JPEG adds a little
_STAGE = "Looking at pictures"
_REPORT_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the n pictures of a source; those of its test split come after the others.

    Attributes:
        alike: (m, 2) positions of pictures that look the same or nearly, the lower one first.
        one_colour: (n,) whether there is nothing to see on it.
        sizes: (n, 2) width and height of the picture in its file; 0 where there is no file.
        kinds: (n,) how its file says what colour a pixel is, a position in KINDS.
    """

    alike: Pairs
    one_colour: NDArray[np.bool_]
    sizes: NDArray[np.int64]
    kinds: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Look:
    """What is seen of one picture."""

    digest: bytes
    signature: NDArray[np.uint8]
    one_colour: bool
    header: tuple[int, int, int]  # width, height, kind


def examine(dataset: ImageDataset, folder: Path | None = None, report: Report = unreported) -> Facts:
    """Look at all pictures of a dataset's source, also those that it leaves out.

    The pixels are those that were decoded already, so it reads no file but the headers of those in `folder`.

    Args:
        dataset: whose source.
        folder: where the pictures' names are paths; None if they are no files.
        report: told how far it is; may raise CancelledError.
    """
    sources = [dataset.train.pixels, *([dataset.test.pixels] if dataset.test is not None else [])]
    total = sum(map(len, sources))
    signatures = np.empty((total, SIGNATURE), np.uint8)
    one_colour, headers = np.zeros(total, np.bool_), np.zeros((total, 3), np.int64)
    digests: list[bytes] = []
    reported = time.monotonic()
    report(_STAGE, 0, total)
    for position, look in enumerate(_looks(sources, dataset.names, folder)):
        digests.append(look.digest)
        signatures[position], one_colour[position], headers[position] = look.signature, look.one_colour, look.header
        if time.monotonic() - reported >= _REPORT_EVERY_S:
            report(_STAGE, position + 1, total)
            reported = time.monotonic()
    report(_STAGE, total, total)
    return Facts(_alike(digests, signatures, one_colour, report), one_colour, headers[:, :2], headers[:, 2])


def _looks(sources: Sequence[Pixels], names: Sequence[str], folder: Path | None) -> Iterator[_Look]:
    def look(place: tuple[int, int]) -> _Look:
        source, position = place
        pixels = np.ascontiguousarray(sources[source][position])
        picture = Image.fromarray(pixels)
        header = _header(folder / names[position]) if folder is not None and not source else (0, 0, 0)
        return _Look(
            hashlib.blake2b(pixels.data, digest_size=16).digest(),
            signature(picture),
            _is_of_one_colour(picture),
            header,
        )

    places = ((source, position) for source, pixels in enumerate(sources) for position in range(len(pixels)))
    return in_order(look, places)


def _is_of_one_colour(picture: Image.Image) -> bool:
    ranges = [band.getextrema() for band in picture.split()]
    return all(high - low <= _ONE_COLOUR for low, high in ranges)  # type: ignore[operator]


def _header(path: Path) -> tuple[int, int, int]:
    try:
        width, height, mode = picture_header(path)
    except ImageError:  # gone since it was decoded, or of a name that cannot be written down
        return 0, 0, 0
    kind = 3 if mode in _TRANSPARENT else 2 if mode in _GREY or mode.startswith("I;") else 1
    return width, height, kind


def _alike(
    digests: Sequence[bytes], signatures: NDArray[np.uint8], one_colour: NDArray[np.bool_], report: Report
) -> Pairs:
    """Return the pairs that look alike; of those that are quite the same, one stands for all in the comparison.

    Pictures of one colour all look alike and are told of for that.
    """
    first_of: dict[bytes, int] = {}
    same, different = [], []
    for position in np.flatnonzero(~one_colour).tolist():
        first = first_of.setdefault(digests[position], position)
        if first == position:
            different.append(position)
        else:
            same.append((first, position))
    chosen = np.array(different, np.int64)
    pairs = chosen[alike_pairs(signatures[chosen], report)]
    return np.concatenate([np.array(same, np.int64).reshape(-1, 2), pairs.reshape(-1, 2)])

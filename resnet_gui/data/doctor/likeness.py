"""Which pictures look alike, though their pixels are not quite the same.

Each picture gets a hash of 64 bits: whether its 64 coarsest patterns (cosine transform of 32 x 32 brightness values,
the average left out) are stronger or weaker than usual. Pictures whose hashes differ in few bits are compared closely.
To find those few pairs without comparing all, the hash is cut into four parts of 16 bits: of two hashes that differ in
7 bits at most, one part differs in one bit or none, so it is enough to look up each part and its 16 neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resnet_gui.progress import Report

SIDE = 32
_COLOUR_SIDE = 8
SIGNATURE = SIDE * SIDE + 2 * _COLOUR_SIDE**2  # bytes: brightness, then two colour differences
_PATTERNS = 64
_PARTS, _PART_BITS = 4, 16
_MOST_BITS = 7
# Of 600 chest X-rays, all alike, the two that are most so correlate at 0.970, of 48 photos at 0.557; copies saved again
# with quality 10, or at a quarter of their size, at 0.987 and above. Turned by a degree or cut by 2 %, they are others.
_LEAST_CORRELATION = 0.985
_MOST_COLOUR = 8.0  # of 255, on average; 2.3 in such copies
_MANY = 1000  # pictures, from which on "than usual" means more or less than the median of all
_MOST_PAIRS = 200_000_000  # that are looked at in all, so that a million pictures of one thing end too
_CHUNK = 1 << 12

_STAGE = "Comparing pictures"

Signatures = NDArray[np.uint8]
Pairs = NDArray[np.int64]


def signature(picture: Image.Image) -> Signatures:
    """Return a small version of an RGB picture, (SIGNATURE,) uint8."""
    small = np.asarray(picture.convert("YCbCr").resize((SIDE, SIDE), Image.Resampling.BOX))
    step = SIDE // _COLOUR_SIDE
    colour = small[..., 1:].reshape(_COLOUR_SIDE, step, _COLOUR_SIDE, step, 2).mean(axis=(1, 3))
    return np.concatenate([small[..., 0].reshape(-1), np.rint(colour).astype(np.uint8).reshape(-1)])


def alike_pairs(signatures: Signatures, report: Report) -> Pairs:
    """Return the pairs of pictures that look alike, (m, 2) positions, the lower one first.

    Args:
        signatures: (n, SIGNATURE).
        report: told how far it is; may raise CancelledError.
    """
    if len(signatures) < 2:
        return np.empty((0, 2), np.int64)
    hashes = _hashes(signatures)
    found = []
    for first, second in _candidates(hashes, report):
        close = np.bitwise_count(hashes[first] ^ hashes[second]) <= _MOST_BITS
        candidates = np.unique(np.stack([first[close], second[close]], axis=1), axis=0)
        for start in range(0, len(candidates), _CHUNK):
            chunk = candidates[start : start + _CHUNK]
            found.append(chunk[_look_alike(signatures[chunk[:, 0]], signatures[chunk[:, 1]])])
    return np.unique(np.concatenate([np.empty((0, 2), np.int64), *found]), axis=0)


def _hashes(signatures: Signatures) -> NDArray[np.uint64]:
    """Return the hash of each picture, (n,)."""
    waves, patterns = _waves(), np.empty((len(signatures), _PATTERNS), np.float32)
    for start in range(0, len(signatures), _CHUNK):
        part = slice(start, start + _CHUNK)
        brightness = _standardized(signatures[part]).reshape(-1, SIDE, SIDE)
        strengths = waves @ brightness @ waves.T
        patterns[part] = strengths.reshape(len(strengths), -1)[:, _coarsest(len(waves))]
    usual = np.median(patterns, axis=0) if len(patterns) >= _MANY else 0.0
    # Where all pictures are alike, as X-rays are, 0 would give most of them the same bits; the median never does.
    bits = (patterns > usual).astype(np.uint64)
    hashes: NDArray[np.uint64] = (bits << np.arange(_PATTERNS, dtype=np.uint64)).sum(axis=1, dtype=np.uint64)
    return hashes


def _waves() -> NDArray[np.float32]:
    """Return the first rows of the cosine transform, (12, SIDE)."""
    frequencies, places = np.arange(12)[:, None], np.arange(SIDE)[None]
    return np.cos(np.pi * frequencies * (2 * places + 1) / (2 * SIDE)).astype(np.float32)


def _coarsest(count: int) -> NDArray[np.int64]:
    """Return which of count x count patterns are coarsest, the average left out."""
    down, across = np.indices((count, count))
    order: NDArray[np.int64] = np.argsort((down**2 + across**2).reshape(-1), kind="stable")
    return order[1 : _PATTERNS + 1]


def _standardized(signatures: Signatures) -> NDArray[np.float32]:
    """Return brightness values with mean 0 and variance 1, so that exposure and contrast make no difference."""
    values = signatures[:, : SIDE * SIDE].astype(np.float32)
    values -= values.mean(axis=1, keepdims=True)
    values /= np.maximum(values.std(axis=1, keepdims=True), 1.0)
    return values


def _candidates(hashes: NDArray[np.uint64], report: Report) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield pairs of positions, lower and higher, of which one part differs in one bit at most; some repeatedly."""
    neighbours = [0, *(1 << bit for bit in range(_PART_BITS))]
    lookups = _PARTS * len(neighbours)
    most = max(_MOST_PAIRS // (lookups * len(hashes)), 8)
    positions = np.arange(len(hashes))
    for number in range(_PARTS):
        keys = (hashes >> np.uint64(number * _PART_BITS)).astype(np.int64) & 0xFFFF
        order = np.lexsort((hashes, keys))  # within a part those whose other parts are near each other
        counts = np.bincount(keys, minlength=1 << _PART_BITS)
        starts = np.cumsum(counts) - counts
        ranks = np.empty(len(keys), np.int64)
        ranks[order] = positions - starts[keys[order]]
        for done, change in enumerate(neighbours):
            report(_STAGE, number * len(neighbours) + done, lookups)
            wanted = keys ^ change
            sizes = np.minimum(counts[wanted], most)
            first = np.repeat(positions, sizes)
            step = np.arange(len(first)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            # Where there are too many, each is compared with those that follow it.
            place = (ranks[first] + 1 + step) % np.repeat(counts[wanted], sizes)
            second = order[np.repeat(starts[wanted], sizes) + place]
            ahead = first < second
            yield first[ahead], second[ahead]
    report(_STAGE, lookups, lookups)


def _look_alike(first: Signatures, second: Signatures) -> NDArray[np.bool_]:
    """Return which pictures look like their counterparts: the same shapes in the same colours."""
    correlation = (_standardized(first) * _standardized(second)).mean(axis=1)
    colours = (signatures[:, SIDE * SIDE :].astype(np.float32) for signatures in (first, second))
    difference = np.abs(np.subtract(*colours)).mean(axis=1)
    alike: NDArray[np.bool_] = (correlation >= _LEAST_CORRELATION) & (difference <= _MOST_COLOUR)
    return alike

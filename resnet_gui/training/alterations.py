"""What augmentation does to pixels: a batch of pictures and one number each in, new pictures out, nothing random.

Pictures are (n, N, N, 3), 0-255. Places outside a picture are mirrored: its last row is followed by that row again,
then by the one before it, as in NumPy's "symmetric" and Keras' "reflect".
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resnet_gui.data.dataset import Pixels

Whole = NDArray[np.int64]
Reals = NDArray[np.float64]
MID_GREY = 128
WHOLE_WEIGHT = 256
"""What the weight of a picture in a blend is a share of: weights of 8 bits blend bytes exactly, in 16 bits."""


def shifted(images: Pixels, down: Whole, right: Whole, flipped: NDArray[np.bool_]) -> Pixels:
    """Move the window through which each picture is seen, then mirror what is seen left to right.

    Args:
        images: the pictures.
        down: (n,) pixels by which the window moves, negative for up.
        right: (n,) likewise, negative for left.
        flipped: (n,) which pictures are mirrored.
    """
    count, size = images.shape[:2]
    margin = int(max(np.abs(down).max(initial=0), np.abs(right).max(initial=0)))
    mirrored = np.pad(np.arange(size), margin, mode="symmetric")
    rows = mirrored[margin + down[:, None] + np.arange(size)]
    columns = mirrored[margin + right[:, None] + np.arange(size)]
    columns[flipped] = columns[flipped, ::-1]
    # One number a pixel of the batch: `take` then copies each once, its three bytes together, three times as fast as
    # indexing with three arrays does.
    pixels = (np.arange(count)[:, None] * size + rows)[:, :, None] * size + columns[:, None, :]
    moved: Pixels = images.reshape(-1, 3).take(pixels, axis=0)
    return moved


def linear_maps(zoom_x: Reals, zoom_y: Reals, rotation: Reals, shear: Reals, flipped: NDArray[np.bool_]) -> Reals:
    """Return the maps (n, 2, 2) from (x, y) in the new picture to (x, y) in the old one, about the centre.

    They are those of Keras' ImageDataGenerator: flip, zoom, shear, rotate, in this order.

    Args:
        zoom_x: (n,) width of the old picture that fills the new one's; below 1 enlarges.
        zoom_y: (n,) likewise its height.
        rotation: (n,) radians.
        shear: (n,) radians.
        flipped: (n,) which pictures are mirrored left to right.
    """
    cosine, sine = np.cos(rotation), np.sin(rotation)
    slant, height = -np.sin(shear), np.cos(shear)
    across = np.where(flipped, -zoom_x, zoom_x)
    x_row = np.stack([cosine * across, (cosine * slant - sine * height) * zoom_y], axis=-1)
    y_row = np.stack([sine * across, (sine * slant + cosine * height) * zoom_y], axis=-1)
    return np.stack([x_row, y_row], axis=1)


def warped(images: Pixels, down: Whole, right: Whole, maps: Reals) -> Pixels:
    """See each picture through a moved window and a linear map, its pixels interpolated once.

    Args:
        images: the pictures.
        down: (n,) pixels by which the window moves.
        right: (n,) likewise.
        maps: (n, 2, 2) from `linear_maps`.
    """
    new = np.empty_like(images)
    for number, image in enumerate(images):
        new[number] = _warped(image, float(down[number]), float(right[number]), maps[number])
    return new


def _warped(image: NDArray[np.uint8], down: float, right: float, linear: Reals) -> NDArray[np.uint8]:
    size = len(image)
    centre = size / 2
    (xx, xy), (yx, yy) = linear.tolist()
    # The farthest that a corner of the new picture lies outside the old one; interpolation looks one pixel further.
    outside = max((abs(xx) + abs(xy)) * centre + abs(right), (abs(yx) + abs(yy)) * centre + abs(down)) - centre
    margin = max(math.ceil(outside) + 1, 0)
    padded = np.pad(image, ((margin, margin), (margin, margin), (0, 0)), mode="symmetric")
    x0 = margin + centre + right - (xx + xy) * centre
    y0 = margin + centre + down - (yx + yy) * centre
    seen = Image.fromarray(padded).transform(
        (size, size), Image.Transform.AFFINE, (xx, xy, x0, yx, yy, y0), Image.Resampling.BILINEAR
    )
    return np.asarray(seen)


def brightened(images: Pixels, factors: Reals) -> Pixels:
    """Multiply every value of each picture by its factor, (n,), at most to white."""
    brighter = images.reshape(len(images), -1) * factors.astype(np.float32)[:, None]
    np.minimum(brighter, 255, out=brighter)
    np.rint(brighter, out=brighter)
    return brighter.astype(np.uint8).reshape(images.shape)


def covered(images: Pixels, top: Whole, left: Whole, side: int) -> Pixels:
    """Cover a square with grey.

    Args:
        images: the pictures.
        top: (n,) first row of each square; it may lie outside the picture.
        left: (n,) first column likewise.
        side: of the squares, in pixels.
    """
    places = np.arange(images.shape[1])
    rows = (places >= top[:, None]) & (places < top[:, None] + side)
    columns = (places >= left[:, None]) & (places < left[:, None] + side)
    square = rows[:, :, None] & columns[:, None, :]
    return np.where(square[..., None], np.uint8(MID_GREY), images)


def blended(images: Pixels, others: Pixels, weights: NDArray[np.uint16]) -> Pixels:
    """Mix each picture with another one, rounded to the nearest value.

    Args:
        images: the pictures.
        others: as many.
        weights: (n,) of `images`, 0 to WHOLE_WEIGHT; the others have the rest.
    """
    weights = weights[:, None]
    mixed = images.reshape(len(images), -1) * weights
    mixed += others.reshape(len(others), -1) * (WHOLE_WEIGHT - weights)
    mixed += WHOLE_WEIGHT // 2
    mixed //= WHOLE_WEIGHT
    return mixed.astype(np.uint8).reshape(images.shape)

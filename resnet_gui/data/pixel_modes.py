"""Every kind of pixel Pillow knows, as RGB."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_BAND = 2**20  # pixels
_WHITE = (255, 255, 255, 255)


def to_rgb(picture: Image.Image) -> Image.Image:
    """Return a loaded picture as RGB: transparency over white, more than 8 bits scaled down."""
    if picture.mode == "RGB" and not picture.has_transparency_data:
        return picture
    if picture.mode.startswith(("I", "F")):
        return Image.fromarray(_scaled(picture)).convert("RGB")
    if picture.has_transparency_data:
        return _over_white(picture if picture.mode == "RGBA" else picture.convert("RGBA"))
    return picture.convert("RGB")


def _over_white(picture: Image.Image) -> Image.Image:
    if picture.getchannel("A").getextrema() == (255, 255):  # opaque after all
        return picture.convert("RGB")
    result = Image.new("RGB", picture.size)
    for rows in _bands(picture.height, picture.width):
        band = picture.crop((0, rows.start, picture.width, rows.stop))
        result.paste(Image.alpha_composite(Image.new("RGBA", band.size, _WHITE), band).convert("RGB"), (0, rows.start))
    return result


def _scaled(picture: Image.Image) -> NDArray[np.uint8]:
    """Return 16-bit, 32-bit and float grey values as 0-255; Pillow's own conversion clips them at 255."""
    values = np.asarray(picture)
    low, high = _value_range(values, picture.mode)
    scaled = np.empty(values.shape, np.uint8)
    for rows in _bands(*values.shape):
        band = _numbers(values[rows])
        scaled[rows] = np.clip((band - low) * (255 / (high - low)) + 0.5, 0, 255).astype(np.uint8)
    return scaled


def _value_range(values: NDArray[Any], mode: str) -> tuple[float, float]:
    """Return which values mean black and white.

    "I;16" says so itself. "I" and "F" do not: of the usual ranges the smallest that holds every value is
    taken, and the picture's own range where none does.
    """
    if mode.startswith("I;16"):
        return 0.0, 65535.0
    ends = [
        (float(band.min()), float(band.max())) for band in (_numbers(values[rows]) for rows in _bands(*values.shape))
    ]
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    usual = (1.0, 255.0, 65535.0) if mode == "F" else (255.0, 65535.0)
    for white in usual:
        if low >= 0 and high <= white:
            return 0.0, white
    return low, max(high, low + 1)  # one value everywhere is a picture too


def _bands(height: int, width: int) -> Iterator[slice]:
    """Yield the rows of a picture, some at a time: the steps between would take several times its memory."""
    rows = max(_BAND // width, 1)
    return (slice(top, min(top + rows, height)) for top in range(0, height, rows))


def _numbers(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return values with zero in place of what is no number; the difference of any two is one."""
    return np.nan_to_num(values.astype(np.float32)).astype(np.float64)

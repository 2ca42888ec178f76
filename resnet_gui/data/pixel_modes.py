"""Every kind of pixel Pillow knows, as RGB."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_WHITE = (255, 255, 255, 255)


def to_rgb(picture: Image.Image) -> Image.Image:
    """Return a loaded picture as RGB: transparency over white, more than 8 bits scaled down."""
    if picture.mode == "RGB" and not picture.has_transparency_data:
        return picture
    if picture.mode.startswith(("I", "F")):
        return Image.fromarray(_scaled(picture)).convert("RGB")
    if picture.has_transparency_data:
        return _over_white(picture.convert("RGBA"))
    return picture.convert("RGB")


def _over_white(picture: Image.Image) -> Image.Image:
    if picture.getchannel("A").getextrema() == (255, 255):  # opaque after all
        return picture.convert("RGB")
    return Image.alpha_composite(Image.new("RGBA", picture.size, _WHITE), picture).convert("RGB")


def _scaled(picture: Image.Image) -> NDArray[np.uint8]:
    """Return 16-bit, 32-bit and float grey values as 0-255; Pillow's own conversion clips them at 255."""
    values = np.nan_to_num(np.asarray(picture).astype(np.float32))
    low, high = _value_range(values, picture.mode)
    scaled: NDArray[np.uint8] = np.clip((values - low) * (255 / (high - low)) + 0.5, 0, 255).astype(np.uint8)
    return scaled


def _value_range(values: NDArray[np.float32], mode: str) -> tuple[float, float]:
    """Return which values mean black and white.

    "I;16" says so itself. "I" and "F" do not: of the usual ranges the smallest that holds every value is
    taken, and the picture's own range where none does.
    """
    if mode.startswith("I;16"):
        return 0.0, 65535.0
    low, high = float(values.min()), float(values.max())
    usual = (1.0, 255.0, 65535.0) if mode == "F" else (255.0, 65535.0)
    for white in usual:
        if low >= 0 and high <= white:
            return 0.0, white
    return low, high

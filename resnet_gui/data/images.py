"""The one image reader: any picture becomes RGB uint8 of exactly N x N.

Training, validation, classification and cached features all get their pixels here, so that a picture looks
the same to the network wherever it comes from.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Fit = Literal["crop", "squash"]


class Geometry(msgspec.Struct, frozen=True):
    """How a picture becomes a square.

    Attributes:
        size: N, width and height of the result in pixels.
        fit: "crop" keeps the proportions and cuts a centre square; "squash" presses the whole picture in.
        shorter_side: with "crop", what the shorter side is resized to before the crop; 0 means N.
    """

    size: int
    fit: Fit = "crop"
    shorter_side: int = 0


def read_image(source: Path | bytes, geometry: Geometry) -> NDArray[np.uint8]:
    """Return a picture as the network sees it: (N, N, 3) RGB uint8.

    Args:
        source: a file, or the bytes of one.
        geometry: what N is and how to get there.

    Raises:
        ImageError: with the reason in words.
    """
    return to_square(open_picture(source), geometry)


def to_square(picture: Image.Image, geometry: Geometry) -> NDArray[np.uint8]:
    """Return an RGB picture resized and cropped to (N, N, 3) uint8."""
    raise NotImplementedError


def open_picture(source: Path | bytes, at_least: int = 0) -> Image.Image:
    """Return a fully decoded, upright RGB picture.

    Args:
        source: a file, or the bytes of one.
        at_least: the shorter side may be decoded down to, but not below, this many pixels (faster); 0 for full size.

    Raises:
        ImageError: with the reason in words.
    """
    raise NotImplementedError

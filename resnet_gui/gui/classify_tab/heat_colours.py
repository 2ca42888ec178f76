"""The colours of heat maps: from black over purple and orange to light yellow.

They grow steadily lighter, so that colour-blind people, and a print in grey, tell more from less.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

# Nine of the colours of "inferno", by Stéfan van der Walt and Nathaniel Smith (public domain, CC0), evenly apart.
_STOPS = (
    (0, 0, 4),
    (33, 12, 74),
    (87, 16, 110),
    (138, 34, 106),
    (188, 55, 84),
    (228, 90, 49),
    (249, 142, 9),
    (249, 203, 53),
    (252, 255, 164),
)


@cache
def _table() -> NDArray[np.uint8]:
    """Return 256 colours, (256, 3)."""
    places = np.linspace(0, 255, len(_STOPS))
    columns = [np.interp(np.arange(256), places, channel) for channel in zip(*_STOPS, strict=True)]
    return np.stack(columns, axis=1).round().astype(np.uint8)


def heat_image(strengths: NDArray[np.float32]) -> QImage:
    """Return strengths (rows, columns), 0-1, as a picture."""
    return pixels_image(_table()[(strengths * 255).round().clip(0, 255).astype(np.uint8)])


def pixels_image(pixels: NDArray[np.uint8]) -> QImage:
    """Return pixels (rows, columns, 3) as a picture that owns them."""
    rows, columns, _ = pixels.shape
    content = np.ascontiguousarray(pixels)
    return QImage(content.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()

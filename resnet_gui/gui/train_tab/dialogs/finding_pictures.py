"""The small pictures beside what was found."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPixmap

from resnet_gui.data.dataset import ImageDataset, Pixels


def pixels_of(dataset: ImageDataset, position: int) -> Pixels:
    """Return a picture of a dataset's source, (N, N, 3); those of its test split come after the others."""
    own = len(dataset.train.pixels)
    in_test = position >= own and dataset.test is not None
    picture: Pixels = dataset.test.pixels[position - own] if in_test else dataset.train.pixels[position]  # type: ignore[union-attr]
    return picture


def picture_icon(dataset: ImageDataset, position: int, side: int, ratio: float) -> QIcon:
    """Return a picture as an icon.

    Args:
        dataset: whose source it is in.
        position: where.
        side: width and height, in device-independent pixels.
        ratio: pixels of the screen to one of these.
    """
    pixels = np.ascontiguousarray(pixels_of(dataset, position))
    height, width, _ = pixels.shape
    image = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
    pixmap = QPixmap.fromImage(image).scaled(
        QSize(round(side * ratio), round(side * ratio)),
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    pixmap.setDevicePixelRatio(ratio)
    return QIcon(pixmap)

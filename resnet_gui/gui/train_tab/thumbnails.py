"""ThumbnailStrip: a picture each of some classes, to see at a glance that the data is right."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from resnet_gui.data.dataset import ImageDataset
from resnet_gui.data.labels import class_words
from resnet_gui.gui.theme import em

MOST = 8


class ThumbnailStrip(QWidget):
    """Some pictures a dataset trains on, each with its class as tooltip."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(em(0.3))
        self._labels = [QLabel() for _ in range(MOST)]
        for label in self._labels:
            self._layout.addWidget(label)
        self._layout.addStretch()
        self.hide()

    def show_dataset(self, dataset: ImageDataset | None) -> None:
        """Show a dataset's pictures; None hides the strip."""
        chosen = spread(len(dataset.class_names)) if dataset is not None else []
        for label in self._labels[len(chosen) :]:
            label.clear()
            label.hide()
        if dataset is not None:
            names = [class_words(dataset.class_names[number]) for number in chosen]
            for label, number, name in zip(self._labels, chosen, names, strict=False):
                label.setPixmap(self._pixmap(dataset, number))
                label.setToolTip(name)
                label.setAccessibleName(name)
                label.show()
            self.setAccessibleName(self.tr("Examples: {names}").format(names=", ".join(names)))
        self.setVisible(bool(chosen))

    def _pixmap(self, dataset: ImageDataset, number: int) -> QPixmap:
        train = dataset.train
        first = int(np.argmax(train.labels[train.indices] == number))
        pixels = np.ascontiguousarray(train.batch(slice(first, first + 1))[0][0])
        height, width, _ = pixels.shape
        image = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
        ratio = self.devicePixelRatioF()
        side = round(em(2.4) * ratio)
        pixmap = QPixmap.fromImage(image).scaled(
            QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        pixmap.setDevicePixelRatio(ratio)
        return pixmap


def spread(classes: int) -> list[int]:
    """Return up to MOST class numbers, spread evenly over all of them."""
    return [round(number) for number in np.linspace(0, classes - 1, min(classes, MOST))]

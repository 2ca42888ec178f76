"""The offer, made once, to add the program to the applications menu."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from resnet_gui import launcher, paths
from resnet_gui.gui.theme import em


class LauncherOffer(QFrame):
    """A line across the top of the window: it waits, it does not interrupt."""

    answered = Signal(bool)  # whether the program was to be added

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        text = QLabel(self.tr("Add ResNet GUI to your applications menu, so that it can also open pictures?"))
        add = QPushButton(self.tr("&Add"))
        add.setToolTip(self.tr("Add an entry to the menu. Take it away with: resnet-gui-cli launcher remove"))
        add.clicked.connect(lambda: self.answered.emit(True))
        decline = QPushButton(self.tr("&Not now"))
        decline.setToolTip(self.tr("Do not ask again. Add it later with: resnet-gui-cli launcher install"))
        decline.clicked.connect(lambda: self.answered.emit(False))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(em(0.8), em(0.3), em(0.8), em(0.3))
        layout.addWidget(text, stretch=1)
        layout.addWidget(add)
        layout.addWidget(decline)

    @staticmethod
    def makes_sense() -> bool:
        """Return whether this desktop has such a menu and the program is not in it yet."""
        return paths.applications_folder() is not None and not launcher.is_installed()

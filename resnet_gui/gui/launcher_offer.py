"""The offer, made once, to add the program to the applications menu."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from resnet_gui import launcher, paths
from resnet_gui.gui.banner import Banner


class LauncherOffer(Banner):
    """Asks whether the program shall be in the menu."""

    answered = Signal(bool)  # whether the program was to be added

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.say(self.tr("Add ResNet GUI to your applications menu, so that it can also open pictures?"))
        self.add_button(
            self.tr("Add"),
            self.tr("Add an entry to the menu. Take it away with: resnet-gui-cli launcher remove"),
            lambda: self.answered.emit(True),
        )
        self.add_button(
            self.tr("Not now"),
            self.tr("Do not ask again. Add it later with: resnet-gui-cli launcher install"),
            lambda: self.answered.emit(False),
        )

    @staticmethod
    def makes_sense() -> bool:
        """Return whether this desktop has such a menu and the program is not in it yet."""
        return paths.applications_folder() is not None and not launcher.is_installed()

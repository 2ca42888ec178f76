"""What the window remembers from one start to the next."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from resnet_gui.gui.theme import Appearance


class WindowSettings:
    """The window's settings in an ini file.

    Args:
        file: where they are; made when something is first remembered.
    """

    def __init__(self, file: Path) -> None:
        self._settings = QSettings(str(file), QSettings.Format.IniFormat)

    @property
    def appearance(self) -> Appearance:
        """Light, dark, or as the system has it."""
        value = str(self._settings.value("appearance", ""))
        return Appearance(value) if value in set(Appearance) else Appearance.SYSTEM

    @appearance.setter
    def appearance(self, appearance: Appearance) -> None:
        self._settings.setValue("appearance", str(appearance))

    @property
    def geometry(self) -> QByteArray:
        """The window's size and place, as Qt writes them; empty at first."""
        value = self._settings.value("geometry", QByteArray())
        return value if isinstance(value, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, geometry: QByteArray) -> None:
        self._settings.setValue("geometry", geometry)

    @property
    def launcher_offered(self) -> bool:
        """Whether the user has answered the offer to add the program to the applications menu."""
        return self._settings.value("launcher_offered", "false") == "true"

    @launcher_offered.setter
    def launcher_offered(self, offered: bool) -> None:
        self._settings.setValue("launcher_offered", "true" if offered else "false")

    @property
    def model(self) -> str:
        """The name of the run whose model the user chose; empty at first."""
        value = self._settings.value("classify/model", "")
        return value if isinstance(value, str) else ""

    @model.setter
    def model(self, name: str) -> None:
        self._settings.setValue("classify/model", name)

    @property
    def not_sure_below(self) -> float:
        """Below which probability of its likeliest class a picture is marked as not sure, 0-1."""
        value = str(self._settings.value("classify/not_sure_below", ""))
        return int(value) / 100 if value.isdecimal() and int(value) <= 100 else 0.5

    @not_sure_below.setter
    def not_sure_below(self, probability: float) -> None:
        self._settings.setValue("classify/not_sure_below", str(round(100 * probability)))

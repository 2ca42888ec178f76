"""What the window remembers from one start to the next."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from PySide6.QtCore import QByteArray, QSettings

from resnet_gui.gui.theme import Appearance
from resnet_gui.gui.train_tab.form_entries import FormEntries

MOST_FOLDERS = 10
_Value = TypeVar("_Value")


class WindowSettings:
    """The window's settings in an ini file.

    Several windows share it. Each writes only what was changed in it, and QSettings brings that together with what the
    others have written: under a lock, into a new file that takes the place of the old one.

    Args:
        file: where they are; made when something is first remembered.
    """

    def __init__(self, file: Path) -> None:
        self._settings = QSettings(str(file), QSettings.Format.IniFormat)
        self._known: dict[str, object] = {key: self._settings.value(key) for key in self._settings.allKeys()}

    @property
    def appearance(self) -> Appearance:
        """Light, dark, or as the system has it."""
        value = self._text("appearance")
        return Appearance(value) if value in set(Appearance) else Appearance.SYSTEM

    @appearance.setter
    def appearance(self, appearance: Appearance) -> None:
        self._remember("appearance", str(appearance))

    @property
    def geometry(self) -> QByteArray:
        """The window's size and place, as Qt writes them; empty at first."""
        value = self._settings.value("geometry", QByteArray())
        return value if isinstance(value, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, geometry: QByteArray) -> None:
        self._remember_changed("geometry", geometry)

    @property
    def tab(self) -> str:
        """The name of the tab that was seen last; empty at first."""
        return self._text("tab")

    @tab.setter
    def tab(self, name: str) -> None:
        self._remember_changed("tab", name)

    @property
    def launcher_offered(self) -> bool:
        """Whether the user has answered the offer to add the program to the applications menu."""
        return self._text("launcher_offered") == "true"

    @launcher_offered.setter
    def launcher_offered(self, offered: bool) -> None:
        self._remember("launcher_offered", "true" if offered else "false")

    @property
    def model(self) -> str:
        """The key of the model that the user chose or trained last, see ModelEntry; empty at first."""
        return self._text("classify/model")

    @model.setter
    def model(self, name: str) -> None:
        self._remember("classify/model", name)

    @property
    def not_sure_below(self) -> float:
        """Below which probability of its likeliest class a picture is marked as not sure, 0-1."""
        percent = self._text("classify/not_sure_below")
        return int(percent) / 100 if percent.isdecimal() and int(percent) <= 100 else 0.5

    @not_sure_below.setter
    def not_sure_below(self, probability: float) -> None:
        self._remember("classify/not_sure_below", str(round(100 * probability)))

    @property
    def form(self) -> FormEntries | None:
        """What stood in the form of the Train tab; None at first."""
        return self._decoded("train/form", FormEntries)

    @form.setter
    def form(self, entries: FormEntries) -> None:
        self._remember_changed("train/form", _encoded(entries))

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders of pictures that were used last, the latest first."""
        return self._decoded("train/folders", tuple[str, ...]) or ()

    def add_folder(self, folder: str) -> None:
        """Put a folder of pictures at the head of those that were used last."""
        self._change_folders(lambda folders: [folder, *(other for other in folders if other != folder)])

    def remove_folder(self, folder: str) -> None:
        """Forget a folder."""
        self._change_folders(lambda folders: [other for other in folders if other != folder])

    def clear_folders(self) -> None:
        """Forget all folders."""
        self._change_folders(lambda _folders: [])

    @property
    def declined(self) -> tuple[str, ...]:
        """The interrupted runs that need not be offered any more, as `RunActions` names them."""
        return self._decoded("train/declined", tuple[str, ...]) or ()

    @declined.setter
    def declined(self, runs: tuple[str, ...]) -> None:
        self._remember("train/declined", _encoded(runs))

    def save(self) -> None:
        """Write down now what was changed; else it is done a moment later, or when the program ends."""
        self._settings.sync()

    def _text(self, key: str) -> str:
        value = self._settings.value(key, "")
        return value if isinstance(value, str) else ""

    def _decoded(self, key: str, kind: type[_Value]) -> _Value | None:
        try:
            return msgspec.convert(json.loads(self._text(key)), kind)
        except (ValueError, RecursionError):  # nothing was remembered yet, or somebody damaged it
            return None

    def _remember(self, key: str, value: str) -> None:
        """Remember what the user chose just now."""
        self._settings.setValue(key, value)

    def _remember_changed(self, key: str, value: QByteArray | str) -> None:
        """Remember how this window was left, unless it is as it was found: another one may have been left otherwise."""
        if self._known.get(key) != value:
            self._known[key] = value
            self._settings.setValue(key, value)

    def _change_folders(self, change: Callable[[tuple[str, ...]], list[str]]) -> None:
        self._settings.sync()  # another window may have added some
        folders = change(self.folders)[:MOST_FOLDERS]
        self._settings.setValue("train/folders", _encoded(folders))
        self._settings.sync()


def _encoded(value: object) -> str:
    """Return JSON in ASCII, in which also names have room that are no valid text."""
    return json.dumps(msgspec.to_builtins(value))

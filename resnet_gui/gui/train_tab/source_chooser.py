"""SourceChooser: where the pictures come from, and what there is to say about each source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.arrangement import arrange
from resnet_gui.gui.train_tab.browse_button import BrowseButton
from resnet_gui.gui.train_tab.editors import wrapped
from resnet_gui.gui.train_tab.form_parts import FieldStack, align_labels
from resnet_gui.gui.train_tab.lock import lock
from resnet_gui.gui.train_tab.setting_field import SettingField
from resnet_gui.runs.config import PATHS, SETTINGS, TrainingConfig
from resnet_gui.runs.settings import Group

_FIELDS_OF_SOURCE: dict[str, tuple[str, ...]] = {
    "cifar100": ("archive", "labels"),
    "folder": ("folder", "fit", "group_pattern"),
    "shapes": (),
}
_PLACED = {"source", *(name for names in _FIELDS_OF_SOURCE.values() for name in names)}
_ARCHIVE_SUFFIXES = (".tar.gz", ".tgz", ".tar")


class SourceChooser(QWidget):
    """A radio button for each source, and under the chosen one its own settings; under all, those of every source."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QRadioButton] = {}
        self.fields: dict[str, SettingField] = {}
        self._pages: dict[str, QWidget] = {}
        self._place = ("", "")
        self._left_out: dict[tuple[str, str], tuple[str, ...]] = {}  # by place
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for source, title in self._titles().items():
            layout.addWidget(self._make_button(source, title))
            layout.addWidget(self._make_page(source, _FIELDS_OF_SOURCE[source]))
        of_all = [name for name in arrange(SETTINGS)[Group.DATA].more if name not in _PLACED]
        if of_all:
            layout.addWidget(self._make_page("", of_all))
        self._group.buttonToggled.connect(self._on_button_toggled)
        self.choose(str(SETTINGS["source"].default))

    def _titles(self) -> dict[str, str]:
        return {
            "cifar100": self.tr("CIFAR-&100"),
            "folder": self.tr("F&older with a sub-folder for each class"),
            "shapes": self.tr("&Demo shapes"),
        }

    def _make_button(self, source: str, title: str) -> QRadioButton:
        explanations = {
            "cifar100": self.tr("60 000 small photos of 100 kinds of things, the classic of the courses"),
            "folder": self.tr("Your own pictures: every sub-folder is a class, named like the sub-folder"),
            "shapes": self.tr("Ten kinds of drawn shapes: learned in about a minute, nothing to download"),
        }
        button = QRadioButton(title)
        button.setToolTip(wrapped(explanations[source]))
        button.setAccessibleDescription(explanations[source])
        self._group.addButton(button)
        self.buttons[source] = button
        return button

    def _make_page(self, source: str, names: Sequence[str]) -> QWidget:
        page = QWidget()
        stack = FieldStack(page)
        stack.setContentsMargins(em(1.6), 0, 0, em(0.4))
        for name in names:
            field = SettingField(SETTINGS[name])
            if name in PATHS:
                BrowseButton(field)
            field.changed.connect(self._on_changed)
            field.add_to(stack)
            self.fields[name] = field
        align_labels([stack])
        self._pages[source] = page
        return page

    @property
    def source(self) -> str:
        """The chosen source."""
        return next(source for source, button in self.buttons.items() if button.isChecked())

    def choose(self, source: str) -> None:
        """Choose a source."""
        self.buttons[source].setChecked(True)
        self._show_page()

    def entries(self) -> dict[str, Any]:
        """Return what is entered, by setting name."""
        return {"source": self.source} | {name: field.entry() for name, field in self.fields.items()}

    def set_entries(self, config: TrainingConfig) -> None:
        """Show a config's source; `changed` is emitted once."""
        with QSignalBlocker(self):
            self.choose(config.source)
            for name, field in self.fields.items():
                field.set_entry(getattr(config, name))
        self.changed.emit()

    def accept_path(self, path: Path) -> bool:
        """Take a dropped folder, or an archive of CIFAR-100; return whether it is one."""
        if path.is_dir():
            name, source = "folder", "folder"
        elif path.name.endswith(_ARCHIVE_SUFFIXES):
            name, source = "archive", "cifar100"
        else:
            return False
        self.fields[name].set_entry(str(path))
        self.choose(source)
        return True

    def set_read_only(self, read_only: bool) -> None:
        """Keep the choice from being changed, or allow it again."""
        for button in self.buttons.values():
            lock(button, read_only)
        for field in self.fields.values():
            field.set_read_only(read_only)

    def _show_page(self) -> None:
        for source, page in self._pages.items():
            page.setVisible(not source or (source == self.source and bool(_FIELDS_OF_SOURCE[source])))

    def _on_button_toggled(self, _button: QRadioButton, checked: bool) -> None:
        if checked:  # one button of two tells it
            self._show_page()
            self._on_changed()

    def _on_changed(self) -> None:
        """Let what is left out follow the pictures: names of one folder must never be looked for in another."""
        source = self.source
        place = source, str(self.fields[source].entry()) if source == "folder" else ""
        if place != self._place:
            left_out = self.fields["left_out"]
            self._left_out[self._place] = left_out.entry()
            self._place = place
            with QSignalBlocker(self):
                left_out.set_entry(self._left_out.get(place, ()))
        self.changed.emit()

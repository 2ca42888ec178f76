"""SettingField: one setting of TrainingConfig with its label, its editor and what is wrong with it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QAbstractButton, QFormLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from resnet_gui.errors import ConfigError
from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.editors import (
    Choice,
    ChoiceEditor,
    IntegerEditor,
    NumberEditor,
    PercentEditor,
    TextEditor,
    WheelGuard,
    translate_setting,
    wrapped,
)
from resnet_gui.gui.train_tab.problem_label import ProblemLabel
from resnet_gui.models.registry import NETWORKS
from resnet_gui.runs.settings import Setting, check_value

Editor = IntegerEditor | PercentEditor | NumberEditor | TextEditor | ChoiceEditor


class SettingField(QWidget):
    """An editor made from a setting's description, with room for a problem under it.

    Attributes:
        label: stands beside the field, with the editor as its buddy.
        editor: where the value is entered.

    Args:
        setting: what it edits.
        key: the letter of the label that goes to the editor with Alt; empty for none.
    """

    changed = Signal()

    def __init__(self, setting: Setting, key: str = "") -> None:
        super().__init__()
        self.setting = setting
        self.editor = _make_editor(setting)
        title, explanation = translate_setting(setting.label), translate_setting(setting.help)
        self.label = QLabel(title.replace(key, f"&{key}", 1) if key else title)
        self.label.setBuddy(self.editor)
        self.label.setToolTip(wrapped(explanation))
        self.editor.setToolTip(wrapped(explanation))
        self.editor.setAccessibleName(title)
        self.editor.setAccessibleDescription(explanation)
        self.editor.installEventFilter(WheelGuard(self))
        self.editor.changed.connect(self.changed)
        self._problem = ProblemLabel()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(em(0.2))
        self._row = QHBoxLayout()
        self._row.addWidget(self.editor, stretch=1)
        self._buttons: list[QAbstractButton] = []
        layout.addLayout(self._row)
        layout.addWidget(self._problem)

    @property
    def problem(self) -> str:
        """The words shown under the editor, empty for none."""
        return self._problem.text

    def entry(self) -> Any:
        """Return what is entered, allowed or not."""
        return self.editor.entry()

    def set_entry(self, value: Any) -> None:
        """Show a value.

        Raises:
            ConfigError: it is none of the choices.
        """
        self.editor.set_entry(value)

    def own_problem(self) -> str:
        """Return why the entry is not allowed, whatever the other settings are; empty if it is."""
        try:
            check_value(self.setting, self.entry())
        except ConfigError as error:
            # A share's limits are said as they are shown, in percent.
            return self.editor.limits_in_words() if isinstance(self.editor, PercentEditor) else str(error)
        return ""

    def show_problem(self, text: str) -> None:
        """Say what is wrong; an empty text takes it back."""
        self._problem.show_problem(text)

    def add_button(self, button: QAbstractButton) -> None:
        """Put a button, such as Browse, beside the editor."""
        self._buttons.append(button)
        self._row.addWidget(button)

    def add_to(self, form: QFormLayout) -> None:
        """Append label and editor as a row."""
        form.addRow(self.label, self)

    def set_read_only(self, read_only: bool) -> None:
        """Keep the value from being changed, or allow it again."""
        for widget in (self.editor, *self._buttons):
            widget.setEnabled(not read_only)


def _make_editor(setting: Setting) -> Editor:
    if setting.extra.get("choices") == "networks":
        networks = [Choice(spec.name, spec.title, spec.explanation) for spec in NETWORKS.values()]
        return ChoiceEditor(networks, setting.name)
    if setting.choices:
        titles = _choice_titles()
        return ChoiceEditor([Choice(value, titles.get(value, value)) for value in setting.choices], setting.name)
    if setting.kind is int:
        return IntegerEditor(setting)
    if setting.kind is float:
        return PercentEditor(setting) if setting.extra.get("percent") else NumberEditor()
    return TextEditor()


def _choice_titles() -> dict[str, str]:
    """Return what the values of choices are called on screen."""
    translate = QCoreApplication.translate
    return {
        "fine": translate("TrainingConfig", "100 classes"),
        "coarse": translate("TrainingConfig", "20 superclasses"),
        "crop": translate("TrainingConfig", "Crop to a square"),
        "squash": translate("TrainingConfig", "Squash to a square"),
        "adam": translate("TrainingConfig", "Adam"),
        "sgd": translate("TrainingConfig", "SGD with momentum"),
    }

"""SettingField: one setting of TrainingConfig with its label, its editor and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from resnet_gui.errors import ConfigError
from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.dependent_choice import DependentChoiceEditor
from resnet_gui.gui.train_tab.editors import (
    BooleanEditor,
    Choice,
    ChoiceEditor,
    DecimalEditor,
    IntegerEditor,
    NumberEditor,
    TextEditor,
    WheelGuard,
    translate_setting,
    wrapped,
)
from resnet_gui.gui.train_tab.form_parts import FieldStack
from resnet_gui.gui.train_tab.left_out_editor import LeftOutEditor
from resnet_gui.gui.train_tab.lock import lock, lock_reason
from resnet_gui.gui.train_tab.problem_label import ProblemLabel
from resnet_gui.gui.train_tab.words import choice_explanation, choice_title
from resnet_gui.models.registry import NETWORKS
from resnet_gui.runs.settings import Setting, check_value

Editor = BooleanEditor | IntegerEditor | DecimalEditor | NumberEditor | TextEditor | ChoiceEditor | LeftOutEditor
Choices = Callable[[Setting], Sequence[Choice]]


class SettingField(QWidget):
    """An editor made from a setting's description, with room for a problem under it.

    Attributes:
        label: stands beside the field, with the editor as its buddy.
        editor: where the value is entered.

    Args:
        setting: what it edits.
        key: the letter of the label that goes to the editor with Alt; empty for none.
        choices: returns what there is to choose from, where that depends on the other settings.
        wide: whether the label stands above the editor, which has the whole width then.
    """

    changed = Signal()

    def __init__(self, setting: Setting, key: str = "", choices: Choices | None = None, *, wide: bool = False) -> None:
        super().__init__()
        self.setting = setting
        self.editor = _make_editor(setting, choices)
        self._explanation = translate_setting(setting.help)
        self._read_only = False
        self._reason = ""
        title = translate_setting(setting.label)
        self.label = QLabel(title.replace(key, f"&{key}", 1) if key else title)
        self.label.setBuddy(self.editor)
        self.editor.setAccessibleName(title)
        self.editor.installEventFilter(WheelGuard(self))
        self.editor.changed.connect(self.changed)
        self._explain()
        self._problem = ProblemLabel()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(em(0.2))
        self._wide = wide
        self._row = QHBoxLayout()
        self._row.addWidget(self.label if wide else self.editor, stretch=1)
        if isinstance(self.editor, LeftOutEditor):
            self.editor.changed.connect(self._show_unless_empty)
            self._show_unless_empty()
        self._buttons: list[QAbstractButton] = []
        layout.addLayout(self._row)
        if wide:
            layout.addWidget(self.editor)
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
            return self.editor.limits_in_words() if isinstance(self.editor, DecimalEditor) else str(error)
        return self.editor.own_problem() if isinstance(self.editor, DependentChoiceEditor) else ""

    def show_problem(self, text: str) -> None:
        """Say what is wrong; an empty text takes it back."""
        self._problem.show_problem(text)
        self._show_enabled()

    def show_reason(self, reason: str) -> None:
        """Say in the tooltip why the setting has no effect, and keep it from being changed; an empty text allows it."""
        if reason != self._reason:
            self._reason = reason
            self._explain()
            self._show_enabled()

    def add_explanation(self, words: str) -> None:
        """Say more in the tooltip than the setting's own help."""
        self._explanation = f"{self._explanation}\n\n{words}"
        self._explain()

    def add_button(self, button: QAbstractButton) -> None:
        """Put a button, such as Browse, beside the editor; above its end if it has the whole width."""
        self._buttons.append(button)
        self._row.addWidget(button)
        self.setTabOrder(self.editor, button)

    def add_to(self, stack: FieldStack) -> None:
        """Append label and editor."""
        if self._wide:
            stack.add_wide(self)
        else:
            stack.add_row(self.label, self)

    def set_read_only(self, read_only: bool) -> None:
        """Keep the value from being changed, or allow it again; the tooltip says why."""
        if read_only == self._read_only:
            return
        self._read_only = read_only
        for button in self._buttons:
            lock(button, read_only)
        self._explain()
        self._show_enabled()

    def _show_enabled(self) -> None:
        # What has a problem can be changed in any case: that may be the way out.
        applies = not self._reason or bool(self.problem)
        self.label.setEnabled(applies)
        for widget in (self.editor, *self._buttons):
            widget.setEnabled(applies and not self._read_only)

    def _show_unless_empty(self) -> None:
        """Show a list of names only if there are some; others are made elsewhere."""
        for widget in (self, self.label):
            widget.setVisible(bool(self.entry()))

    def _explain(self) -> None:
        locked = lock_reason() if self._read_only else ""
        words = "\n\n".join(filter(None, [locked, self._reason, self._explanation]))
        self.label.setToolTip(wrapped(words))
        self.editor.setToolTip(wrapped(words))
        self.editor.setAccessibleDescription(words)


def _make_editor(setting: Setting, choices: Choices | None) -> Editor:
    if choices is not None:
        return DependentChoiceEditor(setting, choices)
    values = tuple(NETWORKS) if setting.extra.get("choices") == "networks" else setting.choices
    if values:
        return ChoiceEditor(
            [Choice(value, choice_title(setting, value), choice_explanation(setting, value)) for value in values],
            setting.name,
        )
    if setting.kind is bool:
        return BooleanEditor()
    if setting.kind is int:
        return IntegerEditor(setting)
    if setting.kind is float:
        return DecimalEditor(setting) if "step" in setting.extra else NumberEditor()
    if setting.kind is tuple:
        return LeftOutEditor()
    return TextEditor()

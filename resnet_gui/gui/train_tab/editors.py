"""Editors: the widgets in which settings are typed or chosen.

Each has `entry()`, what is entered, allowed or not; `set_entry(value)`; and the signal `changed`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QLineEdit, QSizePolicy, QSpinBox, QWidget

from resnet_gui.errors import ConfigError
from resnet_gui.gui.theme import em
from resnet_gui.runs.settings import Setting

# Numbers outside a setting's limits can be typed, so that words can say what the limits are.
_LARGEST = 2**31 - 1


class IntegerEditor(QSpinBox):
    """A whole number; the arrows go from one multiple of the step to the next, within the limits."""

    changed = Signal()

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self._lowest = int(setting.minimum or 0)
        self._highest = _LARGEST if setting.maximum is None else int(setting.maximum)
        self.setRange(0, _LARGEST)
        self.setSingleStep(int(setting.extra.get("step", 1)))
        self.setSuffix(str(setting.extra.get("suffix", "")))
        self.setSpecialValueText(translate_setting(str(setting.extra.get("zero", ""))))
        self.valueChanged.connect(self.changed)
        _make_shrinkable(self)

    def entry(self) -> int:
        """Return the number."""
        return self.value()

    def set_entry(self, value: int) -> None:
        """Show a number."""
        self.setValue(value)

    def stepBy(self, steps: int) -> None:
        """Go to the next multiple of the step."""
        step = self.singleStep()
        multiple = self.value() // step if steps > 0 else math.ceil(self.value() / step)
        self.setValue(min(max((multiple + steps) * step, self._lowest), self._highest))


class PercentEditor(QDoubleSpinBox):
    """A share between 0 and 1, shown in percent."""

    changed = Signal()

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self._share = 0.0
        self._lowest, self._highest = setting.minimum or 0.0, 1.0 if setting.maximum is None else setting.maximum
        self.setDecimals(1)
        self.setRange(0.0, 100.0)
        self.setSingleStep(100 * float(setting.extra.get("step", 0.01)))
        self.setSuffix(" %")
        self.valueChanged.connect(self._on_value_changed)
        _make_shrinkable(self)

    def entry(self) -> float:
        """Return the share."""
        return self._share

    def set_entry(self, value: float) -> None:
        """Show a share; it is kept exactly, with more digits than are shown."""
        with QSignalBlocker(self):
            self.setValue(100 * value)
        self._share = value
        self.changed.emit()

    def limits_in_words(self) -> str:
        """Return what is allowed."""
        return self.tr("Must be between {lowest} and {highest} %.").format(
            lowest=f"{100 * self._lowest:g}", highest=f"{100 * self._highest:g}"
        )

    def _on_value_changed(self, percent: float) -> None:
        self._share = round(percent / 100, 6)
        self.changed.emit()


class NumberEditor(QLineEdit):
    """A number as text, so that 1e-4 can be typed."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.textChanged.connect(self.changed)
        _make_shrinkable(self)

    def entry(self) -> float | str:
        """Return the number, or the text if it is none."""
        text = self.text().strip()
        try:
            return float(text.replace(",", "."))
        except ValueError:
            return text

    def set_entry(self, value: float) -> None:
        """Show a number with all its digits."""
        self.setText(repr(value))


class TextEditor(QLineEdit):
    """A text."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.textChanged.connect(self.changed)
        _make_shrinkable(self)

    def entry(self) -> str:
        """Return the text without the space around it."""
        return self.text().strip()

    def set_entry(self, value: str) -> None:
        """Show a text."""
        self.setText(value)


@dataclass(frozen=True, slots=True)
class Choice:
    """One item of a ChoiceEditor."""

    value: str
    title: str
    explanation: str = ""


class ChoiceEditor(QComboBox):
    """One of several values, each with a title and perhaps an explanation as its tooltip."""

    changed = Signal()

    def __init__(self, choices: Sequence[Choice], name: str = "") -> None:
        super().__init__()
        self._name = name
        for position, choice in enumerate(choices):
            self.addItem(choice.title, choice.value)
            self.setItemData(position, wrapped(choice.explanation), Qt.ItemDataRole.ToolTipRole)
        self.currentIndexChanged.connect(self.changed)
        _make_shrinkable(self)

    def entry(self) -> str:
        """Return the value of the chosen item."""
        return cast("str", self.currentData())

    def set_entry(self, value: str) -> None:
        """Choose the item with this value.

        Raises:
            ConfigError: there is none.
        """
        position = self.findData(value)
        if position < 0:
            raise ConfigError(self.tr('"{value}" is not among the choices.').format(value=value), self._name)
        self.setCurrentIndex(position)


class WheelGuard(QObject):
    """Keeps the wheel for scrolling the form: only an editor that has the focus is turned by it."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Pass the wheel on to the form."""
        if event.type() is QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


def wrapped(text: str) -> str:
    """Return a tooltip that breaks its lines: Qt does so for rich text only."""
    if not text:
        return ""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<qt>{plain}</qt>"


def translate_setting(text: str) -> str:
    """Translate words about a setting, which stand in TrainingConfig."""
    return QCoreApplication.translate("TrainingConfig", text) if text else ""


def _make_shrinkable(widget: QWidget) -> None:
    """Let the widget be as narrow as its column; Qt asks for room for the largest number."""
    widget.setMinimumWidth(em(5))
    widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

"""Editors: the widgets in which settings are typed or chosen.

Each has `entry()`, what is entered, allowed or not; `set_entry(value)`; and the signal `changed`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLineEdit, QSizePolicy, QSpinBox, QWidget

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


class DecimalEditor(QDoubleSpinBox):
    """A number that is turned up and down: a share shown in percent, or an amount with its unit."""

    changed = Signal()

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        percent = bool(setting.extra.get("percent"))
        self._entry = 0.0
        self._factor = 100 if percent else 1
        self._unit = " %" if percent else str(setting.extra.get("suffix", ""))
        self._lowest, self._highest = self._limits(setting)
        self.setDecimals(2)
        self.setRange(0.0, 10 * self._highest)
        self.setSingleStep(self._factor * float(setting.extra.get("step", 0.01)))
        self.setSuffix(self._unit)
        self.setSpecialValueText(translate_setting(str(setting.extra.get("zero", ""))))
        self.valueChanged.connect(self._on_value_changed)
        _make_shrinkable(self)

    def _limits(self, setting: Setting) -> tuple[float, float]:
        assert setting.minimum is not None
        assert setting.maximum is not None
        return self._factor * setting.minimum, self._factor * setting.maximum

    def entry(self) -> float:
        """Return the number; a share as 0-1."""
        return self._entry

    def set_entry(self, value: float) -> None:
        """Show a number; it is kept exactly, with more digits than are shown."""
        with QSignalBlocker(self):
            self.setValue(self._factor * value)
        self._entry = value
        self.changed.emit()

    def stepBy(self, steps: int) -> None:
        """Go up or down, within the limits."""
        self.setValue(min(max(self.value() + steps * self.singleStep(), self._lowest), self._highest))

    def textFromValue(self, value: float) -> str:
        """Return a number without zeros at its end."""
        return f"{value:.{self.decimals()}f}".rstrip("0").rstrip(".").replace(".", self.locale().decimalPoint())

    def limits_in_words(self) -> str:
        """Return what is allowed."""
        return self.tr("Must be between {lowest} and {highest}{unit}.").format(
            lowest=f"{self._lowest:g}", highest=f"{self._highest:g}", unit=self._unit
        )

    def _on_value_changed(self, value: float) -> None:
        self._entry = round(value / self._factor, 6)
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
        short = f"{value:g}"
        self.setText(short if float(short) == value else repr(value))


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


class BooleanEditor(QCheckBox):
    """On or off."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.toggled.connect(self.changed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def entry(self) -> bool:
        """Return whether it is on."""
        return self.isChecked()

    def set_entry(self, value: bool) -> None:
        """Show on or off."""
        self.setChecked(value)


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
        for choice in choices:
            self.add_choice(choice)
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

    def showPopup(self) -> None:
        """Open the list, wide enough for its titles even where the column is not."""
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + em(2))
        super().showPopup()

    def add_choice(self, choice: Choice) -> None:
        """Append an item."""
        self.addItem(choice.title, choice.value)
        self.setItemData(self.count() - 1, wrapped(choice.explanation), Qt.ItemDataRole.ToolTipRole)


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
    return f"<qt>{plain.replace(chr(10), '<br>')}</qt>"


def translate_setting(text: str) -> str:
    """Translate words about a setting, which stand in TrainingConfig."""
    return QCoreApplication.translate("TrainingConfig", text) if text else ""


def _make_shrinkable(widget: QWidget) -> None:
    """Let the widget be as narrow as its column; Qt asks for room for the largest number."""
    widget.setMinimumWidth(em(5))
    widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

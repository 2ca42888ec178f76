"""Pieces that the parts of the form are made of."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QToolButton, QWidget

from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.editors import wrapped


def make_form(parent: QWidget) -> QFormLayout:
    """Return a layout of labels and fields, the fields as wide as there is room."""
    form = QFormLayout(parent)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setVerticalSpacing(em(0.4))
    return form


def align_labels(forms: Iterable[QFormLayout]) -> None:
    """Make the labels of several forms equally wide, so that all fields begin at one line."""
    labels = [label for form in forms for label in _labels(form)]
    width = max(label.sizeHint().width() for label in labels)
    for label in labels:
        label.setMinimumWidth(width)


def _labels(form: QFormLayout) -> list[QLabel]:
    items = [form.itemAt(row, QFormLayout.ItemRole.LabelRole) for row in range(form.rowCount())]
    widgets = [item.widget() for item in items if item is not None]
    return [widget for widget in widgets if isinstance(widget, QLabel)]


def small_label() -> QLabel:
    """Return a label for explanations, of several lines where needed."""
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    font = label.font()
    font.setPointSizeF(font.pointSizeF() * 0.9)
    label.setFont(font)
    return label


def make_tool_button(icon: str, name: str, explanation: str) -> QToolButton:
    """Return a button with an icon.

    Args:
        icon: file name in `resources/icons`, without `.svg`.
        name: what it is called, shown once its style asks for text.
        explanation: its tooltip.
    """
    button = QToolButton()
    button.setText(name)
    button.setAccessibleName(name)
    button.setToolTip(wrapped(explanation))
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    set_icon(button, icon)
    return button

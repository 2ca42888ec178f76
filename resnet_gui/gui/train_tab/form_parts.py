"""Pieces that the parts of the form are made of."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.editors import wrapped


class FieldStack(QVBoxLayout):
    """Rows of a label and a field, and between them what takes the whole width.

    Not a QFormLayout: when words that wrap appear under a field, it does not always give its row the height for them.

    Attributes:
        labels: those of the rows; `align_labels` makes a column of them.

    Args:
        parent: what it fills.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.labels: list[QLabel] = []
        self.setSpacing(em(0.4))

    def add_row(self, label: QLabel, field: QWidget) -> None:
        """Append a field with its label before it."""
        editor = label.buddy()
        assert editor is not None
        label.setMinimumHeight(editor.sizeHint().height())  # in the middle of the editor, whatever is under that
        row = QHBoxLayout()
        row.addWidget(label, alignment=Qt.AlignmentFlag.AlignTop)
        row.addWidget(field, stretch=1)
        self.addLayout(row)
        self.labels.append(label)

    def add_wide(self, widget: QWidget) -> None:
        """Append what takes the whole width."""
        self.addWidget(widget)


def align_labels(stacks: Iterable[FieldStack]) -> None:
    """Make the labels of several stacks equally wide, so that all fields begin at one line."""
    labels = [label for stack in stacks for label in stack.labels]
    width = max((label.sizeHint().width() for label in labels), default=0)
    for label in labels:
        label.setMinimumWidth(width)


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

"""Banner: a line across the top of the window that offers something."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from resnet_gui.gui.theme import em


class Banner(QFrame):
    """Words and buttons: it waits, it does not interrupt."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(em(0.8), em(0.3), em(0.8), em(0.3))
        self._row.addWidget(self._words, stretch=1)

    @property
    def text(self) -> str:
        """What it says."""
        return self._words.text()

    def say(self, words: str) -> None:
        """Show words in place of those before."""
        self._words.setText(words)
        self.setAccessibleName(words)

    def add_button(self, text: str, explanation: str, slot: Callable[[], object]) -> QPushButton:
        """Append a button with a tooltip."""
        button = QPushButton(text)
        button.setToolTip(explanation)
        button.clicked.connect(lambda: slot())
        self._row.addWidget(button)
        return button

"""WorkRow: one line of words, and while there is work a bar and Cancel."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.theme import em


class WorkRow(QWidget):
    """Says how far some work is.

    Args:
        name: what the bar shows, for a screen reader.
        cancelling: what Cancel does, its tooltip.
    """

    cancel_requested = Signal()

    def __init__(self, name: str, cancelling: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = QLabel()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(em(16))
        self._bar.setAccessibleName(name)
        self._cancel = QPushButton(self.tr("Ca&ncel"))
        self._cancel.setToolTip(cancelling)
        self._cancel.clicked.connect(self.cancel_requested)
        set_icon(self._cancel, "stop")
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self._words, stretch=1)
        for widget in (self._bar, self._cancel):
            self._layout.addWidget(widget)
        self.setMinimumHeight(self._cancel.sizeHint().height())  # buttons that come and go move nothing
        self.show_words("")

    @property
    def text(self) -> str:
        """What the line says."""
        return self._words.text()

    def show_work(self, words: str, done: int, total: int) -> None:
        """Say what is going on; a total of 0 is not known."""
        self._words.setText(words)
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._bar.show()
        self._cancel.show()

    def show_words(self, words: str) -> None:
        """Say how it ended."""
        self._words.setText(words)
        self._bar.hide()
        self._cancel.hide()

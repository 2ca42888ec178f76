"""ProgressRow: how far classifying is, and the button that ends it."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.theme import em


class ProgressRow(QWidget):
    """One line of words; while there is work a bar and Cancel, after cancelling Continue."""

    cancel_requested = Signal()
    continue_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = QLabel()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(em(16))
        self._bar.setAccessibleName(self.tr("Progress of classifying"))
        self._cancel = QPushButton(self.tr("Ca&ncel"))
        self._cancel.setToolTip(self.tr("Stop here; what is classified stays (Esc)"))
        self._cancel.clicked.connect(self.cancel_requested)
        set_icon(self._cancel, "stop")
        self._continue = QPushButton(self.tr("Contin&ue"))
        self._continue.setToolTip(self.tr("Classify the pictures that are left"))
        self._continue.clicked.connect(self.continue_requested)
        set_icon(self._continue, "resume")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._words, stretch=1)
        for widget in (self._bar, self._cancel, self._continue):
            layout.addWidget(widget)
        self.setMinimumHeight(self._cancel.sizeHint().height())  # buttons that come and go move nothing
        self.show_idle("", can_continue=False)

    @property
    def text(self) -> str:
        """What the line says."""
        return self._words.text()

    def show_looking(self) -> None:
        """Say that folders are being looked through."""
        self._show_busy(self.tr("Looking for pictures"), 0, 0)

    def show_fetching(self) -> None:
        """Say that pictures are being fetched from the web."""
        self._show_busy(self.tr("Fetching from the web"), 0, 0)

    def show_classified(self, done: int, total: int, rate: float) -> None:
        """Say how many pictures are done, and how many a second."""
        words = self.tr("Classified {done} of {total}").format(done=counted(done), total=counted(total))
        if rate > 0:
            number = QLocale().toString(rate, "f", 0 if rate >= 10 else 1)
            words = self.tr("{words} — {rate} pictures/s").format(words=words, rate=number)
        self._show_busy(words, done, total)

    def show_idle(self, words: str, *, can_continue: bool) -> None:
        """Say how it ended."""
        self._words.setText(words)
        self._bar.hide()
        self._cancel.hide()
        self._continue.setVisible(can_continue)

    def _show_busy(self, words: str, done: int, total: int) -> None:
        self._words.setText(words)
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._bar.show()
        self._cancel.show()
        self._continue.hide()


def counted(count: int) -> str:
    """Return a count in the user's way of writing numbers."""
    return QLocale().toString(count)

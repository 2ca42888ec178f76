"""ProgressRow: how far classifying is, and the button that ends it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from resnet_gui.gui.classify_tab.work_row import WorkRow
from resnet_gui.gui.icons import set_icon
from resnet_gui.training.durations import duration_in_words


class ProgressRow(WorkRow):
    """One line of words; while there is work a bar and Cancel, after cancelling Continue."""

    continue_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            QCoreApplication.translate("ProgressRow", "Progress of classifying"),
            QCoreApplication.translate("ProgressRow", "Stop here; what is classified stays (Esc)"),
            parent,
        )
        self._continue = QPushButton(self.tr("Contin&ue"))
        self._continue.setToolTip(self.tr("Classify the pictures that are left"))
        self._continue.clicked.connect(self.continue_requested)
        set_icon(self._continue, "resume")
        self._layout.addWidget(self._continue)
        self.show_idle("", can_continue=False)

    def show_looking(self) -> None:
        """Say that folders are being looked through."""
        self._show_busy(self.tr("Looking for pictures"), 0, 0)

    def show_fetching(self) -> None:
        """Say that pictures are being fetched from the web."""
        self._show_busy(self.tr("Fetching from the web"), 0, 0)

    def show_classified(self, done: int, total: int, rate: float, *, finding: bool) -> None:
        """Say how many pictures are done, how many a second, and how long the others will take.

        Args:
            done: how many are.
            total: of how many.
            rate: pictures a second, 0 if not known.
            finding: whether there will be more.
        """
        words = self.tr("Classified {done} of {total}").format(done=counted(done), total=counted(total))
        if finding:
            words = self.tr("{words} found so far").format(words=words)
        if rate > 0:
            number = QLocale().toString(rate, "f", 0 if rate >= 10 else 1)
            words = self.tr("{words} — {rate} pictures/s").format(words=words, rate=number)
            if not finding:
                left = duration_in_words((total - done) / rate)
                words = self.tr("{words} — about {duration} left").format(words=words, duration=left)
        self._show_busy(words, done, total)

    def show_idle(self, words: str, *, can_continue: bool) -> None:
        """Say how it ended."""
        self.show_words(words)
        self._continue.setVisible(can_continue)

    def _show_busy(self, words: str, done: int, total: int) -> None:
        self.show_work(words, done, total)
        self._continue.hide()


def counted(count: int) -> str:
    """Return a count in the user's way of writing numbers."""
    return QLocale().toString(count)

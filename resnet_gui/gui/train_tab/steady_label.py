"""SteadyLabel: words that change several times a second, and move nothing around them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLabel


class SteadyLabel(QLabel):
    """A label of one line that only ever becomes wider.

    A usual label has everything around it arranged anew with each text. This one's size is fixed, which Qt knows to
    need no arranging; it grows when there are longer words than ever before.

    Args:
        samples: words that there will be room for from the beginning.
    """

    def __init__(self, samples: Iterable[str] = ()) -> None:
        super().__init__()
        self._samples = tuple(samples)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._make_room()

    def show_words(self, words: str) -> None:
        """Show words; the same again cost nothing."""
        if words == self.text():
            return
        if self._width_of(words) > self.width():
            self.setFixedWidth(self._width_of(words))
        self.setText(words)

    def changeEvent(self, event: QEvent) -> None:
        """Measure again in another font."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._make_room()

    def _make_room(self) -> None:
        widths = [self._width_of(words) for words in (*self._samples, self.text())]
        self.setFixedSize(max(widths), self.fontMetrics().height())

    def _width_of(self, words: str) -> int:
        return self.fontMetrics().horizontalAdvance(words) + 1

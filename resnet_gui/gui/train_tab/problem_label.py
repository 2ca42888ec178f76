"""ProblemLabel: what is wrong with a setting, in words, right under it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from resnet_gui.gui.icons import tinted_pixmap
from resnet_gui.gui.theme import em, problem_colour


class ProblemLabel(QWidget):
    """A sign and some words in the colour of problems; takes no room while there are none."""

    def __init__(self) -> None:
        super().__init__()
        self._sign = QLabel()
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(em(0.3))
        layout.addWidget(self._sign, alignment=Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._words, stretch=1)
        self.hide()

    @property
    def text(self) -> str:
        """The words shown, empty for none."""
        return self._words.text()

    def show_problem(self, text: str) -> None:
        """Show what is wrong; an empty text hides the label."""
        if text and not self.text:  # most of the many never have anything to say
            self._tint()
        self._words.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))

    def changeEvent(self, event: QEvent) -> None:
        """Take on the palette's colours."""
        if event.type() is QEvent.Type.PaletteChange and self.text:
            self._tint()
        super().changeEvent(event)

    def _tint(self) -> None:
        colour = problem_colour(self.palette())
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.WindowText, colour)
        self._words.setPalette(palette)
        ratio = self.devicePixelRatioF()
        pixmap = tinted_pixmap("warning", colour, round(em(1.1) * ratio))
        pixmap.setDevicePixelRatio(ratio)
        self._sign.setPixmap(pixmap)

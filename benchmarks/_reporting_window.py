"""The program itself, telling when its window is painted or its first answer is on the screen.

`python -m benchmarks._reporting_window shown|answered [ARGUMENTS of resnet-gui]`
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QPaintEvent

from benchmarks._report import report
from resnet_gui.gui import app, main_window
from resnet_gui.gui.classify_tab.prediction_bars import PredictionBars


def _tell(window: main_window.MainWindow, words: str) -> None:
    heavy = [name for name in ("tensorflow", "keras") if name in sys.modules]
    report({"heavy_modules": heavy, "words": words})
    window.close()


class ShownWindow(main_window.MainWindow):
    """Tells when its first frame is complete, and closes."""

    _painted = False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint; what lies on the window is painted next, and all of it handed to the screen."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, lambda: _tell(self, ""))


class AnsweredWindow(main_window.MainWindow):
    """Tells when the bars of the first answer are on the screen, and closes."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._answered = False
        self.findChild(PredictionBars).installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait until bars are painted; their description begins with the first place then."""
        if event.type() is QEvent.Type.Paint and not self._answered:
            words = watched.accessibleDescription()  # type: ignore[attr-defined]
            if words.startswith("1. "):
                self._answered = True
                QTimer.singleShot(0, lambda: _tell(self, words))
        return False


if __name__ == "__main__":
    main_window.MainWindow = {"shown": ShownWindow, "answered": AnsweredWindow}[sys.argv[1]]  # type: ignore[misc]
    sys.exit(app.main(sys.argv[2:]))

"""CommandDialog: a window that shows what a command tells, and ends the command when it is closed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from resnet_gui.gui.command import CommandRunner
from resnet_gui.gui.error_dialog import show_error
from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.theme import em


class CommandDialog(QDialog):
    """Runs one command and follows it; Esc and closing kill it. Deletes itself when closed.

    Args:
        arguments: the command and its flags.
        program: what they are given to.
        parent: the window it stays above.
    """

    def __init__(self, arguments: Sequence[str], program: Sequence[str], parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self._arguments = tuple(arguments)
        self.runner = CommandRunner(program, self)

    def start(self) -> None:
        """Run the command, again if need be."""
        self.runner.start(self._arguments)

    def done(self, result: int) -> None:
        """Close the window and end the command."""
        self.runner.cancel()
        super().done(result)


class Waiting(QWidget):
    """Words about what is waited for, the seconds since, a bar without an end, and Cancel."""

    cancel_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setFixedSize(em(24), em(0.8))
        bar.setAccessibleName(self.tr("Working"))
        cancel = QPushButton(self.tr("Ca&ncel"))
        cancel.setToolTip(self.tr("Stop and close this window (Esc)"))
        cancel.clicked.connect(self.cancel_requested)
        set_icon(cancel, "stop")
        layout = _centred(self)
        layout.addWidget(self.words)
        for widget in (bar, cancel):
            layout.addWidget(widget, alignment=Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch()
        self._text, self._seconds = "", 0
        self._clock = QTimer(self, interval=1000)
        self._clock.timeout.connect(self._on_second_passed)

    def show_words(self, text: str) -> None:
        """Say what is waited for, and count the seconds anew."""
        self._text, self._seconds = text, 0
        self.words.setText(text)
        self._clock.start()

    def stop(self) -> None:
        """Count no more."""
        self._clock.stop()

    def _on_second_passed(self) -> None:
        self._seconds += 1
        self.words.setText(self.tr("{words} {seconds} s").format(words=self._text, seconds=self._seconds))


class Failure(QWidget):
    """Why there is nothing to see, with a way to try again and one to see the details."""

    retry_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._details = ""
        self.words = QLabel()
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        retry = QPushButton(self.tr("Try &again"))
        retry.setToolTip(self.tr("Run the command once more"))
        retry.clicked.connect(self.retry_requested)
        set_icon(retry, "reset")
        self.details_button = QPushButton(self.tr("&Details…"))
        self.details_button.setToolTip(self.tr("Show everything the command said"))
        self.details_button.clicked.connect(self._on_details_clicked)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(retry)
        buttons.addWidget(self.details_button)
        buttons.addStretch()
        layout = _centred(self)
        layout.addWidget(self.words)
        layout.addLayout(buttons)
        layout.addStretch()

    def show_failure(self, message: str, details: str) -> None:
        """Say what happened."""
        self._details = details
        self.words.setText(message)
        self.details_button.setVisible(bool(details))

    def _on_details_clicked(self) -> None:
        show_error(self.window(), self.words.text(), "", self._details)


def _centred(widget: QWidget) -> QVBoxLayout:
    layout = QVBoxLayout(widget)
    layout.setSpacing(em(1))
    layout.addStretch()
    return layout

"""One way of telling the user that something failed: what happened, what to do, and the details on request."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from resnet_gui.errors import ResNetGuiError
from resnet_gui.gui.error_rate import Answer, ErrorRate
from resnet_gui.gui.icons import set_icon, tinted_pixmap
from resnet_gui.gui.theme import em, problem_colour

log = logging.getLogger(__name__)

_LONGEST_WORDS = 500
_LONGEST_DETAILS = 20_000


def show_error(
    parent: QWidget | None, message: str, advice: str = "", details: str = "", remedy: str = ""
) -> ErrorDialog:
    """Open a dialog about a failure and return at once; it deletes itself when closed.

    Without a parent it lives only as long as the caller keeps what is returned.
    """
    dialog = ErrorDialog(message, advice, details, parent, remedy)
    dialog.open()
    return dialog


def show_fatal_error(error: Exception) -> None:
    """Say why there is no window, and return when the user has read it."""
    translate = QCoreApplication.translate
    details = "".join(traceback.format_exception(error))
    if isinstance(error, ResNetGuiError):
        dialog = ErrorDialog(error.message, error.advice, details)
    else:
        dialog = ErrorDialog(
            translate("ErrorDialog", "The window cannot be opened: {error}").format(
                error=str(error) or type(error).__name__
            ),
            translate("ErrorDialog", "Copy this and send it to the developers."),
            details,
        )
    dialog.exec()


class ErrorDialog(QDialog):
    """Says what happened and what to do; the traceback waits behind Details.

    Args:
        message: what happened.
        advice: what to do.
        details: the traceback.
        parent: the window it stands on.
        remedy: what a button says that does what helps; empty for no such button.
    """

    remedy_requested = Signal()

    def __init__(
        self, message: str, advice: str = "", details: str = "", parent: QWidget | None = None, remedy: str = ""
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Something went wrong"))
        self.text = "\n\n".join(filter(None, [message, advice, details]))
        self._details = self._make_details(details)
        copy = QPushButton(self.tr("&Copy"))
        copy.setToolTip(self.tr("Copy everything said here, to send it to somebody who can help"))
        copy.clicked.connect(self._on_copy_clicked)
        set_icon(copy, "copy")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        if details:
            buttons.addButton(self._make_details_button(), QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        buttons.accepted.connect(self._on_remedy_accepted)
        default = buttons.button(QDialogButtonBox.StandardButton.Close)
        if remedy:
            default = buttons.addButton(remedy, QDialogButtonBox.ButtonRole.AcceptRole)
            default.setToolTip(self.tr("Put it into the form; Start begins again with it"))

        words = QVBoxLayout()
        words.addWidget(_heading(message))
        if advice:
            words.addWidget(_selectable(advice))
        words.addStretch()
        top = QHBoxLayout()
        top.setSpacing(em(1))
        top.addWidget(self._make_sign(), alignment=Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, stretch=1)
        layout = QVBoxLayout(self)
        layout.setSpacing(em(1))
        layout.addLayout(top)
        layout.addWidget(self._details, stretch=1)
        layout.addWidget(buttons)
        self.setMinimumWidth(em(36))
        default.setDefault(True)
        default.setFocus()  # else Close has it, and becomes the default with it

    def _make_sign(self) -> QLabel:
        sign = QLabel()
        size, ratio = em(3), self.devicePixelRatioF()
        pixmap = tinted_pixmap("warning", problem_colour(self.palette()), round(size * ratio))
        pixmap.setDevicePixelRatio(ratio)
        sign.setPixmap(pixmap)
        return sign

    def _make_details(self, details: str) -> QPlainTextEdit:
        view = QPlainTextEdit(details)
        view.setReadOnly(True)
        view.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        view.setMinimumHeight(em(16))
        view.setAccessibleName(self.tr("Details"))
        view.hide()
        return view

    def _make_details_button(self) -> QPushButton:
        button = QPushButton(self.tr("&Details"))
        button.setCheckable(True)
        button.setToolTip(self.tr("Show where in the program it happened"))
        button.toggled.connect(self._on_details_toggled)
        return button

    def _on_details_toggled(self, shown: bool) -> None:
        self._details.setVisible(shown)
        self.adjustSize()

    def _on_remedy_accepted(self) -> None:
        self.accept()
        self.remedy_requested.emit()

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.text)


def _selectable(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label


def _heading(text: str) -> QLabel:
    label = _selectable(text)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label


class ExceptionReporter(QObject):
    """Logs the exceptions nobody caught, and shows the first: one dialog at a time, from whatever thread.

    However fast they come, the log stays readable and the window usable: see ErrorRate.

    Args:
        app: the application; owns the reporter.
    """

    _caught = Signal(str, str, str)

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._open_dialog: ErrorDialog | None = None
        self._rate = ErrorRate()
        self._previous: tuple[Callable[..., Any], ...] = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        self._caught.connect(self._on_caught)  # queued when emitted by another thread

    def install(self) -> None:
        """Take over Python's hooks for uncaught exceptions."""
        sys.excepthook = self.report
        threading.excepthook = self._report_from_thread
        sys.unraisablehook = self._report_unraisable

    def uninstall(self) -> None:
        """Give the hooks back."""
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._previous

    def report(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Log an exception and show it; Ctrl+C in the terminal ends the program as usual."""
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        answer, count = self._rate.came(_kind_of(error, trace))
        if answer is Answer.COUNTED:
            log.critical("Uncaught exception, for the %dth time: %s", count, _words(error))
        if answer is not Answer.SHOWN:
            return
        details = _traceback(kind, error, trace)
        log.critical("Uncaught exception\n%s", details)
        if isinstance(error, ResNetGuiError):
            self._caught.emit(error.message, error.advice, details)
        else:
            self._caught.emit(
                self.tr("The program made a mistake: {error}").format(error=_words(error)),
                self.tr("You can go on. If it happens again, copy this and send it to the developers."),
                details,
            )

    def _report_from_thread(self, hook: threading.ExceptHookArgs) -> None:
        if issubclass(hook.exc_type, SystemExit):  # how a thread ends itself
            return
        error = hook.exc_value if hook.exc_value is not None else hook.exc_type()
        self.report(hook.exc_type, error, hook.exc_traceback)

    def _report_unraisable(self, hook: sys.UnraisableHookArgs) -> None:
        """Log what went wrong while something was cleared away; nothing the user did failed, so no dialog."""
        error = hook.exc_value if hook.exc_value is not None else hook.exc_type()
        answer, _ = self._rate.came(_kind_of(error, hook.exc_traceback))
        if answer is Answer.SHOWN:
            details = _traceback(hook.exc_type, error, hook.exc_traceback)
            log.error("%s %r\n%s", hook.err_msg or "Exception ignored in", hook.object, details)

    def _on_caught(self, message: str, advice: str, details: str) -> None:
        if self._open_dialog is not None:
            return  # it is in the log; a pile of dialogs helps nobody
        self._open_dialog = show_error(QApplication.activeWindow(), message, advice, details)
        self._open_dialog.destroyed.connect(self._on_dialog_destroyed)

    def _on_dialog_destroyed(self) -> None:
        self._open_dialog = None


def _kind_of(error: BaseException, trace: TracebackType | None) -> str:
    """Return what errors have in common that are one mistake: class, words, and where in the program."""
    place = ""
    for frame, line in traceback.walk_tb(trace):
        place = f"{frame.f_code.co_filename}:{line}"
    return f"{type(error).__qualname__} {_words(error)} {place}"


def _words(error: BaseException) -> str:
    try:
        words = str(error)
    except Exception:  # noqa: BLE001  an error whose words are a mistake themselves is to be told all the same
        words = ""
    return words[:_LONGEST_WORDS] or type(error).__name__


def _traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> str:
    details = "".join(traceback.format_exception(kind, error, trace))
    left_out = len(details) - _LONGEST_DETAILS
    if left_out <= 0:
        return details
    half = _LONGEST_DETAILS // 2
    return f"{details[:half]}\n[{left_out} characters left out]\n{details[-half:]}"


def install_excepthook(app: QApplication) -> ExceptionReporter:
    """Report uncaught exceptions in a dialog and in the log, instead of only on a terminal nobody sees."""
    reporter = ExceptionReporter(app)
    reporter.install()
    return reporter

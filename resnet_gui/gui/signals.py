"""Ctrl+C in the terminal, and a polite kill, close the window as its close button would."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

from PySide6.QtCore import QSocketNotifier, QTimer

if TYPE_CHECKING:
    from resnet_gui.gui.main_window import MainWindow


def close_on_signals(window: MainWindow) -> None:
    """Close the window on SIGINT and SIGTERM, stopping a training first, without asking.

    Python's handlers do not run while Qt waits for events. The interpreter's wake-up socket makes Qt notice the
    signal, with no timer that would disturb the training.
    """
    reading, writing = socket.socketpair()
    reading.setblocking(False)
    writing.setblocking(False)
    signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
    notifier = QSocketNotifier(reading.fileno(), QSocketNotifier.Type.Read, window)
    notifier.activated.connect(lambda: reading.recv(64))
    window.destroyed.connect(lambda: writing.close())

    def on_signal(*_: object) -> None:
        # Through the event loop: a signal that comes before it runs must not be lost.
        QTimer.singleShot(0, window.stop_and_close)

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)

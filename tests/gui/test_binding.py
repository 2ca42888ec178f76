"""Faults of the Qt binding that would end the program, watched for at every update of the lock."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, Signal


class Speaker(QObject):
    spoke = Signal(int)


def test_emitting_a_signal_loses_no_reference() -> None:
    """PySide6 6.12.0 lost one to True with each emit; Python 3.11 dies when none is left."""
    speaker = Speaker()
    before = sys.getrefcount(True)
    for number in range(1000):
        speaker.spoke.emit(number)
    assert sys.getrefcount(True) > before - 500

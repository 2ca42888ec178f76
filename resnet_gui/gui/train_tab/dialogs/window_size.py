"""The first size of a window."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

_SHARE = 0.9


def resize_within_screen(window: QWidget, size: QSize) -> None:
    """Give a window a size, smaller where the screen has too little room for it with its frame."""
    window.resize(size.boundedTo(window.screen().availableSize() * _SHARE))

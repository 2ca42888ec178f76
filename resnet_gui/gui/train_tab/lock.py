"""Keeping parts of the form from being used while a training runs, and saying why."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from resnet_gui.gui.train_tab.editors import wrapped

_USUAL = "usual_tooltip"


def lock_reason() -> str:
    """Return why the form cannot be changed, in words for a tooltip."""
    return QCoreApplication.translate("Lock", "A training is running. This can be used again when it has ended.")


def lock(widget: QWidget, locked: bool) -> None:
    """Disable a widget whose tooltip says why, or enable it with the tooltip it had."""
    usual = widget.property(_USUAL)
    if locked and usual is None:
        widget.setProperty(_USUAL, widget.toolTip())
        widget.setToolTip(wrapped(lock_reason()))
    elif not locked and usual is not None:
        widget.setToolTip(usual)
        widget.setProperty(_USUAL, None)
    widget.setEnabled(not locked)

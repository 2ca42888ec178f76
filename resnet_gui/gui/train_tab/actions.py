"""What can be asked of a training in each of its states, and buttons for it."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QWidget

from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.theme import em
from resnet_gui.runs.state import TrainingState


class Request(StrEnum):
    """What a user can ask of a training."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


ENABLED: dict[TrainingState, frozenset[Request]] = {
    TrainingState.IDLE: frozenset({Request.START}),
    TrainingState.PREPARING: frozenset({Request.STOP}),
    TrainingState.RUNNING: frozenset({Request.PAUSE, Request.STOP}),
    TrainingState.VALIDATING: frozenset({Request.PAUSE, Request.STOP}),
    TrainingState.PAUSED: frozenset({Request.RESUME, Request.STOP}),
    TrainingState.STOPPING: frozenset(),
    TrainingState.FINISHING: frozenset({Request.STOP}),  # ends the test; the model is kept
}


class ActionButton(QPushButton):
    """A button that looks and does like an action: same text, tooltip, shortcut and enabled state.

    Args:
        action: what it triggers.
        icon: name of its icon.
    """

    def __init__(self, action: QAction, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._action = action
        self.setMinimumHeight(em(2.4))
        self.setMinimumWidth(em(4))
        set_icon(self, icon)
        self.clicked.connect(action.trigger)
        action.changed.connect(self._on_action_changed)
        self._on_action_changed()

    def _on_action_changed(self) -> None:
        self.setText(self._action.text())
        self.setToolTip(self._action.toolTip())
        self.setEnabled(self._action.isEnabled())
        self.setVisible(self._action.isVisible())

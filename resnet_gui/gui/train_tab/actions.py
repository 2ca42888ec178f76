"""What can be asked of a training in each of its states, and buttons for it."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy, QToolButton, QWidget

from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.theme import em
from resnet_gui.runs.state import TrainingState


class Request(StrEnum):
    """What a user can ask of a training."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    STOP_AFTER_EPOCH = "stop-after-epoch"


ENABLED: dict[TrainingState, frozenset[Request]] = {
    TrainingState.IDLE: frozenset({Request.START}),
    TrainingState.PREPARING: frozenset({Request.STOP}),
    TrainingState.RUNNING: frozenset({Request.PAUSE, Request.STOP, Request.STOP_AFTER_EPOCH}),
    TrainingState.VALIDATING: frozenset({Request.PAUSE, Request.STOP, Request.STOP_AFTER_EPOCH}),
    TrainingState.PAUSED: frozenset({Request.RESUME, Request.STOP, Request.STOP_AFTER_EPOCH}),
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


class StopMenuButton(QToolButton):
    """An arrow beside Stop, with the ways to stop in a menu; it stays pressed while a later stop is asked for.

    Args:
        now: stops at once.
        later: stops after the epoch; checked while that is asked for.
    """

    def __init__(self, now: QAction, later: QAction) -> None:
        super().__init__()
        self._later = later
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.addActions([now, later])
        self.setMenu(menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setArrowType(Qt.ArrowType.UpArrow)
        self.setStyleSheet("QToolButton::menu-indicator { image: none; }")  # the arrow says it already
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(self.tr("Ways to stop"))
        self.setMinimumHeight(em(2.4))
        later.changed.connect(self._on_action_changed)
        self._on_action_changed()

    def _on_action_changed(self) -> None:
        self.setEnabled(self._later.isEnabled())
        self.setDown(self._later.isChecked())
        self.setToolTip(self._later.toolTip())

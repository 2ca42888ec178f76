"""Notice: a line that says something and can be closed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from resnet_gui.gui.icons import tinted_pixmap
from resnet_gui.gui.theme import em


class Notice(QFrame):
    """Says what happened and what to do, without a dialog in the way. Hidden while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sign = QLabel()
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._action = QPushButton()
        self._action.setToolTip(self.tr("What this message is about"))
        self._action.clicked.connect(self._on_action_clicked)
        self._on_action: Callable[[], object] | None = None
        close = QToolButton(autoRaise=True)
        close.setText("\N{MULTIPLICATION SIGN}")
        close.setAccessibleName(self.tr("Close this message"))
        close.setToolTip(self.tr("Close this message"))
        close.clicked.connect(self.hide)
        self.setFrameStyle(QFrame.Shape.StyledPanel | QFrame.Shadow.Plain)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.ToolTipBase)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(em(0.8), em(0.4), em(0.4), em(0.4))
        layout.setSpacing(em(0.6))
        layout.addWidget(self._sign)
        layout.addWidget(self._words, stretch=1)
        layout.addWidget(self._action)
        layout.addWidget(close)
        self._tint()
        self.hide()

    @property
    def text(self) -> str:
        """What it says, empty while it is hidden."""
        return "" if self.isHidden() else self._words.text()

    def say(self, message: str, action: str = "", on_action: Callable[[], object] | None = None) -> None:
        """Show a message in place of the one before.

        Args:
            message: what to say.
            action: what a button beside it says; empty for no button.
            on_action: called when it is pressed.
        """
        self._words.setText(message)
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self._on_action = on_action
        self.setAccessibleName(message)
        self.show()

    def changeEvent(self, event: QEvent) -> None:
        """Tint the sign anew when the colours change."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._tint()

    def _on_action_clicked(self) -> None:
        if self._on_action is not None:
            self._on_action()

    def _tint(self) -> None:
        size, ratio = em(1.4), self.devicePixelRatioF()
        pixmap = tinted_pixmap("warning", self.palette().color(QPalette.ColorRole.ToolTipText), round(size * ratio))
        pixmap.setDevicePixelRatio(ratio)
        self._sign.setPixmap(pixmap)

"""The row above the pictures: the model, and what can be done."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from resnet_gui.gui.classify_tab.model_chooser import ModelChooser
from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.theme import em
from resnet_gui.gui.window_settings import WindowSettings


class ClassifyToolbar(QWidget):
    """The model chooser and a button for each action; the shortcuts work wherever `owner` has the focus.

    Args:
        owner: the widget the actions belong to.
        settings: what the window remembers.
    """

    def __init__(self, owner: QWidget, settings: WindowSettings) -> None:
        super().__init__(owner)
        self._owner = owner
        self.chooser = ModelChooser(settings)
        label = QLabel(self.tr("&Model"))
        label.setBuddy(self.chooser)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(label)
        self._layout.addWidget(self.chooser)
        self._layout.addSpacing(em(0.6))
        self.open = self._add(self.tr("Open…"), "open", "Ctrl+O", self.tr("Choose pictures to classify"))
        self.open_folder = self._add(
            self.tr("Open folder…"), "folder", "Ctrl+Shift+O", self.tr("Classify all pictures in a folder")
        )
        self.paste = self._add(
            self.tr("Paste"),
            "paste",
            QKeySequence(QKeySequence.StandardKey.Paste),
            self.tr("Classify the picture or the files that were copied elsewhere"),
        )
        self._layout.addStretch()
        self.clear = self._add(
            self.tr("Clear"), "clear", "Ctrl+Del", self.tr("Empty the list; the files stay where they are")
        )
        self.export = self._add(
            self.tr("Export CSV…"), "save", "Ctrl+E", self.tr("Save the predictions as a table for a spreadsheet")
        )
        self.copy = self._add(
            self.tr("Copy into folders…"),
            "copy",
            "Ctrl+Shift+E",
            self.tr("Copy the pictures into one folder per class; the originals stay where they are"),
        )

    def add_beside_chooser(self, action: QAction) -> None:
        """Add a button for something that is done with the chosen model; its words are in the tooltip."""
        button = QToolButton()
        button.setDefaultAction(action)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setAccessibleName(action.iconText().rstrip("…"))
        button.setAccessibleDescription(action.toolTip())
        self._layout.insertWidget(self._layout.indexOf(self.chooser) + 1, button)

    def _add(self, text: str, icon: str, shortcut: str | QKeySequence, tip: str) -> QAction:
        action = QAction(text, self._owner)
        action.setIconText(text)  # which buttons show; Qt's own guess has no ellipsis
        action.setShortcut(QKeySequence(shortcut))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{tip} ({keys})")
        set_icon(action, icon, self._owner)
        self._owner.addAction(action)
        button = QToolButton()
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setAccessibleName(text.rstrip("…"))
        button.setAccessibleDescription(tip)
        self._layout.addWidget(button)
        return action

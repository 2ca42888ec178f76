"""RunNameField: what the run shall be called."""

from __future__ import annotations

import os

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from resnet_gui.errors import ConfigError
from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.editors import TextEditor, wrapped
from resnet_gui.gui.train_tab.form_parts import FieldStack
from resnet_gui.gui.train_tab.problem_label import ProblemLabel
from resnet_gui.runs.store import RunStore, check_run_name


class RunNameField(QWidget):
    """An optional name, refused while it is typed if it is taken or no name for a folder.

    Args:
        store: where the run will be made.
    """

    changed = Signal()

    def __init__(self, store: RunStore) -> None:
        super().__init__()
        self._store = store
        help_text = self.tr("What the run's folder is called. Empty: date, network and data.")
        self.editor = TextEditor()
        self.editor.setPlaceholderText(self.tr("date, network and data"))
        self.editor.setToolTip(wrapped(help_text))
        self.editor.setAccessibleName(self.tr("Run name"))
        self.editor.setAccessibleDescription(help_text)
        self.editor.changed.connect(self._on_editor_changed)
        self._problem = ProblemLabel()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(em(0.2))
        layout.addWidget(self.editor)
        layout.addWidget(self._problem)

    @property
    def name(self) -> str:
        """The name, empty for one that is made up."""
        return self.editor.entry()

    @property
    def problem(self) -> str:
        """Why the name cannot be used, empty if it can."""
        return self._problem.text

    def clear(self) -> None:
        """Forget the name: its run is there now."""
        self.editor.set_entry("")

    def add_to(self, stack: FieldStack) -> None:
        """Append label and editor."""
        label = QLabel(self.tr("Run name"))
        label.setBuddy(self.editor)
        stack.add_row(label, self)

    def _on_editor_changed(self) -> None:
        self._problem.show_problem(self._problem_of(self.name))
        self.changed.emit()

    def _problem_of(self, name: str) -> str:
        if not name:
            return ""
        try:
            check_run_name(name)
        except ConfigError as error:
            return str(error)
        if os.path.lexists(self._store.folder / name):  # Path.exists raises where it may not look
            return self.tr("There is a run of this name already.")
        return ""

"""RunButtons: what can be done with the selected runs, and why something cannot."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.runs_dialog.table_model import Row
from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.editors import wrapped
from resnet_gui.runs.overview import Condition, DamagedRun, RunEntry


class RunButtons(QWidget):
    """A column of buttons; the tooltip of one that cannot be pressed says why."""

    def __init__(self) -> None:
        super().__init__()
        self._usual: dict[QPushButton, str] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.show_button = self._add(
            self.tr("&Show"),
            "preview",
            self.tr("Show its curves on the Train tab; while another program trains it, as they grow (Enter)"),
        )
        self.resume_button = self._add(self.tr("&Resume"), "resume", self.tr("Go on with it exactly where it was"))
        self.more_button = self._add(
            self.tr("&More epochs…"), "start", self.tr("Train it further than was planned, from where it is")
        )
        self.settings_button = self._add(
            self.tr("&Use these settings"), "copy", self.tr("Put its settings into the form, for a new training")
        )
        self.folder_button = self._add(
            self.tr("Open &folder"), "folder", self.tr("Open the folder with its curves, log and model")
        )
        self._column.addSpacing(em(0.8))
        self.delete_button = self._add(
            self.tr("&Delete…"), "clear", self.tr("Delete the selected runs with their models, after a question (Del)")
        )
        self._column.addStretch()
        self.refresh_button = self._add(self.tr("Rea&d again"), "reset", self.tr("Look again what there is (F5)"))
        self.close_button = self._add(self.tr("&Close"), "", self.tr("Close this window (Esc)"))

    def _add(self, text: str, icon: str, explanation: str) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)  # Enter in the table would press it, too
        self._usual[button] = explanation
        button.setToolTip(wrapped(explanation))
        if icon:
            set_icon(button, icon)
        self._column.addWidget(button)
        return button

    def offer(self, rows: Sequence[Row], *, busy: bool) -> None:
        """Enable what can be done.

        Args:
            rows: what is selected.
            busy: whether a training runs in this window.
        """
        one = _why_not_one(self, rows)
        here = one or (self.tr("A training runs in this window: stop it, or wait for its end.") if busy else "")
        entry = rows[0] if len(rows) == 1 and isinstance(rows[0], RunEntry) else None
        trained = self.tr("It is being trained now.")
        complete = self.tr("It is complete. More epochs train it further.")
        go_on = extend = ""
        if entry is not None:
            if not entry.can_go_on:
                go_on = trained if entry.condition is Condition.TRAINED else complete
            if not entry.can_be_extended:
                extend = trained if entry.condition is Condition.TRAINED else self.tr("It has no epoch yet: resume it.")
        self._allow(self.show_button, here)
        self._allow(self.resume_button, here or go_on)
        self._allow(self.more_button, here or extend)
        self._allow(self.settings_button, here)
        self._allow(self.folder_button, "" if rows else self.tr("Select a run."))
        self._allow(self.delete_button, _why_not_deleted(self, rows))

    def _allow(self, button: QPushButton, reason: str) -> None:
        button.setEnabled(not reason)
        button.setToolTip(wrapped("\n\n".join(filter(None, [reason, self._usual[button]]))))


def _why_not_one(owner: QWidget, rows: Sequence[Row]) -> str:
    if len(rows) != 1:
        return owner.tr("Select one run.")
    if isinstance(rows[0], DamagedRun):
        return owner.tr("This run is damaged: {reason}").format(reason=rows[0].reason)
    return ""


def _why_not_deleted(owner: QWidget, rows: Sequence[Row]) -> str:
    if not rows:
        return owner.tr("Select a run.")
    if any(isinstance(row, DamagedRun) for row in rows):
        return owner.tr("It cannot be told what a damaged run is: open its folder to delete it there.")
    if any(isinstance(row, RunEntry) and row.condition is Condition.TRAINED for row in rows):
        return owner.tr("What is being trained cannot be deleted: stop it first.")
    return ""

"""RunOffer: what the window says about a run that it could go on with, or that is trained elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from resnet_gui.gui.banner import Banner
from resnet_gui.gui.run_words import data_words, interruption_words, network_words
from resnet_gui.runs.overview import RunEntry
from resnet_gui.runs.run import Run


class RunOffer(Banner):
    """Offers to resume what was interrupted, or tells that a run can only be watched. Hidden at first."""

    resume_requested = Signal(object)  # Run
    list_requested = Signal()
    declined = Signal()
    leave_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self.resume_button = self.add_button(
            self.tr("Resume"),
            self.tr("Go on with this training exactly where it was"),
            lambda: self.resume_requested.emit(self._run),
        )
        self.list_button = self.add_button(
            self.tr("Show all…"), self.tr("List all runs, and choose one of them"), self.list_requested.emit
        )
        self.decline_button = self.add_button(
            self.tr("Not now"),
            self.tr("Do not offer this again. It can be resumed at any time with File > Runs."),
            self.declined.emit,
        )
        self.leave_button = self.add_button(
            self.tr("Stop watching"),
            self.tr("Show this training no longer, and train here. There it goes on all the same."),
            self.leave_requested.emit,
        )
        self.hide()

    def offer(self, interrupted: Sequence[RunEntry]) -> None:
        """Offer to go on with the first of some runs, which were interrupted."""
        entry = interrupted[0]
        self._run = entry.run
        config = entry.run.record.config
        place = interruption_words(entry.reached)
        place = place[0].upper() + place[1:]
        words = self.tr("{place}: {run} ({network}, {data}).").format(
            place=place, run=entry.run.name, network=network_words(config), data=data_words(config)
        )
        others = len(interrupted) - 1
        if others == 1:
            words = self.tr("{words} Another training was interrupted, too.").format(words=words)
        elif others:
            words = self.tr("{words} {count} other trainings were interrupted, too.").format(words=words, count=others)
        self._show(words, elsewhere=False, several=bool(others))

    def tell_elsewhere(self, run: Run) -> None:
        """Say that a run is shown that another program trains."""
        words = self.tr(
            "{run} is being trained by another window or program. You see it as it grows; it can be paused and "
            "stopped only there."
        ).format(run=run.name)
        self._show(words, elsewhere=True, several=False)

    def _show(self, words: str, *, elsewhere: bool, several: bool) -> None:
        self.say(words)
        self.resume_button.setVisible(not elsewhere)
        self.list_button.setVisible(several)
        self.decline_button.setVisible(not elsewhere)
        self.leave_button.setVisible(elsewhere)
        self.show()

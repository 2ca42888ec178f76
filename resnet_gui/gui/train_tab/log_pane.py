"""LogPane: what happened, line by line, with the time of day."""

from __future__ import annotations

import time

from PySide6.QtWidgets import QPlainTextEdit

from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.editors import translate_setting
from resnet_gui.gui.train_tab.words import value_words
from resnet_gui.runs.config import SETTINGS
from resnet_gui.runs.events import EpochEnded, Finished, Message, SettingChanged, TrainingPlanned
from resnet_gui.runs.state import FinishReason

MOST_LINES = 5000


class LogPane(QPlainTextEdit):
    """Read-only lines; it stays at the end unless the user scrolled up, and forgets the oldest lines."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setMaximumBlockCount(MOST_LINES)
        self.setAccessibleName(self.tr("Log"))
        self.setPlaceholderText(self.tr("What happens during a training is written here."))
        self.setMinimumHeight(em(4))

    def add_line(self, text: str, when: float) -> None:
        """Append words with the time of day, and the date if it is not today's; `when` is seconds since the epoch."""
        then = time.localtime(when)
        today = then[:3] == time.localtime()[:3]
        clock = time.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M:%S", then)
        self.appendPlainText(f"{clock}  {text}")

    def add_message(self, event: Message) -> None:
        """Append what the training says."""
        self.add_line(event.text, event.time)

    def add_plan(self, event: TrainingPlanned) -> None:
        """Append what will be done."""
        text = self.tr(
            "{parameters} weights, {epochs} epochs of {steps} steps; {train} pictures to train, {validation} to "
            "validate, {test} to test."
        ).format(
            parameters=f"{event.parameters:,}",
            epochs=event.epochs,
            steps=event.steps_per_epoch,
            train=event.train_count,
            validation=event.validation_count,
            test=event.test_count,
        )
        self.add_line(text, event.time)

    def add_epoch(self, event: EpochEnded) -> None:
        """Append an epoch's validation."""
        if event.val_loss is None or event.val_top1 is None or event.val_top5 is None:
            words = self.tr("over") if event.complete else self.tr("cut")
            self.add_line(self.tr("Epoch {epoch} {words}.").format(epoch=event.epoch, words=words), event.time)
            return
        text = self.tr("Epoch {epoch}: validation loss {loss}, top-1 {top1} %, top-5 {top5} %{best}").format(
            epoch=event.epoch,
            loss=f"{event.val_loss:.4g}",
            top1=f"{100 * event.val_top1:.1f}",
            top5=f"{100 * event.val_top5:.1f}",
            best=self.tr(", the best so far") if event.best else "",
        )
        self.add_line(text, event.time)

    def add_change(self, event: SettingChanged) -> None:
        """Append what was changed."""
        setting = SETTINGS[event.name]
        text = self.tr("{setting} changed from {old} to {new}, from step {step} on.").format(
            setting=translate_setting(setting.label),
            old=value_words(setting, event.old),
            new=value_words(setting, event.new),
            step=event.step + 1,
        )
        self.add_line(text, event.time)

    def add_end(self, event: Finished) -> None:
        """Append how it ended."""
        ends = {
            FinishReason.COMPLETED: self.tr("Completed."),
            FinishReason.STOPPED: self.tr("Stopped."),
            FinishReason.FAILED: self.tr("Failed."),
        }
        self.add_line(" ".join(filter(None, [ends[event.reason], event.message, event.advice])), event.time)

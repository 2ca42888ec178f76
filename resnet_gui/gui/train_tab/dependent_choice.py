"""Choices that depend on the other settings and on the user's runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, QSignalBlocker
from PySide6.QtGui import QShowEvent

from resnet_gui.gui.train_tab.editors import Choice, ChoiceEditor
from resnet_gui.gui.train_tab.words import choice_explanation, choice_title
from resnet_gui.inference.bundle import DESCRIPTION_FILE
from resnet_gui.models.registry import NETWORKS, NetworkSpec
from resnet_gui.runs.config import IMAGENET
from resnet_gui.runs.run import Run
from resnet_gui.runs.settings import Setting
from resnet_gui.runs.store import RunStore

DEPENDENT = ("starts", "stages")
"""What a setting's description calls such choices."""


class DependentChoices:
    """Tells what there is to choose from for one network.

    Args:
        store: the user's runs.
    """

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self.network = next(iter(NETWORKS))

    @property
    def _spec(self) -> NetworkSpec:
        return NETWORKS[self.network]

    def of(self, setting: Setting) -> list[Choice]:
        """Return the choices of a setting, the usual one first."""
        values = [""]
        if setting.extra["choices"] == "stages":
            values += self._spec.stages
        elif self._spec.imagenet_weights:
            values.append(IMAGENET)
        choices = [_choice(setting, value) for value in values]
        if setting.extra["choices"] == "starts":
            choices += [Choice(run.name, run.name, _words_about(run)) for run in self._runs()]
        return choices

    def _runs(self) -> list[Run]:
        """Return the runs of this network that have a model, newest first."""
        return [
            run
            for run in self._store.list().runs
            if run.record.config.network == self.network and os.path.isfile(run.model_folder / DESCRIPTION_FILE)
        ]


def _choice(setting: Setting, value: str) -> Choice:
    return Choice(value, choice_title(setting, value), choice_explanation(setting, value))


def _words_about(run: Run) -> str:
    config, best = run.record.config, run.record.best
    words = QCoreApplication.translate("DependentChoices", "Your run on {data}").format(
        data=config.folder if config.source == "folder" else config.source
    )
    if best is None or best.val_top1 is None:
        return words
    return QCoreApplication.translate("DependentChoices", "{run}: validation top-1 {top1:.1f} %").format(
        run=words, top1=100 * best.val_top1
    )


class DependentChoiceEditor(ChoiceEditor):
    """A choice among what there is at the moment; what was chosen stays when it is no longer there.

    Args:
        setting: what is chosen; its default is always there.
        choices: returns what there is. It may have to look on the disk, so it is asked only when the answer is seen
            or counts.
    """

    def __init__(self, setting: Setting, choices: Callable[[Setting], Sequence[Choice]]) -> None:
        super().__init__([_choice(setting, setting.default)], setting.name)
        self._setting = setting
        self._choices = choices
        self._missing = False

    def set_entry(self, value: str) -> None:
        """Choose a value, whether it is there or not."""
        if value == self.entry():
            return
        self._fill(value)
        self.changed.emit()

    def outdate(self) -> None:
        """Take note that there are other choices now."""
        if self.isVisible() or self.entry() != self._setting.default:
            self._fill(self.entry())

    def own_problem(self) -> str:
        """Return why the chosen value cannot be used, empty if it can."""
        if not self._missing:
            return ""
        return self.tr("Not there for this network: {title}.").format(title=self.currentText())

    def showEvent(self, event: QShowEvent) -> None:
        """Look again what there is."""
        super().showEvent(event)
        self._look_again()

    def showPopup(self) -> None:
        """Look again what there is, and show it."""
        self._look_again()
        super().showPopup()

    def _look_again(self) -> None:
        missing = self._missing
        self._fill(self.entry())
        if missing != self._missing:
            self.changed.emit()

    def _fill(self, chosen: str) -> None:
        choices = list(self._choices(self._setting))
        self._missing = chosen not in [choice.value for choice in choices]
        if self._missing:
            choices.append(_choice(self._setting, chosen))
        with QSignalBlocker(self):
            self.clear()
            for choice in choices:
                self.add_choice(choice)
            self.setCurrentIndex(self.findData(chosen))

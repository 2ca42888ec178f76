"""WheelPanel: what can be changed while a training runs."""

from __future__ import annotations

import math
from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

from resnet_gui.errors import ResNetGuiError
from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.editors import NumberEditor, wrapped
from resnet_gui.gui.train_tab.problem_label import ProblemLabel
from resnet_gui.gui.train_tab.setting_field import SettingField
from resnet_gui.gui.train_tab.steady_label import SteadyLabel
from resnet_gui.gui.training_session import TrainingSession
from resnet_gui.runs.changes import epochs_setting, rate_setting
from resnet_gui.runs.config import SETTINGS, TrainingConfig
from resnet_gui.runs.events import Changeable
from resnet_gui.runs.history import History
from resnet_gui.runs.state import TrainingState

STEERABLE = (TrainingState.RUNNING, TrainingState.VALIDATING, TrainingState.PAUSED)
"""The states in which settings can be changed."""

_RATES: tuple[Changeable, ...] = ("learning_rate", "fine_tune_rate")
_NAMES: tuple[Changeable, ...] = (*_RATES, "epochs", "early_stopping")


class WheelPanel(QWidget):
    """Learning rate, epochs in all and early stopping as they are now, each to be changed; hidden while nothing trains.

    What is entered waits for Apply or Enter, and Escape takes it back. A change is shown as made when the training says
    that it is.

    Args:
        session: what it steers.
    """

    def __init__(self, session: TrainingSession) -> None:
        super().__init__()
        self._session = session
        self._shown: dict[Changeable, float] = {}  # what the fields show when nothing is entered
        self.fields: dict[Changeable, SettingField] = {name: SettingField(SETTINGS[name]) for name in _NAMES}
        self.rate_now = SteadyLabel([self.tr("now {rate}").format(rate="0.000123")])
        self.apply_button = QPushButton(self.tr("Appl&y"))
        self.apply_button.setToolTip(wrapped(self.tr("Go on with these values, from the next step on")))
        self.apply_button.clicked.connect(self.apply)
        self.note, self.problem = SteadyLabel(), ProblemLabel()
        self._lead = QLabel(self.tr("&Mid-training"))
        self._explain()
        row = QHBoxLayout()
        row.setSpacing(em(0.6))
        row.addWidget(self._lead)
        for name, field in self.fields.items():
            field.editor.setFixedWidth(em(8 if name == "early_stopping" else 6))
            field.changed.connect(self._on_entry_changed)
            self._apply_on_enter(field)
            row.addWidget(field.label)
            row.addWidget(field)
            if name == _RATES[-1]:
                row.addWidget(self.rate_now)
        row.addWidget(self.apply_button)
        row.addWidget(self.note)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(em(0.2))
        layout.addLayout(row)
        layout.addWidget(self.problem)
        self.hide()
        session.state_changed.connect(self._on_state_changed)
        session.setting_changed.connect(self._on_changed)
        session.epoch_ended.connect(self._on_changed)
        session.metrics_changed.connect(self._show_rate_now)
        session.finished.connect(self._on_finished)

    def _explain(self) -> None:
        rate = self.tr(
            "The new rate takes the place of the one it began with: what the schedule has made of that one, it makes "
            "of the new one from the next step on."
        )
        words = {
            **dict.fromkeys(_RATES, rate),
            "epochs": self.tr(
                "How many there shall be in all, those that are over with them. The rate of a cosine or one_cycle "
                "schedule is from then on what it would have been with so many from the beginning, and early stopping "
                "counts anew."
            ),
            "early_stopping": self.tr("Epochs without a better one that have passed already count."),
        }
        for name, field in self.fields.items():
            field.add_explanation(words[name])
        self._lead.setToolTip(wrapped(self.tr("Settings that can be changed while the training runs")))
        self.rate_now.setToolTip(wrapped(self.tr("The learning rate of the latest step, which the schedule has made")))

    def _apply_on_enter(self, field: SettingField) -> None:
        editor = field.editor
        if isinstance(editor, QSpinBox):
            editor.lineEdit().returnPressed.connect(self.apply)
        elif isinstance(editor, NumberEditor):
            editor.returnPressed.connect(self.apply)

    def apply(self) -> None:
        """Ask for what is entered; what cannot be is said, and stays entered."""
        config = self._session.config
        if config is None:
            return
        problems = []
        asked = False
        for name in list(self._entered()):
            value = self.fields[name].entry()
            try:
                self._session.change(*self._request(config, name, value))
            except ResNetGuiError as error:
                problems.append(str(error))
            else:
                self._shown[name] = value
                asked = True
        self.problem.show_problem(" ".join(problems))
        self.note.show_words(self.tr("From the next step on.") if asked else "")
        self.apply_button.setEnabled(any(self._entered()))

    def _request(self, config: TrainingConfig, name: Changeable, value: float) -> tuple[Changeable, float]:
        """Return what a field's entry asks for: it shows the epochs in all."""
        setting, beside = epochs_setting(config)
        return (setting, value - beside) if name == "epochs" and isinstance(value, int) else (name, value)

    def _entered(self) -> Iterator[Changeable]:
        return (name for name, shown in self._shown.items() if self.fields[name].entry() != shown)

    def _show_in_force(self) -> None:
        """Show the settings in force wherever nothing else is being entered."""
        config, history = self._session.config, self._session.history
        if config is None:
            return
        rate = rate_setting(config, history.epochs_ended)
        entered = set(self._entered())
        self._shown = {
            rate: getattr(config, rate),
            "epochs": config.all_epochs,
            "early_stopping": config.early_stopping,
        }
        for name in _RATES:
            self.fields[name].setVisible(name == rate)
            self.fields[name].label.setVisible(name == rate)
        self._lead.setBuddy(self.fields[rate].editor)
        for name, value in self._shown.items():
            if name not in entered:
                self.fields[name].set_entry(value)
        self._show_rate_now(history)
        self._on_entry_changed()

    def _show_rate_now(self, history: History) -> None:
        rates = history.column("rate")[-1:]
        words = ""
        if len(rates) and not any(math.isclose(rates[0], self._shown.get(name, 0.0)) for name in _RATES):
            words = self.tr("now {rate}").format(rate=f"{rates[0]:.3g}")
        self.rate_now.show_words(words)

    def _on_entry_changed(self) -> None:
        self.apply_button.setEnabled(any(self._entered()))
        if not any(self._entered()):
            self.problem.show_problem("")

    def _on_state_changed(self, state: TrainingState) -> None:
        steerable = state in STEERABLE
        if steerable and self.isHidden():
            self._shown = {}
            self._show_in_force()
        if steerable:
            self.show()
        self.setEnabled(steerable)

    def _on_changed(self) -> None:
        self.note.show_words("")
        self._show_in_force()

    def _on_finished(self) -> None:
        self.note.show_words("")
        self.problem.show_problem("")
        self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take back what was entered, with Escape."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
            return
        for name in list(self._entered()):
            self.fields[name].set_entry(self._shown[name])

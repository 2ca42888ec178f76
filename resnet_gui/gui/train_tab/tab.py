"""The Train tab: choose data and network, press Start, watch."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from resnet_gui.errors import ConfigError, ResNetGuiError
from resnet_gui.gui.error_dialog import show_error
from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.plots import TrainingPlots
from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.actions import ENABLED, ActionButton, Request, StopMenuButton
from resnet_gui.gui.train_tab.coach_line import CoachLine
from resnet_gui.gui.train_tab.config_form import ConfigForm
from resnet_gui.gui.train_tab.dialogs.form_dialogs import FormDialogs
from resnet_gui.gui.train_tab.editors import wrapped
from resnet_gui.gui.train_tab.forecaster import Forecaster
from resnet_gui.gui.train_tab.form_entries import FormEntries
from resnet_gui.gui.train_tab.log_pane import LogPane
from resnet_gui.gui.train_tab.progress_panel import ProgressPanel
from resnet_gui.gui.train_tab.wheel_panel import WheelPanel
from resnet_gui.gui.training_session import TrainingSession
from resnet_gui.models.registry import find_network
from resnet_gui.runs.config import TrainingConfig, steps_per_epoch
from resnet_gui.runs.events import Finished, TrainingPlanned
from resnet_gui.runs.state import TrainingState
from resnet_gui.training.shown_pictures import have_changed

_SHORTCUTS = {
    Request.START: ("Ctrl+Return", "F5"),
    Request.PAUSE: ("F6",),
    Request.RESUME: ("F6",),
    Request.STOP: ("Shift+F5",),
    Request.STOP_AFTER_EPOCH: ("Ctrl+Shift+F5",),
}


class TrainTab(QWidget):
    """Form on the left with Start, Pause and Stop under it; plots, progress and log on the right.

    Args:
        session: what starts and follows trainings. Its failures are shown by the window.
    """

    run_finished = Signal(str)  # the run's name
    status_changed = Signal(str)

    def __init__(self, session: TrainingSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.form = ConfigForm(session.store)
        FormDialogs(self.form)
        self._forecaster = Forecaster(self.form, session.store)
        self.plots = TrainingPlots()
        self.progress = ProgressPanel(session)
        self.wheel = WheelPanel(session)
        self.coach = CoachLine(session)
        self.log = LogPane()
        self.actions_by_request = self._make_actions()
        self._own_entries: FormEntries | None = None  # while the form shows the settings of another program's run
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self._make_left())
        splitter.addWidget(self._make_right())
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([em(27), em(80)])
        layout = QHBoxLayout(self)
        layout.setContentsMargins(em(0.5), em(0.5), em(0.5), em(0.5))
        layout.addWidget(splitter)

        self.form.changed.connect(self._on_form_changed)
        self.progress.status_changed.connect(self.status_changed)
        session.state_changed.connect(self._on_state_changed)
        session.metrics_changed.connect(self.plots.show_history)
        session.message_logged.connect(self.log.add_message)
        session.planned.connect(self.log.add_plan)
        session.planned.connect(self._on_planned)
        session.epoch_ended.connect(self.log.add_epoch)
        session.setting_changed.connect(self.log.add_change)
        session.stop_after_epoch_changed.connect(self._show_what_can_be_done)
        session.finished.connect(self._on_finished)
        session.started.connect(self._forecaster.cancel)
        session.settings_told.connect(self._on_settings_told)
        session.elsewhere_changed.connect(self._on_elsewhere_changed)
        session.interrupted.connect(self._on_form_changed)
        session.caught_up.connect(self.plots.refresh)
        self.plots.picture_saved.connect(self._on_picture_saved)
        self._on_form_changed()

    def _make_actions(self) -> dict[Request, QAction]:
        words = {
            Request.START: (self.tr("Start"), "", self._on_start_triggered),
            Request.PAUSE: (self.tr("Pause"), self.tr("Hold after the current batch"), self._session.pause),
            Request.RESUME: (self.tr("Resume"), self.tr("Go on where it was paused"), self._session.resume),
            Request.STOP: (
                self.tr("Stop"),
                self.tr("End after the current batch; the best model so far is kept"),
                self._session.stop,
            ),
            Request.STOP_AFTER_EPOCH: (
                self.tr("Stop after this epoch"),
                self.tr("End when the epoch under way is over, validated and saved; can be taken back until then"),
                self._session.stop_after_epoch,
            ),
        }
        actions = {}
        for request, (text, explanation, slot) in words.items():
            action = QAction(text, self)
            action.setShortcuts([QKeySequence(keys) for keys in _SHORTCUTS[request]])
            action.setToolTip(self._tooltip(request, explanation))
            action.triggered.connect(slot)
            if request is Request.STOP_AFTER_EPOCH:
                action.setCheckable(True)
            else:
                set_icon(action, request.value, self)
            self.addAction(action)
            actions[request] = action
        return actions

    def _tooltip(self, request: Request, explanation: str) -> str:
        keys = QKeySequence(_SHORTCUTS[request][0]).toString(QKeySequence.SequenceFormat.NativeText)
        return wrapped(f"{explanation} ({keys})")

    def _make_left(self) -> QWidget:
        buttons = QHBoxLayout()
        actions = self.actions_by_request
        self.buttons: dict[Request, QAbstractButton] = {
            request: ActionButton(actions[request], request.value)
            for request in (Request.START, Request.PAUSE, Request.RESUME, Request.STOP)
        }
        for button in self.buttons.values():
            buttons.addWidget(button, stretch=1)
        stops = StopMenuButton(actions[Request.STOP], actions[Request.STOP_AFTER_EPOCH])
        self.buttons[Request.STOP_AFTER_EPOCH] = stops
        buttons.addWidget(stops)
        left = QWidget()
        layout = QVBoxLayout(left)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.form, stretch=1)
        layout.addLayout(buttons)
        return left

    def _make_right(self) -> QWidget:
        upper = QWidget()
        layout = QVBoxLayout(upper)
        layout.setContentsMargins(em(0.3), 0, 0, 0)
        layout.setSpacing(em(0.7))
        layout.addWidget(self.plots, stretch=1)
        layout.addWidget(self.progress)
        layout.addWidget(self.wheel)
        layout.addWidget(self.coach)
        right = QSplitter(Qt.Orientation.Vertical)
        right.setChildrenCollapsible(False)
        right.addWidget(upper)
        right.addWidget(self.log)
        right.setStretchFactor(0, 1)
        right.setSizes([em(60), em(7)])
        return right

    def config(self) -> TrainingConfig:
        """Return the settings in the form.

        Raises:
            ConfigError: one cannot be used.
        """
        return self.form.config()

    def set_config(self, config: TrainingConfig) -> None:
        """Show settings in the form.

        Raises:
            ConfigError: a choice that there is not.
        """
        self.form.set_config(config)

    def use(self, values: Mapping[str, Any]) -> None:
        """Enter better values for some settings, by name, and make Start the next thing to press.

        Raises:
            ConfigError: a choice that there is not.
        """
        self.form.change(values)
        self.buttons[Request.START].setFocus()

    def shut_down(self) -> None:
        """End the background work of the form; a training is stopped through the session."""
        self._forecaster.shut_down()
        self.form.shut_down()

    def _on_form_changed(self) -> None:
        self._show_what_can_be_done()
        self.plots.set_hint(self._hint())

    def _hint(self) -> str:
        dataset = self.form.data.dataset
        if self._session.busy or self._session.elsewhere:
            return self.tr("The curves begin here with the first batch.")
        if self.form.blocker or dataset is None:
            return self.tr("The curves of the training appear here, batch by batch.\n\nBefore Start: {reason}").format(
                reason=self.form.blocker
            )
        config = self.form.config()
        steps = steps_per_epoch(len(dataset.train), config.batch_size)
        return self.tr(
            "Start trains {network} on {data}: {epochs} epochs of {steps} steps.\n\n"
            "Every batch draws a point here, every epoch ends with a validation."
        ).format(network=find_network(config.network).title, data=dataset.name, epochs=config.all_epochs, steps=steps)

    def _show_what_can_be_done(self) -> None:
        state, blocker, elsewhere = self._session.state, self.form.blocker, self._session.elsewhere
        enabled = frozenset() if elsewhere else ENABLED[state]
        for request, action in self.actions_by_request.items():
            action.setEnabled(request in enabled)
        self.actions_by_request[Request.STOP_AFTER_EPOCH].setChecked(
            self._session.busy and self._session.stops_after_epoch
        )
        start = self.actions_by_request[Request.START]
        start.setEnabled(start.isEnabled() and not self._session.busy and not blocker)
        explanation = blocker or self.tr("Train with these settings")
        if self._session.busy:
            explanation = self.tr("A training is running: stop it, or wait for its end, before starting another.")
        if elsewhere:
            explanation = self.tr("What is shown is trained by another window or program. Leave it to train here.")
        start.setToolTip(self._tooltip(Request.START, explanation))
        # One place for both: a training can be paused or resumed, never both.
        paused = Request.RESUME in enabled
        self.actions_by_request[Request.PAUSE].setVisible(not paused)
        self.actions_by_request[Request.RESUME].setVisible(paused)
        self.form.set_read_only(self._session.busy or elsewhere)

    @property
    def entries(self) -> FormEntries:
        """What the user entered last, usable or not."""
        return self.form.entries() if self._own_entries is None else self._own_entries

    def _on_settings_told(self, config: TrainingConfig) -> None:
        """Show the settings of what is being trained, though they were not entered here."""
        try:
            self.form.set_config(config)
        except ConfigError as error:  # a network of another version of this program
            self.log.add_line(str(error), time.time())

    def _on_elsewhere_changed(self, elsewhere: bool) -> None:
        if elsewhere:
            self._own_entries = self.form.entries()
        elif self._own_entries is not None:
            self.form.restore(self._own_entries)
            self._own_entries = None
        self._on_form_changed()

    def _on_state_changed(self, state: TrainingState) -> None:
        self._show_what_can_be_done()
        if state is TrainingState.PREPARING:  # nothing is slowed down yet by drawing what is there already
            self.plots.refresh()

    def _on_start_triggered(self) -> None:
        try:
            self._session.start(self.form.config(), self.form.run_name.name, self.form.data.dataset)
        except ResNetGuiError as error:
            show_error(self.window(), error.message, error.advice)
        self._on_form_changed()

    def _on_planned(self, plan: TrainingPlanned) -> None:
        shown = self.form.data.dataset
        if self._session.busy and shown is not None and have_changed(shown, plan):
            self.form.data.reload()

    def _on_finished(self, end: Finished) -> None:
        self.plots.refresh()
        self.log.add_end(end)
        self._forecaster.refresh()
        self.form.run_name.clear()
        self._on_form_changed()
        if self._session.run is not None:
            self.run_finished.emit(self._session.run.name)

    def _on_picture_saved(self, path: str) -> None:
        self.status_changed.emit(self.tr("Saved {path}").format(path=path))

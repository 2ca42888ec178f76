"""Forecaster: keeps the form's forecast up to date, and times some steps when it is asked to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from resnet_gui.cli.settings_flags import flags_of
from resnet_gui.errors import ConfigError
from resnet_gui.gui.command import PROGRAM, CommandRunner
from resnet_gui.gui.error_dialog import show_error
from resnet_gui.gui.task import Task
from resnet_gui.gui.train_tab.config_form import ConfigForm
from resnet_gui.progress import Report
from resnet_gui.runs.run import SplitCounts
from resnet_gui.runs.store import RunStore

if TYPE_CHECKING:
    from resnet_gui.training.past_runs import PastRuns

_SETTLED_MS = 150  # after the last change: nobody reads a forecast while typing


class Forecaster(QObject):
    """Tells the form what its settings will take.

    Args:
        form: what is forecast; owns this.
        store: whose runs tell how fast this computer is; read when the first forecast is made.
        program: what runs the timing.
    """

    def __init__(self, form: ConfigForm, store: RunStore, program: Sequence[str] = PROGRAM) -> None:
        super().__init__(form)
        self._form = form
        self._store = store
        self._past: PastRuns | None = None
        self._reading: Task | None = None
        self._blocked = False  # as it is shown
        self._timing = CommandRunner(program, self)
        self._timing.finished.connect(self._on_timing_finished)
        self._timing.failed.connect(self._on_timing_failed)
        self._settled = QTimer(self, singleShot=True, interval=_SETTLED_MS)
        self._settled.timeout.connect(self.update)
        form.changed.connect(self._on_form_changed)
        form.measure_requested.connect(self._on_measure_requested)
        form.forecast.cancel_requested.connect(self.cancel)

    def refresh(self) -> None:
        """Take in what a training or a timing has told."""
        self._drop_reading()
        self._past = None
        self.update()

    def cancel(self) -> None:
        """End a timing, if one is running: somebody wants that, or a training needs the computer."""
        if self._timing.running:
            self._timing.cancel()
            self._form.forecast.set_measuring(False)
            self.update()

    def shut_down(self) -> None:
        """End all background work."""
        self._settled.stop()
        self._timing.cancel()
        reading = self._reading
        self._drop_reading()
        if reading is not None:
            reading.wait()

    def update(self) -> None:
        """Show the forecast of what the form holds, or why that cannot be trained."""
        dataset = self._form.data.dataset
        if self._timing.running:
            return
        self._blocked = bool(self._form.blocker)
        if self._form.blocker or dataset is None:
            self._form.forecast.show_blocker(self._form.blocker)
            return
        if self._past is None:
            self._form.forecast.show_forecast("")
            self._read()
            return
        from resnet_gui.training.forecast import forecast, in_words

        counts = SplitCounts(len(dataset.train), len(dataset.validation), len(dataset.test) if dataset.test else 0)
        told = forecast(self._form.config(), counts, len(dataset.class_names), dataset.geometry.size, self._past)
        advice = [self.tr("With {change}").format(change=words) for words in told.advice]
        self._form.forecast.show_forecast(in_words(told), " ".join(told.warnings), advice)

    def _on_form_changed(self) -> None:
        self._settled.start()
        if bool(self._form.blocker) is not self._blocked:  # Start changes at once; words must not say otherwise
            self.update()

    def _read(self) -> None:
        """Read the runs in the background: fifty of them, from a disk that may be slow."""
        if self._reading is not None:
            return

        def read(_report: Report) -> PastRuns:
            from resnet_gui.training import forecast  # for its imports to be done here, too
            from resnet_gui.training.past_runs import PastRuns

            del forecast
            return PastRuns(self._store)

        self._reading = Task(read)
        self._reading.succeeded.connect(self._on_read)
        self._reading.start()

    def _drop_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _on_read(self, past: PastRuns) -> None:
        self._reading = None
        self._past = past
        self.update()

    def _on_measure_requested(self) -> None:
        try:
            config = self._form.config()
        except ConfigError as error:
            show_error(self._form.window(), error.message, error.advice)
            return
        self._form.forecast.show_forecast(self.tr("Timing some steps; this takes a minute or so…"))
        self._form.forecast.set_measuring(True)
        self._timing.start(["forecast", *flags_of(config), "--measure", "--runs", str(self._store.folder), "--json"])

    def _on_timing_finished(self) -> None:
        self._form.forecast.set_measuring(False)
        self.refresh()

    def _on_timing_failed(self, message: str, details: str) -> None:
        self._form.forecast.set_measuring(False)
        self.update()
        show_error(self._form.window(), message, "", details)

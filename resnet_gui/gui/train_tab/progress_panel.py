"""ProgressPanel: what the training is doing, how far it is, and how well it does."""

from __future__ import annotations

import math

from PySide6.QtCore import QLocale, Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from resnet_gui.gui.smoothing import SmoothedValues
from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.estimate import Estimate, format_duration
from resnet_gui.gui.train_tab.form_parts import small_label
from resnet_gui.gui.train_tab.problem_label import ProblemLabel
from resnet_gui.gui.train_tab.steady_label import SteadyLabel
from resnet_gui.gui.training_session import TrainingSession
from resnet_gui.runs.changes import replanned
from resnet_gui.runs.events import (
    AnyEvent,
    EpochEnded,
    Finished,
    Progress,
    SettingChanged,
    StateChanged,
    StepMetrics,
    Tested,
    TrainingPlanned,
)
from resnet_gui.runs.run import Interruption
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.training.recipes import compared_with_document

_SMOOTHING = 0.9
_READABLE_MS = 200  # numbers that change more often cannot be read
_IN_STEPS = (TrainingState.RUNNING, TrainingState.PAUSED)


class ProgressPanel(QWidget):
    """State in words, progress of the epoch and in total, speed and the latest smoothed values; then the test.

    Steps are shown at most five times a second, everything else at once.

    Args:
        session: what it follows.
    """

    status_changed = Signal(str)  # one line about what is going on

    def __init__(self, session: TrainingSession) -> None:
        super().__init__()
        self._session = session
        self._make_widgets()
        self._forget()
        # Building and tracing take seconds without a word. A second hand shows that the program is alive and
        # wakes the window less often than an animated bar would, which slows tracing down.
        self._seconds = QTimer(self, interval=1000)
        self._seconds.timeout.connect(self._on_second_passed)
        self._pace = QTimer(self, singleShot=True, interval=_READABLE_MS)
        self._pace.timeout.connect(self._on_pace_timeout)
        session.started.connect(self._on_started)
        session.event_arrived.connect(self._on_event)
        session.stop_after_epoch_changed.connect(self._show_steps)
        session.finished.connect(self._on_finished)
        session.interrupted.connect(self._on_interrupted)
        self.stage.show_words(self.tr("Ready"))

    def _make_widgets(self) -> None:
        # Room for what comes, so that the bars do not change their length all the time.
        epochs = {"epoch": 100, "epochs": 100}
        self.stage = SteadyLabel(
            [
                self.tr("Paused, epoch {epoch}/{epochs}").format(**epochs),
                self.tr("Epoch {epoch}/{epochs}, then stop").format(**epochs),
            ]
        )
        self.stage_count = SteadyLabel([self.tr("step {done}/{all}").format(done=10000, all=10000)])
        self.time_left = SteadyLabel([self.tr("{time} left").format(time=format_duration(99 * 3600))])
        self.stage_bar = _make_bar(self.tr("Progress of this stage"))
        self.total_bar = _make_bar(self.tr("Progress of the whole training"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(em(0.8))
        grid.setVerticalSpacing(em(0.3))
        grid.setColumnStretch(1, 1)
        rows = (
            (self.stage, self.stage_bar, self.stage_count),
            (QLabel(self.tr("Total")), self.total_bar, self.time_left),
        )
        for row, widgets in enumerate(rows):
            for column, widget in enumerate(widgets):
                grid.addWidget(widget, row, column)
        self.values, self.result = SteadyLabel(), QLabel()
        for label in (self.stage, self.result):
            font = label.font()
            font.setBold(True)
            label.setFont(font)
        self.result.setWordWrap(True)
        self.result.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.failure = small_label()
        self.failure.hide()
        self.held = ProblemLabel()
        words = QHBoxLayout()
        words.setSpacing(em(1.5))
        words.addWidget(self.values, alignment=Qt.AlignmentFlag.AlignTop)
        words.addWidget(self.result, stretch=1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(em(0.4))
        layout.addLayout(grid)
        layout.addLayout(words)
        layout.addWidget(self.failure)
        layout.addWidget(self.held)

    def _forget(self) -> None:
        self._plan: TrainingPlanned | None = None
        self._latest: StepMetrics | None = None
        self._stale = False  # whether there are steps that are not shown yet
        self._tested: Tested | None = None
        self._estimate = Estimate()
        self._smoothed = {name: SmoothedValues(_SMOOTHING) for name in ("loss", "top1", "top5")}
        self._job = ""
        self._job_seconds = 0

    def _on_started(self) -> None:
        self._forget()
        for label in (self.values, self.stage_count, self.time_left):
            label.show_words("")
        self.result.clear()
        self.failure.hide()
        for bar in (self.stage_bar, self.total_bar):
            _set_bar(bar, 0, 1)
        if self._session.busy:
            self.stage.show_words(self.tr("Starting"))
            self.status_changed.emit(self.tr("Starting the training"))
        else:
            self.stage.show_words(self.tr("Reading"))
            self.status_changed.emit(self.tr("Reading the run"))

    def _on_event(self, event: AnyEvent) -> None:
        self._estimate.follow(event)
        match event:
            case StateChanged():
                self._show_state(event.state)
                self._show_reason(event.reason)
            case TrainingPlanned():
                self._plan = event
            case SettingChanged() if self._plan is not None:
                self._plan = replanned(self._plan, event)
                self._show_steps()
            case Progress():
                self._show_job(event)
            case StepMetrics():
                self._latest = event
                self._stale = True
                if not self._pace.isActive():
                    self._on_pace_timeout()
            case EpochEnded() if event.best and event.val_top1 is not None:
                self.result.setText(
                    self.tr("Best validation: {top1} top-1, epoch {epoch}").format(
                        top1=_percent(event.val_top1), epoch=event.epoch
                    )
                )
            case Tested():
                self._tested = event
                self.result.setText(
                    self.tr("Test: {top1} top-1, {top5} top-5 on {count} pictures").format(
                        top1=_percent(event.top1), top5=_percent(event.top5), count=QLocale().toString(event.count)
                    )
                )

    def _on_pace_timeout(self) -> None:
        if self._stale:
            self._pace.start()
            self._show_steps()

    def _show_state(self, state: TrainingState) -> None:
        words = {
            TrainingState.IDLE: self.tr("Ready"),
            TrainingState.PREPARING: self.tr("Preparing"),
            TrainingState.RUNNING: self.tr("Training"),
            TrainingState.VALIDATING: self.tr("Validating"),
            TrainingState.PAUSED: self.tr("Paused"),
            TrainingState.STOPPING: self.tr("Stopping"),
            TrainingState.FINISHING: self.tr("Finishing"),
        }
        self.stage.show_words(words[state])
        self._seconds.stop()
        if state in _IN_STEPS and self._latest is not None:
            self._show_steps()
            return
        if self._stale:
            self._show_steps()
        if self._latest is None:
            self.values.show_words("")
        if state is TrainingState.FINISHING:
            self.time_left.show_words("")  # nothing left to train; how long the rest takes is not known
        self.stage_count.show_words("")
        _set_bar(self.stage_bar, 0, 1)
        self.status_changed.emit(words[state])

    def _show_reason(self, reason: str) -> None:
        """Show why the training holds, if nobody asked it to."""
        self.held.show_problem(reason)
        if reason:
            self.status_changed.emit(f"{self.stage.text()}: {reason}")

    def _show_job(self, event: Progress) -> None:
        """Show a stage of preparing, validating or finishing."""
        if event.stage != self._job or not self._seconds.isActive():
            self._job, self._job_seconds = event.stage, 0
            self._seconds.start()
        _set_bar(self.stage_bar, event.done, event.total)
        number = QLocale().toString
        self.stage_count.show_words(f"{number(event.done)}/{number(event.total)}" if event.total else "")
        self._show_job_words()

    def _show_job_words(self) -> None:
        words = self._job
        if self._job_seconds:
            words = self.tr("{job}, {seconds} s").format(job=self._job, seconds=self._job_seconds)
        self.values.show_words(words)
        self.status_changed.emit(f"{self.stage.text()}: {words}")

    def _on_second_passed(self) -> None:
        self._job_seconds += 1
        self._show_job_words()

    def _show_steps(self) -> None:
        self._stale = False
        plan, latest = self._plan, self._latest
        if plan is None or latest is None:
            return
        step = len(self._session.history)
        done = step - (latest.epoch - 1) * plan.steps_per_epoch
        paused = self._session.state is TrainingState.PAUSED
        words = self.tr("Paused, epoch {epoch}/{epochs}") if paused else self.tr("Epoch {epoch}/{epochs}")
        if self._session.stops_after_epoch and not paused:
            words = self.tr("Epoch {epoch}/{epochs}, then stop")
        step_words = self.tr("step {done}/{all}").format(done=done, all=plan.steps_per_epoch)
        if self._session.state in _IN_STEPS:
            self.stage.show_words(words.format(epoch=latest.epoch, epochs=plan.epochs))
            self.stage_count.show_words(step_words)
            _set_bar(self.stage_bar, done, plan.steps_per_epoch)
        _set_bar(self.total_bar, step, plan.steps_per_epoch * plan.epochs)
        seconds = self._estimate.seconds_left()
        if seconds is not None:
            self.time_left.show_words(self.tr("{time} left").format(time=format_duration(seconds)))
        self.values.show_words(self._words_about_values(latest.images_per_second))
        status = [self.stage.text(), step_words, self.time_left.text()]
        self.status_changed.emit(", ".join(filter(None, status)))

    def _words_about_values(self, images_per_second: float) -> str:
        now = {}
        for name, smoothed in self._smoothed.items():
            smoothed.follow(self._session.history.column(name))
            now[name] = float(smoothed.values[-1])
        speed = self.tr("{speed} images/s").format(speed=f"{images_per_second:.3g}")
        parts = [
            *([speed] if math.isfinite(images_per_second) else []),
            self.tr("loss {loss}").format(loss=f"{now['loss']:.3g}"),
            self.tr("top-1 {top1}").format(top1=_percent(now["top1"])),
            self.tr("top-5 {top5}").format(top5=_percent(now["top5"])),
        ]
        return "     ".join(parts)

    def _on_interrupted(self, place: Interruption) -> None:
        self._show_end(self.tr("Interrupted"), 0)
        words = self.tr("Interrupted at epoch {epoch}, step {step}").format(epoch=place.epoch, step=place.step)
        self.status_changed.emit(words if place.step else self.tr("Interrupted before its first step"))

    def _on_finished(self, end: Finished) -> None:
        self.held.show_problem("")
        words = {
            FinishReason.COMPLETED: self.tr("Completed"),
            FinishReason.STOPPED: self.tr("Stopped"),
            FinishReason.FAILED: self.tr("Failed"),
        }[end.reason]
        self._show_end(words, int(end.reason is FinishReason.COMPLETED))
        self._show_comparison()
        if end.message and end.reason is not FinishReason.COMPLETED:
            self.failure.setText(end.message)
            self.failure.show()
        self.status_changed.emit(" ".join(filter(None, [f"{words}.", end.message, self.result.text()])))

    def _show_end(self, words: str, done: int) -> None:
        self._seconds.stop()
        self._show_steps()
        self.stage.show_words(words)
        self.stage_count.show_words("")
        self.time_left.show_words("")
        _set_bar(self.stage_bar, done, 1)
        if self._latest is None:
            self.values.show_words("")

    def _show_comparison(self) -> None:
        """Show the document's figure beside the test's, if the run followed its recipe."""
        run, tested = self._session.run, self._tested
        if run is None or tested is None:
            return
        words = compared_with_document(run.record, tested.top1, tested.top5)
        if words:
            self.result.setText(words)


def _make_bar(name: str) -> QProgressBar:
    bar = QProgressBar()
    bar.setAccessibleName(name)
    bar.setTextVisible(False)
    bar.setFixedHeight(em(0.8))
    bar.setRange(0, 1000)
    _set_bar(bar, 0, 1)
    return bar


def _set_bar(bar: QProgressBar, done: int, total: int) -> None:
    """Show a share, in thousandths: bytes of a download exceed Qt's 32 bits. Unknown stays empty."""
    bar.setValue(round(1000 * done / total) if total else 0)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if math.isfinite(share) else "–"  # noqa: RUF001  a dash, as in tables

"""TrainingMonitor: turns what the loop does into events, and requests into holding and stopping."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from resnet_gui.runs.events import AnyEvent, Message, Progress, StateChanged, StepMetrics
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import TrainingState
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.persistence import write_or_hold

Result = TypeVar("Result")

FLUSH_INTERVAL = 0.1
"""Seconds between two events of step values: fast enough for the eye, rare enough for the window."""


class TrainingMonitor:
    """Stands between the loop and the world: buffers step values, throttles, pauses.

    Args:
        control: the requests.
        on_event: is given every event, on the training's thread.
    """

    def __init__(self, control: TrainingControl, on_event: Callable[[AnyEvent], None]) -> None:
        self._control = control
        self._on_event = on_event
        self._state = TrainingState.PREPARING  # which was said before there could be a monitor
        self._rows: list[tuple[float, float, float, float]] = []
        self._epoch = 0
        self._first_step = 0
        self._images = 0
        self._window_started = time.monotonic()
        self._last_flush = 0.0
        self._last_progress = 0.0

    def emit(self, event: AnyEvent) -> None:
        """Pass on an event, after the step values that came before it."""
        self.flush()
        self._on_event(event)

    def enter(self, state: TrainingState) -> None:
        """Say that the training goes over to a state."""
        if state is not self._state:
            self._state = state
            self.emit(StateChanged(time=time.time(), state=state))
        self._restart_window()

    def keep(self, run: Run, write: Callable[[], Result], mendable_only: bool = False) -> Result:
        """Do what writes into a run's folder; hold for as long as it cannot be done, see write_or_hold."""
        before = self._state
        try:
            return write_or_hold(run, self._control, write, self._pause, mendable_only)
        finally:
            if self._state is not before and not self._control.stop_requested:
                self.enter(before)

    def _pause(self, reason: str) -> None:
        self._state = TrainingState.PAUSED
        self.emit(StateChanged(time=time.time(), state=TrainingState.PAUSED, reason=reason))
        self.say(reason)

    def say(self, text: str) -> None:
        """Add a line to the log."""
        self.emit(Message(time=time.time(), text=text))

    def report(self, stage: str, done: int, total: int) -> None:
        """Say how far a stage is; raise CancelledError if it should end."""
        self._control.check()
        self.tell_progress(stage, done, total)

    def tell_progress(self, stage: str, done: int, total: int) -> None:
        """Say how far a stage is, ten times a second at most."""
        now = time.monotonic()
        if done == total or now - self._last_progress >= FLUSH_INTERVAL:
            self._last_progress = now
            self.emit(Progress(time=time.time(), stage=stage, done=done, total=total))

    def on_train_batch_end(
        self, epoch: int, step: int, values: tuple[float, float, float], rate: float, images: int
    ) -> None:
        """Take in the values of a step; every one is kept, and passed on within the flush interval."""
        if not self._rows:
            self._epoch, self._first_step = epoch, step
        self._rows.append((*values, rate))
        self._images += images
        if time.monotonic() - self._last_flush >= FLUSH_INTERVAL:
            self.flush()

    def flush(self) -> None:
        """Pass on the step values gathered so far."""
        if not self._rows:
            return
        now = time.monotonic()
        loss, top1, top5, rate = zip(*self._rows, strict=True)
        event = StepMetrics(
            time=time.time(),
            epoch=self._epoch,
            first_step=self._first_step,
            loss=loss,
            top1=top1,
            top5=top5,
            rate=rate,
            images_per_second=self._images / max(now - self._window_started, 1e-9),
        )
        self._rows = []
        self._on_event(event)
        self._last_flush = time.monotonic()
        self._restart_window()  # now: the event may have had to wait for the disk

    def should_stop(self) -> bool:
        """Hold while a pause is asked for; return whether the training should end. Called after every batch."""
        if self._control.pause_requested and not self._control.stop_requested:
            before = self._state
            self.enter(TrainingState.PAUSED)
            self._control.wait_while_paused()
            if not self._control.stop_requested:
                self.enter(before)
        if self._control.stop_requested:
            self.enter(TrainingState.STOPPING)
            return True
        return False

    def _restart_window(self) -> None:
        self._images = 0
        self._window_started = time.monotonic()

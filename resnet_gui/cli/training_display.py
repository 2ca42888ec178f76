"""A training in the terminal: a bar, the latest values, a line an epoch."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from resnet_gui.runs import events
from resnet_gui.runs.changes import change_words, replanned
from resnet_gui.runs.events import AnyEvent
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason, TrainingState


class TrainingDisplay:
    """Shows a run's events in the terminal.

    Args:
        run: what is trained; its folder is named at the end.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        # No markup: names of files and folders may hold square brackets.
        self._console = Console(highlight=False, markup=False)
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[values]}", markup=False),
            console=self._console,
        )
        self._task = self._bar.add_task("Preparing", total=None, values="")
        self._plan: events.TrainingPlanned | None = None
        self._state = TrainingState.IDLE

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def show(self, event: AnyEvent) -> None:
        """Show an event."""
        match event:
            case events.StateChanged():
                self._state = event.state
                self._bar.update(self._task, description=event.state.capitalize())
            case events.Progress() if self._state is not TrainingState.RUNNING:
                amount = f" {event.done}/{event.total}" if event.total else ""
                self._bar.update(self._task, description=event.stage, values=amount)
            case events.Message():
                self._bar.print(event.text)
            case events.TrainingPlanned():
                self._on_planned(event)
            case events.StepMetrics():
                self._on_steps(event)
            case events.EpochEnded():
                self._bar.print(_epoch_line(event))
            case events.SettingChanged():
                self._on_changed(event)
            case events.Tested():
                self._bar.print(f"Test: top-1 {event.top1:.1%}, top-5 {event.top5:.1%} on {event.count} pictures.")
            case events.Finished():
                self._on_finished(event)

    def _on_planned(self, event: events.TrainingPlanned) -> None:
        self._plan = event
        self._bar.print(
            f"{len(event.class_names)} classes: {event.train_count} pictures to train, "
            f"{event.validation_count} to validate, {event.test_count} to test; {event.parameters:,} weights."
        )
        self._bar.update(self._task, total=event.steps_per_epoch * event.epochs)

    def _on_changed(self, event: events.SettingChanged) -> None:
        self._bar.print(change_words(event))
        if self._plan is not None:
            self._plan = replanned(self._plan, event)
            self._bar.update(self._task, total=self._plan.steps_per_epoch * self._plan.epochs)

    def _on_steps(self, event: events.StepMetrics) -> None:
        epochs = self._plan.epochs if self._plan else 0
        self._bar.update(
            self._task,
            completed=event.first_step + len(event.loss) - 1,
            description=f"Epoch {event.epoch}/{epochs}",
            values=f"{event.images_per_second:.0f} images/s  loss {event.loss[-1]:.3f}  top-1 {event.top1[-1]:.1%}",
        )

    def _on_finished(self, event: events.Finished) -> None:
        if event.message and event.reason is not FinishReason.COMPLETED:
            self._bar.print(f"{event.reason.capitalize()}: {event.message} {event.advice}")
        self._bar.update(self._task, description=event.reason.capitalize(), values="")
        self._bar.print(f"The run is in {self._run.folder}")


def _epoch_line(event: events.EpochEnded) -> str:
    if event.val_loss is None or event.val_top1 is None or event.val_top5 is None:
        return f"Epoch {event.epoch}: {'done' if event.complete else 'stopped'} at step {event.step}."
    return (
        f"Epoch {event.epoch}: validation loss {event.val_loss:.3f}, top-1 {event.val_top1:.1%}, "
        f"top-5 {event.val_top5:.1%}{', the best so far' if event.best else ''}."
    )

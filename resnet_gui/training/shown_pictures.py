"""What a user saw of the pictures before Start, against what the training finds when it reads them."""

from __future__ import annotations

import time
from collections.abc import Callable

from resnet_gui.data.dataset import ImageDataset
from resnet_gui.runs.events import AnyEvent, Message, TrainingPlanned
from resnet_gui.runs.run import Run
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import FitFunction


def have_changed(shown: ImageDataset, plan: TrainingPlanned) -> bool:
    """Return whether a training reads other files than were shown."""
    return plan.fingerprint not in {"", shown.fingerprint}


def telling_of_changes(fit: FitFunction, shown: ImageDataset) -> FitFunction:
    """Return a fit function that also says, in the run's log, if the pictures are no longer those that were shown.

    It trains all the same: files that were just added are as a rule meant to be used.
    """

    def told(run: Run, control: TrainingControl, on_event: Callable[[AnyEvent], None]) -> None:
        def tell(event: AnyEvent) -> None:
            on_event(event)
            if isinstance(event, TrainingPlanned) and have_changed(shown, event):
                on_event(Message(time=time.time(), text=_words(shown, event)))

        fit(run, control, tell)

    return told


def _words(shown: ImageDataset, plan: TrainingPlanned) -> str:
    before, now = len(shown.train) + len(shown.validation), plan.train_count + plan.validation_count
    old_classes, new_classes = len(shown.class_names), len(plan.class_names)
    if old_classes != new_classes:
        difference = f"{new_classes} classes with {now} pictures instead of {old_classes} with {before}"
    elif now != before:
        difference = f"{now} pictures instead of {before}"
    else:
        difference = "some of its files are others"
    return f"The folder has changed since it was shown: {difference}. The training uses what is there now."

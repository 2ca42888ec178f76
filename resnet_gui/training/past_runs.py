"""What earlier trainings and timings on this computer say about the speed of another one.

A known speed is kept as a factor: how many times as long as guessed (step_cost.py) it took. Another network, size or
batch is then forecast by its own guess times the factor of the most similar known one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from resnet_gui.errors import ConfigError
from resnet_gui.runs.run import Run
from resnet_gui.runs.store import RunStore
from resnet_gui.training.precision import FLOAT32, Precision, resolve_precision
from resnet_gui.training.step_cost import (
    StepForm,
    inference_seconds,
    training_seconds,
    validation_seconds,
)
from resnet_gui.training.timings import Timing, read_timings

_RUNS_READ = 48
_COMPARED = 3  # so many of the most similar ones count, where they are equally similar


@dataclass(frozen=True, slots=True)
class KnownSpeed:
    """A speed that was seen on this computer.

    Attributes:
        form: what was trained.
        run: the run's name; empty for a timing.
        training, validation, features: how many times as long as guessed a picture took; None if that was not done.
        preparing_seconds: from Start to the first epoch; None if not known.
    """

    form: StepForm
    run: str
    training: float | None = None
    validation: float | None = None
    features: float | None = None
    preparing_seconds: float | None = None


class PastRuns:
    """What this computer is known to do: the speeds of a store's newest runs and of what was timed.

    Read once, and again on request.

    Args:
        store: whose runs.

    Attributes:
        speeds: timings before runs, the newest first.
        auto: the precision that "auto" comes to.
    """

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self.speeds: tuple[KnownSpeed, ...] = ()
        self.auto: Precision = FLOAT32
        self.refresh()

    def refresh(self) -> None:
        """Read again: a training or a timing has ended."""
        self.auto = resolve_precision("auto")
        timed = [_of_timing(timing) for timing in read_timings()]
        trained = [_of_run(run, self.auto) for run in self.store.newest(_RUNS_READ)]
        self.speeds = tuple(known for known in (*timed, *trained) if known is not None)

    def nearest(self, form: StepForm, value: Callable[[KnownSpeed], float | None]) -> tuple[KnownSpeed, float] | None:
        """Return the known speed most similar to a form and, over those equally similar, the median of a value.

        Args:
            form: what is to be forecast.
            value: one of a known speed's; those that have None are passed over.
        """
        found = [(form.distance(known.form), known, number) for known in self.speeds if (number := value(known))]
        if not found:
            return None
        least = min(distance for distance, _, _ in found)
        near = [(known, number) for distance, known, number in found if distance == least]
        if not near[0][0].run:  # timed: nothing is more exact
            return near[0]
        return near[0][0], median(number for _, number in near[:_COMPARED])


def _of_timing(timing: Timing) -> KnownSpeed | None:
    try:
        work = timing.form.operations(timing.classes)
    except ConfigError:  # a network of another version of this program
        return None
    return KnownSpeed(
        timing.form, run="", training=_factor(timing.images_per_second, training_seconds(work, timing.form))
    )


def _of_run(run: Run, auto: Precision) -> KnownSpeed | None:
    record = run.record
    speed = record.speed
    if speed is None or not record.class_names:
        return None
    try:
        form = StepForm.of(record.config, auto)
        work = form.operations(len(record.class_names))
    except ConfigError:
        return None
    return KnownSpeed(
        form=form,
        run=run.name,
        training=_factor(speed.images_per_second, training_seconds(work, form)),
        validation=_factor(speed.validation_images_per_second, validation_seconds(work, form)),
        features=_factor(speed.features_per_second, inference_seconds(work, form.precision)),
        preparing_seconds=speed.preparing_seconds,
    )


def _factor(images_per_second: float | None, guessed_seconds: float) -> float | None:
    """Return how many times as long as guessed a picture took."""
    return 1 / images_per_second / guessed_seconds if images_per_second else None

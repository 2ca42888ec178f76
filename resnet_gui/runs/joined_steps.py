"""Steps that follow one another as one event: a run of a million steps is told again in moments."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TypeVar

from resnet_gui.runs.events import AnyEvent, StepMetrics
from resnet_gui.runs.history import STEP_COLUMNS

Told = TypeVar("Told", bound=AnyEvent)


def joined_steps(events: Iterable[Told | StepMetrics]) -> Iterator[Told | StepMetrics]:
    """Yield the events, but consecutive steps of an epoch as one, with the time of the last of them."""
    waiting: list[StepMetrics] = []
    expected = 0  # the number of the step that would go on
    for event in events:
        goes_on = isinstance(event, StepMetrics) and event.first_step == expected and event.epoch == waiting[0].epoch
        if waiting and not goes_on:
            yield _joined(waiting)
            waiting = []
        if isinstance(event, StepMetrics):
            waiting.append(event)
            expected = event.first_step + len(event.loss)
        else:
            yield event
            expected = 0
    if waiting:
        yield _joined(waiting)


def _joined(events: list[StepMetrics]) -> StepMetrics:
    if len(events) == 1:
        return events[0]
    columns = {name: tuple(value for event in events for value in getattr(event, name)) for name in STEP_COLUMNS}
    return StepMetrics(
        time=events[-1].time,
        epoch=events[0].epoch,
        first_step=events[0].first_step,
        images_per_second=math.nan,
        **columns,
    )

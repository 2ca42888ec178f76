"""A clock that is set back leaves order and durations right."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from resnet_gui.gui.train_tab.estimate import Estimate
from resnet_gui.runs import events
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import AnyEvent, Finished, Message, StateChanged, TrainingPlanned
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.persistence import EventWriter
from resnet_gui.training.steady_time import SteadyTime
from tests.fake_trainer import make_epoch, make_steps

DAY = 24 * 3600.0
NOON = 1_700_000_000.0


class Clocks:
    """The two clocks of a computer: one that can be set, and one that only goes forward."""

    def __init__(self) -> None:
        self.of_day = NOON
        self.forward = 100.0

    def wait(self, seconds: float) -> None:
        self.of_day += seconds
        self.forward += seconds


def corrected(clocks: Clocks, time: SteadyTime) -> float:
    return time.corrected(Message(time=clocks.of_day, text="")).time


def test_a_clock_that_goes_forward_is_right() -> None:
    clocks = Clocks()
    time = SteadyTime(lambda: clocks.forward)
    event = Message(time=clocks.of_day, text="")
    assert time.corrected(event) is event
    clocks.wait(5.0)
    assert corrected(clocks, time) == NOON + 5
    clocks.of_day += 8 * 3600  # the computer slept
    assert corrected(clocks, time) == NOON + 5 + 8 * 3600


def test_after_it_was_set_back_time_goes_on_from_where_it_was() -> None:
    clocks = Clocks()
    time = SteadyTime(lambda: clocks.forward)
    told = [corrected(clocks, time)]
    clocks.of_day -= DAY
    for seconds in (1.0, 10.0, 100.0):
        clocks.wait(seconds)
        told.append(corrected(clocks, time))
    assert told == pytest.approx([NOON, NOON + 1, NOON + 11, NOON + 111])
    clocks.of_day += DAY  # put right again
    clocks.wait(1.0)
    assert corrected(clocks, time) == pytest.approx(NOON + 112)


def entered(state: TrainingState) -> StateChanged:
    return StateChanged(time=0.0, state=state)


PLAN = TrainingPlanned(
    time=0.0, run="", class_names=("a",), steps_per_epoch=100, epochs=3, train_count=3200, validation_count=800,
    test_count=0, parameters=1, environment={},
)  # fmt: skip
TRAINING: tuple[tuple[float, AnyEvent], ...] = (
    (0.0, entered(TrainingState.PREPARING)),
    (1.0, PLAN),
    (5.0, entered(TrainingState.RUNNING)),
    (9.0, make_steps(1, 1)),
    (10.0, make_steps(2, 99)),
    (0.0, entered(TrainingState.VALIDATING)),
    (1.0, events.Progress(time=0.0, stage="Validating", done=100, total=800)),
    (7.0, events.Progress(time=0.0, stage="Validating", done=800, total=800)),
    (0.0, make_epoch(1, 100)),
    (0.0, entered(TrainingState.RUNNING)),
    (1.0, make_steps(101, 10, 2)),
)
"""What is told, and the seconds that pass before."""


@pytest.mark.parametrize("moment", range(len(TRAINING)))
def test_a_clock_set_back_a_day_at_any_moment_changes_no_duration(tmp_path: Path, moment: int) -> None:
    """The time left, the speed that later forecasts are made from, and the order of the curves' lines."""
    undisturbed = told(tmp_path / "undisturbed", None)
    disturbed = told(tmp_path / "disturbed", moment)
    assert disturbed[0] == pytest.approx(undisturbed[0])
    assert disturbed[1] == undisturbed[1]
    assert disturbed[2] == sorted(disturbed[2])


def told(folder: Path, set_back: int | None) -> tuple[float | None, object, list[float]]:
    """Play a training; return the time left, the speed in run.json and the times that were told."""
    clocks, estimate, times = Clocks(), Estimate(), []

    def listen(event: AnyEvent) -> None:
        estimate.follow(event)
        times.append(event.time)

    run = RunStore(folder).create(TrainingConfig(epochs=3), "one", now=NOON)
    writer = EventWriter(run, TrainingControl(), listen, lambda: clocks.forward)
    for number, (seconds, event) in enumerate(TRAINING):
        if number == set_back:
            clocks.of_day -= DAY
        clocks.wait(seconds)
        writer.add(_at(clocks.of_day, event))
    left = estimate.seconds_left()
    writer.add(Finished(time=clocks.of_day, reason=FinishReason.STOPPED))
    speed = Run.open(run.folder).record.speed
    assert speed is not None
    return left, (round(speed.preparing_seconds or 0, 3), round(speed.validation_images_per_second or 0, 3)), times


def _at(time: float, event: AnyEvent) -> AnyEvent:
    return msgspec.structs.replace(event, time=time)


def test_a_run_made_after_the_clock_was_set_back_is_still_the_newest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, clocks = RunStore(tmp_path), Clocks()
    monkeypatch.setattr("resnet_gui.runs.store.time.time", lambda: clocks.of_day)
    for name in ("first", "second"):
        store.create(TrainingConfig(), name)
        clocks.wait(60.0)
    clocks.of_day -= DAY
    for name in ("third", "fourth"):
        store.create(TrainingConfig(), name)
        clocks.wait(60.0)
    assert [run.name for run in store.list().runs] == ["fourth", "third", "second", "first"]
    clocks.of_day += 10 * DAY
    assert store.create(TrainingConfig(), "later").record.created == clocks.of_day


def test_a_run_from_a_clock_that_was_years_ahead_does_not_pull_later_ones_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RunStore(tmp_path)
    store.create(TrainingConfig(), "from the future", now=NOON + 3650 * DAY)
    monkeypatch.setattr("resnet_gui.runs.store.time.time", lambda: NOON)
    assert store.create(TrainingConfig(), "now").record.created == NOON

"""Events come rarely, but no step is lost."""

from __future__ import annotations

import threading

from resnet_gui.runs.events import AnyEvent, Message, StateChanged, StepMetrics
from resnet_gui.runs.state import TrainingState
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.monitor import TrainingMonitor


def test_fast_steps_are_gathered_and_all_arrive() -> None:
    events: list[AnyEvent] = []
    monitor = TrainingMonitor(TrainingControl(), events.append)
    for step in range(1, 2001):
        monitor.on_train_batch_end(1, step, (float(step), 0.5, 0.75), 0.1, 32)
    monitor.flush()
    told = [event for event in events if isinstance(event, StepMetrics)]
    assert len(told) < 500
    assert [value for event in told for value in event.loss] == [float(step) for step in range(1, 2001)]
    following = 1
    for event in told:
        assert event.first_step == following
        following += len(event.loss)


def test_steps_come_before_what_happened_after_them() -> None:
    events: list[AnyEvent] = []
    monitor = TrainingMonitor(TrainingControl(), events.append)
    for step in (1, 2, 3):
        monitor.on_train_batch_end(1, step, (1.0, 0.0, 0.0), 0.1, 32)
    monitor.say("later")
    assert isinstance(events[-1], Message)
    assert sum(len(event.loss) for event in events if isinstance(event, StepMetrics)) == 3


def test_a_pause_is_a_state_and_the_state_before_comes_back() -> None:
    control, events = TrainingControl(), []

    def on_event(event: AnyEvent) -> None:
        events.append(event)
        if isinstance(event, StateChanged) and event.state is TrainingState.PAUSED:
            threading.Thread(target=control.resume).start()

    monitor = TrainingMonitor(control, on_event)
    monitor.enter(TrainingState.VALIDATING)
    control.pause()
    assert not monitor.should_stop()
    states = [event.state for event in events if isinstance(event, StateChanged)]
    assert states == [TrainingState.VALIDATING, TrainingState.PAUSED, TrainingState.VALIDATING]


def test_stop_is_told_once() -> None:
    control, events = TrainingControl(), []
    monitor = TrainingMonitor(control, events.append)
    control.stop()
    assert monitor.should_stop()
    assert monitor.should_stop()
    assert [event.state for event in events] == [TrainingState.STOPPING]

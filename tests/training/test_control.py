"""Requests reach a training that waits, without polling."""

from __future__ import annotations

import threading

import pytest

from resnet_gui.errors import CancelledError
from resnet_gui.training.control import TrainingControl


def test_nothing_is_requested_at_first() -> None:
    control = TrainingControl()
    control.wait_while_paused()
    control.check()
    assert not control.pause_requested
    assert not control.stop_requested


@pytest.mark.parametrize("release", [TrainingControl.resume, TrainingControl.stop])
def test_a_paused_training_waits_until_it_is_released(release) -> None:
    control = TrainingControl()
    control.pause()
    order: list[str] = []

    def hold() -> None:
        control.wait_while_paused()
        order.append("went on")

    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    thread.join(0.2)  # as long as it would take a training that does not wait
    assert thread.is_alive()
    order.append("released")
    release(control)
    thread.join(10)
    assert order == ["released", "went on"]


def test_stop_ends_the_stages_that_cannot_hold() -> None:
    control = TrainingControl()
    control.stop()
    with pytest.raises(CancelledError):
        control.check()

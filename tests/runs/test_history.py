"""The curves hold exactly what was told."""

from __future__ import annotations

import numpy as np

from resnet_gui.runs.events import EpochEnded, Message, StepMetrics
from resnet_gui.runs.history import History


def steps(first: int, values: list[float]) -> StepMetrics:
    column = tuple(values)
    return StepMetrics(
        time=0.0, epoch=1, first_step=first, loss=column, top1=column, top5=column, rate=column, images_per_second=1.0
    )


def test_no_step_is_lost_however_many_come() -> None:
    history, expected = History(), np.random.default_rng(0).random(5000)
    for start in range(0, 5000, 7):
        history.append(steps(start + 1, expected[start : start + 7].tolist()))
    np.testing.assert_array_equal(history.steps, np.arange(1, 5001))
    np.testing.assert_array_equal(history.column("loss"), expected)
    assert len(history) == 5000


def test_a_view_taken_before_does_not_change() -> None:
    history = History()
    history.append(steps(1, [1.0, 2.0]))
    before = history.column("loss")
    history.append(steps(3, [3.0] * 3000))
    np.testing.assert_array_equal(before, [1.0, 2.0])
    assert not before.flags.writeable


def test_only_complete_validations_are_points() -> None:
    history = History()
    for epoch, value in enumerate((0.5, None, 0.7), 1):
        history.append(
            EpochEnded(
                time=0.0,
                epoch=epoch,
                step=epoch * 10,
                val_loss=value,
                val_top1=value,
                val_top5=value,
                complete=value is not None,
                best=False,
            )
        )
    points, values = history.validation("val_top1")
    np.testing.assert_array_equal(points, [10, 30])
    np.testing.assert_array_equal(values, [0.5, 0.7])
    assert [epoch.complete for epoch in history.epochs] == [True, False, True]


def test_other_events_change_nothing() -> None:
    assert not History().append(Message(time=0.0, text="hello"))

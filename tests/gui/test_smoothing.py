from __future__ import annotations

import math

import numpy as np
import pytest

from resnet_gui.gui.smoothing import SmoothedValues


def plain_smoothing(values: list[float], factor: float) -> list[float]:
    """Smooth as TensorBoard describes it, the slow and obvious way."""
    smoothed, average = [], 0.0
    for count, value in enumerate(values, start=1):
        average = average * factor + (1 - factor) * value
        smoothed.append(average / (1 - factor**count))
    return smoothed


@pytest.mark.parametrize("factor", [0.0, 0.3, 0.6, 0.99])
def test_equals_the_plain_way_however_it_comes(factor: float) -> None:
    values = np.random.default_rng(1).normal(2, 1, 500)
    smoothed = SmoothedValues(factor)
    for end in (0, 1, 7, 7, 300, 500):
        smoothed.follow(values[:end])
        assert len(smoothed) == end
    np.testing.assert_allclose(smoothed.values, plain_smoothing(values.tolist(), factor), rtol=1e-12)


def test_without_smoothing_values_stay() -> None:
    values = np.array([3.0, 1.0, 2.0])
    smoothed = SmoothedValues(0.0)
    smoothed.follow(values)
    assert smoothed.values.tolist() == values.tolist()


def test_first_value_is_not_pulled_to_zero() -> None:
    smoothed = SmoothedValues(0.99)
    smoothed.follow(np.array([4.6]))
    assert smoothed.values[0] == pytest.approx(4.6)


def test_values_that_are_not_finite_leave_no_trace() -> None:
    smoothed = SmoothedValues(0.5)
    smoothed.follow(np.array([1.0, math.nan, math.inf, 1.0]))
    assert smoothed.values[0] == 1.0
    assert math.isnan(smoothed.values[1])
    assert math.isinf(smoothed.values[2])
    assert smoothed.values[3] == pytest.approx(1.0)

"""bfloat16 is used where it was found to be faster."""

from __future__ import annotations

import pytest

from resnet_gui.training.precision import resolve_precision


@pytest.mark.parametrize(("speedup", "expected"), [(2.0, "bfloat16"), (1.05, "float32"), (0.5, "float32")])
def test_auto_is_what_was_faster_and_is_tried_once(speedup: float, expected: str) -> None:
    tries = []

    def measure() -> float:
        tries.append(1)
        return speedup

    assert resolve_precision("auto") == "float32"  # nobody has tried
    assert [resolve_precision("auto", measure) for _ in range(3)] == [expected] * 3
    assert len(tries) == 1
    assert resolve_precision("auto") == expected


def test_what_is_asked_for_is_not_tried() -> None:
    for precision in ("float32", "bfloat16"):
        assert resolve_precision(precision, lambda: pytest.fail("tried")) == precision


@pytest.mark.slow
def test_the_trial_takes_both_and_compares_them() -> None:
    from resnet_gui.training.precision_trial import measure_bfloat16_speedup

    assert 0.05 < measure_bfloat16_speedup() < 20

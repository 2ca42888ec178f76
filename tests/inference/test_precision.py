"""Classifying takes the precision that was found to be faster, and answers the same."""

from __future__ import annotations

import pytest

from resnet_gui.inference.openvino_runtime import import_openvino
from resnet_gui.inference.precision import fastest_precision
from resnet_gui.inference.predictor import BFLOAT16, FLOAT32
from resnet_gui.trials import speedup


@pytest.mark.parametrize(("faster", "expected"), [(1.8, BFLOAT16), (1.05, FLOAT32), (0.4, FLOAT32)])
def test_the_faster_one_is_taken(faster: float, expected: str) -> None:
    speedup("inference-precision", "openvino", lambda: faster)
    assert fastest_precision() == expected


def test_it_is_tried_out_without_tensorflow() -> None:
    precision = fastest_precision()
    found = speedup("inference-precision", "openvino")
    assert found is not None
    assert (precision == BFLOAT16) == (found >= 1.15)
    listed = import_openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    assert ("BF16" in listed) == (found > 0)

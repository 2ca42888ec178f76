"""Which numbers a network calculates with while it learns."""

from __future__ import annotations

from functools import cache
from typing import Literal

from resnet_gui.inference.predictor import import_openvino
from resnet_gui.runs.config import Precision

FLOAT32: Literal["float32"] = "float32"
BFLOAT16: Literal["bfloat16"] = "bfloat16"


def resolve_precision(precision: Precision) -> Literal["float32", "bfloat16"]:
    """Return what is calculated with; "auto" is bfloat16 where the processor really speeds it up."""
    if precision == "auto":
        return BFLOAT16 if _processor_has_bfloat16() else FLOAT32
    return precision


@cache
def _processor_has_bfloat16() -> bool:
    # OpenVINO lists what the processor does in hardware; emulated bfloat16 would be slower than float32.
    return "BF16" in import_openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")

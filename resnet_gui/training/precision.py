"""Which numbers a network calculates with while it learns."""

from __future__ import annotations

from collections.abc import Callable

from resnet_gui.inference.precision import WORTH_IT
from resnet_gui.inference.predictor import BFLOAT16, FLOAT32, Precision
from resnet_gui.runs import config
from resnet_gui.trials import speedup

__all__ = ["BFLOAT16", "FLOAT32", "Precision", "resolve_precision"]


def resolve_precision(precision: config.Precision, measure: Callable[[], float] | None = None) -> Precision:
    """Return what is calculated with; "auto" is bfloat16 where it was found to be faster on this computer.

    What a processor lists does not tell: with AMX, and on one without it, TensorFlow trains twice as fast in bfloat16
    as in float32, on another more slowly. So it is tried once, and remembered.

    Args:
        precision: what the config says.
        measure: returns how many times as fast bfloat16 is; called where it is not known. None: float32 then.
    """
    if precision != "auto":
        return precision
    faster = speedup("training-precision", "tensorflow", measure)
    return BFLOAT16 if faster is not None and faster >= WORTH_IT else FLOAT32

"""Which numbers a network calculates with while it learns."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import msgspec

from resnet_gui.atomic import write_atomically
from resnet_gui.paths import cache_folder
from resnet_gui.runs import config

Precision = Literal["float32", "bfloat16"]
FLOAT32: Precision = "float32"
BFLOAT16: Precision = "bfloat16"
WORTH_IT = 1.15
"""How many times as fast bfloat16 must be to be chosen; below that its coarser numbers buy nothing."""


class _Trial(msgspec.Struct, frozen=True):
    """How much faster bfloat16 trains on a processor, tried once."""

    processor: str
    tensorflow: str
    speedup: float


def resolve_precision(precision: config.Precision, measure: Callable[[], float] | None = None) -> Precision:
    """Return what is calculated with; "auto" is bfloat16 where it was found to be faster on this computer.

    What a processor lists does not tell: with AVX-512's bfloat16 instructions alone TensorFlow trains more slowly in
    bfloat16 than in float32, with AMX twice as fast. So it is tried once, and remembered.

    Args:
        precision: what the config says.
        measure: returns how many times as fast bfloat16 is; called where it is not known. None: float32 then.
    """
    if precision != "auto":
        return precision
    speedup = _remembered_speedup()
    if speedup is None and measure is not None:
        speedup = measure()
        _remember(speedup)
    return BFLOAT16 if speedup is not None and speedup >= WORTH_IT else FLOAT32


def _file() -> Path:
    return cache_folder() / "precision.json"


def _processor() -> str:
    return f"{platform.machine()} {platform.processor()} {platform.node()}"


def _remembered_speedup() -> float | None:
    try:
        trial = msgspec.json.decode(_file().read_bytes(), type=_Trial)
    except (OSError, msgspec.MsgspecError):
        return None  # not tried yet, or by another version
    same = trial.processor == _processor() and trial.tensorflow == version("tensorflow")
    return trial.speedup if same else None


def _remember(speedup: float) -> None:
    trial = _Trial(_processor(), version("tensorflow"), speedup)
    try:
        write_atomically(_file(), msgspec.json.encode(trial))
    except OSError:
        return  # it is tried again next time

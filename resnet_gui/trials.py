"""What was once tried out on this computer, remembered: how many times as fast one way of calculating is as another."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import msgspec

from resnet_gui.atomic import write_atomically
from resnet_gui.paths import cache_folder


class _Trial(msgspec.Struct, frozen=True):
    """A speedup, and what it was measured on and with."""

    processor: str
    package: str
    speedup: float


def speedup(name: str, package: str, measure: Callable[[], float] | None = None) -> float | None:
    """Return how many times as fast something was found to be; None if that is not known.

    Args:
        name: of the trial, a file name's beginning.
        package: whose version it depends on.
        measure: tries it out; called where it is not known.
    """
    file = cache_folder() / f"{name}.json"
    remembered = _remembered(file, package)
    if remembered is None and measure is not None:
        remembered = measure()
        _remember(file, _Trial(_processor(), _package(package), remembered))
    return remembered


def _processor() -> str:
    return f"{platform.machine()} {platform.processor()} {platform.node()}"


def _package(name: str) -> str:
    return f"{name} {version(name)}"


def _remembered(file: Path, package: str) -> float | None:
    try:
        trial = msgspec.json.decode(file.read_bytes(), type=_Trial)
    except (OSError, msgspec.MsgspecError):
        return None  # not tried yet, or by another version
    same = trial.processor == _processor() and trial.package == _package(package)
    return trial.speedup if same else None


def _remember(file: Path, trial: _Trial) -> None:
    try:
        write_atomically(file, msgspec.json.encode(trial))
    except OSError:
        return  # it is tried again next time

"""What the benchmarks share: user folders of their own, timed programs, figures in words."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from benchmarks._report import MARK

ROOT = Path(__file__).resolve().parent.parent
_PACKAGES = ("pyside6-essentials", "pyqtgraph", "tensorflow", "keras", "openvino", "numpy", "pillow")


@contextmanager
def workplace() -> Iterator[Path]:
    """Lend an empty folder; on Linux this program, and those it starts, have their user folders in it.

    Where Linux has no display, windows are drawn offscreen.
    """
    with tempfile.TemporaryDirectory(prefix="resnet-gui-benchmark-") as name:
        for kind in ("DATA", "CACHE", "CONFIG", "STATE"):
            os.environ[f"XDG_{kind}_HOME"] = os.path.join(name, kind.lower())
        if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        yield Path(name)


def print_header(title: str) -> None:
    """Say what is measured, and on what."""
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    print(title)
    print(f"  {_processor()}, {os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB memory")
    print(f"  {platform.platform()}, Python {platform.python_version()}, {versions}")
    print(f"  windows drawn by Qt's {os.environ.get('QT_QPA_PLATFORM', 'own choice')}, {_load()}\n", flush=True)


def run_program(command: Sequence[object]) -> tuple[float, Any]:
    """Run a program to its end; return the seconds from its start to its report, and what it reported.

    Raises:
        SystemExit: it failed, or reported nothing.
    """
    seconds, told = 0.0, None
    started = time.perf_counter()
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            list(map(str, command)), cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as program,
    ):
        assert program.stdout is not None
        for line in program.stdout:
            if line.startswith(MARK):
                seconds, told = time.perf_counter() - started, json.loads(line.removeprefix(MARK))
        if program.wait() or told is None:
            errors.seek(0)
            raise SystemExit(f"{' '.join(program.args)} failed:\n{errors.read()}")  # type: ignore[arg-type]
    return seconds, told


def spread(values: Sequence[float], unit: str = "") -> str:
    """Return the median of some measurements with the least and the greatest."""
    median, least, greatest = map(_figure, (statistics.median(values), min(values), max(values)))
    return f"{median}{unit} (median of {len(values)}, {least} to {greatest})"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    entries = dict(reversed([line.split(":", 1) for line in lines if ":" in line]))
    facts = {key.strip(): value.strip() for key, value in entries.items()}
    name = facts.get("model name", platform.machine())
    return f"{name} (family {facts.get('cpu family', '?')}, model {facts.get('model', '?')})"


def _load() -> str:
    if not hasattr(os, "getloadavg"):
        return "load unknown"
    return f"load before the start {os.getloadavg()[0]:.2f} (mean over a minute)"

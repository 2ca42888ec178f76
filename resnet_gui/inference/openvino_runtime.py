"""OpenVINO as this program uses it: silent, and started once."""

from __future__ import annotations

import functools
import sys
from typing import Any


def import_openvino() -> Any:
    """Import OpenVINO with its reports to an analytics service switched off."""
    # Without this entry its converter would send telemetry; with it, OpenVINO falls back to a stub.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


@functools.cache
def openvino_core() -> Any:
    """Return the one core of this process, which reads and compiles networks; safe to use from several threads.

    It is kept for good. Its processor plugin gives the thread that it was first used on a stack for signals, and takes
    that stack away where its last user lets go of it: if that is another thread, the next signal ends the process.
    """
    return import_openvino().Core()

"""A disk that refuses to be written to: full, read-only or failing, as an error number says."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


class BrokenDisk:
    """Lets what writes below a folder fail at the system's door, for as long as `error` is set.

    Args:
        folder: what lies on that disk.

    Attributes:
        error: the number of the error that writing meets, such as errno.ENOSPC; None lets it succeed.
        refused: how often it was refused.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.error: int | None = None
        self.refused = 0
        self._folder = str(folder)
        monkeypatch.setattr(io, "open", self._guarded(io.open, lambda mode="r", *_: set(mode) & set("wax+")))
        for name in ("mkdir", "rename", "replace"):
            monkeypatch.setattr(os, name, self._guarded(getattr(os, name), lambda *_: True))

    def _guarded(self, function: Callable[..., Any], writes: Callable[..., object]) -> Callable[..., Any]:
        def call(path: Any, *arguments: Any, **options: Any) -> Any:
            if self.error is not None and writes(*arguments) and str(path).startswith(self._folder):
                self.refused += 1
                raise OSError(self.error, os.strerror(self.error), str(path))
            return function(path, *arguments, **options)

        return call

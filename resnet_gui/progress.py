"""How long work tells what it is doing and learns that it should stop."""

from __future__ import annotations

from collections.abc import Callable

Report = Callable[[str, int, int], None]
"""`report(stage, done, total)`: called often; total 0 means unknown. Raises CancelledError to end the work."""


def unreported(stage: str, done: int, total: int) -> None:
    """Ignore progress, for callers with nobody to tell."""

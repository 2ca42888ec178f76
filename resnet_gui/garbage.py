"""Keeping collections of garbage short: while Python looks for garbage, nothing else goes on, the window included."""

from __future__ import annotations

import gc


def pass_over_what_is_there() -> None:
    """Let no later collection look at the objects that there are now: what was imported, above all, is there for good.

    TensorFlow alone leaves 300 000, and each full collection took a fifth of a second.
    """
    gc.collect()
    gc.freeze()

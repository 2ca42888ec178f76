"""Taking things that may keep one waiting, in a thread, so that whoever wants them stays awake meanwhile."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

_LARGEST_NUMBER = 64  # taken ahead, so that memory stays bounded when the caller is the slower one


@dataclass(frozen=True, slots=True)
class _End:
    """There is nothing more, because all was taken or because taking failed."""

    error: BaseException | None


def taken_ahead(items: Generator[T, None, None], patience: float = 0.1) -> Generator[T | None, None, None]:
    """Yield what another thread takes from `items`, in order, and None whenever there was nothing for a moment.

    An error of `items` comes after all that was taken before it. After closing, the thread ends as soon as `items`
    gives the next thing; it keeps no program from ending.

    Args:
        items: closed by the thread.
        patience: how long a moment is, in seconds.
    """
    waiting: queue.Queue[T | _End] = queue.Queue(_LARGEST_NUMBER)
    closed = threading.Event()

    def hand_over(entry: T | _End) -> None:
        while not closed.is_set():
            try:
                waiting.put(entry, timeout=patience)
            except queue.Full:
                continue
            return

    def take() -> None:
        end = _End(None)
        try:
            with closing(items):
                for item in items:
                    hand_over(item)
                    if closed.is_set():
                        return
        except BaseException as error:  # noqa: BLE001  raised where the items are wanted
            end = _End(error)
        hand_over(end)

    threading.Thread(target=take, name="take-ahead", daemon=True).start()
    try:
        while True:
            try:
                entry = waiting.get(timeout=patience)
            except queue.Empty:
                yield None
                continue
            if not isinstance(entry, _End):
                yield entry
            elif entry.error is not None:
                raise entry.error
            else:
                return
    finally:
        closed.set()

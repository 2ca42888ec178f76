"""Batches: which pictures a step sees, and having them ready in time."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from resnet_gui.data.dataset import Labels, Pixels, Split

Batch = tuple[Pixels, Labels]
_READ_AHEAD = 3


def epoch_order(count: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """Return the order in which an epoch goes through the pictures, (count,).

    A pure function of its arguments, so that a training can go on in the middle of an epoch.
    """
    return np.random.default_rng((seed, epoch)).permutation(count)


def training_batches(split: Split, batch_size: int, seed: int, epoch: int) -> Generator[Batch, None, None]:
    """Yield an epoch's batches (n, N, N, 3) and (n,), each read ahead of time on another thread."""
    order = epoch_order(len(split), seed, epoch)
    positions = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    return _read_ahead(split, positions)


def validation_batches(split: Split, batch_size: int) -> Generator[Batch, None, None]:
    """Yield all pictures of a split in their order."""
    positions = [slice(start, start + batch_size) for start in range(0, len(split), batch_size)]
    return _read_ahead(split, positions)


def _read_ahead(split: Split, positions: list[NDArray[np.int64]] | list[slice]) -> Generator[Batch, None, None]:
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as reader:
        waiting: deque[Future[Batch]] = deque()
        try:
            for chosen in positions:
                waiting.append(reader.submit(split.batch, chosen))
                if len(waiting) >= _READ_AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:  # the consumer may stop half way
            for future in waiting:
                future.cancel()

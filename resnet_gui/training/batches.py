"""Batches: which pictures a step sees, and having them ready in time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from resnet_gui.data.dataset import Labels, Pixels, Split
from resnet_gui.training.augment import Augmentation, Augmenter, TrainingBatch

__all__ = ["TrainingBatch", "epoch_order", "training_batches", "validation_batches"]

_READ_AHEAD = 3
_NO_AUGMENTATION = Augmentation()

Positions = TypeVar("Positions")
Read = TypeVar("Read")


def epoch_order(count: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """Return the order in which an epoch goes through the pictures, (count,).

    A pure function of its arguments, so that a training can go on in the middle of an epoch.
    """
    return np.random.default_rng((seed, epoch)).permutation(count)


def training_batches(
    split: Split,
    batch_size: int,
    seed: int,
    epoch: int,
    augmentation: Augmentation = _NO_AUGMENTATION,
    first: int = 0,
) -> Generator[TrainingBatch, None, None]:
    """Yield an epoch's batches, each read and altered ahead of time on another thread.

    Args:
        split: the pictures.
        batch_size: pictures in a batch; the last may have fewer.
        seed: decides their order and how they are altered.
        epoch: likewise; the same epoch always has the same batches.
        augmentation: how they are altered.
        first: how many batches to pass over without reading them, to go on in the middle of an epoch.
    """
    order = epoch_order(len(split), seed, epoch)
    positions = [order[start : start + batch_size] for start in range(first * batch_size, len(order), batch_size)]
    return _read_ahead(partial(Augmenter(augmentation, split, seed).batch, epoch), positions)


def validation_batches(split: Split, batch_size: int) -> Generator[tuple[Pixels, Labels], None, None]:
    """Yield all pictures of a split in their order, (n, N, N, 3) and (n,)."""
    positions = [slice(start, start + batch_size) for start in range(0, len(split), batch_size)]
    return _read_ahead(split.batch, positions)


def _read_ahead(read: Callable[[Positions], Read], positions: Sequence[Positions]) -> Generator[Read, None, None]:
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as reader:
        waiting: deque[Future[Read]] = deque()
        try:
            for chosen in positions:
                waiting.append(reader.submit(read, chosen))
                if len(waiting) >= _READ_AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:  # the consumer may stop half way
            for future in waiting:
                future.cancel()

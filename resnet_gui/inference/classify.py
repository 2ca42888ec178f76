"""Classifying many pictures: decoded ahead in threads, predicted in batches, told one by one."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from resnet_gui.data.images import read_image
from resnet_gui.errors import ImageError
from resnet_gui.inference.predictor import Prediction, Predictor

PictureSource = Path | bytes
"""A picture's file, or the bytes of one."""

TOP = 5
"""How many classes are told of each picture unless another number is asked for."""

_LARGEST_BATCH = 16
_LARGEST_BATCH_PIXELS = 2**19  # ten of 224 x 224: with more the memory grows, and the rate hardly
_LARGEST_LOOK_AHEAD = 64  # pictures decoded or waiting to be: bounds memory, however many there are in all
_DECODERS = min(4, os.cpu_count() or 1)  # the network itself uses every core


class PictureResult(msgspec.Struct, frozen=True, gc=False):
    """One picture's prediction, or the reason why there is none."""

    source: PictureSource
    prediction: Prediction | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class _Decoding:
    """A picture on its way through the decoders."""

    source: PictureSource
    pixels: Future[NDArray[np.uint8]]

    def error(self) -> ImageError | None:
        """Return why the decoded picture cannot be used, if it cannot."""
        error = self.pixels.exception()
        if error is None or isinstance(error, ImageError):
            return error
        raise error


def classify(
    predictor: Predictor, sources: Iterable[PictureSource], top: int = TOP
) -> Generator[PictureResult, None, None]:
    """Yield a result for each picture, in order; close the generator to end early.

    Pictures are decoded in threads while others are predicted. The first result comes as soon as its picture
    is decoded; batches grow when decoding is ahead. A picture that cannot be read gives its reason and stops
    nothing.

    Args:
        predictor: the network; used only by the thread that iterates.
        sources: may be endless: no more than a bounded number is taken ahead.
        top: how many classes each prediction has.

    Raises:
        ModelError: the network cannot be run.
    """
    geometry = predictor.bundle.description.geometry
    remaining = iter(sources)
    waiting: deque[_Decoding] = deque()
    largest = max(1, min(_LARGEST_BATCH, _LARGEST_BATCH_PIXELS // geometry.size**2))
    look_ahead = _DECODERS  # small at first: finding the pictures can be slow too
    pool = ThreadPoolExecutor(_DECODERS, thread_name_prefix="decode")
    try:
        while True:
            waiting.extend(
                _Decoding(source, pool.submit(read_image, source, geometry))
                for source in islice(remaining, look_ahead - len(waiting))
            )
            if not waiting:
                return
            yield from _predicted(predictor, _next_batch(waiting, largest), top)
            look_ahead = min(2 * look_ahead, _LARGEST_LOOK_AHEAD)
    finally:
        pool.shutdown(cancel_futures=True)


def _next_batch(waiting: deque[_Decoding], largest: int) -> list[_Decoding]:
    """Take those pictures off the front that are decoded, at least one and no more than `largest`.

    Their number is a power of two: OpenVINO prepares itself anew for each batch size it has not seen.
    """
    wait([waiting[0].pixels])
    ready = sum(1 for _ in takewhile(lambda decoding: decoding.pixels.done(), waiting))
    size = 1 << (min(ready, largest).bit_length() - 1)
    return [waiting.popleft() for _ in range(size)]


def _predicted(predictor: Predictor, batch: list[_Decoding], top: int) -> Iterator[PictureResult]:
    errors = [decoding.error() for decoding in batch]
    readable = [decoding.pixels.result() for decoding, error in zip(batch, errors, strict=True) if error is None]
    predictions = iter(predictor.predict(np.stack(readable), top) if readable else ())
    for decoding, error in zip(batch, errors, strict=True):
        if error is None:
            yield PictureResult(decoding.source, next(predictions))
        else:
            yield PictureResult(decoding.source, None, str(error))

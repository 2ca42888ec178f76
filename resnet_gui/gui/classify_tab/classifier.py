"""PictureClassifier: runs the network over pictures while the window goes on."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal

from resnet_gui.gui.classify_tab.picture import Picture
from resnet_gui.gui.classify_tab.stream import Stream
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.classify import PictureResult, PictureSource, classify
from resnet_gui.inference.precision import fastest_precision
from resnet_gui.inference.predictor import Predictor

NumberedResult = tuple[int, PictureResult]


class _Network:
    """A bundle that is compiled when a worker first needs it, and kept.

    Attributes:
        was_tried: whether that has happened, or failed.
    """

    def __init__(self, bundle: ModelBundle) -> None:
        self._bundle = bundle
        self._predictor: Predictor | None = None
        self.was_tried = False

    def predictor(self) -> Predictor:
        self.was_tried = True
        if self._predictor is None:
            self._predictor = Predictor(self._bundle, fastest_precision())
        return self._predictor


@dataclass(slots=True)
class _Round:
    """Pictures classified without a break. `waiting` is filled by one thread and emptied by another."""

    waiting: deque[Picture] = field(default_factory=deque)
    done: int = 0
    total: int = 0
    first_batch: int = 0
    first_batch_at: float = 0.0

    def results(self, network: _Network) -> Generator[NumberedResult, None, None]:
        taken: deque[Picture] = deque()

        def sources() -> Iterator[PictureSource]:
            while self.waiting:
                taken.append(self.waiting.popleft())
                yield taken[-1].source

        with closing(classify(network.predictor(), sources())) as results:
            for result in results:  # in the order of the sources
                yield taken.popleft().number, result

    def count(self, results: int) -> None:
        if self.done == 0:
            self.first_batch, self.first_batch_at = results, time.monotonic()
        self.done += results

    @property
    def pictures_per_second(self) -> float:
        """Since the first batch, so that the time the network took to open does not count."""
        elapsed = time.monotonic() - self.first_batch_at
        return (self.done - self.first_batch) / elapsed if self.done > self.first_batch else 0.0


class PictureClassifier(QObject):
    """Classifies pictures with one bundle at a time; more can be added while it works.

    Args:
        parent: the owner, which must call `shut_down` before it goes away.
    """

    classified = Signal(list)
    """(number, PictureResult) of some pictures."""
    progressed = Signal(int, int, float)
    """Done, total, pictures per second."""
    ended = Signal()
    """Nothing is left to do: everything is classified, or it was cancelled, or it failed."""
    failed = Signal(Exception)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._network: _Network | None = None
        self._round = _Round()
        self._stream: Stream | None = None
        self._opens_at_once = False

    @property
    def is_busy(self) -> bool:
        """Whether pictures are being classified."""
        return self._stream is not None

    def set_bundle(self, bundle: ModelBundle | None) -> None:
        """Use another network from now on; what waits is dropped."""
        self.cancel()
        self._network = None if bundle is None else _Network(bundle)

    def prepare(self) -> None:
        """Open the network before there are pictures, and from now on each that is set: none will have to wait."""
        self._opens_at_once = True
        self._start_if_idle()

    def add(self, pictures: Iterable[Picture]) -> None:
        """Classify these too; without a bundle, nothing happens."""
        if self._network is None:
            return
        added = list(pictures)
        self._round.waiting.extend(added)
        self._round.total += len(added)
        self._start_if_idle()

    def cancel(self) -> None:
        """Drop everything that waits; results that are under way are dropped as well."""
        self._round = _Round()
        if self._stream is not None:
            self._stream.cancel()

    def shut_down(self) -> None:
        """Cancel, and wait for the thread."""
        self.cancel()
        if self._stream is not None:
            self._stream.finish()

    def _start_if_idle(self) -> None:
        if self._stream is not None or self._network is None:
            return
        if not self._round.waiting and (self._network.was_tried or not self._opens_at_once):
            return
        current, network = self._round, self._network
        self._stream = Stream(lambda _report: current.results(network), self)
        self._stream.batch_ready.connect(self._on_batch_ready)
        self._stream.failed.connect(self._on_failed)
        self._stream.ended.connect(self._on_ended)
        self._stream.start()
        if self._round.total:
            self.progressed.emit(self._round.done, self._round.total, 0.0)

    def _on_batch_ready(self, batch: list[NumberedResult]) -> None:
        self._round.count(len(batch))
        self.classified.emit(batch)
        self.progressed.emit(self._round.done, self._round.total, self._round.pictures_per_second)

    def _on_failed(self, error: Exception) -> None:
        if self._stream is not None and not self._stream.is_cancelled:
            self._round = _Round()  # else it is already that of another network
        self.failed.emit(error)

    def _on_ended(self) -> None:
        self._stream = None
        self._start_if_idle()  # what came while the thread was ending, or for another network
        if self._stream is None:
            self._round = _Round()
            self.ended.emit()

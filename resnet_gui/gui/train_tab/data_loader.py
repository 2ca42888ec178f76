"""DataLoader: the pictures a training would use, read and split off the GUI thread."""

from __future__ import annotations

from functools import partial

import msgspec
from PySide6.QtCore import QObject, Signal

from resnet_gui.data.dataset import ImageDataset, LabelledPictures
from resnet_gui.data.sources import DataRequest, load_pictures
from resnet_gui.gui.task import Task
from resnet_gui.progress import Report
from resnet_gui.runs.config import TrainingConfig

_Loaded = tuple[TrainingConfig, LabelledPictures, ImageDataset]


class DataLoader(QObject):
    """Loads one dataset at a time; a request for other pictures drops the one before.

    It calls the same functions with the same settings as the training, so what is counted here is what is
    trained on. Pictures stay in memory while only their split changes.
    """

    progressed = Signal(str, int, int)
    loaded = Signal(object)  # ImageDataset
    failed = Signal(object)  # Exception
    cancelled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._task: Task | None = None
        self._wanted: TrainingConfig | None = None
        self._pictures: tuple[DataRequest, LabelledPictures] | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being loaded."""
        return self._task is not None

    def is_reading(self, config: TrainingConfig) -> bool:
        """Whether the pictures that these settings ask for are being loaded, however they are split."""
        return self.busy and self._wanted is not None and picture_key(self._wanted) == picture_key(config)

    def load(self, config: TrainingConfig) -> None:
        """Load and split what these settings ask for; what is being read for it already is kept."""
        is_reading = self.is_reading(config)
        self._wanted = config
        if is_reading:
            return  # split as is wanted by then
        self.drop()
        request = picture_key(config)
        kept = self._pictures[1] if self._pictures is not None and self._pictures[0] == request else None

        def work(report: Report) -> _Loaded:
            pictures = load_pictures(request, report) if kept is None else kept
            return config, pictures, config.split(pictures)

        task = Task(work)
        # Partials remember which task they belong to: one that was dropped may still have an outcome on its way.
        task.progressed.connect(partial(self._on_progressed, task))
        task.succeeded.connect(partial(self._on_succeeded, task))
        task.failed.connect(partial(self._on_failed, task))
        task.cancelled.connect(partial(self._on_cancelled, task))
        self._task = task
        task.start()

    def cancel(self) -> None:
        """Ask the loading to end; `cancelled` follows."""
        if self._task is not None:
            self._task.cancel()

    def forget(self) -> None:
        """Read the pictures anew next time."""
        self._pictures = None

    def shut_down(self) -> None:
        """End the loading and wait for its thread; nothing is emitted any more."""
        task = self._task
        self.drop()
        if task is not None:
            task.wait()

    def drop(self) -> None:
        """End the loading without a word; its outcome is passed over."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _on_progressed(self, task: Task, stage: str, done: int, total: int) -> None:
        if task is self._task:
            self.progressed.emit(stage, done, total)

    def _on_succeeded(self, task: Task, result: _Loaded) -> None:
        if task is self._task:
            self._task = None
            config, pictures, dataset = result
            self._pictures = picture_key(config), pictures
            assert self._wanted is not None
            if data_key(config) == data_key(self._wanted):
                self.loaded.emit(dataset)
            else:
                self.load(self._wanted)

    def _on_failed(self, task: Task, error: Exception) -> None:
        if task is self._task:
            self._task = None
            self.failed.emit(error)

    def _on_cancelled(self, task: Task) -> None:
        if task is self._task:
            self._task = None
            self.cancelled.emit()


def picture_key(config: TrainingConfig) -> DataRequest:
    """Return the request for a config's pictures without what makes no difference to its source."""
    request, plain = config.data_request(), DataRequest(source=config.source)
    mattering = {"folder": ("folder", "input_size", "fit"), "cifar100": ("archive", "labels"), "shapes": ()}
    return msgspec.structs.replace(plain, **{name: getattr(request, name) for name in mattering[config.source]})


def data_key(config: TrainingConfig) -> tuple[object, ...]:
    """Return what decides which pictures are trained on."""
    split = config.validation_share, config.limit, config.seed, config.left_out, config.group_pattern
    return picture_key(config), *split

"""ImageLoader: pictures for the screen, decoded off the GUI thread."""

from __future__ import annotations

import threading
from collections.abc import Generator
from dataclasses import dataclass

from PIL import Image
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from resnet_gui.data.images import open_picture
from resnet_gui.data.thumbnail_cache import ThumbnailCache
from resnet_gui.errors import ImageError
from resnet_gui.gui.classify_tab.stream import Stream
from resnet_gui.inference.classify import PictureSource


@dataclass(frozen=True, slots=True)
class LoadedImage:
    """A picture for the screen, or the reason why there is none, under the key it was requested with."""

    key: int
    image: QImage | None
    error: str = ""


class ImageLoader(QObject):
    """Loads pictures, the latest request first: what was scrolled past can wait.

    Args:
        size: no side of an image is longer, in pixels.
        capacity: so many requests wait; older ones are forgotten.
        parent: the owner, which must call `shut_down` before it goes away.
        cache: where they are kept between starts, of the same size; by default nowhere.
    """

    loaded = Signal(LoadedImage)

    def __init__(self, size: int, capacity: int, parent: QObject, cache: ThumbnailCache | None = None) -> None:
        super().__init__(parent)
        self._cache = cache
        self._size = size
        self._capacity = capacity
        self._lock = threading.Lock()
        self._waiting: dict[int, PictureSource] = {}
        self._stream: Stream | None = None

    def request(self, key: int, source: PictureSource) -> None:
        """Ask for a picture; `loaded` follows, unless newer requests push this one out."""
        with self._lock:
            self._waiting.pop(key, None)
            self._waiting[key] = source
            while len(self._waiting) > self._capacity:
                del self._waiting[next(iter(self._waiting))]
        if self._stream is None:
            self._start()

    def forget(self) -> None:
        """Drop every request that waits."""
        with self._lock:
            self._waiting.clear()

    def shut_down(self) -> None:
        """Drop every request and wait for the thread."""
        self.forget()
        if self._stream is not None:
            self._stream.finish()

    def _start(self) -> None:
        self._stream = Stream(lambda _report: self._load_waiting(), self)
        self._stream.batch_ready.connect(self._on_batch_ready)
        self._stream.ended.connect(self._on_ended)
        self._stream.start()

    def _load_waiting(self) -> Generator[LoadedImage, None, None]:
        while True:
            with self._lock:
                if not self._waiting:
                    return
                key, source = self._waiting.popitem()
            yield load_image(key, source, self._size, self._cache)

    def _on_batch_ready(self, batch: list[LoadedImage]) -> None:
        for image in batch:
            self.loaded.emit(image)

    def _on_ended(self) -> None:
        self._stream = None
        if self._waiting:  # asked for while the thread was ending
            self._start()


def load_image(key: int, source: PictureSource, size: int, cache: ThumbnailCache | None = None) -> LoadedImage:
    """Return a picture with no side longer than `size`."""
    try:
        if cache is None:
            picture = open_picture(source, at_least=size)
            picture.thumbnail((size, size), Image.Resampling.BILINEAR)
        else:
            picture = cache.thumbnail(source)
    except ImageError as error:
        return LoadedImage(key, None, error=str(error))
    image = QImage(picture.tobytes(), *picture.size, 3 * picture.width, QImage.Format.Format_RGB888)
    return LoadedImage(key, image.copy())  # the copy owns its pixels

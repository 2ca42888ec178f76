"""What to classify of a drop or of the clipboard."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QUrl
from PySide6.QtGui import QImage


@dataclass(frozen=True, slots=True)
class Dropped:
    """What can be done with some mime data; the first that is there counts.

    Attributes:
        files: addresses of files and folders of this computer, as they are written in a list of addresses.
        pixels: a picture without a file, as browsers and screenshot tools give it.
        links: addresses on the web, from where nothing is fetched before the user agrees.
    """

    files: tuple[bytes, ...] = ()
    pixels: QImage | None = None
    links: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files and folders; with thousands of them it takes time, which the GUI thread does not have."""
        return tuple(_local_path(QUrl.fromEncoded(address)) for address in self.files)


def may_be_dropped(mime: QMimeData) -> bool:
    """Return whether there is something to take or at least to answer, without looking into it."""
    return mime.hasUrls() or mime.hasImage() or _is_link(mime.text())


def read_mime(mime: QMimeData) -> Dropped:
    """Return what is in mime data: files first, then pixels, then links."""
    # Not QMimeData.urls: making ten thousand of them is noticed.
    addresses = bytes(mime.data("text/uri-list").data()).splitlines()
    files = tuple(address.strip() for address in addresses if address.lstrip()[:5].lower() == b"file:")
    if files:
        return Dropped(files=files)
    if mime.hasImage():
        pixels = QImage(mime.imageData())
        if not pixels.isNull():
            return Dropped(pixels=pixels)
    links = tuple(url.toString() for url in mime.urls() if url.scheme() in ("http", "https"))
    if not links and _is_link(mime.text()):
        links = (mime.text().strip(),)
    return Dropped(links=links)


def encoded(pixels: QImage) -> bytes:
    """Return pixels as the bytes of a PNG file, for the one image reader."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not pixels.save(buffer, "PNG", quality=80):  # type: ignore[call-overload]  # weak compression: fast
        raise RuntimeError("Qt cannot write PNG")
    return bytes(buffer.data().data())


def _is_link(text: str) -> bool:
    return text.strip().lower().startswith(("http://", "https://"))


def _local_path(url: QUrl) -> Path:
    path = url.toLocalFile()
    if "\N{REPLACEMENT CHARACTER}" in path:  # the name is not UTF-8; Qt lost its bytes, the address has them
        raw = unquote_to_bytes(url.path(QUrl.ComponentFormattingOption.FullyEncoded))
        path = os.fsdecode(raw)
    return Path(path)

"""Saving what a widget shows as a picture (PNG) or a drawing (SVG)."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QCoreApplication, QIODevice
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from resnet_gui.atomic import write_atomically
from resnet_gui.errors import ResNetGuiError


def ask_for_picture_file(parent: QWidget, name: str) -> Path | None:
    """Return where the user wants a picture, `.png` or `.svg`; None if nowhere after all.

    Raises:
        ResNetGuiError: the file is there, and the user was not asked whether it may be replaced.
    """
    picture, drawing = _tr("Picture (*.png)"), _tr("Drawing (*.svg)")
    chosen, kind = QFileDialog.getSaveFileName(parent, _tr("Save picture"), name, f"{picture};;{drawing}")
    if not chosen:
        return None
    named = Path(chosen)
    suffix = ".svg" if kind == drawing or named.suffix.lower() == ".svg" else ".png"
    path = _with_suffix(named, suffix)
    if path != named and path.exists():  # the dialog asked about the name as it was typed only
        raise ResNetGuiError(
            _tr("{path} is there already.").format(path=path),
            _tr("Choose another name, or that file itself to replace it."),
        )
    return path


def write_picture(path: Path, content: bytes) -> None:
    """Write a picture's file.

    Raises:
        ResNetGuiError: it cannot be written.
    """
    try:
        write_atomically(path, content)
    except OSError as error:
        raise ResNetGuiError(
            _tr("{path} cannot be written: {reason}.").format(path=path, reason=error.strerror or error),
            _tr("Choose another place for the picture."),
        ) from error


def encoded_png(image: QImage) -> bytes:
    """Return an image as a PNG file's content."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _tr(text: str) -> str:
    return QCoreApplication.translate("PictureFile", text)


def _with_suffix(path: Path, suffix: str) -> Path:
    """Return a path that ends so; one that ends like another picture is changed, any other is lengthened."""
    if path.suffix.lower() == suffix:
        return path
    return path.with_suffix(suffix) if path.suffix.lower() in {".png", ".svg"} else Path(f"{path}{suffix}")

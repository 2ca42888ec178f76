"""The one image reader: any picture becomes RGB uint8 of exactly N x N.

Training, validation, classification and cached features all get their pixels here, so that a picture looks
the same to the network wherever it comes from. Everything here may be called from any thread.
"""

from __future__ import annotations

import io
import warnings
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from resnet_gui.data.files import open_regular
from resnet_gui.data.pixel_modes import to_rgb
from resnet_gui.errors import ImageError

Fit = Literal["crop", "squash"]
Box = tuple[float, float, float, float]

MAX_PIXELS = 100_000_000
_MAX_SIDE = 250_000
PICTURE_SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".avif")
)
"""How picture files are usually called; the reader itself looks at the content only."""
# MPO stays out: naming it breaks every other format, and JPEG opens such files as well.
_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "AVIF")
# The file is decoded, and roughly reduced, to no less than this multiple of what is wanted; the exact resize
# does the rest. From 2 on the result can hardly be told from resizing the full picture.
_REDUCING_GAP = 2.0
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_START_OF_SCAN, _MOST_SCANS = b"\xff\xda", 500
_CHUNK = 2**20
# How files begin that are pictures of ours (the second at byte 8), and some that are not.
_OURS = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_OUR_BRANDS = (b"WEBP", b"avif", b"avis")
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_OTHERS = (
    (b"%PDF", "is not a picture (PDF)"),
    (b"PK\x03\x04", "is not a picture (ZIP archive or office document)"),
    (b"\x1f\x8b", "is not a picture (compressed archive)"),
    (b"8BPS", "is a Photoshop file; save it as PNG or JPEG"),
)

# Pillow's own limit warns before it refuses, and means other numbers; `_require_size` takes its place.
Image.MAX_IMAGE_PIXELS = None
# Pillow warns about odd metadata in pictures it then reads well. Set once, here: changing the filters around
# each call, as warnings.catch_warnings does, is not safe between threads.
warnings.filterwarnings("ignore", module=r"PIL\.")


class Geometry(msgspec.Struct, frozen=True):
    """How a picture becomes a square.

    Attributes:
        size: N, width and height of the result in pixels.
        fit: "crop" keeps the proportions and cuts a centre square; "squash" presses the whole picture in.
        shorter_side: with "crop", what the shorter side is resized to before the crop; 0 means N.
    """

    size: int
    fit: Fit = "crop"
    shorter_side: int = 0


def read_image(source: Path | bytes, geometry: Geometry) -> NDArray[np.uint8]:
    """Return a picture as the network sees it: (N, N, 3) RGB uint8.

    Args:
        source: a file, or the bytes of one.
        geometry: what N is and how to get there.

    Raises:
        ImageError: with the reason in words.
    """
    wanted = max(geometry.size, geometry.shorter_side)
    return to_square(open_picture(source, round(wanted * _REDUCING_GAP)), geometry)


def to_square(picture: Image.Image, geometry: Geometry) -> NDArray[np.uint8]:
    """Return an RGB picture resized and cropped to (N, N, 3) uint8.

    A picture that already is N x N stays as it is, bit for bit.
    """
    square = (geometry.size, geometry.size)
    if picture.size != square:
        box = seen_box(picture.width, picture.height, geometry)
        picture = picture.resize(square, Image.Resampling.BILINEAR, box, _REDUCING_GAP)
    return np.array(picture)


def seen_box(width: int, height: int, geometry: Geometry) -> Box:
    """Return the part of a picture that the network sees: left, top, right, bottom in its pixels."""
    if geometry.fit == "squash" or width == height == geometry.size:
        return 0.0, 0.0, float(width), float(height)
    # Resizing just this box gives the pixels of resizing everything and cropping, without the pixels between.
    side = max(geometry.size, geometry.shorter_side)
    seen = min(width, height) * geometry.size / side
    left, top = (width - seen) / 2, (height - seen) / 2
    return left, top, left + seen, top + seen


def open_picture(source: Path | bytes, at_least: int = 0) -> Image.Image:
    """Return a fully decoded, upright RGB picture.

    Args:
        source: a file, or the bytes of one.
        at_least: the shorter side may be decoded down to, but not below, this many pixels (faster); 0 for full size.

    Raises:
        ImageError: with the reason in words.
    """
    with closing(io.BytesIO(source) if isinstance(source, bytes) else open_regular(source)) as file:
        try:
            # Given a file, not its name: Pillow would map it, and a file cut meanwhile would end the process.
            with Image.open(file, formats=_FORMATS) as picture:
                _require_size(picture)
                _require_few_scans(picture, file)
                if at_least:
                    picture.draft(None, (at_least, at_least))
                picture.load()
                _require_size(picture)  # the first frame of an animation may be larger than what its header tells
                return to_rgb(_upright(picture))
        except ImageError:
            raise
        except Exception as error:  # damaged files raise SyntaxError, ValueError, struct.error, ...
            raise ImageError(_reason(error, file)) from error


def picture_header(path: Path) -> tuple[int, int, str]:
    """Return width, height and Pillow's mode of a picture as its file says, without decoding it.

    Raises:
        ImageError: with the reason in words.
    """
    with closing(open_regular(path)) as file:
        try:
            with Image.open(file, formats=_FORMATS) as picture:
                return picture.width, picture.height, picture.mode
        except Exception as error:  # as in open_picture
            raise ImageError(_reason(error, file)) from error


def _require_size(picture: Image.Image) -> None:
    if not picture.width * picture.height:
        raise ImageError(f"has no pixels: {picture.width} x {picture.height}")
    if picture.width * picture.height > MAX_PIXELS or max(picture.size) > _MAX_SIDE:  # rows cost more than pixels
        raise ImageError(f"is too large: {picture.width} x {picture.height} pixels")


def _require_few_scans(picture: Image.Image, file: BinaryIO) -> None:
    """Refuse a JPEG that comes in more passes over all its pixels than any camera or program makes.

    A pass can be a few bytes that say nothing, and takes as long as one that does.
    """
    if not picture.info.get("progressive"):
        return
    place = file.tell()
    file.seek(0)
    scans, last = 0, b""
    while chunk := file.read(_CHUNK):
        scans += (last + chunk).count(_START_OF_SCAN)
        last = chunk[-1:]
    file.seek(place)
    if scans > _MOST_SCANS:
        raise ImageError(f"is a JPEG in {scans} parts, far more than any picture needs")


def _upright(picture: Image.Image) -> Image.Image:
    try:
        orientation = picture.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001  a picture with damaged metadata is a picture still, taken as upright
        return picture
    method = _UPRIGHT.get(orientation)
    return picture if method is None else picture.transpose(method)


def _reason(error: Exception, file: BinaryIO) -> str:
    """Return what is wrong with a picture, as a phrase that follows its name."""
    if isinstance(error, MemoryError):
        return "needs more memory than there is"
    try:
        file.seek(0)
        start = file.read(4096)
    except OSError as unreadable:
        return f"cannot be read: {unreadable.strerror or unreadable}"
    if not start:
        return "is empty (0 bytes)"
    if other := _other_kind(start):
        return other
    if isinstance(error, EOFError) or "truncated" in str(error).lower():
        return "is cut off"
    return "is damaged"


def _other_kind(start: bytes) -> str:
    """Return what a file is, by its first bytes, or nothing if it begins like a picture of ours."""
    for signature, reason in _OTHERS:
        if start.startswith(signature):
            return reason
    if start[8:12] in _HEIC_BRANDS:
        return "is a HEIC picture, which cannot be read; save it as JPEG"
    if b"<svg" in start.lower():
        return "is an SVG drawing; save it as PNG"
    # Told by its control characters: decoding fails where a character is cut at the end of what was read.
    if not any(byte < 9 or 13 < byte < 27 or 27 < byte < 32 for byte in start):
        return "is not a picture (text)"
    if start.startswith(_OURS) or start[8:12] in _OUR_BRANDS:
        return ""
    return "is not a picture of a known kind"

"""Pictures that are broken, odd or hostile: made from a seed, the same ones each time.

Run as a program it reads all of them, each within a time limit, and prints one JSON line for each: the parent then
knows what a crash or an endless loop was caused by.
"""

from __future__ import annotations

import faulthandler
import io
import json
import os
import random
import struct
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from resnet_gui.data.images import Geometry, read_image
from resnet_gui.errors import ImageError

COUNT = 300
CUTS = 10
LIMIT_S = 5.0
"""More than any of them takes on a busy computer; a loop without end takes longer."""
GOOD = (
    *(("JPEG", mode, {}) for mode in ("L", "RGB", "CMYK", "YCbCr")),
    ("JPEG", "RGB", {"progressive": True}),
    *(("PNG", mode, {}) for mode in ("1", "L", "LA", "I;16", "P", "RGB", "RGBA")),
    *(("GIF", mode, {}) for mode in ("1", "L", "P", "RGB", "RGBA")),
    *(("BMP", mode, {}) for mode in ("1", "L", "P", "RGB", "RGBA")),
    *(("WEBP", mode, {"lossless": lossless}) for mode in ("RGB", "RGBA") for lossless in (False, True)),
    *(("TIFF", mode, {}) for mode in ("1", "L", "LA", "P", "I", "I;16", "F", "RGB", "RGBA", "CMYK", "YCbCr", "LAB")),
    *(("TIFF", "RGB", {"compression": kind}) for kind in ("tiff_lzw", "tiff_deflate", "packbits", "jpeg")),
    *(("AVIF", mode, {"speed": 10}) for mode in ("RGB", "RGBA")),
    *((kind, "RGB", {"save_all": True}) for kind in ("GIF", "PNG", "WEBP", "TIFF")),
)
"""Every format and mode that can be opened: format, mode, how it is saved."""

Named = tuple[str, bytes]


def good_pictures() -> Iterator[Named]:
    """Yield one of each kind."""
    pixels = np.random.default_rng(0).integers(0, 256, (24, 24, 3)).astype(np.uint8)
    pixels[8:] = np.linspace(0, 255, 24).astype(np.uint8)[:, None]  # noise packs badly, a ramp well
    picture = Image.fromarray(pixels)
    for kind, mode, options in GOOD:
        converted = _converted(picture, mode)
        if options.get("save_all"):
            options = {**options, "append_images": [_converted(picture.rotate(90), mode)] * 3}
        file = io.BytesIO()
        converted.save(file, kind, exif=_exif(), **options)
        words = " ".join(f"{name}={value}" for name, value in options.items() if name != "append_images")
        yield f"{kind} {mode} {words}".strip(), file.getvalue()


def cut_pictures() -> Iterator[Named]:
    """Yield each good picture cut at ten places, the last one byte before its end."""
    for name, data in good_pictures():
        for place in (*np.linspace(0, len(data), CUTS, endpoint=False).astype(int)[1:], len(data) - 1):
            yield f"{name} cut at {place}", data[:place]


def malformed_pictures() -> Iterator[Named]:
    """Yield 300 broken and odd ones; the crafted come first, the rest are mutations of good ones."""
    crafted = list(_crafted())
    yield from crafted
    draw = random.Random(20_261_126)
    good = list(good_pictures())
    for number in range(COUNT - len(crafted)):
        name, data = draw.choice(good)
        how = _MUTATIONS[number % len(_MUTATIONS)]
        yield f"{number} {how.__name__} of {name}", how(bytearray(data), draw)


def special_files(folder: Path) -> Iterator[Path]:
    """Make what is no regular file, or named as something else, and yield its path."""
    target = folder / "real.png"
    target.write_bytes(next(good_pictures())[1])
    (folder / "link.png").symlink_to(target)
    (folder / "loop.png").symlink_to(folder / "loop.png")
    (folder / "broken.png").symlink_to(folder / "nowhere")
    (folder / "device.png").symlink_to("/dev/zero")
    (folder / "folder.png").mkdir()
    os.mkfifo(folder / "pipe.png")
    (folder / "empty.png").touch()
    (folder / "really.exe.png").write_bytes(b"MZ" + bytes(200))
    (folder / "pickle.gif").write_bytes(b"\x80\x04cos\nsystem\n(X\x04\0\0\0truetR.")
    with (folder / "sparse.bmp").open("wb") as sparse:
        sparse.write(b"BM")
        sparse.truncate(2**40)
    yield from sorted(folder.iterdir())
    yield folder / "missing.png"
    yield Path("/dev/zero")
    yield Path("/proc/self/mem")
    yield folder / "a\0b.png"


# Mutations


def flipped_bits(data: bytearray, draw: random.Random) -> bytes:
    for _ in range(draw.randint(1, 12)):
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(data)


def mutated_header(data: bytearray, draw: random.Random) -> bytes:
    for _ in range(draw.randint(1, 6)):
        data[draw.randrange(4, min(len(data), 120))] = draw.choice((0, 1, 0x7F, 0x80, 0xFF, draw.randrange(256)))
    return bytes(data)


def wrong_length(data: bytearray, draw: random.Random) -> bytes:
    place = draw.randrange(len(data) - 4)
    data[place : place + 4] = draw.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\0\0\0\x80"))
    return bytes(data)


def cut_out(data: bytearray, draw: random.Random) -> bytes:
    start = draw.randrange(len(data))
    del data[start : start + draw.randint(1, 200)]
    return bytes(data)


def repeated_part(data: bytearray, draw: random.Random) -> bytes:
    start = draw.randrange(len(data))
    part = data[start : start + draw.randint(1, 100)]
    return bytes(data[:start] + part * draw.randint(2, 50) + data[start:])


def noise_behind_the_start(data: bytearray, draw: random.Random) -> bytes:
    keep = draw.randint(2, 60)
    return bytes(data[:keep]) + draw.randbytes(draw.randint(0, 600))


_MUTATIONS = (flipped_bits, mutated_header, wrong_length, cut_out, repeated_part, noise_behind_the_start)


# Crafted


def _crafted() -> Iterator[Named]:
    pixels = Image.new("RGB", (24, 24), "red")
    yield "nothing", b""
    yield "one byte", b"\xff"
    for start in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"II*\0", b"MM\0*", b"RIFF\0\0\0\0WEBP"):
        yield f"only the start {start!r}", start
    for width, height in ((0, 0), (0, 5), (2**31 - 1, 2**31 - 1), (100_000, 100_000), (1, 99_000_000), (2**16, 1)):
        yield f"PNG of {width} x {height}", png(width, height, zlib.compress(b""))
        yield f"GIF of {width} x {height}", gif(width & 0xFFFF, height & 0xFFFF, 24, 24)
        yield f"BMP of {width} x {height}", bmp(width, height)
        yield f"TIFF of {width} x {height}", tiff(width, height)
    yield "GIF whose frame is far larger than it", gif(1, 1, 65_535, 65_535)
    yield "GIF whose frame has no pixels", gif(5, 5, 0, 0)
    yield "PNG whose pixels unpack to a bomb", png(24, 24, zlib.compress(bytes(2**26), 9))
    bomb = zlib.compress(bytes(2**27), 9)
    yield "PNG with a colour profile that is a bomb", png(24, 24, _rows(24, 24), (b"iCCP", b"name\0\0" + bomb))
    yield "PNG with a text that is a bomb", png(24, 24, _rows(24, 24), (b"zTXt", b"name\0\0" + bomb))
    yield "PNG of empty parts", png(24, 24, _rows(24, 24), *[(b"tEXt", b"")] * 20_000)
    yield "PNG with a nested picture", png(24, 24, _rows(24, 24), (b"eXIf", _encoded(pixels, "PNG")))
    for profile in (b"", b"garbage", bytes(200), b"\xff" * 5000):
        yield f"JPEG with a colour profile {len(profile)}", _encoded(pixels, "JPEG", icc_profile=profile)
        yield f"WEBP with a colour profile {len(profile)}", _encoded(pixels, "WEBP", icc_profile=profile)
        yield f"JPEG with metadata {len(profile)}", _encoded(pixels, "JPEG", exif=b"Exif\0\0" + profile)
    yield "JPEG with metadata that leads to itself", _encoded(pixels, "JPEG", exif=_circular_exif())
    yield "JPEG of a thousand passes", many_scans()
    yield "TIFF that leads to itself", _tiff_circle()
    for kind in ("PPM", "ICO", "TGA", "PCX", "EPS", "PDF"):
        yield f"{kind}, which is not on the list", _encoded(pixels, kind)
    yield "zip", b"PK\x03\x04" + bytes(100)
    yield "page", b"<!DOCTYPE html><html><img src=x></html>"
    yield "text", b"'; DROP TABLE pictures; --"


def png(width: int, height: int, pixels: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """Return an RGB PNG whose parts say what they are told to."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), *chunks, (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in parts
    )


def gif(width: int, height: int, frame_width: int, frame_height: int) -> bytes:
    """Return a GIF with one frame."""
    screen = struct.pack("<6sHHBBB6s", b"GIF89a", width, height, 0x80, 0, 0, b"\0\0\0\xff\xff\xff")
    frame = struct.pack("<BHHHHB", 0x2C, 0, 0, frame_width, frame_height, 0)
    return screen + frame + b"\x02\x02\x4c\x01\x00" + b"\x3b"


def bmp(width: int, height: int) -> bytes:
    """Return a BMP whose pixels are missing."""
    signed = [value if value < 2**31 else value - 2**32 for value in (width, height)]
    return struct.pack("<2sIHHI", b"BM", 54, 0, 0, 54) + struct.pack(
        "<IiiHHIIiiII", 40, *signed, 1, 24, 0, 0, 0, 0, 0, 0
    )


def tiff(width: int, height: int) -> bytes:
    """Return a grey TIFF whose one strip is said to be four gigabytes."""
    tags = (
        (256, width),
        (257, height),
        (258, 8),
        (259, 1),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, height),
        (279, 2**32 - 1),
    )
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0)


def many_scans(scans: int = 1000) -> bytes:
    """Return a progressive JPEG that goes over its pixels again and again to add nothing."""
    data = _encoded(Image.new("RGB", (2000, 2000), "red"), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + data[-2:]


def _rows(width: int, height: int) -> bytes:
    return zlib.compress((b"\0" + bytes(3 * width)) * height)


def _tiff_circle() -> bytes:
    data = bytearray(tiff(24, 24))
    data[-4:] = struct.pack("<I", 8)  # the next picture is this one
    return bytes(data)


def _circular_exif() -> bytes:
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)  # a part that lies where this one does
    return b"Exif\0\0II*\0\x08\0\0\0\x01\0" + entry + b"\x08\0\0\0"


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "a picture"
    return exif


def _converted(picture: Image.Image, mode: str) -> Image.Image:
    if mode == "I;16":
        return Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    if mode == "LAB":
        return Image.frombytes("LAB", picture.size, picture.tobytes())
    return picture.convert(mode)


def _encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def main() -> None:
    """Read all of them and print what came of each."""
    folder = Path(sys.argv[1])
    sources = [*malformed_pictures(), *cut_pictures(), *((path.name, path) for path in special_files(folder))]
    for name, source in sources:
        print(json.dumps({"reading": name}), flush=True)
        faulthandler.dump_traceback_later(LIMIT_S, exit=True)
        started = time.monotonic()
        try:
            outcome = str(read_image(source, Geometry(16)).shape)
        except ImageError as error:
            outcome = error.message
        faulthandler.cancel_dump_traceback_later()
        print(json.dumps({"name": name, "outcome": outcome, "seconds": time.monotonic() - started}), flush=True)


if __name__ == "__main__":
    main()

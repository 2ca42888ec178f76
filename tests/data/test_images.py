"""The reader, against every kind of bad and odd picture."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from resnet_gui.data.images import Geometry, open_picture, read_image, seen_box, to_square
from resnet_gui.errors import ImageError


def noise(width, height, channels=3, seed=0):
    shape = (height, width, channels) if channels > 1 else (height, width)
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def smooth(width, height):
    """A picture without fine detail, which survives JPEG and resizing."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([x, y, 255 - x], axis=-1).astype(np.uint8))


def encoded(picture, format="PNG", **options):
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def png_header(width, height):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def reason(source):
    with pytest.raises(ImageError) as caught:
        read_image(source, Geometry(32))
    return caught.value.message


# Geometry


@pytest.mark.parametrize("geometry", [Geometry(32), Geometry(32, "squash"), Geometry(32, "crop", 40)])
@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF", "WEBP"])
def test_a_picture_of_the_right_size_stays_bit_for_bit(geometry, format):
    pixels = noise(32, 32)
    options = {"lossless": True} if format == "WEBP" else {}
    np.testing.assert_array_equal(read_image(encoded(Image.fromarray(pixels), format, **options), geometry), pixels)


@pytest.mark.parametrize(("width", "height"), [(500, 375), (375, 500), (64, 64), (33, 47), (10, 7), (1, 300), (300, 1)])
@pytest.mark.parametrize("fit", ["crop", "squash"])
def test_every_picture_becomes_the_square(width, height, fit):
    pixels = read_image(encoded(Image.fromarray(noise(width, height))), Geometry(48, fit))
    assert pixels.shape == (48, 48, 3)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous


@pytest.mark.parametrize(("width", "height"), [(96, 64), (64, 128), (40, 48)])
@pytest.mark.parametrize("side", [0, 40])
def test_crop_is_a_resize_of_the_shorter_side_and_a_centre_crop(width, height, side):
    picture = smooth(width, height)
    size, shorter = 32, side or 32
    scale = shorter / min(width, height)
    resized = picture.resize((round(width * scale), round(height * scale)), Image.Resampling.BILINEAR)
    left, top = (resized.width - size) // 2, (resized.height - size) // 2
    expected = np.asarray(resized.crop((left, top, left + size, top + size)), np.int16)
    got = read_image(encoded(picture), Geometry(size, "crop", side))
    assert np.abs(got - expected).max() <= 6  # half a pixel of the centre's rounding
    assert np.abs(got - expected).mean() < 3


def test_squash_shows_the_whole_picture():
    picture = smooth(300, 100)
    expected = np.asarray(picture.resize((32, 32), Image.Resampling.BILINEAR), np.int16)
    assert np.abs(to_square(picture, Geometry(32, "squash")) - expected).max() <= 2


def test_resizing_is_antialiased():
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::2] = 255
    pixels = read_image(encoded(Image.fromarray(stripes)), Geometry(32))
    assert pixels.min() > 120
    assert pixels.max() < 135


def test_the_seen_box_is_what_the_crop_keeps():
    assert seen_box(200, 100, Geometry(32)) == (50, 0, 150, 100)
    assert seen_box(100, 200, Geometry(224, "crop", 256)) == (6.25, 56.25, 93.75, 143.75)
    assert seen_box(200, 100, Geometry(32, "squash")) == (0, 0, 200, 100)


def test_a_shorter_side_below_the_size_counts_as_the_size():
    assert seen_box(200, 100, Geometry(32, "crop", 8)) == seen_box(200, 100, Geometry(32))


@pytest.mark.parametrize("size", [32, 64, 224])
def test_a_jpeg_decoded_small_is_hardly_different(size):
    data = encoded(smooth(1600, 1200), "JPEG", quality=95)
    full = to_square(open_picture(data), Geometry(size))
    assert np.abs(read_image(data, Geometry(size)).astype(int) - full).max() <= 4


def test_a_jpeg_is_not_decoded_below_what_is_asked():
    data = encoded(smooth(1600, 1200), "JPEG")
    assert open_picture(data).size == (1600, 1200)
    assert min(open_picture(data, at_least=300).size) == 300
    assert min(open_picture(data, at_least=301).size) == 600


# Kinds of pictures


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation_is_applied(orientation, format):
    upright = smooth(48, 32)
    # How a camera stores the picture so that this orientation makes it upright again.
    stored = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }[orientation](np.asarray(upright))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    picture = Image.fromarray(np.ascontiguousarray(stored))
    opened = open_picture(encoded(picture, format, exif=exif, **({"quality": 100} if format != "PNG" else {})))
    assert opened.size == upright.size
    assert np.abs(np.asarray(opened, int) - np.asarray(upright, int)).max() <= 12


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "AVIF"])
def test_every_listed_format_opens(format):
    opened = open_picture(encoded(smooth(64, 48), format))
    assert (opened.mode, opened.size) == ("RGB", (64, 48))


def test_the_content_decides_not_the_name(tmp_path):
    path = tmp_path / "really-a-png.jpg"
    path.write_bytes(encoded(smooth(40, 40)))
    assert open_picture(path).size == (40, 40)


def test_cmyk_becomes_rgb():
    red = Image.new("CMYK", (32, 32), (0, 255, 255, 0))
    assert read_image(encoded(red, "JPEG", quality=100), Geometry(32))[16, 16].tolist() == pytest.approx(
        [254, 0, 0], abs=3
    )


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled_not_clipped(format):
    ramp = np.linspace(0, 65535, 32 * 32).reshape(32, 32).astype(np.uint16)
    pixels = read_image(encoded(Image.fromarray(ramp), format), Geometry(32))
    np.testing.assert_array_equal(pixels[..., 0], np.round(ramp / 257).astype(np.uint8))


@pytest.mark.parametrize(
    ("values", "white"), [("int32", 65535), ("int32", 255), ("int32", 10**7), ("float32", 1), ("float32", 255)]
)
def test_wide_grey_values_are_scaled(values, white):
    ramp = np.linspace(0, white, 32 * 32).reshape(32, 32).astype(values)
    pixels = read_image(encoded(Image.fromarray(ramp), "TIFF"), Geometry(32))[..., 0].astype(int)
    assert np.abs(pixels - ramp * (255 / white)).max() <= 0.51


def test_float_pictures_with_gaps_open():
    values = np.full((32, 32), np.nan, np.float32)
    values[:16] = 1
    pixels = read_image(encoded(Image.fromarray(values), "TIFF"), Geometry(32))
    assert pixels[0, 0, 0] == 255
    assert pixels[31, 0, 0] == 0


def with_alpha(mode):
    pixels = np.zeros((32, 32, 4), np.uint8)
    pixels[:16] = (255, 0, 0, 255)
    picture = Image.fromarray(pixels)
    return picture.quantize(8) if mode == "P" else picture.convert(mode)


@pytest.mark.parametrize(
    ("mode", "format"), [("RGBA", "PNG"), ("P", "PNG"), ("RGBA", "GIF"), ("RGBA", "WEBP"), ("LA", "PNG")]
)
def test_transparent_becomes_white(mode, format):
    pixels = read_image(
        encoded(with_alpha(mode), format, **({"lossless": True} if format == "WEBP" else {})), Geometry(32)
    )
    assert pixels[31, 31].tolist() == [255, 255, 255]
    assert pixels[0, 0].tolist() == ([76, 76, 76] if mode == "LA" else [255, 0, 0])


def test_one_transparent_colour_becomes_white():
    grey = Image.fromarray(np.repeat(np.array([[0, 90]], np.uint8), 16, axis=1).repeat(32, axis=0))
    pixels = read_image(encoded(grey, "PNG", transparency=0), Geometry(32))
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[0, 31].tolist() == [90, 90, 90]


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_animations_show_their_first_frame(format):
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "lime", "blue")]
    data = encoded(frames[0], format, save_all=True, append_images=frames[1:])
    assert read_image(data, Geometry(32))[16, 16].tolist() == pytest.approx([255, 0, 0], abs=3)


def test_multi_picture_jpegs_from_phones_open():
    data = encoded(smooth(64, 48), "MPO", save_all=True, append_images=[smooth(32, 32)])
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == "MPO"
    assert open_picture(data).size == (64, 48)
    assert open_picture(data, at_least=16).size == (32, 24)


@pytest.mark.parametrize("mode", ["1", "L", "P", "YCbCr", "LAB"])
def test_other_modes_become_rgb(mode):
    picture = Image.new("RGB", (32, 32), "white").convert(mode)
    pixels = read_image(encoded(picture, "JPEG" if mode == "YCbCr" else "TIFF"), Geometry(32))
    assert pixels.min() >= 253


# Bad input


def test_text_named_jpg(tmp_path):
    path = tmp_path / "notes.jpg"
    path.write_text("Not a picture, although its name says so. 안녕하세요")
    assert reason(path) == "is not a picture (text)"


def test_empty_file(tmp_path):
    path = tmp_path / "empty.png"
    path.touch()
    assert reason(path) == "is empty (0 bytes)"
    assert reason(b"") == "is empty (0 bytes)"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "BMP", "GIF", "TIFF"])
@pytest.mark.parametrize("share", [0.5, 0.95])
def test_a_picture_that_is_cut_off(format, share):
    data = encoded(Image.fromarray(noise(64, 64)), format)
    assert reason(data[: int(len(data) * share)]) in ("is cut off", "is damaged")


def test_a_cut_jpeg_says_so():
    data = encoded(Image.fromarray(noise(64, 64)), "JPEG")
    assert reason(data[: len(data) // 2]) == "is cut off"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "AVIF"])
@pytest.mark.filterwarnings("ignore:::PIL")
def test_damaged_files_give_a_reason_or_a_picture_never_another_error(format):
    data = encoded(Image.fromarray(noise(24, 24)), format)
    random = np.random.default_rng(1)
    for _ in range(60):
        damaged = bytearray(data)
        for position in random.integers(0, len(data), 6):
            damaged[position] = random.integers(0, 256)
        try:
            assert read_image(bytes(damaged), Geometry(16)).shape == (16, 16, 3)
        except ImageError as error:
            assert error.message.startswith(("is ", "needs "))  # noqa: PT017  either outcome is right


def test_a_huge_picture_is_refused_from_its_header():
    assert reason(png_header(30_000, 30_000)) == "is too large: 30000 x 30000 pixels"


def test_pillows_own_warning_about_size_does_not_leak():
    assert reason(png_header(12_000, 8_000)) != "is too large: 12000 x 8000 pixels"  # 96 megapixels, but no pixels


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "is not a picture (PDF)"),
        (b"PK\x03\x04\x14\x00", "is not a picture (ZIP archive or office document)"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "is a HEIC picture, which cannot be read; save it as JPEG"),
        (b'<?xml version="1.0"?><svg/>', "is an SVG drawing; save it as PNG"),
        (bytes(range(40)), "is not a picture of a known kind"),
        (b"BMW is a car maker", "is not a picture (text)"),
        (b"RIFF\0\0\0\0WAVEfmt \x10\0", "is not a picture of a known kind"),
        (b"RIFF\0\0\0\0WEBPVP8 \x10\0", "is damaged"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "is damaged"),
        (b"\x89PNG\r\n\x1a\nrest", "is damaged"),
    ],
)
def test_other_files_are_named(data, expected):
    assert reason(data) == expected


def test_unlisted_formats_are_refused():
    assert reason(encoded(smooth(32, 32), "PPM")) == "is not a picture of a known kind"
    assert reason(encoded(smooth(32, 32), "ICO")) == "is not a picture of a known kind"


def test_missing_files_and_folders(tmp_path):
    assert reason(tmp_path / "none.png") == "does not exist"
    assert reason(tmp_path) == "is a folder"
    assert reason(Path("a\0b.png")) == "has a name that the system does not allow"


@pytest.mark.timeout(10)
def test_a_fifo_does_not_hang(tmp_path):
    path = tmp_path / "pipe.jpg"
    os.mkfifo(path)
    assert reason(path) == "is not a regular file"


@pytest.mark.timeout(10)
@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no devices here")
def test_a_device_is_refused():
    assert reason(Path("/dev/zero")) == "is not a regular file"


def test_a_symlink_loop_is_refused(tmp_path):
    path = tmp_path / "loop.png"
    path.symlink_to(path)
    assert reason(path) == "is a link that leads to itself"


def test_a_link_to_a_picture_opens(tmp_path):
    (tmp_path / "real.png").write_bytes(encoded(smooth(40, 40)))
    (tmp_path / "link.png").symlink_to("real.png")
    assert open_picture(tmp_path / "link.png").size == (40, 40)


@pytest.mark.parametrize("name", ["고양이.png", "🐈.png", "=SUM(A1).png", "a b'c\".png", os.fsdecode(b"caf\xe9.png")])
def test_unusual_names_open(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(encoded(smooth(32, 32)))
    assert read_image(path, Geometry(32)).shape == (32, 32, 3)


def test_damaged_metadata_neither_stops_nor_warns():
    """Under the program's own warning filters, which pytest replaces: so in a process of its own."""
    beyond_the_end = struct.pack("<HHII", ExifTags.Base.Software, 2, 50, 2**31 - 16)
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0" + beyond_the_end + b"\0\0\0\0"
    data = encoded(smooth(32, 32), "JPEG", exif=exif)
    with pytest.warns(UserWarning, match="larger than file"):
        open_picture(data)
    program = f"from resnet_gui.data.images import open_picture; print(open_picture({data!r}).size)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout == "(32, 32)\n"


def test_threads_read_the_same_pixels():
    sources = [encoded(Image.fromarray(noise(90, 70, seed=seed)), "JPEG") for seed in range(8)]
    expected = [read_image(source, Geometry(32)) for source in sources]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda source: read_image(source, Geometry(32)), sources * 10))
    for index, pixels in enumerate(got):
        np.testing.assert_array_equal(pixels, expected[index % 8])


def test_results_may_be_written_to():
    read_image(encoded(smooth(32, 32)), Geometry(32))[0, 0] = 7

"""Hundreds of broken, odd and hostile pictures: each is a picture or has its reason, soon and in little memory."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from tests.malformed import COUNT, CUTS, GOOD, cut_pictures, good_pictures, malformed_pictures, png

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither such files nor such limits")

MEMORY = 3 * 2**30
"""Bytes of addresses: a third of it are Python's and the libraries' own."""
LARGEST_PEAK = 1200 * 2**20


def child(arguments: list[str], timeout: float) -> subprocess.CompletedProcess[str]:
    """Run a program that may not take more than a share of the memory."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )


def read_in_a_child(folder: Path) -> list[dict[str, Any]]:
    done = child(["-m", "tests.malformed", str(folder)], timeout=100)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"{lines[-1:]} {done.stderr[-2000:]}"
    return [line for line in lines if "name" in line]


@pytest.mark.slow
def test_each_is_a_picture_or_has_its_reason(tmp_path: Path) -> None:
    told = read_in_a_child(tmp_path)
    names = [line["name"] for line in told]
    assert names[:COUNT] == [name for name, _ in malformed_pictures()], "the same ones each time"
    assert len(set(names[:COUNT])) == COUNT
    assert len(names) > COUNT + CUTS * len(GOOD)
    outcomes = {line["name"]: line["outcome"] for line in told}
    for name, outcome in outcomes.items():
        assert outcome == "(16, 16, 3)" or outcome.startswith(("is ", "has ", "does not ", "cannot be ", "may not ")), (
            f"{name}: {outcome}"
        )
    assert max(line["seconds"] for line in told[1:]) < 3
    assert outcomes["pipe.png"] == outcomes["device.png"] == "is not a regular file"
    assert outcomes["GIF whose frame is far larger than it"].startswith("is too large")
    assert outcomes["JPEG of a thousand passes"].startswith("is a JPEG in 1009 parts")
    assert outcomes["link.png"] == "(16, 16, 3)"
    assert not [name for name in outcomes if "not on the list" in name and outcomes[name] == "(16, 16, 3)"]


def test_every_allowed_format_and_mode_is_among_the_good_ones() -> None:
    good = dict(good_pictures())
    assert len(good) == len(GOOD)
    assert {name.split()[0] for name in good} == {"JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "AVIF"}
    assert sum(1 for _ in cut_pictures()) == CUTS * len(good)


# Not getrusage: what it tells begins with what the process had that started this one.
_PEAK = """
import re, sys
from pathlib import Path
from resnet_gui.data.images import Geometry, read_image
shape = read_image(Path(sys.argv[1]), Geometry(224)).shape
print(shape, 1024 * int(re.search(r"VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the memory")
@pytest.mark.parametrize(("depth", "kind", "bytes_a_pixel"), [(8, 6, 4), (16, 0, 2)])
def test_the_largest_pictures_take_bounded_memory(tmp_path: Path, depth: int, kind: int, bytes_a_pixel: int) -> None:
    """A hundred megapixels in a few kilobytes: with transparency, and of 16 bits."""
    row = b"\0" + bytes(10_000 * bytes_a_pixel)
    packer = zlib.compressobj(1)
    pixels = b"".join(packer.compress(row) for _ in range(9_900)) + packer.flush()
    data = bytearray(png(10_000, 9_900, pixels))
    data[24:26] = bytes((depth, kind))
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    (tmp_path / "large.png").write_bytes(data)
    assert len(data) < 3_000_000
    done = child(["-c", _PEAK, str(tmp_path / "large.png")], timeout=60)
    shape, peak = done.stdout.rsplit(maxsplit=1)
    assert shape == "(224, 224, 3)", done.stderr
    assert int(peak) < LARGEST_PEAK

"""How fast photos are classified, against a loop of `load_img` and `predict`: `python -m benchmarks.classification`."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from benchmarks._common import ROOT, print_header, run_program, spread, workplace
from resnet_gui.data.shapes import draw_shape

_PHOTO_SIZE = (500, 375)
_DIFFERENT_PHOTOS = 50
_WANTED = (("first", 5.0), ("one", 12.0), ("many", 20.0))


class _Classified(NamedTuple):
    """How `resnet-gui-cli classify` went: seconds to the first answer, photos a second after it, and MB at its peak."""

    first: float
    photos_per_second: float
    peak: float


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare classifying photos with a plain Keras loop.")
    parser.add_argument("--photos", type=int, default=1000, metavar="N", help="for this program; default: 1000")
    parser.add_argument(
        "--plain-photos",
        type=int,
        default=100,
        metavar="N",
        help="for the plain script, whose every photo takes as long as the one before; default: 100",
    )
    parser.add_argument("--times", type=int, default=5, metavar="N", help="how many pairs; default: 5")
    arguments = parser.parse_args()
    with workplace() as folder:
        print_header("Classifying photos of 500 x 375 pixels with a ResNet50 at 224 pixels")
        _, model = run_program([sys.executable, "-m", "benchmarks._seeded_run", folder / "runs", "seeded"])
        photos = _draw_photos(folder / "photos", arguments.photos)
        pairs = [_pair(Path(model), photos, arguments.plain_photos) for _ in range(1 + arguments.times)][1:]
    plain, ours = zip(*pairs, strict=True)
    for name, told in (("plain Keras", plain), ("this program", ours)):
        print(f"{name}:")
        print(f"  start of the process to the first top-5 {spread([one['first'] for one in told], ' s')}")
        print(f"  one picture, model loaded {spread([1000 * one['one'] for one in told], ' ms')}")
        print(f"  many, without the start {spread([one['many'] for one in told], ' photos/s')}")
        print(f"  memory at its peak {spread([one['peak'] for one in told], ' MB')}")
    ratios = {
        "first": [one["first"] / other["first"] for one, other in pairs],
        "one": [one["one"] / other["one"] for one, other in pairs],
        "many": [other["many"] / one["many"] for one, other in pairs],
    }
    words = {"first": "first answer sooner", "one": "one picture faster", "many": "many photos faster"}
    for name, wanted in _WANTED:
        print(f"{words[name]}: {statistics.median(ratios[name]):.1f} times; wanted {wanted:g}")
    memory = statistics.median(other["peak"] / one["peak"] for one, other in pairs)
    print(f"memory: {memory:.2f} of plain Keras'; wanted 0.5")


def _pair(model: Path, photos: list[Path], plain_photos: int) -> tuple[dict[str, float], dict[str, float]]:
    plain_command = [sys.executable, "-m", "benchmarks._plain_classification", model / "model.keras"]
    started = time.time()
    plain = run_program([*plain_command, *photos[:plain_photos]])[1]
    one = run_program([sys.executable, "-m", "benchmarks._our_predictor", model, photos[0]])[1]["one"]
    many = _classify(model, photos[0].parent)
    return (
        {**plain, "first": plain["first"] - started, "many": plain["photos_per_second"]},
        {
            "first": _classify(model, photos[0]).first,
            "one": one,
            "many": many.photos_per_second,
            "peak": many.peak,
        },
    )


def _classify(model: Path, pictures: Path) -> _Classified:
    """Run the command that a user would type."""
    command = [sys.executable, "-m", "resnet_gui.cli.main", "classify", "--model", model, "--json", pictures]
    started = time.perf_counter()
    # Not within `with`: the process is waited for here, as only its parent is told its largest memory.
    program = subprocess.Popen(list(map(str, command)), cwd=ROOT, stdout=subprocess.PIPE)
    assert program.stdout is not None
    times = [time.perf_counter() for _ in program.stdout]
    program.stdout.close()
    _, status, usage = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    if program.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed with status {program.returncode}.")
    rate = (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else float("nan")
    return _Classified(times[0] - started, rate, usage.ru_maxrss / 1024)


def _draw_photos(folder: Path, count: int) -> list[Path]:
    """Write JPEGs of a camera's proportions, as hard to decode as photos: a drawing under noise."""
    folder.mkdir()
    width, height = _PHOTO_SIZE
    random = np.random.default_rng(0)
    drawn = []
    for number in range(min(count, _DIFFERENT_PHOTOS)):
        shape = draw_shape("star", seed=number, size=width)
        top = (width - height) // 2
        pixels = np.asarray(shape.crop((0, top, width, top + height)), np.int16)
        noisy = np.clip(pixels + random.normal(0, 8, pixels.shape), 0, 255).astype(np.uint8)
        drawn.append(folder / f"{number:05d}.jpg")
        Image.fromarray(noisy).save(drawn[-1], quality=90)
    content = [photo.read_bytes() for photo in drawn]
    for number in range(len(drawn), count):
        drawn.append(folder / f"{number:05d}.jpg")
        drawn[-1].write_bytes(content[number % len(content)])
    return drawn


if __name__ == "__main__":
    main()

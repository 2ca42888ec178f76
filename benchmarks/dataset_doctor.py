"""How long checking many pictures takes: `python -m benchmarks.dataset_doctor`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks._common import print_header, workplace
from resnet_gui.data.dataset import split_dataset
from resnet_gui.data.doctor.diagnosis import diagnose
from resnet_gui.data.doctor.facts import examine
from resnet_gui.data.folder import load_folder
from resnet_gui.data.images import Geometry

_CLASSES = 10
_SIZE = (500, 375)
_COPIES = 100  # saved again at half their size
_WANTED = 60


def main() -> None:
    parser = argparse.ArgumentParser(description="Decode, look at and compare many photo-like pictures.")
    parser.add_argument("--pictures", type=int, default=10_000, metavar="N", help="default: 10000")
    parser.add_argument("--size", type=int, default=224, metavar="N", help="input size in pixels; default: 224")
    arguments = parser.parse_args()
    with workplace() as place:
        print_header(f"{arguments.pictures} JPEG pictures of {_SIZE[0]} x {_SIZE[1]}, {_COPIES} of them copies")
        folder = place / "pictures"
        _generate(folder, arguments.pictures)
        started = time.perf_counter()
        dataset = split_dataset(load_folder(folder, Geometry(arguments.size)), 0.2, 0, 0)
        decoded = time.perf_counter()
        facts = examine(dataset, folder)
        looked = time.perf_counter()
        findings = diagnose(facts, dataset)
        ended = time.perf_counter()
    pairs = sum(len(finding.sets) for finding in findings if finding.leave_out)
    print(f"  decoding, once for all: {decoded - started:.1f} s")
    print(f"  looking and comparing:  {looked - decoded:.1f} s")
    print(f"  judging:                {ended - looked:.1f} s")
    print(f"  copies found: {pairs} of {_COPIES}")
    print(f"{ended - started:.1f} s in all; wanted {_WANTED} s")


def _generate(folder: Path, count: int) -> None:
    """Write pictures of soft patches with grain, no two alike, and copies of the first ones."""
    random = np.random.default_rng(0)
    for number in range(count - _COPIES):
        target = folder / f"class {number % _CLASSES}"
        target.mkdir(parents=True, exist_ok=True)
        coarse = Image.fromarray(random.integers(0, 256, (9, 12, 3), np.uint8)).resize(_SIZE, Image.Resampling.BICUBIC)
        grain = random.integers(-12, 13, (_SIZE[1], _SIZE[0], 1), np.int16)
        pixels = np.clip(np.asarray(coarse) + grain, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(target / f"{number}.jpg", quality=88)
        if number < _COPIES:
            copy = Image.fromarray(pixels).resize((_SIZE[0] // 2, _SIZE[1] // 2), Image.Resampling.LANCZOS)
            copy.save(target / f"copy of {number}.jpg", quality=80)


if __name__ == "__main__":
    main()

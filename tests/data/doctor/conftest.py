"""Folders of photo-like pictures, all different, and what is wrong with them put in by the tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def photo(seed: int, size: tuple[int, int] = (96, 96)) -> Image.Image:
    """Return a picture of soft coloured patches with some grain: no two seeds look alike."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (6, 6, 3), np.uint8)).resize(size, Image.Resampling.BICUBIC)
    grain = random.normal(0, 4, (size[1], size[0], 3))
    return Image.fromarray(np.clip(np.asarray(coarse) + grain, 0, 255).astype(np.uint8))


def save(picture: Image.Image, path: Path, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, **{"compress_level": 1, **options})
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a healthy folder: two classes of 25 different pictures."""
    for label, name in enumerate(("cat", "dog")):
        for number in range(25):
            save(photo(100 * label + number), tmp_path / "animals" / name / f"{number}.png")
    return tmp_path / "animals"

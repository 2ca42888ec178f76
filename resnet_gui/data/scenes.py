"""Simple scenes that the program draws itself, of things that CIFAR-100 has classes for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

_Colour = tuple[int, int, int]
_GRAIN = 6.0  # a little unevenness, as a camera has: without it, surfaces look like nothing on earth


def draw_scene(name: str, size: int = 320) -> Image.Image:
    """Return one of the scenes as a square RGB picture, the same one every time.

    Args:
        name: one of `SCENES`, which are names of classes of CIFAR-100.
        size: width and height in pixels.
    """
    return SCENES[name](size)


def _sea(size: int) -> Image.Image:
    horizon = round(0.45 * size)
    sky = _fade((120, 170, 220), (215, 230, 240), horizon, size)
    water = _fade((70, 120, 160), (20, 60, 100), size - horizon, size)
    rows = np.arange(size - horizon, dtype=np.float64)[:, None]
    columns = np.arange(size, dtype=np.float64)
    depth = rows / (size - horizon)
    # Waves are longer and higher the nearer they are.
    waves = np.sin(60 * np.sqrt(depth + 0.02) + 2 * np.sin(9 * columns / size + 7 * depth)) * (4 + 14 * depth)
    return _photo(np.concatenate([sky, water + waves[..., None]]))


def _plain(size: int) -> Image.Image:
    across = np.linspace(0, 1, size)
    horizon = 0.5 + 0.05 * across + 0.03 * np.sin(5 * across)
    is_grass = np.linspace(0, 1, size)[:, None] > horizon
    sky = _fade((150, 185, 220), (245, 245, 240), size, size)
    grass = _fade((190, 180, 120), (60, 85, 40), size, size)
    scene = np.where(is_grass[..., None], grass + _uneven(64, 16, size), sky)
    clouds_and_shadows = sum(_uneven(places, 70 / places, size) for places in (4, 8, 16))
    return _photo(scene + clouds_and_shadows)


def _orange(size: int) -> Image.Image:
    picture = Image.new("RGB", (size, size), (245, 244, 240))
    draw = ImageDraw.Draw(picture)
    draw.ellipse(_box(size, 0.53, 0.84, 0.36, 0.06), (205, 200, 192))
    for step in range(24):  # lit from above on the left
        share = step / 23
        colour = (round(214 + 41 * share), round(105 + 75 * share), round(8 + 50 * share))
        radius = 0.36 * (1 - 0.85 * share)
        draw.ellipse(_box(size, 0.5 - 0.1 * share, 0.5 - 0.11 * share, radius, radius), colour)
    return _photo(np.asarray(picture.filter(ImageFilter.GaussianBlur(size / 200)), np.float64))


SCENES: dict[str, Callable[[int], Image.Image]] = {"sea": _sea, "plain": _plain, "orange": _orange}
"""What can be drawn."""


def _fade(top: _Colour, bottom: _Colour, height: int, width: int) -> NDArray[np.float64]:
    share = np.linspace(0, 1, height)[:, None, None]
    return np.broadcast_to(np.array(top) * (1 - share) + np.array(bottom) * share, (height, width, 3))


def _uneven(places: int, spread: float, size: int) -> NDArray[np.float64]:
    """Return smooth random values (size, size, 1) that change from place to place, so many across."""
    values = np.random.default_rng(places).normal(0, spread, (places, places)).astype(np.float32)
    return np.asarray(Image.fromarray(values).resize((size, size), Image.Resampling.BICUBIC), np.float64)[..., None]


def _box(size: int, x: float, y: float, half_width: float, half_height: float) -> tuple[float, float, float, float]:
    return (
        (x - half_width) * size,
        (y - half_height) * size,
        (x + half_width) * size,
        (y + half_height) * size,
    )


def _photo(values: NDArray[np.float64]) -> Image.Image:
    grain = np.random.default_rng(1).normal(0, _GRAIN, values.shape)
    return Image.fromarray(np.clip(values + grain, 0, 255).astype(np.uint8))

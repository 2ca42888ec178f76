"""The demo: ten kinds of shapes, drawn here, so that a first training needs no download.

Colour, place, size, rotation, background and noise vary, so a network has to learn the outline; a small
ResNet does within a minute.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from resnet_gui.data.dataset import LabelledPictures
from resnet_gui.data.images import Geometry
from resnet_gui.progress import Report, unreported

SIZE = 32
TRAIN_PER_CLASS = 300
TEST_PER_CLASS = 60
_ENLARGED = 4  # drawn this much larger and reduced, which smooths the edges
_LARGEST_TURN = math.radians(45)
_STAGE = "Drawing shapes"

Point = tuple[float, float]
Colour = tuple[int, int, int]


def _regular(corners: int, inner: float = 1.0) -> list[Point]:
    """Return a polygon around the origin, every other corner drawn in to `inner` of the radius."""
    angles = [2 * math.pi * corner / corners - math.pi / 2 for corner in range(corners)]
    radii = [1.0 if corner % 2 == 0 else inner for corner in range(corners)]
    return [(radius * math.cos(angle), radius * math.sin(angle)) for angle, radius in zip(angles, radii, strict=True)]


def _circle(radius: float) -> list[Point]:
    return [(radius * x, radius * y) for x, y in _regular(48)]


_CROSS: list[Point] = [
    (-0.3, -1), (0.3, -1), (0.3, -0.3), (1, -0.3), (1, 0.3), (0.3, 0.3),
    (0.3, 1), (-0.3, 1), (-0.3, 0.3), (-1, 0.3), (-1, -0.3), (-0.3, -0.3),
]  # fmt: skip
_ARROW: list[Point] = [(0, -1), (0.8, -0.1), (0.3, -0.1), (0.3, 1), (-0.3, 1), (-0.3, -0.1), (-0.8, -0.1)]
_HEART: list[Point] = [
    (
        math.sin(t) ** 3,
        -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 16,
    )
    for t in np.linspace(0, 2 * math.pi, 48, endpoint=False).tolist()
]
_MOON: list[Point] = [
    *((math.cos(t), math.sin(t)) for t in np.linspace(0.35, 2 * math.pi - 0.35, 40).tolist()),
    *((0.45 + 0.6 * math.cos(t), 0.6 * math.sin(t)) for t in np.linspace(2 * math.pi - 0.6, 0.6, 30).tolist()),
]

# Each shape as outlines around the origin within the unit circle; a second outline is a hole.
_OUTLINES: dict[str, tuple[list[Point], ...]] = {
    "arrow": (_ARROW,),
    "circle": (_circle(0.9),),
    "cross": (_CROSS,),
    "heart": (_HEART,),
    "hourglass": ([(-0.75, -0.9), (0.75, -0.9), (-0.75, 0.9), (0.75, 0.9)],),
    "moon": (_MOON,),
    "ring": (_circle(0.95), _circle(0.55)),
    "square": ([(-0.75, -0.75), (0.75, -0.75), (0.75, 0.75), (-0.75, 0.75)],),
    "star": (_regular(10, inner=0.42),),
    "triangle": (_regular(3),),
}
SHAPE_NAMES = tuple(_OUTLINES)


def draw_shape(name: str, seed: int | np.random.Generator = 0, size: int = SIZE) -> Image.Image:
    """Return one RGB picture of a shape, `size` x `size` pixels.

    Args:
        name: one of SHAPE_NAMES.
        seed: a number, or a generator to go on with, that decides everything else about the picture.
        size: width and height in pixels.
    """
    random = np.random.default_rng(seed)
    background, colour = _contrasting_colours(random)
    place = _random_placement(random, size * _ENLARGED)
    canvas = Image.new("RGB", (size * _ENLARGED, size * _ENLARGED), background)
    draw = ImageDraw.Draw(canvas)
    for outline, fill in zip(_OUTLINES[name], (colour, background), strict=False):
        draw.polygon([place(point) for point in outline], fill=fill)
    return _with_noise(canvas.reduce(_ENLARGED), random)


def _contrasting_colours(random: np.random.Generator) -> tuple[Colour, Colour]:
    """Return a dark colour for the ground and a bright one for the shape.

    Always this way round: told by brightness alone, the shapes are learned in a minute; with colours drawn at
    random the same network needs ten.
    """
    return _colour(random.integers(0, 110, 3)), _colour(random.integers(150, 256, 3))


def _colour(values: NDArray[np.int64]) -> Colour:
    red, green, blue = (int(value) for value in values)
    return red, green, blue


def _random_placement(random: np.random.Generator, side: int) -> Callable[[Point], Point]:
    """Return a function from the unit circle to a random place, size and rotation within the picture."""
    radius = side * random.uniform(0.27, 0.46)
    margin = radius * 0.95
    centre_x, centre_y = random.uniform(margin, side - margin, 2)
    angle = random.uniform(-_LARGEST_TURN, _LARGEST_TURN)
    cosine, sine = radius * math.cos(angle), radius * math.sin(angle)

    def place(point: Point) -> Point:
        x, y = point
        return centre_x + x * cosine - y * sine, centre_y + x * sine + y * cosine

    return place


def _with_noise(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """Add grain, and light that falls off from one side."""
    size = picture.width
    slope_x, slope_y = random.uniform(-20, 20, 2)
    ramp = np.linspace(-1, 1, size)
    light = slope_x * ramp[None, :, None] + slope_y * ramp[:, None, None]
    grain = random.normal(0, random.uniform(2, 12), (size, size, 3))
    return Image.fromarray(np.clip(np.asarray(picture) + light + grain, 0, 255).astype(np.uint8))


def load_shapes(seed: int = 0, report: Report = unreported) -> LabelledPictures:
    """Return the demo's pictures, 32 x 32, with a test split; the same ones for the same seed."""
    random = np.random.default_rng(seed)
    total = len(SHAPE_NAMES) * (TRAIN_PER_CLASS + TEST_PER_CLASS)
    pixels = np.empty((total, SIZE, SIZE, 3), np.uint8)
    labels = np.arange(total) % len(SHAPE_NAMES)
    for index, label in enumerate(labels):
        if index % 100 == 0:
            report(_STAGE, index, total)
        pixels[index] = np.asarray(draw_shape(SHAPE_NAMES[label], random))
    report(_STAGE, total, total)
    trained = len(SHAPE_NAMES) * TRAIN_PER_CLASS
    return LabelledPictures(
        name="Demo shapes",
        class_names=SHAPE_NAMES,
        geometry=Geometry(SIZE),
        pixels=pixels[:trained],
        labels=labels[:trained],
        test_pixels=pixels[trained:],
        test_labels=labels[trained:],
    )

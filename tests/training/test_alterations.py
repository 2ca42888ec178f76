"""What an alteration does to pixels, against NumPy, SciPy, Pillow and Keras."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage

from resnet_gui.data.dataset import Pixels
from resnet_gui.training.alterations import blended, brightened, covered, linear_maps, shifted, warped

_NOT = np.zeros(1, bool)
_NONE = np.zeros(1, np.int64)


def noise(count: int, size: int, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (count, size, size, 3), np.uint8)


def smooth(size: int) -> Pixels:
    """Return one picture without edges, where two ways of interpolating hardly differ."""
    coarse = np.random.default_rng(1).integers(0, 256, (5, 5, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((size, size), Image.Resampling.BICUBIC))[None]


def maps(*, zoom_x: float = 1, zoom_y: float = 1, rotation: float = 0, shear: float = 0, flip: bool = False):
    angles = np.deg2rad([rotation]), np.deg2rad([shear])
    return linear_maps(np.array([zoom_x]), np.array([zoom_y]), *angles, np.array([flip]))


@given(st.integers(1, 9), st.data())
def test_shifting_and_flipping_equal_numpy_s_pad_and_slice(size: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, 4))
    shift = st.lists(st.integers(-size, size), min_size=count, max_size=count)
    down, right = (np.array(data.draw(shift), np.int64) for _ in range(2))
    flipped = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)), bool)
    images = noise(count, size)
    seen = shifted(images, down, right, flipped)
    assert seen.dtype == np.uint8
    assert seen.shape == images.shape
    for number in range(count):
        padded = np.pad(images[number], ((size, size), (size, size), (0, 0)), mode="symmetric")
        top, left = size + down[number], size + right[number]
        window = padded[top : top + size, left : left + size]
        np.testing.assert_array_equal(seen[number], window[:, ::-1] if flipped[number] else window)


@pytest.mark.parametrize("flip", [False, True])
def test_warping_by_nothing_equals_shifting_to_the_bit(flip: bool) -> None:
    images = noise(1, 32)
    down, right, flipped = np.array([-5]), np.array([16]), np.array([flip])
    np.testing.assert_array_equal(warped(images, down, right, maps(flip=flip)), shifted(images, down, right, flipped))


@pytest.mark.parametrize("turns", [1, 2, 3, -1])
def test_a_quarter_turn_equals_numpy_s(turns: int) -> None:
    images = noise(1, 8)
    turned = warped(images, _NONE, _NONE, maps(rotation=90 * turns))
    np.testing.assert_allclose(turned[0].astype(int), np.rot90(images[0], turns), atol=1)


@pytest.mark.parametrize("angle", [10, -35])
def test_turning_equals_pillow_s_rotate_where_nothing_comes_in(angle: int) -> None:
    image = smooth(40)
    turned = warped(image, _NONE, _NONE, maps(rotation=angle))[0]
    by_pillow = np.asarray(Image.fromarray(image[0]).rotate(angle, Image.Resampling.BILINEAR))
    rows, columns = np.ogrid[:40, :40]
    inside = (rows - 19.5) ** 2 + (columns - 19.5) ** 2 < 18**2
    np.testing.assert_allclose(turned[inside].astype(int), by_pillow[inside], atol=1)


@pytest.mark.parametrize("size", [32, 33])
@pytest.mark.parametrize(
    "how",
    [
        {"zoom_x": 0.8, "zoom_y": 1.3},
        {"rotation": 20, "zoom_x": 1.5, "zoom_y": 1.5},
        {"shear": 45, "rotation": 180, "zoom_x": 1.5, "zoom_y": 1.5, "flip": True},
        {"shear": 12, "rotation": -77, "zoom_x": 0.6, "zoom_y": 1.2, "flip": True},
    ],
)
def test_a_warp_equals_scipy_s_affine_transform(how: dict, size: int) -> None:
    image, down, right = smooth(size), 7, -4
    seen = warped(image, np.array([down]), np.array([right]), maps(**how))[0]
    matrix = maps(**how)[0][::-1, ::-1]  # SciPy counts (row, column)
    centre = np.full(2, (size - 1) / 2)
    offset = np.add(centre, (down, right)) - matrix @ centre
    for channel in range(3):
        plane = image[0, :, :, channel].astype(float)
        expected = ndimage.affine_transform(plane, matrix, offset, order=1, mode="reflect")
        np.testing.assert_allclose(seen[:, :, channel], expected, atol=1)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Please import `affine_transform`:DeprecationWarning")  # Keras' own import
def test_the_maps_are_those_of_keras_imagedatagenerator() -> None:
    from keras.src.legacy.preprocessing.image import apply_affine_transform

    image = smooth(32)
    for zoom_x, zoom_y, rotation, shear in [
        (0.8, 1, 0, 0),
        (1, 1.2, 0, 0),
        (1, 1, 30, 0),
        (1, 1, 0, 20),
        (0.9, 1.2, -40, 15),
    ]:
        # Keras calls the rows x.
        plain = apply_affine_transform(
            image[0].astype(np.float32), theta=rotation, shear=shear, zx=zoom_x, zy=zoom_y,
            row_axis=0, col_axis=1, channel_axis=2, fill_mode="reflect",
        )  # fmt: skip
        ours = warped(image, _NONE, _NONE, maps(zoom_x=zoom_x, zoom_y=zoom_y, rotation=rotation, shear=shear))
        np.testing.assert_allclose(ours[0], plain, atol=1.01)


def test_brightness_multiplies_rounds_and_stops_at_white() -> None:
    images = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 16, 16, 3).repeat(3, axis=0)
    factors = np.array([1, 0.5, 1.875])
    expected = np.clip(np.rint(images * factors[:, None, None, None]), 0, 255)
    np.testing.assert_array_equal(brightened(images, factors), expected)


def test_the_square_is_grey_and_everything_else_untouched() -> None:
    images = noise(3, 8)
    seen = covered(images, np.array([2, -2, 7]), np.array([3, 0, 6]), side=4)
    expected = images.copy()
    expected[0, 2:6, 3:7] = 128
    expected[1, :2, :4] = 128
    expected[2, 7:, 6:] = 128
    np.testing.assert_array_equal(seen, expected)


def test_blending_rounds_the_weighted_mean_of_every_two_bytes() -> None:
    first, second = (values.astype(np.uint8) for values in np.mgrid[:256, :256])
    for weight in (0, 1, 127, 128, 200, 255, 256):
        images, others = (np.stack([values] * 3, axis=-1)[None] for values in (first, second))
        mixed = blended(images, others, np.array([weight], np.uint16))
        exact = (images.astype(float) * weight + others.astype(float) * (256 - weight)) / 256
        np.testing.assert_array_equal(mixed, np.floor(exact + 0.5))

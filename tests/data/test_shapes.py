"""The demo's shapes."""

from __future__ import annotations

import numpy as np
import pytest

from resnet_gui.data.shapes import SHAPE_NAMES, TEST_PER_CLASS, TRAIN_PER_CLASS, draw_shape, load_shapes
from resnet_gui.errors import CancelledError


def test_the_demo_is_complete_and_repeatable():
    first, same = load_shapes(), load_shapes()
    assert first.pixels.shape == (10 * TRAIN_PER_CLASS, 32, 32, 3)
    assert np.bincount(first.labels).tolist() == [TRAIN_PER_CLASS] * 10
    assert np.bincount(first.test_labels).tolist() == [TEST_PER_CLASS] * 10
    np.testing.assert_array_equal(first.pixels, same.pixels)
    np.testing.assert_array_equal(first.test_pixels, same.test_pixels)


def test_no_test_picture_was_trained_on():
    demo = load_shapes()
    trained = {pixels.tobytes() for pixels in demo.pixels}
    assert not any(pixels.tobytes() in trained for pixels in demo.test_pixels)


@pytest.mark.parametrize("name", SHAPE_NAMES)
@pytest.mark.parametrize("size", [32, 320])
def test_a_shape_is_drawn_at_any_size(name, size):
    picture = draw_shape(name, 3, size)
    assert (picture.mode, picture.size) == ("RGB", (size, size))
    assert picture.tobytes() == draw_shape(name, 3, size).tobytes()
    assert picture.tobytes() != draw_shape(name, 4, size).tobytes()


def test_a_shape_stands_out_from_its_background():
    for seed in range(20):
        pixels = np.asarray(draw_shape("circle", seed, 64), float)
        assert np.linalg.norm(pixels.max((0, 1)) - pixels.min((0, 1))) > 90


def test_drawing_can_be_cancelled():
    def stop(stage, done, total):
        if done >= 1000:
            raise CancelledError

    with pytest.raises(CancelledError):
        load_shapes(report=stop)

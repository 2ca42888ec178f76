"""The comparison that decides whether an export is kept."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from resnet_gui.errors import ModelError
from resnet_gui.inference.export_check import Answer, difference_words, largest_difference, sample_pictures


def always(*probabilities: float) -> Answer:
    def answer(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.tile(np.float32(probabilities), (len(pictures), 1))

    return answer


def test_the_pictures_are_sixteen_different_ones_that_never_change() -> None:
    pictures = sample_pictures(20)
    assert (pictures.shape, pictures.dtype) == ((16, 20, 20, 3), np.uint8)
    assert len({picture.tobytes() for picture in pictures}) == 16
    np.testing.assert_array_equal(pictures, sample_pictures(20))


def test_the_largest_difference_of_one_probability_counts() -> None:
    assert largest_difference(always(0.5, 0.3, 0.2), always(0.5, 0.304, 0.198), 8) == pytest.approx(0.004, abs=1e-6)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (always(0.6, 0.4), "differs by 0.1"),
        (always(np.nan, 0.5), "differs by nan"),
        (always(0.5, 0.5, 0.0), "3 values in place of 2"),
    ],
)
def test_another_answer_is_an_error(given: Answer, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        largest_difference(always(0.5, 0.5), given, 8)


def test_differences_are_told_in_plain_digits() -> None:
    assert [difference_words(value) for value in (0.0, 9.5e-7, 0.0003, 0.01)] == [
        "below 0.0001",
        "below 0.0001",
        "0.0003",
        "0.0100",
    ]

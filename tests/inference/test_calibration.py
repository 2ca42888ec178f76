"""Calibration: the temperature that was put in is found again, and the answers keep their order."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import log_loss

from resnet_gui.inference.calibration import (
    HIGHEST,
    LOWEST,
    calibrated,
    calibration_error,
    fit_calibration,
    fit_temperature,
)


def sure_of_itself(temperature: float, count: int = 20_000, classes: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities of a network whose logits are too large by a factor, and labels as its true ones say."""
    random = np.random.default_rng(1)
    logits = random.normal(0, 1.5, (count, classes))
    true = softmax(logits, axis=1)
    labels = (true.cumsum(axis=1) > random.random((count, 1))).argmax(axis=1)
    return softmax(logits * temperature, axis=1).astype(np.float32), labels


@pytest.mark.parametrize("temperature", [0.7, 1.0, 2.5])
def test_a_known_temperature_is_found_again(temperature: float) -> None:
    probabilities, labels = sure_of_itself(temperature)
    assert fit_temperature(probabilities, labels) == pytest.approx(temperature, rel=0.03)


def test_no_other_temperature_has_a_lower_log_loss() -> None:
    """Oracle: scikit-learn's log_loss."""
    probabilities, labels = sure_of_itself(1.8, count=3000)
    best = fit_temperature(probabilities, labels)

    def loss(temperature: float) -> float:
        mended = calibrated(probabilities, temperature).astype(float)
        return log_loss(labels, mended / mended.sum(axis=1, keepdims=True))

    for other in (1.0, best * 0.98, best * 1.02, best * 1.2):
        assert loss(best) < loss(other)


def test_calibrating_equals_dividing_the_logits() -> None:
    logits = np.random.default_rng(0).normal(0, 4, (200, 7))
    given = calibrated(softmax(logits, axis=1).astype(np.float32), 1.7)
    np.testing.assert_allclose(given, softmax(logits / 1.7, axis=1), atol=1e-6)


def test_the_order_of_the_classes_stays() -> None:
    probabilities, _ = sure_of_itself(2.0, count=500)
    mended = calibrated(probabilities, 2.0)
    np.testing.assert_array_equal(np.argsort(-mended, axis=1)[:, :5], np.argsort(-probabilities, axis=1)[:, :5])


def test_certainty_and_impossibility_stay_numbers() -> None:
    extreme = np.array([[1, 0, 0], [0, 1, 0]], np.float32)
    for temperature in (LOWEST, HIGHEST):
        mended = calibrated(extreme, temperature)
        assert np.isfinite(mended).all()
        np.testing.assert_allclose(mended.sum(axis=1), 1, rtol=1e-6)
        assert mended[0, 0] > 0.999


def test_where_every_answer_is_right_nothing_becomes_certain() -> None:
    probabilities = np.tile(np.array([[0.8, 0.2]], np.float32), (300, 1))
    assert fit_temperature(probabilities, np.zeros(300, int)) == pytest.approx(LOWEST, rel=1e-3)


def test_the_calibration_error_is_the_mean_gap_between_confidence_and_accuracy() -> None:
    confidences = np.array([0.95] * 10 + [0.55] * 10)
    hits = np.array([True] * 7 + [False] * 3 + [True] * 6 + [False] * 4)
    assert calibration_error(confidences, hits) == pytest.approx((0.25 + 0.05) / 2)
    assert calibration_error(np.array([1.0]), np.array([True])) == 0


def test_what_was_found_out_is_told_in_words() -> None:
    found = fit_calibration(*sure_of_itself(2.0))
    assert found.surplus > 0.05
    assert found.error_after < 0.02 < found.error_before
    assert f"{100 * found.surplus:.1f} points too high on 20000 validation pictures" in found.words
    shy = fit_calibration(*sure_of_itself(0.6))
    assert "too low" in shy.words
    assert "right on average" in fit_calibration(*sure_of_itself(1.0)).words

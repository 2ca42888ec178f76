"""Evaluation: scikit-learn and SciPy are the oracles."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, recall_score, top_k_accuracy_score

from resnet_gui.inference.evaluation import Tally, wilson_interval

CLASSES = tuple("abcdefghij")
PAIRS = tuple(number // 2 for number in range(10))


@pytest.fixture(scope="module")
def answers() -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of 700 pictures and their classes; there is no picture of the last class."""
    random = np.random.default_rng(2)
    labels = random.choice(9, 700, p=np.arange(1, 10) / 45)
    logits = random.normal(0, 1, (700, 10))
    logits[np.arange(700), labels] += 1.2
    return softmax(logits, axis=1).astype(np.float32), labels


def evaluated(answers: tuple[np.ndarray, np.ndarray]):
    tally = Tally()
    for first in range(0, 700, 64):
        tally.add(answers[0][first : first + 64], answers[1][first : first + 64])
    return tally.evaluation(CLASSES, tuple("vwxyz"), PAIRS)


def test_top1_and_top5_are_scikit_learn_s(answers: tuple[np.ndarray, np.ndarray]) -> None:
    probabilities, labels = answers
    result = evaluated(answers)
    assert result.count == 700
    assert result.top1 == pytest.approx(accuracy_score(labels, probabilities.argmax(axis=1)))
    assert result.top5 == pytest.approx(top_k_accuracy_score(labels, probabilities, k=5, labels=range(10)))


def test_each_class_has_its_recall_and_one_without_pictures_none(answers: tuple[np.ndarray, np.ndarray]) -> None:
    probabilities, labels = answers
    result = evaluated(answers)
    recalls = recall_score(labels, probabilities.argmax(axis=1), labels=range(9), average=None)
    assert [score.name for score in result.classes] == list(CLASSES[:9])
    assert [score.top1 for score in result.classes] == pytest.approx(list(recalls))
    assert sum(score.count for score in result.classes) == 700


def test_superclasses_are_recognized_by_any_of_their_classes(answers: tuple[np.ndarray, np.ndarray]) -> None:
    probabilities, labels = answers
    pairs = np.array(PAIRS)
    recalls = recall_score(pairs[labels], pairs[probabilities.argmax(axis=1)], average=None, labels=range(5))
    assert [score.top1 for score in evaluated(answers).superclasses] == pytest.approx(list(recalls))


def test_the_baseline_is_the_most_frequent_class(answers: tuple[np.ndarray, np.ndarray]) -> None:
    assert evaluated(answers).majority == pytest.approx(np.bincount(answers[1]).max() / 700)


@pytest.mark.parametrize(("hits", "count"), [(0, 1), (0, 40), (3, 40), (20, 40), (40, 40), (4321, 10_000)])
def test_intervals_are_wilson_s(hits: int, count: int) -> None:
    expected = binomtest(hits, count).proportion_ci(0.95, method="wilson")
    assert wilson_interval(hits, count) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_fewer_than_five_classes_are_all_among_the_first_five() -> None:
    tally = Tally()
    tally.add(np.array([[0.3, 0.7]], np.float32), np.array([0]))
    assert (tally.top1, tally.top5) == (0.0, 1.0)

"""The true class by the folder: layouts, spellings, what does not count, how often the model is right."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from sklearn.metrics import accuracy_score, top_k_accuracy_score

from resnet_gui.data.labels import imagenet_names
from resnet_gui.inference.predictor import ClassProbability, Prediction
from resnet_gui.inference.true_class import Accuracy, FolderClasses, FolderNames, true_rank

FLOWERS = ("rose", "tulip", "water_lily")


def folders(named: list[Path], picture: Path) -> tuple[str, ...]:
    return FolderNames(named).of(picture)


def test_folders_are_told_from_the_named_one_on(tmp_path: Path) -> None:
    root = tmp_path / "flowers"
    assert folders([root], root / "a.jpg") == ("flowers",)
    assert folders([root], root / "rose" / "wild" / "a.jpg") == ("flowers", "rose", "wild")
    assert folders([root / "a.jpg"], root / "a.jpg") == ()
    assert folders([root], tmp_path / "flowers too" / "a.jpg") == ()
    assert folders([Path("other"), root], root / "a.jpg") == ("flowers",)


def test_the_working_folder_has_a_name_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rose").mkdir()
    monkeypatch.chdir(tmp_path / "rose")
    assert folders([Path(".")], Path("a.jpg")) == ("rose",)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' names are always text")
def test_a_folder_whose_name_is_no_text_is_what_training_calls_it(tmp_path: Path) -> None:
    odd = os.fsdecode(b"caf\xe9")
    assert FolderClasses(("caf\\xe9",)).of(folders([tmp_path], tmp_path / odd / "a.jpg")) == "caf\\xe9"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("flowers", "rose"), "rose"),
        (("flowers", "test", "tulip"), "tulip"),
        (("flowers", "rose", "tulip"), "rose"),
        (("rose",), "rose"),
        (("rose", "tulip"), "tulip"),
        (("flowers", "Water Lily"), "water_lily"),
        (("flowers", "WATER-LILY"), "water_lily"),
        (("flowers", "roses"), ""),
        (("flowers",), ""),
        ((), ""),
    ],
)
def test_the_outermost_folder_called_like_a_class_counts(path: tuple[str, ...], expected: str) -> None:
    assert FolderClasses(FLOWERS).of(path) == expected


def test_a_name_as_it_is_goes_before_a_similar_one() -> None:
    classes = FolderClasses(("a b", "a_b"))
    assert [classes.of(("x", name)) for name in ("a b", "a_b")] == ["a b", "a_b"]


def test_imagenets_own_folders_are_known_to_imagenets_classes_only() -> None:
    assert FolderClasses(imagenet_names()).of(("val", "n01443537")) == "goldfish"
    assert FolderClasses(FLOWERS).of(("val", "n01443537")) == ""


def test_accuracy_is_scikit_learns() -> None:
    scores = [[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.3, 0.1, 0.6], [0.7, 0.2, 0.1]]
    truth = [0, 2, 1, 1]
    accuracy = Accuracy()
    for row, label in zip(scores, truth, strict=True):
        ranked = sorted(zip(FLOWERS, row, strict=True), key=lambda entry: -entry[1])[:2]
        prediction = Prediction(tuple(ClassProbability(*entry) for entry in ranked))
        accuracy.count(true_rank(prediction, FLOWERS[label]))
    best = [row.index(max(row)) for row in scores]
    assert accuracy.right / accuracy.pictures == accuracy_score(truth, best)
    assert accuracy.among / accuracy.pictures == top_k_accuracy_score(truth, scores, k=2)

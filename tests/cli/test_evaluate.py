"""The evaluate command: on a run's own pictures, on a folder, on CIFAR-100; scikit-learn is the oracle."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import accuracy_score, recall_score, top_k_accuracy_score

from resnet_gui.cli.main import main
from resnet_gui.data.dataset import split_dataset
from resnet_gui.data.images import Geometry, read_image
from resnet_gui.data.labels import cifar100_coarse_names, cifar100_fine_names, cifar100_superclasses
from resnet_gui.data.sources import load_pictures
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.predictor import Predictor
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.run import Run, SplitCounts
from resnet_gui.runs.store import RunStore
from tests.bundles import make_bundle, make_weighing_bundle

COLOURS = {"blue": (0, 0, 200), "green": (0, 200, 0), "red": (200, 0, 0)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve pictures a colour, some of them of more than one colour: a model can be wrong about them."""
    random = np.random.default_rng(4)
    for name, colour in COLOURS.items():
        (tmp_path / "colours" / name).mkdir(parents=True)
        for number in range(12):
            pixels = random.integers(0, 110, (10, 14, 3)) + np.array(colour) * (number > 1)
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(tmp_path / "colours" / name / f"{number}.png")
    return tmp_path / "colours"


@pytest.fixture
def run(tmp_path: Path, folder: Path) -> Run:
    """A run that was trained on the folder, with 9 of the 36 pictures held back."""
    config = TrainingConfig(source="folder", folder=str(folder), input_size=32, validation_share=0.25, seed=7)
    run = RunStore(tmp_path / "runs").create(config, "colours")
    run.update(class_names=("blue", "green", "red"), split=SplitCounts(27, 9, 0))
    make_weighing_bundle(run.model_folder, 32, ("blue", "green", "red"), ((0, 0, 9), (0, 9, 0), (9, 0, 0)))
    return run


def evaluate(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    assert main(["evaluate", *map(str, arguments), "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_a_run_is_evaluated_on_what_it_held_back(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    told = evaluate(capsys, "colours", "--runs", run.folder.parent)
    config = run.record.config
    held_back = split_dataset(load_pictures(config.data_request()), 0.25, 0, 7).validation
    pixels, labels = held_back.batch(slice(None))
    probabilities = Predictor(ModelBundle.open(run.folder)).probabilities(pixels)
    assert told["count"] == 9
    assert told["top1"] == pytest.approx(accuracy_score(labels, probabilities.argmax(axis=1)))
    assert told["top1_interval"][0] < told["top1"] <= told["top1_interval"][1]
    assert told == evaluate(capsys, run.folder, "--split", "validation", "--data", config.folder)


def test_pictures_that_a_run_left_out_are_not_among_those_that_it_held_back(
    run: Run, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor does leaving them out move another one from the training split into the validation split."""
    left_out = ("blue/0.png", "green/0.png", "red/0.png", "red/1.png")
    config = msgspec.structs.replace(run.record.config, left_out=left_out, group_pattern=r"/(\d+)\.png")
    split = config.split(load_pictures(config.data_request()))
    run.update(config=config, split=SplitCounts(len(split.train), len(split.validation), 0))
    pixels, labels = split.validation.batch(slice(None))
    found = Predictor(ModelBundle.open(run.folder)).probabilities(pixels).argmax(axis=1)
    told = evaluate(capsys, "colours", "--runs", run.folder.parent)
    assert told["count"] == len(labels) < 12
    assert told["top1"] == pytest.approx(accuracy_score(labels, found))


def test_a_folder_is_matched_by_the_names_of_its_classes(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = make_bundle(tmp_path / "bundle", ("red", "green", "blue"))  # another order than the folder's
    told = evaluate(capsys, bundle.folder, "--data", folder)
    files = sorted(folder.glob("*/*.png"))
    pixels = np.stack([read_image(file, Geometry(8)) for file in files])
    labels = [("red", "green", "blue").index(file.parent.name) for file in files]
    found = Predictor(bundle).probabilities(pixels).argmax(axis=1)
    recalls = recall_score(labels, found, average=None)
    assert told["top1"] == pytest.approx(accuracy_score(labels, found))
    assert [score["name"] for score in told["classes"]] == ["red", "green", "blue"]
    assert [score["top1"] for score in told["classes"]] == pytest.approx(list(recalls))
    assert told["superclasses"] == []
    assert told["majority"] == pytest.approx(1 / 3)


def test_cifar100_is_evaluated_with_its_superclasses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(6)
    belongs = cifar100_superclasses()
    parts: dict[str, dict[bytes, Any]] = {
        "meta": {
            b"fine_label_names": [name.encode() for name in cifar100_fine_names()],
            b"coarse_label_names": [name.encode() for name in cifar100_coarse_names()],
        }
    }
    for part, count in (("train", 100), ("test", 150)):
        fine = (np.arange(count) % 100).tolist()
        parts[part] = {
            b"fine_labels": fine,
            b"coarse_labels": [belongs[label] for label in fine],
            b"data": random.integers(0, 256, (count, 3072)).astype(np.uint8),
        }
    for name, content in parts.items():
        (tmp_path / name).write_bytes(pickle.dumps(content, 2))
    order = random.permutation(100)
    names = tuple(cifar100_fine_names()[place] for place in order)
    weights = random.normal(0, 300, (3, 100))
    weights -= weights.mean(axis=0)  # all pictures are grey on average; nothing is certain
    bundle = make_weighing_bundle(tmp_path / "bundle", 32, names, weights)
    told = evaluate(capsys, bundle.folder, "--data", "cifar100", "--archive", tmp_path)

    pixels = parts["test"][b"data"].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    probabilities = Predictor(bundle).probabilities(np.ascontiguousarray(pixels))
    fine = np.array(parts["test"][b"fine_labels"])
    ours = np.argsort(order)[fine]
    assert told["count"] == 150
    assert told["top5"] == pytest.approx(top_k_accuracy_score(ours, probabilities, k=5, labels=range(100)))
    coarse = np.array(belongs)
    recalls = recall_score(coarse[fine], coarse[order[probabilities.argmax(axis=1)]], average=None, labels=range(20))
    assert [score["name"] for score in told["superclasses"]] == list(cifar100_coarse_names())
    assert [score["top1"] for score in told["superclasses"]] == pytest.approx(list(recalls))


def test_it_is_told_in_words(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(run.folder)]) == 0
    words = capsys.readouterr().out
    assert "colours, validation split: 9 pictures" in words
    assert "with 95 % certainty between" in words
    assert "most frequent class would reach 33.3% top-1" in words
    assert "Its confidence is" in words
    assert all(name in words for name in COLOURS)


def test_what_cannot_be_evaluated_says_why(
    run: Run, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def failure(*arguments: object) -> str:
        assert main(["evaluate", *map(str, arguments)]) in (1, 2)
        return capsys.readouterr().err

    bundle = make_bundle(tmp_path / "bundle", ("red", "green", "cyan"))
    assert "lies in no run" in failure(bundle.folder)
    assert 'knows no class "blue"' in failure(bundle.folder, "--data", folder)
    assert "knows its test split" in failure(bundle.folder, "--data", folder, "--split", "test")
    assert "has no test split" in failure(run.folder, "--split", "test")
    (folder / "red" / "0.png").unlink()
    assert "not those that this run was trained on" in failure(run.folder)

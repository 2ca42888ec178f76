"""One picture, one answer: in the window, in the terminal, in each export and in the run's own validation."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pytestqt.qtbot import QtBot

from resnet_gui.cli.main import main
from resnet_gui.data.sources import load_pictures
from resnet_gui.runs.store import RunStore
from tests.gui.test_classify_tab import shown_tab, wait_for

TRAIN = [
    "train", "--data", "shapes", "--limit", "240", "--batch-size", "16", "--epochs", "2", "--width", "8",
    "--learning-rate", "0.003", "--input-size", "40", "--preprocessing", "means", "--validation-share", "0.2",
    "--precision", "float32", "--name", "run",
]  # fmt: skip
TIE = 0.01

Ranking = dict[str, float]
"""A picture's first five classes, best first, and their probabilities."""


def assert_same(ranking: Ranking, expected: Ranking, picture: str) -> None:
    """Two classes may change places, also the fifth with the sixth, if they are almost as probable."""
    for name, probability in zip(ranking, expected.values(), strict=True):
        assert abs(expected.get(name, min(expected.values())) - probability) < TIE, (picture, ranking, expected)


def ranked(probabilities: NDArray[np.float32], names: tuple[str, ...]) -> Ranking:
    return {names[label]: float(probabilities[label]) for label in np.argsort(-probabilities, kind="stable")[:5]}


@pytest.mark.slow
@pytest.mark.usefixtures("user_folders")
def test_a_picture_has_the_same_first_five_classes_everywhere(
    qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import keras
    from onnx.reference import ReferenceEvaluator

    store = RunStore(tmp_path / "runs")
    assert main([*TRAIN, "--runs", str(store.folder), "--json"]) == 0
    run = store.open("run")
    validation = run.record.config.split(load_pictures(run.record.config.data_request())).validation
    pixels, labels = validation.batch(slice(None))
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, picture in enumerate(pixels):
        Image.fromarray(picture).save(folder / f"{number:03d}.png")

    tabs = shown_tab(qtbot, store)
    tab = next(tabs)
    tab.open_paths([folder])
    wait_for(qtbot, tab, len(pixels))
    results = [tab._model.result(row) for row in range(len(pixels))]
    window = [
        {guess.class_name: guess.probability for guess in result.prediction.ranked}
        for result in results
        if result is not None and result.prediction is not None
    ]
    next(tabs, None)
    assert len(window) == len(pixels)
    assert len({next(iter(ranking)) for ranking in window}) > 1, "one answer for all pictures: nothing is proved"

    capsys.readouterr()
    assert main(["classify", str(folder), "--model", "run", "--runs", str(store.folder), "--json"]) == 0
    for line, ranking in zip(capsys.readouterr().out.splitlines(), window, strict=True):
        told = json.loads(line)
        terminal = {guess["class"]: guess["probability"] for guess in told["predictions"]}
        assert_same(terminal, ranking, f"terminal, {told}")

    for ending in ("keras", "h5", "onnx"):
        assert main(["export", "run", "--to", str(tmp_path / f"model.{ending}"), "--runs", str(store.folder)]) == 0
    pictures = pixels.astype(np.float32)
    described = json.loads((tmp_path / "model.onnx.json").read_text(encoding="utf-8"))
    given = {
        ending: keras.saving.load_model(tmp_path / f"model.{ending}").predict(pictures, verbose=0)
        for ending in ("keras", "h5")
    }
    (given["onnx"],) = ReferenceEvaluator(str(tmp_path / "model.onnx")).run(None, {"pictures": pictures})
    for ending, probabilities in given.items():
        sharper = probabilities ** (1 / described["temperature"])  # as model.onnx.json explains
        calibrated = sharper / sharper.sum(axis=1, keepdims=True)
        for number, ranking in enumerate(window):
            assert_same(ranked(calibrated[number], run.record.class_names), ranking, f"{ending}, {number}")

    hits = sum(
        next(iter(ranking)) == run.record.class_names[label] for ranking, label in zip(window, labels, strict=True)
    )
    assert run.record.best is not None
    assert run.record.best.val_top1 == pytest.approx(hits / len(labels), abs=1e-6)

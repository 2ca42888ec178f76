"""The model that comes with the program: that it is used, and that it is what its card says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from resnet_gui.cli.main import main
from resnet_gui.data.cifar import load_cifar100
from resnet_gui.data.labels import cifar100_coarse_names, cifar100_fine_names, cifar100_superclasses
from resnet_gui.data.scenes import SCENES, draw_scene
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.catalog import (
    CARD_FILE,
    SHIPPED,
    SHIPPED_KEY,
    default_bundle,
    model_entries,
    open_bundle,
    open_run,
    shipped_folder,
)
from resnet_gui.inference.predictor import Predictor
from resnet_gui.runs.run import Run
from resnet_gui.runs.store import RunStore
from resnet_gui.training.recipes import RECIPES
from tests.bundles import make_run

LARGEST = 25 * 10**6
FIRST = 500
"""How many test pictures the card gives a figure of its own for."""


@pytest.fixture(scope="module")
def card() -> dict[str, Any]:
    """Return the figures behind the card's words: what `evaluate --json` said, and of 500 pictures and photographs."""
    figures: dict[str, Any] = json.loads((shipped_folder() / "evaluation.json").read_bytes())
    return figures


def test_a_fresh_installation_classifies_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in SCENES:
        draw_scene(name).save(tmp_path / f"{name}.png")
    assert main(["classify", str(tmp_path), "--json"]) == 0
    belongs = dict(zip(cifar100_fine_names(), cifar100_superclasses(), strict=True))
    for line in capsys.readouterr().out.splitlines():
        told = json.loads(line)
        best = told["predictions"][0]
        assert best["class"] == Path(told["path"]).stem
        assert best["superclass"] == cifar100_coarse_names()[belongs[best["class"]]]
        assert len(told["predictions"]) == 5
        assert told["unlike_training"] is False


def test_what_is_no_photograph_at_all_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "noise.png")
    assert main(["classify", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["unlike_training"] is True


def test_it_is_the_default_and_stands_first(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    make_run(store, "own")
    assert default_bundle(store).folder == ModelBundle.open(shipped_folder()).folder
    assert open_bundle(SHIPPED, store).folder == default_bundle(store).folder
    assert [entry.key for entry in model_entries(store)] == [SHIPPED_KEY, "own"]
    assert next(model_entries(store)).title == "CIFAR-100 ResNet-18 (built in)"


def test_it_is_small_and_whole() -> None:
    assert sum(path.stat().st_size for path in shipped_folder().rglob("*") if path.is_file()) <= LARGEST
    description = ModelBundle.open(shipped_folder()).description
    assert description.class_names == cifar100_fine_names()
    coarse = cifar100_coarse_names()
    assert description.superclasses == tuple(coarse[place] for place in cifar100_superclasses())
    assert description.temperature != 1
    assert description.familiarity is not None


def test_its_run_is_the_recipe_and_names_no_place() -> None:
    run = Run.open(shipped_folder())
    config = run.record.config
    ours = {"epochs": config.epochs, "precision": "bfloat16", "validation_share": 0.0, "mirror_averaging": True}
    assert config == msgspec.structs.replace(RECIPES["cifar100-hour"].config, **ours)
    assert run.read_history().column("loss").size == config.epochs * 196
    for file in shipped_folder().rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            places = (b"/home/", b"/root/", b"/tmp/", b"/work/", b"C:\\\\")
            assert not [place for place in places if place in content], file


def test_the_card_says_what_was_measured(card: dict[str, Any]) -> None:
    words = (shipped_folder() / CARD_FILE).read_text(encoding="utf-8")
    for measure in ("top1", "top5"):
        low, high = card[f"{measure}_interval"]
        assert f"{100 * card[measure]:.2f} % ({100 * low:.1f} to {100 * high:.1f} %)" in words
    assert f"{100 * card['calibration_error']:.1f} points" in words
    assert f"{card['photographs']['top1']} were right and {card['photographs']['top5']} among the first five" in words
    tested = Run.open(shipped_folder()).record.test
    assert tested is not None
    assert (tested.top1, tested.top5) == pytest.approx((card["top1"], card["top5"]))


@pytest.mark.slow
def test_it_can_be_taken_out_by_its_name_unless_a_run_is_called_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "network.onnx"
    assert main(["export", SHIPPED, "--to", str(target), "--json"]) == 0
    exported = json.loads(capsys.readouterr().out)
    assert exported["largest_difference"] < 1e-3
    assert exported["mirror_averaging"] is True
    assert target.is_file()
    store = RunStore(tmp_path / "runs")
    assert open_run(SHIPPED, store).folder == shipped_folder()
    run = make_run(store, SHIPPED)
    assert open_run(SHIPPED, store).folder == run.folder
    assert open_bundle(SHIPPED, store).folder == run.model_folder


@pytest.mark.slow
@pytest.mark.realdata
def test_evaluate_repeats_the_card_s_figures(
    real_data: Path, card: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    archive = str(real_data / "cifar-100-python.tar.gz")
    assert main(["evaluate", SHIPPED, "--archive", archive, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["count"] == 10_000
    for measure in ("top1", "top5"):
        assert told[measure] == pytest.approx(card[measure], abs=5e-4)  # another processor rounds otherwise
    assert told["calibration_error"] == pytest.approx(card["calibration_error"], abs=1e-3)
    assert [one["name"] for one in told["superclasses"]] == list(cifar100_coarse_names())


@pytest.mark.realdata
def test_it_reaches_the_card_s_figures_on_five_hundred_test_pictures(real_data: Path, card: dict[str, Any]) -> None:
    pictures = load_cifar100(real_data / "cifar-100-python.tar.gz")
    assert pictures.test_pixels is not None
    assert pictures.test_labels is not None
    labels = np.asarray(pictures.test_labels[:FIRST])
    best_first = np.argsort(-Predictor(ModelBundle.open(shipped_folder())).probabilities(pictures.test_pixels[:FIRST]))
    top1 = int((best_first[:, 0] == labels).sum())
    top5 = int((best_first[:, :5] == labels[:, None]).any(axis=1).sum())
    # Another processor may round a tie the other way.
    assert (top1, top5) == pytest.approx((card["first_500"]["top1"], card["first_500"]["top5"]), abs=1)
    for measure, found in (("top1", top1), ("top5", top5)):
        spread = 4 * np.sqrt(card[measure] * (1 - card[measure]) / FIRST)
        assert abs(found / FIRST - card[measure]) < spread

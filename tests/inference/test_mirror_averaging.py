"""Averaging over the mirror image: the answer, the heat map, what is exported and what is tested."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from resnet_gui.data.sources import load_pictures
from resnet_gui.inference.bundle import ModelBundle, write_description
from resnet_gui.inference.explain import explain
from resnet_gui.inference.export_run import export_run
from resnet_gui.inference.openvino_runtime import import_openvino
from resnet_gui.inference.predictor import Predictor
from resnet_gui.runs.events import Tested
from tests.bundles import make_corner_bundle, make_weighing_bundle
from tests.training.conftest import TINY, train_and_record


def noise(count: int, size: int) -> NDArray[np.uint8]:
    return np.random.default_rng(8).integers(0, 256, (count, size, size, 3), np.uint8)


def averaging(bundle: ModelBundle, temperature: float = 1.0) -> ModelBundle:
    described = msgspec.structs.replace(bundle.description, mirror_averaging=True, temperature=temperature)
    write_description(bundle.folder, described)
    return ModelBundle.open(bundle.folder)


def test_the_answer_is_the_average_of_those_on_both_pictures(tmp_path: Path) -> None:
    """The network looks at one corner only, so that the two differ."""
    bundle = averaging(make_corner_bundle(tmp_path))
    pictures = noise(6, 16)
    core = import_openvino().Core()
    plain = core.compile_model(bundle.network_file, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    one, other = (np.array(plain([views])[0]) for views in (pictures, np.ascontiguousarray(pictures[:, :, ::-1])))
    assert np.abs(one - other).max() > 0.1
    predictor = Predictor(bundle)
    np.testing.assert_allclose(predictor.probabilities(pictures), (one + other) / 2, atol=1e-6)
    np.testing.assert_allclose(predictor.network_probabilities(pictures), one, atol=1e-6)
    np.testing.assert_array_equal(predictor.probabilities(pictures), predictor.probabilities(pictures[:, :, ::-1]))


def test_the_average_is_what_is_calibrated(tmp_path: Path) -> None:
    bundle = averaging(make_corner_bundle(tmp_path), temperature=2.0)
    pictures = noise(4, 16)
    predictor = Predictor(bundle)
    roots = np.sqrt(predictor.uncalibrated(pictures))
    np.testing.assert_allclose(predictor.probabilities(pictures), roots / roots.sum(1, keepdims=True), atol=1e-6)


@pytest.mark.parametrize("channels_first", [False, True])
def test_the_heat_map_shows_both_in_place(tmp_path: Path, channels_first: bool) -> None:
    """Where a map is the picture itself, mirroring there and back changes nothing."""
    plain = make_weighing_bundle(tmp_path / "plain", channels_first=channels_first)
    both = averaging(make_weighing_bundle(tmp_path / "both", channels_first=channels_first))
    picture = noise(1, 8)[0]
    once, twice = (explain(Predictor(bundle, inside=True), picture, 1).values for bundle in (plain, both))
    np.testing.assert_allclose(once, twice, atol=1e-5)
    assert np.abs(once - once[:, ::-1]).max() > 0.1


@pytest.mark.slow
def test_a_training_that_asks_for_it(tmp_path: Path) -> None:
    """Model and test figure average; what is taken out is the network itself, and says so."""
    trained = train_and_record(tmp_path / "runs", mirror_averaging=True, flip=True, width=8)
    bundle = ModelBundle.open(trained.run.folder)
    test = TINY.split(load_pictures(TINY.data_request())).test
    assert test is not None
    images, labels = test.batch(slice(None))
    model = keras.saving.load_model(trained.run.model_folder / "model.keras")
    views = [images.astype(np.float32), images[:, :, ::-1].astype(np.float32)]
    one, other = (keras.ops.convert_to_numpy(model(view)) for view in views)
    given = Predictor(bundle).probabilities(images)
    np.testing.assert_allclose(given, (one + other) / 2, atol=1e-3)
    (tested,) = trained.of(Tested)
    assert tested.top1 == pytest.approx(float((given.argmax(axis=1) == labels).mean()))

    exported = export_run(trained.run, tmp_path / "network.keras")
    assert exported.largest_difference < 1e-3
    assert exported.description is not None
    assert json.loads(Path(exported.description).read_text())["mirror_averaging"] is True
    taken_out = keras.saving.load_model(exported.target)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(taken_out(views[0])), one, atol=1e-5)

"""Heat maps: against plain Keras, against plain loops, and where the answer is known beforehand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resnet_gui.data.images import Geometry
from resnet_gui.errors import CancelledError
from resnet_gui.inference.bundle import BundleDescription
from resnet_gui.inference.explain import GRID, HeatMap, MapKind, explain, occlusion
from resnet_gui.inference.predictor import Predictor
from resnet_gui.models.registry import NetworkOptions
from tests.bundles import WEIGHTS, make_bundle, make_corner_bundle, make_weighing_bundle


def noise(size: int) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (size, size, 3), np.uint8)


@pytest.mark.parametrize("channels_first", [False, True])
def test_what_each_part_adds_to_the_logit_is_shown(tmp_path: Path, channels_first: bool) -> None:
    predictor = Predictor(make_weighing_bundle(tmp_path, channels_first=channels_first), inside=True)
    picture = noise(8)
    np.testing.assert_array_equal(predictor.class_weights, np.array(WEIGHTS, np.float32))
    np.testing.assert_allclose(
        predictor.look_inside(picture[None]).features, picture.mean(axis=(0, 1))[None] / 255, rtol=1e-5
    )
    for place in range(3):
        heat = explain(predictor, picture, place)
        assert heat.kind is MapKind.ACTIVATION
        np.testing.assert_allclose(heat.values, picture / 255 @ np.array(WEIGHTS)[:, place], atol=1e-5)


def test_added_outputs_change_no_answer(tmp_path: Path) -> None:
    from resnet_gui.inference.openvino_runtime import import_openvino

    bundle = make_weighing_bundle(tmp_path)
    plain = import_openvino().Core().compile_model(bundle.network_file, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    pictures = np.stack([noise(8), 255 - noise(8)])
    np.testing.assert_array_equal(Predictor(bundle, inside=True).probabilities(pictures), plain([pictures])[0])


def test_a_network_that_looks_at_one_corner_is_found_out(tmp_path: Path) -> None:
    predictor = Predictor(make_corner_bundle(tmp_path))
    picture = np.full((16, 16, 3), 30, np.uint8)
    picture[:8, :8, 0] = 255
    heat = explain(predictor, picture, 0)
    assert heat.kind is MapKind.OCCLUSION
    half = GRID // 2
    assert (heat.values[:half, :half] > 0.01).all()
    np.testing.assert_array_equal(heat.values[half + 1 :], 0)
    np.testing.assert_array_equal(heat.values[:, half + 1 :], 0)
    assert heat.strengths(32)[8, 8] > 0.9
    assert heat.strengths(32)[28, 28] == 0


@pytest.mark.parametrize("size", [16, 20, 5])
def test_occlusion_is_what_a_plain_loop_gives(tmp_path: Path, size: int) -> None:
    predictor = Predictor(make_bundle(tmp_path, size=size))
    picture = noise(size)
    given = occlusion(predictor.probabilities, picture, 1)
    grid = min(8, size)
    step = size / grid
    expected = np.zeros((grid, grid))
    for row in range(grid):
        for column in range(grid):
            covered = picture.copy()
            top, left = max(0, int((row - 0.5) * step)), max(0, int((column - 0.5) * step))
            covered[top : int((row + 1.5) * step), left : int((column + 1.5) * step)] = np.round(picture.mean((0, 1)))
            before, after = predictor.probabilities(picture[None])[0, 1], predictor.probabilities(covered[None])[0, 1]
            expected[row, column] = np.log(before) - np.log(after)
    np.testing.assert_allclose(given, expected, atol=1e-5)


def test_occlusion_tells_how_far_it_is_and_can_be_cancelled(tmp_path: Path) -> None:
    predictor = Predictor(make_bundle(tmp_path, size=16))
    told: list[tuple[int, int]] = []
    explain(predictor, noise(16), 0, lambda _stage, done, total: told.append((done, total)))
    assert told == [(done, GRID * GRID) for done in range(0, GRID * GRID, 8)]

    def cancel(_stage: str, done: int, _total: int) -> None:
        if done >= 16:
            raise CancelledError

    with pytest.raises(CancelledError):
        explain(predictor, noise(16), 0, cancel)


def test_strengths_are_between_nothing_and_one() -> None:
    strengths = HeatMap(MapKind.ACTIVATION, np.array([[-3, 1], [2, 4]], np.float32)).strengths(64)
    assert strengths.shape == (64, 64)
    assert (strengths[0, 0], strengths[-1, -1]) == (0, 1)
    nothing = HeatMap(MapKind.ACTIVATION, np.full((2, 2), -1, np.float32))
    assert not nothing.speaks
    assert not nothing.strengths(8).any()


def small_network(head: str) -> Any:
    """Return a Keras network of two residual blocks with one of the program's heads."""
    import keras

    from resnet_gui.models import layers, resnet, written_out

    keras.utils.set_random_seed(5)
    pictures, enlarged = layers.picture_input(16, 24)
    x = layers.preprocess(enlarged, "means", "means")
    x = resnet.residual_block_basic(x, 8, 2, "one")
    x = resnet.residual_block_basic(x, 12, 2, "last")
    options = NetworkOptions(native_size=16, input_size=24, classes=7, head="dense128" if head == "dense128" else "own")
    own = written_out._head if head == "written out" else layers.pooled_head
    return layers.network_with_head("small", pictures, x, options, own=own)


def exported(model: Any, folder: Path) -> Predictor:
    from resnet_gui.inference.export import export_model

    description = BundleDescription(title="t", network="n", class_names=tuple("abcdefg"), geometry=Geometry(16))
    return Predictor(export_model(model, description, folder), inside=True)


@pytest.mark.slow
@pytest.mark.parametrize("head", ["pooled", "written out"])
def test_the_activation_map_is_plain_keras(tmp_path: Path, head: str) -> None:
    """Oracle: the last feature map of the Keras network times the weights of its last layer."""
    import keras

    model = small_network(head)
    predictor = exported(model, tmp_path / "model")
    base = keras.Model(model.input, model.get_layer("last_relu2").output)
    feature_map = np.asarray(base(noise(16)[None].astype("float32")))[0]
    weights = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)][-1].get_weights()[0]
    for place in range(7):
        heat = explain(predictor, noise(16), place)
        assert heat.kind is MapKind.ACTIVATION
        expected = feature_map @ weights[:, place]
        np.testing.assert_allclose(heat.values, expected, atol=1e-4 * max(1.0, float(np.abs(expected).max())))


@pytest.mark.slow
def test_a_network_that_flattens_its_map_is_explained_by_covering(tmp_path: Path) -> None:
    predictor = exported(small_network("dense128"), tmp_path / "model")
    assert predictor.class_weights is None
    features = predictor.look_inside(noise(16)[None]).features
    assert features is not None
    assert features.shape == (1, 128)
    assert explain(predictor, noise(16), 0).kind is MapKind.OCCLUSION

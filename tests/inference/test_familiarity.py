"""Pictures that look unlike what a network knows: how often it is said rightly, and how often wrongly."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from resnet_gui.data.cifar import load_cifar100
from resnet_gui.data.images import Geometry, read_image
from resnet_gui.data.shapes import SHAPE_NAMES, draw_shape
from resnet_gui.errors import ModelError
from resnet_gui.inference.bundle import ModelBundle, write_description
from resnet_gui.inference.familiarity import Familiarity, learn_familiarity, measure
from resnet_gui.inference.predictor import Predictor
from tests.bundles import make_bundle


def shapes(count: int, first: int, size: int = 32) -> np.ndarray:
    return np.stack(
        [np.asarray(draw_shape(SHAPE_NAMES[seed % 10], seed, size)) for seed in range(first, first + count)]
    )


def noise(count: int = 50, size: int = 32) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3), np.uint8)


@pytest.fixture(scope="module")
def known() -> Familiarity:
    return learn_familiarity(measure(shapes(400, 0)), measure(shapes(300, 1000)))


def test_noise_and_blank_pictures_are_unlike_shapes_and_other_shapes_are_not(known: Familiarity) -> None:
    assert known.is_unfamiliar(noise()).all()
    assert known.is_unfamiliar(np.full((3, 32, 32, 3), 128, np.uint8)).all()
    assert known.is_unfamiliar(shapes(300, 5000)).mean() < 0.04


def test_another_size_of_the_same_pictures_is_no_stranger(known: Familiarity) -> None:
    assert known.is_unfamiliar(shapes(60, 7000, size=96)).mean() < 0.2
    assert known.is_unfamiliar(noise(20, 96)).all()


def test_a_prediction_says_so_and_one_without_knowledge_says_nothing(tmp_path: Path, known: Familiarity) -> None:
    bundle = make_bundle(tmp_path, size=32)
    pictures = np.concatenate([noise(2), shapes(1, 5000)])
    assert [one.unfamiliar for one in Predictor(bundle).predict(pictures)] == [None, None, None]
    write_description(tmp_path, msgspec.structs.replace(bundle.description, familiarity=known))
    reopened = ModelBundle.open(tmp_path)
    assert reopened.description.familiarity == known
    assert [one.unfamiliar for one in Predictor(reopened).predict(pictures)] == [True, True, False]


@pytest.mark.parametrize("change", [{"means": (0.0,)}, {"weights": ()}, {"means": (float("inf"),) * 21}])
def test_knowledge_that_cannot_be_is_refused(tmp_path: Path, known: Familiarity, change: dict) -> None:
    bundle = make_bundle(tmp_path)
    content = msgspec.to_builtins(msgspec.structs.replace(bundle.description, familiarity=known))
    content["familiarity"] |= change
    (tmp_path / "model.json").write_bytes(msgspec.json.encode(content))
    with pytest.raises(ModelError, match="is damaged"):
        ModelBundle.open(tmp_path)


@pytest.mark.realdata
@pytest.mark.slow
def test_how_often_it_is_right_on_real_pictures(real_data: Path) -> None:
    """A model of photos does not notice X-rays, which is why the words promise nothing; the other way round it does."""
    cifar = load_cifar100(real_data / "cifar-100-python.tar.gz")
    assert cifar.test_pixels is not None
    photos = learn_familiarity(measure(cifar.pixels[:2000]), measure(cifar.pixels[2000:4000]))
    assert photos.is_unfamiliar(cifar.test_pixels[:3000]).mean() < 0.02
    assert photos.is_unfamiliar(noise()).all()
    files = sorted((real_data / "chest_xray").glob("*/*"))
    x_rays = np.stack([read_image(file, Geometry(64)) for file in files])[
        np.random.default_rng(0).permutation(len(files))
    ]
    first, second = int(0.6 * len(files)), int(0.8 * len(files))
    medical = learn_familiarity(measure(x_rays[:first]), measure(x_rays[first:second]))
    assert medical.is_unfamiliar(x_rays[second:]).mean() < 0.06
    larger = np.stack([np.asarray(Image.fromarray(one).resize((64, 64))) for one in cifar.test_pixels[:300]])
    assert medical.is_unfamiliar(larger).mean() > 0.95

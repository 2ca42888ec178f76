"""Classifying many pictures: order, reasons, bounded look-ahead, first result at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import count, repeat
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_gui.errors import ModelError
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.classify import classify
from resnet_gui.inference.predictor import Predictor
from tests.bundles import COLOURS, make_bundle, paint


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> ModelBundle:
    return make_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="module")
def predictor(bundle: ModelBundle) -> Predictor:
    return Predictor(bundle)


def test_colours_are_told_apart_in_order(predictor: Predictor, tmp_path: Path) -> None:
    colours = [COLOURS[number % 3] for number in range(50)]
    files = [paint(tmp_path / f"{number}.png", colour) for number, colour in enumerate(colours)]
    results = list(classify(predictor, files, top=2))
    assert [result.source for result in results] == files
    assert [result.prediction.best.class_name for result in results if result.prediction] == colours
    assert all(len(result.prediction.ranked) == 2 for result in results if result.prediction)


def test_bytes_are_pictures_too(predictor: Predictor, tmp_path: Path) -> None:
    content = paint(tmp_path / "a.png", "blue").read_bytes()
    (result,) = classify(predictor, [content])
    assert result.source == content
    assert result.prediction
    assert result.prediction.best.class_name == "blue"


def test_unreadable_pictures_give_their_reason_and_stop_nothing(predictor: Predictor, tmp_path: Path) -> None:
    good = paint(tmp_path / "good.jpg", "green")
    empty, text, truncated = tmp_path / "empty.jpg", tmp_path / "text.jpg", tmp_path / "truncated.jpg"
    empty.write_bytes(b"")
    text.write_text("no picture")
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(truncated)
    truncated.write_bytes(truncated.read_bytes()[:1000])
    missing = tmp_path / "missing.jpg"
    sources = [empty, good, text, truncated, missing, good]
    results = list(classify(predictor, sources))
    assert [result.source for result in results] == sources
    assert [result.prediction is None for result in results] == [True, False, True, True, True, False]
    assert [bool(result.error) for result in results] == [True, False, True, True, True, False]
    assert "0 bytes" in results[0].error
    assert "does not exist" in results[4].error


def test_no_more_than_a_bounded_number_is_taken_ahead(predictor: Predictor, tmp_path: Path) -> None:
    file = paint(tmp_path / "a.png", "red")
    taken = 0

    def endless() -> Iterator[Path]:
        nonlocal taken
        for taken in count(1):  # noqa: B007  read outside
            yield file

    with closing(classify(predictor, endless())) as results:
        next(results)
        assert taken <= 4, "the first result must not wait for many others"
        for _, _ in zip(range(300), results, strict=False):
            pass
        assert taken <= 301 + 64 + 16


def test_batches_are_few_and_of_sizes_seen_before(predictor: Predictor, tmp_path: Path, monkeypatch) -> None:
    sizes = []
    predict = predictor.predict
    monkeypatch.setattr(predictor, "predict", lambda images, top: sizes.append(len(images)) or predict(images, top))
    file = paint(tmp_path / "a.png", "red")
    assert len(list(classify(predictor, repeat(file, 200)))) == 200
    assert set(sizes) <= {1, 2, 4, 8, 16}


def test_a_mistake_of_the_program_is_not_taken_for_a_bad_picture(predictor: Predictor) -> None:
    with pytest.raises(AttributeError):
        list(classify(predictor, [3]))  # type: ignore[list-item]


def test_a_model_that_does_not_answer_with_numbers_is_refused(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "bundle", sharpness=float("nan"))
    with pytest.raises(ModelError, match="not numbers"):
        list(classify(Predictor(bundle), [paint(tmp_path / "a.png", "red")]))

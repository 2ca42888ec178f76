"""Opening bundles, and what is said of those that cannot be."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from resnet_gui.data.images import Geometry
from resnet_gui.errors import ModelError
from resnet_gui.inference.bundle import ModelBundle, write_description
from resnet_gui.inference.catalog import default_bundle, open_bundle, run_bundles
from resnet_gui.inference.predictor import Predictor
from resnet_gui.runs.store import RunStore
from tests.bundles import COLOURS, make_bundle, make_run


def test_a_bundle_is_opened_directly_or_through_its_run(tmp_path: Path) -> None:
    made = make_bundle(tmp_path / "run" / "model")
    assert ModelBundle.open(tmp_path / "run" / "model") == made
    assert ModelBundle.open(tmp_path / "run") == made
    assert made.description.class_names == COLOURS


def damage(file: str, content: bytes | None) -> Callable[[Path], None]:
    def do(folder: Path) -> None:
        if content is None:
            (folder / file).unlink()
        else:
            (folder / file).write_bytes(content)

    return do


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (damage("model.json", None), "holds no model"),
        (damage("model.json", b"{"), "is damaged"),
        (damage("model.json", b"\xff"), "is damaged"),
        (damage("model.bin", None), "model.bin is missing"),
        (damage("model.xml", b""), "cannot be loaded"),
        (damage("model.xml", b"<a/>"), "cannot be loaded"),
        (damage("model.bin", b""), "cannot be loaded: .* not in model.bin"),
    ],
)
def test_a_damaged_bundle_is_told(tmp_path: Path, harm: Callable[[Path], None], words: str) -> None:
    make_bundle(tmp_path)
    harm(tmp_path)
    with pytest.raises(ModelError, match=words):
        Predictor(ModelBundle.open(tmp_path))


def test_a_newer_format_is_told(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path)
    write_description(tmp_path, msgspec.structs.replace(bundle.description, format_version=99))
    with pytest.raises(ModelError, match="newer version"):
        ModelBundle.open(tmp_path)


def test_superclasses_stand_beside_the_classes_and_older_bundles_have_none(tmp_path: Path) -> None:
    kinds = ("warm_colours", "cold_colours", "cold_colours")
    bundle = make_bundle(tmp_path, superclasses=kinds)
    (prediction,) = Predictor(bundle).predict(np.zeros((1, 8, 8, 3), np.uint8), top=1)
    assert (prediction.best.superclass, prediction.best.words) == ("warm_colours", "red - warm colours")
    older = json.loads((tmp_path / "model.json").read_text())
    del older["superclasses"]
    (tmp_path / "model.json").write_text(json.dumps(older))
    (prediction,) = Predictor(ModelBundle.open(tmp_path)).predict(np.zeros((1, 8, 8, 3), np.uint8), top=1)
    assert (prediction.best.superclass, prediction.best.words) == ("", "red")
    (tmp_path / "model.json").write_text(json.dumps(older | {"superclasses": ["one"]}))
    with pytest.raises(ModelError, match="superclasses are not one for each of class_names"):
        ModelBundle.open(tmp_path)


@pytest.mark.parametrize("change", [{"class_names": ("a", "b")}, {"geometry": Geometry(9)}])
def test_a_description_that_does_not_fit_is_told(tmp_path: Path, change: dict) -> None:
    bundle = make_bundle(tmp_path)
    write_description(tmp_path, msgspec.structs.replace(bundle.description, **change))
    with pytest.raises(ModelError, match="does not fit"):
        Predictor(ModelBundle.open(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' names are always text")
def test_a_bundle_may_lie_anywhere(tmp_path: Path) -> None:
    elsewhere = tmp_path / os.fsdecode(b"caf\xe9 \xed\x95\x9c")
    make_bundle(tmp_path / "plain").folder.rename(elsewhere)
    predictor = Predictor(ModelBundle.open(elsewhere))
    blue = np.zeros((1, 8, 8, 3), np.uint8)
    blue[..., 2] = 255
    (prediction,) = predictor.predict(blue)
    assert prediction.best.class_name == "blue"
    assert sum(entry.probability for entry in prediction.ranked) == pytest.approx(1)


@pytest.mark.usefixtures("without_shipped_model")
def test_the_newest_run_with_a_model_counts(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    with pytest.raises(ModelError, match="no run in"):
        default_bundle(store)
    make_run(store, "old", 1.0)
    make_run(store, "new", 2.0)
    make_run(store, "without", 3.0, class_names=None)
    damaged = make_run(store, "damaged", 4.0)
    (damaged.model_folder / "model.json").write_text("{")
    assert [run.name for run, _ in run_bundles(store)] == ["new", "old"]
    assert default_bundle(store).folder == tmp_path / "new" / "model"
    assert open_bundle("old", store).folder == tmp_path / "old" / "model"
    assert open_bundle(str(tmp_path / "old" / "model"), store).folder == tmp_path / "old" / "model"
    with pytest.raises(ModelError, match="is damaged"):
        open_bundle("damaged", store)

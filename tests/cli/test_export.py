"""`export` as a user calls it, and what other programs make of what it writes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from resnet_gui.cli.main import main
from resnet_gui.data.shapes import SHAPE_NAMES, load_shapes
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.predictor import Predictor
from resnet_gui.runs.store import RunStore
from tests.bundles import make_run

# Enlarged, and with the colours turned round: the two operations that .h5 has no words for.
TINY = [
    "train", "--data", "shapes", "--limit", "120", "--batch-size", "16", "--epochs", "1", "--width", "8",
    "--input-size", "40", "--preprocessing", "means", "--precision", "float32",
]  # fmt: skip

# What users write who have Keras or ONNX and have never heard of this program.
STRANGER = """
import sys
sys.modules["resnet_gui"] = None
import keras
import numpy as np
from onnx.reference import ReferenceEvaluator

pictures = np.load("pictures.npy").astype("float32")
for ending in ("keras", "h5"):
    model = keras.saving.load_model(f"model.{ending}")
    given = model.predict(pictures, verbose=0)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(model(pictures)), given, atol=1e-5)
    np.save(f"{ending}.npy", given)
[given] = ReferenceEvaluator("model.onnx").run(None, {"pictures": pictures})
np.save("onnx.npy", given)
"""
ENDINGS = ("keras", "h5", "onnx")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of runs with a trained one, `tiny`."""
    folder = tmp_path_factory.mktemp("runs")
    assert main([*TINY, "--runs", str(folder), "--name", "tiny", "--json"]) == 0
    return folder


@pytest.fixture(scope="module")
def exports(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an export of each kind that is a file, `model.*`."""
    folder = tmp_path_factory.mktemp("exports")
    for ending in ENDINGS:
        assert main(["export", "tiny", "--to", str(folder / f"model.{ending}"), "--runs", str(runs)]) == 0
    return folder


def some_pictures() -> NDArray[np.uint8]:
    pictures = load_shapes().test_pixels
    assert pictures is not None
    return np.asarray(pictures[:6])


@pytest.mark.slow
def test_other_programs_give_the_same_answers(runs: Path, exports: Path, tmp_path: Path) -> None:
    for ending in ENDINGS:
        shutil.copyfile(exports / f"model.{ending}", tmp_path / f"model.{ending}")
    np.save(tmp_path / "pictures.npy", some_pictures())
    subprocess.run([sys.executable, "-c", STRANGER], check=True, cwd=tmp_path, capture_output=True)
    expected = Predictor(ModelBundle.open(runs / "tiny")).probabilities(some_pictures())
    assert np.ptp(expected, axis=0).max() > 1e-3, "the pictures do not matter to this model: nothing is proved"
    for ending in ENDINGS:
        given = np.load(tmp_path / f"{ending}.npy")
        np.testing.assert_allclose(given, expected, atol=1e-4, err_msg=ending)
        # The same five in the same order: along the bundle's order the export's probabilities do not rise.
        ranked = np.take_along_axis(given, np.argsort(-expected, axis=1)[:, :5], axis=1)
        assert (np.diff(ranked, axis=1) < 1e-4).all(), ending


@pytest.mark.slow
def test_beside_a_file_stands_what_it_takes_and_gives(exports: Path) -> None:
    assert sorted(path.name for path in exports.iterdir()) == sorted(
        name for ending in ENDINGS for name in (f"model.{ending}", f"model.{ending}.json")
    )
    for ending in ENDINGS:
        description = json.loads((exports / f"model.{ending}.json").read_text(encoding="utf-8"))
        assert description["class_names"] == list(SHAPE_NAMES)
        assert description["geometry"] == {"size": 32, "fit": "crop", "shorter_side": 0}
        assert description["preprocessing_inside"] == [
            "resized to 40 x 40, bilinear",
            "colours from RGB to BGR",
            "multiplied by 1, then -103.939, -116.779, -123.68 added",
        ]
        assert (description["network"], description["source_run"]) == ("ResNet-18", "tiny")


@pytest.mark.slow
def test_json_is_one_object_and_stderr_is_empty(runs: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.onnx"
    command = [sys.executable, "-m", "resnet_gui.cli.main", "export", str(runs / "tiny"), "--to", str(target), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told.pop("largest_difference") < 1e-4
    described = {"target": str(target), "kind": "onnx", "description": f"{target}.json", "pictures": 16}
    assert told == described | {"mirror_averaging": False}


@pytest.mark.slow
def test_an_export_that_answers_otherwise_is_removed(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from resnet_gui.models.registry import NetworkOptions, find_network

    run = RunStore(runs).open("tiny")
    shutil.copytree(run.folder, tmp_path / "other")
    untrained = find_network("resnet18").build(NetworkOptions.of(run.record.config, 32, len(SHAPE_NAMES)))
    untrained.save(tmp_path / "other" / "model" / "model.keras")
    (tmp_path / "to").mkdir()
    to = str(tmp_path / "to" / "a.keras")
    assert main(["export", str(tmp_path / "other"), "--to", to]) == 1
    assert "The export answers otherwise than this program" in capsys.readouterr().err
    assert not list((tmp_path / "to").iterdir())


@pytest.mark.slow
def test_weights_that_are_damaged_or_of_another_network_are_told(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    shutil.copytree(runs / "tiny", other)
    record = (other / "run.json").read_text(encoding="utf-8")
    (other / "run.json").write_text(record.replace('"width": 8', '"width": 16'), encoding="utf-8")
    assert main(["export", str(other), "--to", str(tmp_path / "a.h5")]) == 1
    assert "another network" in capsys.readouterr().err
    content = bytearray((other / "model" / "model.keras").read_bytes())
    content[len(content) // 2] ^= 0xFF
    (other / "model" / "model.keras").write_bytes(content)
    (other / "run.json").write_text(record, encoding="utf-8")
    assert main(["export", str(other), "--to", str(tmp_path / "a.h5")]) == 1
    assert "model.keras is damaged" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_a_folder_is_a_copy_of_the_bundle_and_works_as_a_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(RunStore(tmp_path / "runs"), "colours")
    before = contents(run.model_folder)
    (run.model_folder / "model.keras").write_bytes(b"which can hold code, and is looked into by nobody here")
    assert main(["export", str(run.folder), "--to", str(tmp_path / "copy")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"A folder with the model for this program and for OpenVINO: {tmp_path / 'copy'}",
        "Checked on 16 pictures: the largest difference is below 0.0001.",
    ]
    assert contents(tmp_path / "copy") == before
    assert ModelBundle.open(tmp_path / "copy").description == ModelBundle.open(run.folder).description
    assert main(["export", str(run.folder), "--to", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "target": str(tmp_path / "colours"),
        "kind": "bundle",
        "description": None,
        "pictures": 16,
        "largest_difference": 0.0,
        "mirror_averaging": False,
    }
    assert contents(tmp_path / "colours") == before


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.slow
def test_a_folder_needs_no_tensorflow(tmp_path: Path) -> None:
    run = make_run(RunStore(tmp_path / "runs"), "colours")
    script = (
        "import sys\n"
        "from resnet_gui.cli.main import main\n"
        f"assert main(['export', {str(run.folder)!r}, '--to', {str(tmp_path / 'copy')!r}]) == 0\n"
        "assert not {'tensorflow', 'keras', 'PySide6'} & set(sys.modules), sorted(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


def damaged(folder: Path) -> None:
    (folder / "run.json").write_text("{")


def without_model(folder: Path) -> None:
    shutil.rmtree(folder / "model")


def incomplete(folder: Path) -> None:
    (folder / "model" / "model.bin").unlink()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (shutil.rmtree, 'There is no run "colours"'),
        (damaged, "run.json is damaged"),
        (without_model, "holds no model. Choose a run that has finished"),
        (incomplete, "is incomplete: model.bin is missing"),
        (lambda _folder: None, "has no model.keras, which this export is made from"),
    ],
)
def test_a_run_that_cannot_be_exported_is_told(
    tmp_path: Path, harm: Callable[[Path], None], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    harm(make_run(RunStore(tmp_path / "runs"), "colours").folder)
    assert main(["export", "colours", "--to", str(tmp_path / "a.keras"), "--runs", str(tmp_path / "runs")]) == 1
    assert words in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


def test_what_is_there_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(RunStore(tmp_path / "runs"), "colours")
    for name in ("copy", "a.onnx", "a.h5.json"):
        (tmp_path / name).write_text("mine")
        target = tmp_path / name.removesuffix(".json")
        assert main(["export", str(run.folder), "--to", str(target)]) == 2
        assert f"{tmp_path / name} is there already." in capsys.readouterr().err
        assert (tmp_path / name).read_text() == "mine"


def test_a_place_where_one_may_not_write_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(RunStore(tmp_path / "runs"), "colours")
    (tmp_path / "file").touch()
    assert main(["export", str(run.folder), "--to", str(tmp_path / "file" / "copy")]) == 2
    assert "There is no folder" in capsys.readouterr().err

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    assert main(["export", str(run.folder), "--to", str(tmp_path / "copy")]) == 1
    assert "No space left on device. Check the disk's free space" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "runs"]

"""The classify command: text, JSON lines, CSV, exit codes."""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from resnet_gui.cli import classify
from resnet_gui.errors import DataError, ModelError, ResNetGuiError
from resnet_gui.runs.store import RunStore
from tests.bundles import make_bundle, make_run, paint

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def own_models_only(without_shipped_model: None) -> None:
    """Let every model be one that the test made."""


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    store = RunStore(tmp_path / "runs")
    make_run(store, "first", 1.0, ("red", "green", "blue"))
    make_run(store, "second", 2.0, ("tomato", "cucumber", "plum"))
    return store


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for colour in ("red", "green", "blue"):
        paint(folder / f"{colour} 한 😀.png", colour)
    return folder


def run(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    classify.add_arguments(parser)
    return classify.run(parser.parse_args([str(argument) for argument in arguments]))


def test_without_a_shipped_model_the_newest_run_classifies(
    store: RunStore, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(pictures, "--runs", store.folder) == 0
    told = capsys.readouterr()
    assert [line.split()[-1] for line in told.out.splitlines()[1::4]] == ["plum", "cucumber", "tomato"]
    assert "blue 한 😀.png" in told.out
    assert told.err == ""


def test_a_model_is_named_by_run_or_folder(store: RunStore, pictures: Path, tmp_path: Path, capsys) -> None:
    elsewhere = make_bundle(tmp_path / "elsewhere", ("rot", "gruen", "blau")).folder
    for model, expected in (("first", "red"), (elsewhere, "rot")):
        assert run(pictures / "red 한 😀.png", "--runs", store.folder, "--model", model, "--json", "--top", 1) == 0
        assert json.loads(capsys.readouterr().out)["predictions"][0]["class"] == expected


def test_json_lines(store: RunStore, pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pictures / "broken.jpg").write_bytes(b"")
    assert run(pictures, "--runs", store.folder, "--json", "--top", 2) == 3
    entries = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    keys = ["error", "not_sure", "path", "predictions", "true_class", "unlike_training"]
    assert [sorted(entry) for entry in entries] == [keys] * 4
    assert [Path(entry["path"]).name[:3] for entry in entries] == ["blu", "bro", "gre", "red"]
    assert entries[1] == {
        "path": str(pictures / "broken.jpg"),
        "predictions": [],
        "unlike_training": None,
        "error": "is empty (0 bytes)",
        "true_class": None,
        "not_sure": None,
    }
    best, second = entries[0]["predictions"]
    assert entries[0]["error"] is None
    assert best["class"] == "plum"
    assert 1 >= best["probability"] > second["probability"] >= 0


def test_superclasses_are_told_where_the_model_knows_them(pictures: Path, tmp_path: Path, capsys) -> None:
    model = make_bundle(tmp_path / "kinds", superclasses=("warm_colours", "cold_colours", "cold_colours")).folder
    red = pictures / "red 한 😀.png"
    assert run(red, "--model", model, "--top", 1, "--json") == 0
    assert json.loads(capsys.readouterr().out)["predictions"][0]["superclass"] == "warm_colours"
    assert run(red, "--model", model, "--top", 1, "--csv", tmp_path / "t.csv") == 0
    assert capsys.readouterr().out.splitlines()[1].endswith("red - warm colours")
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.reader(file))[:5] == ["path", "class_1", "superclass_1", "probability_1", "error"]


def test_unreadable_pictures_are_told_on_stderr(store: RunStore, pictures: Path, capsys) -> None:
    (pictures / "0.jpg").write_text("text")
    assert run(pictures, pictures / "missing.png", "--runs", store.folder) == 3
    told = capsys.readouterr()
    assert f"{pictures / '0.jpg'} is not a picture (text)" in told.err
    assert f"{pictures / 'missing.png'} does not exist" in told.err
    assert "plum" in told.out


def test_the_table_is_written_as_well(store: RunStore, pictures: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    paint(pictures / "=1+1.png", "red")
    monkeypatch.chdir(pictures)
    table = tmp_path / "t.csv"
    assert run("=1+1.png", "red 한 😀.png", "--runs", store.folder, "--csv", table, "--top", 1) == 0
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    told = ["error", "true_class", "right", "not_sure", "unlike_training"]
    assert rows[0] == ["path", "class_1", "probability_1", *told]
    assert [row[:2] for row in rows[1:]] == [["'=1+1.png", "tomato"], ["red 한 😀.png", "tomato"]]


def test_a_table_that_cannot_be_written_is_told_before_any_work(store: RunStore, pictures: Path, capsys) -> None:
    with pytest.raises(ResNetGuiError, match="cannot be written"):
        run(pictures, "--runs", store.folder, "--csv", pictures / "missing" / "t.csv")
    assert capsys.readouterr().out == ""


def test_no_model_and_no_pictures_are_told(store: RunStore, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    with pytest.raises(DataError, match="No pictures"):
        run(tmp_path / "nothing", "--runs", store.folder)
    with pytest.raises(ModelError, match="no run in"):
        run(tmp_path / "nothing")
    with pytest.raises(ModelError, match="holds no model"):
        run(tmp_path / "nothing", "--runs", store.folder, "--model", "third")


@pytest.mark.parametrize("arguments", [[], ["x", "--top", "0"], ["x", "--top", "many"]])
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as error:
        run(*arguments)
    assert error.value.code == 2


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems' names are always text")
def test_neither_tensorflow_nor_qt_is_imported_and_any_name_can_be_told(store: RunStore, pictures: Path) -> None:
    paint(pictures / "a.png", "red").rename(pictures / os.fsdecode(b"caf\xe9.png"))
    program = (
        "import argparse, sys\n"
        "from resnet_gui.cli import classify\n"
        "parser = argparse.ArgumentParser()\n"
        "classify.add_arguments(parser)\n"
        "code = classify.run(parser.parse_args())\n"
        "heavy = {'tensorflow', 'keras', 'PySide6', 'pyqtgraph', 'openvino_telemetry'}\n"
        "print(sorted(name for name in heavy if sys.modules.get(name)), file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(pictures), "--runs", str(store.folder), "--model", "second"],
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "[]\n")
    assert done.stdout.count("tomato") == 4


@pytest.fixture
def class_folders(tmp_path: Path) -> Path:
    """Pictures in folders that are called like the classes of the second run; one lies in the wrong one."""
    root = tmp_path / "fruit"
    for name, colour in (("tomato", "red"), ("cucumber", "green"), ("plum", "blue")):
        (root / name).mkdir(parents=True)
        paint(root / name / f"{colour}.png", colour)
    paint(root / "tomato" / "wrong.png", "blue")
    return root


def test_folders_of_classes_tell_how_often_the_model_is_right(store: RunStore, class_folders: Path, capsys) -> None:
    assert run(class_folders, "--runs", store.folder) == 0
    out = capsys.readouterr().out
    assert "Right: 75.0% of 4 pictures in class folders" in out
    assert f"{class_folders / 'tomato' / 'wrong.png'}  [wrong, should be tomato]" in out
    assert run(class_folders, "--runs", store.folder, "--json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {Path(line["path"]).name: line["true_class"] for line in lines[:-1]} == {
        "red.png": "tomato",
        "wrong.png": "tomato",
        "green.png": "cucumber",
        "blue.png": "plum",
    }
    assert lines[-1] == {"summary": {"in_class_folders": 4, "top1": 0.75, "top5": 1.0}}


def test_what_is_not_sure_is_marked(store: RunStore, pictures: Path, capsys) -> None:
    assert run(pictures, "--runs", store.folder, "--not-sure", "1") == 0
    assert capsys.readouterr().out.count("[not sure]") == 3
    assert run(pictures, "--runs", store.folder, "--not-sure", "0.1") == 0
    assert "[not sure]" not in capsys.readouterr().out


def test_pictures_are_copied_into_a_folder_per_class(
    store: RunStore, class_folders: Path, tmp_path: Path, capsys
) -> None:
    target = tmp_path / "sorted"
    assert run(class_folders, "--runs", store.folder, "--copy-to", target) == 0
    assert "4 pictures copied" in capsys.readouterr().out
    copied = {path.relative_to(target).as_posix() for path in target.rglob("*.png")}
    assert copied == {"tomato/red.png", "cucumber/green.png", "plum/blue.png", "plum/wrong.png"}
    assert len(list(class_folders.rglob("*.png"))) == 4  # nothing was moved
    assert run(class_folders, "--runs", store.folder, "--copy-to", target) == 0  # once more: nothing is doubled
    assert "4 were there already" in capsys.readouterr().out
    assert len(list(target.rglob("*.png"))) == 4

"""The CSV table: what a spreadsheet must not run, names that are no text, older tables that stay."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

import pytest

from resnet_gui.errors import ResNetGuiError
from resnet_gui.inference.classify import PictureResult
from resnet_gui.inference.predictor import ClassProbability, Prediction
from resnet_gui.inference.table import PredictionTable

TOLD = ("true_class", "right", "not_sure", "unlike_training")


def result(*ranked: tuple[str, float], error: str = "") -> PictureResult:
    prediction = Prediction(tuple(ClassProbability(*entry) for entry in ranked)) if ranked else None
    return PictureResult(Path("x"), prediction, error)


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_rows_have_the_same_columns_whatever_came_out(tmp_path: Path) -> None:
    file = tmp_path / "한글 😀.csv"
    with PredictionTable(file, 2) as table:
        table.add("a.png", result(("tulip", 0.75), ("rose, red", 0.25)))
        table.add("b.png", result(error="is empty (0 bytes)"))
        table.add("c.png", result(("tulip", 1.0)))
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert read(file) == [
        ["path", "class_1", "probability_1", "class_2", "probability_2", "error", *TOLD],
        ["a.png", "tulip", "0.750000", "rose, red", "0.250000", "", "", "", "", ""],
        ["b.png", "", "", "", "", "is empty (0 bytes)", "", "", "", ""],
        ["c.png", "tulip", "1.000000", "", "", "", "", "", "", ""],
    ]


def test_rows_tell_what_is_right_and_what_is_not_sure(tmp_path: Path) -> None:
    with PredictionTable(tmp_path / "t.csv", 1, not_sure_below=0.5) as table:
        table.add("a.png", result(("tulip", 0.75)), "tulip")
        table.add("b.png", result(("tulip", 0.25)), "=rose")
        table.add("c.png", result(error="is cut off"), "rose")
    assert [row[3:7] for row in read(tmp_path / "t.csv")] == [
        ["error", "true_class", "right", "not_sure"],
        ["", "tulip", "yes", "no"],
        ["", "'=rose", "no", "yes"],
        ["is cut off", "rose", "", ""],
    ]


def test_superclasses_have_columns_where_the_model_tells_them(tmp_path: Path) -> None:
    with PredictionTable(tmp_path / "t.csv", 2, superclasses=True) as table:
        table.add("a.png", PictureResult(Path("x"), Prediction((ClassProbability("tulip", 0.75, "flowers"),))))
        table.add("b.png", result(error="is cut off"))
    assert [row[:8] for row in read(tmp_path / "t.csv")] == [
        ["path", "class_1", "superclass_1", "probability_1", "class_2", "superclass_2", "probability_2", "error"],
        ["a.png", "tulip", "flowers", "0.750000", "", "", "", ""],
        ["b.png", "", "", "", "", "", "", "is cut off"],
    ]


@pytest.mark.parametrize(("unfamiliar", "cell"), [(True, "yes"), (False, "no"), (None, "")])
def test_pictures_unlike_the_training_data_are_marked(tmp_path: Path, unfamiliar: bool | None, cell: str) -> None:
    with PredictionTable(tmp_path / "t.csv", 1) as table:
        table.add("a.png", PictureResult(Path("x"), Prediction((ClassProbability("a", 0.5),), unfamiliar)))
    assert read(tmp_path / "t.csv")[1] == ["a.png", "a", "0.500000", "", "", "", "", cell]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_cells_are_never_formulas(tmp_path: Path, start: str) -> None:
    with PredictionTable(tmp_path / "t.csv", 1) as table:
        table.add(f"{start}name.png", result((f"{start}class", 0.5)))
    assert read(tmp_path / "t.csv")[1] == [f"'{start}name.png", f"'{start}class", "0.500000", "", "", "", "", ""]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' names are always text")
def test_names_that_are_no_text_keep_their_bytes(tmp_path: Path) -> None:
    with PredictionTable(tmp_path / "t.csv", 1) as table:
        table.add(os.fsdecode(b"caf\xe9.png"), result(("a", 0.5)))
    assert b"caf\xe9.png" in (tmp_path / "t.csv").read_bytes()


def test_an_older_table_stays_whole_until_the_new_one_is(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("old")

    def fail_half_way() -> None:
        with PredictionTable(file, 1) as table:
            table.add("a", result(("a", 1.0)))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_half_way()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("t.csv", "old")]


@pytest.mark.parametrize("name", ["missing/t.csv", "."])
def test_what_cannot_be_written_is_told_at_once(tmp_path: Path, name: str) -> None:
    with pytest.raises(ResNetGuiError, match="cannot be written"):
        PredictionTable(tmp_path / name, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_a_full_disk_is_told() -> None:
    def write() -> None:
        with PredictionTable(Path("/dev/full"), 1) as table:
            table.add("a", result(("a", 1.0)))

    with pytest.raises(ResNetGuiError, match="no space left"):
        write()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target.csv", tmp_path / "link.csv"
    target.touch()
    link.symlink_to(target)
    with PredictionTable(link, 1) as table:
        table.add("a", result(("a", 1.0)))
    assert link.is_symlink()
    assert len(read(target)) == 2

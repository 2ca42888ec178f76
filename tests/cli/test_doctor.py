"""`doctor` as a user or a script calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from resnet_gui.cli.main import main
from tests.data.doctor.conftest import photo, root, save

__all__ = ["root"]

SIZE = ["--input-size", "64"]


def test_a_healthy_folder_ends_with_0(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(root), *SIZE]) == 0
    assert capsys.readouterr().out == "Nothing wrong was found.\n"


def test_notes_alone_end_with_0(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "cat" / "notes.txt").write_text("text")
    assert main(["doctor", "--data", str(root), *SIZE]) == 0
    assert "notes.txt" in capsys.readouterr().out


def test_what_is_suggested_cures(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "dog" / "cat.png").write_bytes((root / "cat" / "3.png").read_bytes())
    suggested = tmp_path / "list.txt"
    assert main(["doctor", str(root), *SIZE, "--suggest", str(suggested)]) == 3
    told = capsys.readouterr().out
    assert told.startswith("Serious: The same picture in different classes: 1 case\n")
    assert "cat/3.png" in told.replace("\n", " ")
    assert suggested.read_text().splitlines() == ["cat/3.png", "dog/cat.png"]
    assert main(["doctor", str(root), *SIZE, "--leave-out", str(suggested)]) == 0
    assert (root / "dog" / "cat.png").is_file()


def test_json_is_one_object_a_finding(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(7):
        save(photo(900 + number), root / "bird" / f"{number}.png")
    assert main(["doctor", str(root), *SIZE, "--json"]) == 3
    findings = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {finding["kind"] for finding in findings} == {"few pictures", "imbalance"}
    for finding in findings:
        assert finding["severity"] == "warning"
        assert finding["sets"][0][0]["class_name"] == "bird"


@pytest.mark.parametrize("list_file", ["none.txt", "picture.png"])
def test_a_list_that_is_none_is_wrong_usage(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], list_file: str
) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff")
    with pytest.raises(SystemExit) as caught:
        main(["doctor", str(root), "--leave-out", str(tmp_path / list_file)])
    assert caught.value.code == 2
    assert list_file in capsys.readouterr().err


def test_two_folders_are_wrong_usage(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(root), "--data", "shapes"]) == 2
    assert "Two sets" in capsys.readouterr().err


def test_a_forecast_counts_what_is_used(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "list.txt").write_text("".join(f"cat/{number}.png\n" for number in range(10)))
    words = ["forecast", "--data", str(root), *SIZE, "--json", "--runs", str(tmp_path / "runs")]
    main(words)
    fifty = json.loads(capsys.readouterr().out)
    main([*words, "--leave-out", str(tmp_path / "list.txt")])
    forty = json.loads(capsys.readouterr().out)
    assert forty["seconds_per_epoch"] / fifty["seconds_per_epoch"] == pytest.approx(0.8, rel=0.01)

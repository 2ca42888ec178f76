"""`forecast` as a user or a script calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from resnet_gui.cli.main import main
from resnet_gui.data.shapes import draw_shape
from resnet_gui.training.timings import read_timings


def test_it_tells_time_memory_and_disk_and_what_to_change(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forecast", "--recipe", "cifar100-resnet50", "--precision", "float32", "--epochs", "100"]) == 0
    first, *others = capsys.readouterr().out.splitlines()
    assert first.startswith("About ")
    assert first.endswith("A rough guess.")
    assert " memory, " in first
    assert any(line.startswith("32 px instead of 224: about ") for line in others)


def test_json_is_one_object_with_the_same_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["forecast", "--data", "shapes", "--epochs", "1", "--runs", str(tmp_path)]
    main(words)
    spoken = capsys.readouterr().out.splitlines()[0]
    main([*words, "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["words"] == spoken
    assert told["basis"] == "rough guess"
    assert told["seconds"] > told["seconds_per_epoch"] > 0


def test_a_folder_s_pictures_are_counted(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name in ("circle", "star"):
        (tmp_path / name).mkdir()
        for seed in range(5):
            draw_shape(name, seed).save(tmp_path / name / f"{seed}.png")
    words = ["forecast", "--data", str(tmp_path), "--network", "resnet18", "--input-size", "64", "--json"]
    main(words)
    ten = json.loads(capsys.readouterr().out)
    for name in ("circle", "star"):
        draw_shape(name, 5).save(tmp_path / name / "more.png")
    main(words)
    twelve = json.loads(capsys.readouterr().out)
    assert twelve["seconds_per_epoch"] / ten["seconds_per_epoch"] == pytest.approx(1.2, rel=0.05)
    assert twelve["disk_bytes"] - ten["disk_bytes"] == 2 * 64 * 64 * 3


def test_a_folder_without_classes_is_refused_in_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["forecast", "--data", str(tmp_path)]) == 1
    assert "no sub-folders" in capsys.readouterr().err


@pytest.mark.slow
def test_what_was_measured_is_remembered(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "resnet_gui.cli.main", "forecast", "--data", "shapes", "--batch-size", "8"]
    command += ["--width", "16", "--epochs", "1", "--json", "--runs", str(tmp_path)]

    def forecast(*more: str) -> dict:
        return json.loads(subprocess.run([*command, *more], check=True, capture_output=True, text=True).stdout)

    assert forecast()["basis"] == "rough guess"
    measured = forecast("--measure")
    assert measured["basis"] == "measured"
    assert forecast() == measured
    (timing,) = read_timings()
    assert 2400 / timing.images_per_second < measured["seconds_per_epoch"]
    assert forecast("--batch-size", "64")["basis"] == "past run"

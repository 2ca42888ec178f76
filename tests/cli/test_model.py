"""`model` as a user or the window calls it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from resnet_gui.cli.main import main


def told(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "resnet_gui.cli.main", "model", *words],
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": "140"},
        check=False,
    )


@pytest.mark.slow
def test_json_is_one_object_for_other_programs() -> None:
    done = told("resnet18", "--json", "--classes", "7", "--width", "16", "--head", "dense128")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    summary = json.loads(done.stdout)
    assert list(summary) == ["name", "title", "layers", "parameters", "trainable_parameters"]
    assert {tuple(layer) for layer in summary["layers"]} == {
        ("name", "kind", "output_shape", "parameters", "trainable", "inputs")
    }
    assert (summary["name"], summary["title"]) == ("resnet18", "ResNet-18")
    layers = {layer["name"]: layer for layer in summary["layers"]}
    assert layers["pictures"] == {
        "name": "pictures",
        "kind": "InputLayer",
        "output_shape": [64, 64, 3],
        "parameters": 0,
        "trainable": False,
        "inputs": [],
    }
    assert layers["stem"]["output_shape"] == [32, 32, 16]
    assert layers["stage1_block1_add"]["inputs"] == ["stem_relu", "stage1_block1_conv2_bn"]
    assert layers["predictions"]["output_shape"] == [7]
    assert layers["predictions"]["parameters"] == 128 * 7 + 7
    assert sum(layer["parameters"] for layer in summary["layers"]) == summary["parameters"]


@pytest.mark.slow
def test_the_table_shows_what_summary_shows() -> None:
    done = told("imagenet-resnet50", "--native-size", "32", "--input-size", "96")
    assert (done.returncode, done.stderr) == (0, "")
    [convolution] = [line for line in done.stdout.splitlines() if line.startswith("│ conv1_conv ")]
    assert [cell.strip() for cell in convolution.strip("│ ").split("│")] == [
        "conv1_conv",
        "Conv2D",
        "48 x 48 x 64",
        "conv1_pad",
        "9,472",
    ]
    assert "25,636,712 parameters, 25,583,592 of them trainable." in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["vgg16", "--stem", "cifar"], "VGG16 has only one stem."),
        (["resnet50", "--width", "32"], "The width of ResNet50 is fixed."),
        (["resnet50", "--input-size", "500"], "Input size must be at least 32 and at most 224"),
    ],
)
def test_a_form_that_a_network_has_not_is_wrong_usage(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["model", *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("words", [["resnet51"], ["resnet50", "--classes", "0"], ["resnet50", "--stem", "none"], []])
def test_wrong_usage_is_explained(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["model", *words])
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err

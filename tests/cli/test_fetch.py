"""The fetch command: what it prints, and the process of its own that the window starts."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from resnet_gui.cli.main import main
from resnet_gui.inference.imagenet import IMAGENET_MODELS
from resnet_gui.models.published_weights import PUBLISHED_WEIGHTS
from tests.bundles import make_bundle, paint
from tests.file_server import serving

ROOT = Path(__file__).parents[2]


def test_offline_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(b"") as gone:
        pass
    published = PUBLISHED_WEIGHTS["resnet101"]
    nowhere = dataclasses.replace(published, whole=dataclasses.replace(published.whole, url=gone.url))
    monkeypatch.setitem(PUBLISHED_WEIGHTS, "resnet101", nowhere)
    assert main(["fetch", "imagenet", "--network", "resnet101", "--json"]) == 1
    told = capsys.readouterr()
    assert {json.loads(line)["type"] for line in told.out.splitlines()} == {"progress"}
    assert "resnet101_weights_tf_dim_ordering_tf_kernels.h5 (180 MB) could not be downloaded" in told.err
    assert gone.url in told.err
    assert str(Path("resnet-gui", "downloads")) in told.err


def test_a_model_that_is_here_is_told_and_its_name_classifies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_bundle(IMAGENET_MODELS["resnet50"].folder)
    assert main(["fetch", "imagenet"]) == 0
    assert "--model imagenet-resnet50" in capsys.readouterr().out
    picture = str(paint(tmp_path / "red.png", "red"))
    assert main(["classify", picture, "--model", "imagenet-resnet50", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["predictions"][0]["class"] == "red"


def test_a_model_that_is_not_here_says_how_to_fetch_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["classify", str(tmp_path), "--model", "imagenet-resnet152"]) == 1
    told = capsys.readouterr().err
    assert "ImageNet ResNet152 is not on this computer yet" in told
    assert "(243 MB): resnet-gui-cli fetch imagenet --network resnet152" in told


def test_help_names_the_models(capsys: pytest.CaptureFixture[str]) -> None:
    for command, expected in (("classify", "imagenet-resnet50"), ("model", "imagenet-resnet152"), ("fetch", "103MB")):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        assert expected in "".join(capsys.readouterr().out.split())  # lines are broken anywhere


@pytest.mark.slow
def test_a_local_file_becomes_a_model_whose_title_names_it(resnet50_standin: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "resnet_gui.cli.main", "fetch", "imagenet", "--from", str(resnet50_standin), "--json"],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert (done.returncode, done.stderr) == (0, "")
    *progress, last = [json.loads(line) for line in done.stdout.splitlines()]
    stages = list(dict.fromkeys(line["stage"] for line in progress))
    assert stages == ["Checking the weights", "Converting the network", "Saving the model"]
    assert last == {
        "type": "fetched",
        "model": "imagenet-resnet50",
        "title": "ImageNet ResNet50 (standin.h5)",
        "folder": str(IMAGENET_MODELS["resnet50"].folder),
    }
    bundle = IMAGENET_MODELS["resnet50"].bundle()
    assert bundle is not None
    assert bundle.description.title == "ImageNet ResNet50 (standin.h5)"

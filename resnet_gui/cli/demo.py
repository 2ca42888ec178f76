"""`resnet-gui-cli demo`: the whole program in the terminal, for where there is no display."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec
from PIL import Image

from resnet_gui.cli.train import EXIT_STATUS, train
from resnet_gui.data.scenes import SCENES, draw_scene
from resnet_gui.data.shapes import SHAPE_NAMES, draw_shape
from resnet_gui.errors import ResNetGuiError
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.catalog import shipped_folder
from resnet_gui.inference.classify import classify
from resnet_gui.inference.predictor import Predictor
from resnet_gui.paths import runs_folder
from resnet_gui.runs.config import validated
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason
from resnet_gui.runs.store import RunStore
from resnet_gui.training.recipes import RECIPES

NAME = "demo"
HELP = "classify drawn pictures, train the demo shapes and draw the window, all without a display"
_PICTURE_SIZE = 320
_SHAPES = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--runs", type=Path, metavar="DIR", help="the folder of runs, if it is not the usual one")
    parser.add_argument("--epochs", type=int, metavar="N", help="epochs to train, if not the recipe's")


def run(arguments: argparse.Namespace) -> int:
    """Classify with the shipped model, train one, draw the window; return 0 when all of it worked."""
    print("Scenes the program has just drawn, and what the model that comes with it sees on them:")
    with tempfile.TemporaryDirectory() as folder:
        scenes = _saved({name: draw_scene(name, _PICTURE_SIZE) for name in SCENES}, Path(folder))
        _tell_classes(ModelBundle.open(shipped_folder()), scenes)
    print("\nNow a model of your own, which learns ten drawn shapes:", flush=True)
    config = RECIPES["demo"].config
    if arguments.epochs is not None:
        config = msgspec.structs.replace(config, epochs=arguments.epochs)
    trained, end = train(RunStore(arguments.runs or runs_folder()), validated(config))
    if end.reason is not FinishReason.COMPLETED:
        return EXIT_STATUS[end.reason]
    shapes_folder = trained.folder / "demo"
    drawn = {name: draw_shape(name, seed, _PICTURE_SIZE) for seed, name in enumerate(SHAPE_NAMES[:_SHAPES])}
    shapes = _saved(drawn, shapes_folder)
    print("\nShapes the program has just drawn, and what the new model sees on them:")
    _tell_classes(ModelBundle.open(trained.folder), shapes)
    _draw_window(trained, shapes, shapes_folder)
    return 0


def _saved(pictures: Mapping[str, Image.Image], folder: Path) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = []
    for name, picture in pictures.items():
        paths.append(folder / f"{name}.png")
        picture.save(paths[-1])
    return paths


def _tell_classes(bundle: ModelBundle, pictures: list[Path]) -> None:
    for result in classify(Predictor(bundle), pictures, top=5):
        print(result.source.name if isinstance(result.source, Path) else result.source)
        for entry in result.prediction.ranked if result.prediction else ():
            print(f"  {entry.probability:6.1%}  {entry.words}")


def _draw_window(trained: Run, pictures: list[Path], folder: Path) -> None:
    """Draw both tabs to files, in a process of its own: the command line knows no Qt."""
    command = [sys.executable, "-m", "resnet_gui.gui.snapshot", "--run", str(trained.folder), "--to", str(folder)]
    drawn = subprocess.run([*command, *map(str, pictures)], capture_output=True, text=True, check=False)
    if drawn.returncode:
        reason = drawn.stderr.strip().splitlines()[-1:] or ["no reason was given"]
        raise ResNetGuiError(f"The window could not be drawn: {reason[0]}")
    print("\nThe window, as it would look on a display:")
    print(drawn.stdout.strip())

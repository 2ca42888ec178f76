"""`resnet-gui-cli demo`: the whole program in the terminal, for where there is no display."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import msgspec

from resnet_gui.cli.train import EXIT_STATUS, train
from resnet_gui.data.shapes import SHAPE_NAMES, draw_shape
from resnet_gui.errors import ResNetGuiError
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.classify import classify
from resnet_gui.inference.predictor import Predictor
from resnet_gui.paths import runs_folder
from resnet_gui.runs.config import validated
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason
from resnet_gui.runs.store import RunStore
from resnet_gui.training.recipes import RECIPES

NAME = "demo"
HELP = "train the demo shapes, classify three drawn pictures and draw the window, all without a display"
_PICTURE_SIZE = 320


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--runs", type=Path, metavar="DIR", help="the folder of runs, if it is not the usual one")
    parser.add_argument("--epochs", type=int, metavar="N", help="epochs to train, if not the recipe's")


def run(arguments: argparse.Namespace) -> int:
    """Train, classify, draw; return 0 when all of it worked."""
    config = RECIPES["demo"].config
    if arguments.epochs is not None:
        config = msgspec.structs.replace(config, epochs=arguments.epochs)
    trained, end = train(RunStore(arguments.runs or runs_folder()), validated(config))
    if end.reason is not FinishReason.COMPLETED:
        return EXIT_STATUS[end.reason]
    folder = trained.folder / "demo"
    pictures = _draw_pictures(folder)
    print("\nThree pictures the program has just drawn, and what the new model sees on them:")
    for result in classify(Predictor(ModelBundle.open(trained.folder)), pictures, top=5):
        print(result.source.name if isinstance(result.source, Path) else result.source)
        for entry in result.prediction.ranked if result.prediction else ():
            print(f"  {entry.probability:6.1%}  {entry.class_name}")
    _draw_window(trained, pictures, folder)
    return 0


def _draw_pictures(folder: Path) -> list[Path]:
    folder.mkdir(exist_ok=True)
    pictures = []
    for seed, shape in enumerate(SHAPE_NAMES[:3]):
        path = folder / f"{shape}.png"
        draw_shape(shape, seed=seed, size=_PICTURE_SIZE).save(path)
        pictures.append(path)
    return pictures


def _draw_window(trained: Run, pictures: list[Path], folder: Path) -> None:
    """Draw both tabs to files, in a process of its own: the command line knows no Qt."""
    command = [sys.executable, "-m", "resnet_gui.gui.snapshot", "--run", str(trained.folder), "--to", str(folder)]
    drawn = subprocess.run([*command, *map(str, pictures)], capture_output=True, text=True, check=False)
    if drawn.returncode:
        reason = drawn.stderr.strip().splitlines()[-1:] or ["no reason was given"]
        raise ResNetGuiError(f"The window could not be drawn: {reason[0]}")
    print("\nThe window, as it would look on a display:")
    print(drawn.stdout.strip())

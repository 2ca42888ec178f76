"""`resnet-gui-cli forecast`: what a training will take, before it is started."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path

from resnet_gui.cli.settings_flags import add_setting_flags, config_from
from resnet_gui.data.files import listed_name
from resnet_gui.data.folder_scan import scan
from resnet_gui.data.shapes import SHAPE_NAMES, TEST_PER_CLASS, TRAIN_PER_CLASS
from resnet_gui.models.registry import NATIVE_SIZES
from resnet_gui.paths import native_messages_in_log, runs_folder
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.run import SplitCounts
from resnet_gui.runs.store import RunStore
from resnet_gui.training.forecast import forecast, in_words
from resnet_gui.training.timing import measure
from resnet_gui.training.timings import remember_timing

NAME = "forecast"
HELP = "say how long a training will take, and how much memory and disk"
_CIFAR100_TRAIN, _CIFAR100_TEST = 50_000, 10_000
_CIFAR100_CLASSES = {"fine": 100, "coarse": 20}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    add_setting_flags(parser)
    parser.add_argument(
        "--measure",
        action="store_true",
        help="Build the network and time some of its steps, for a minute or so; what is measured is remembered.",
    )
    parser.add_argument("--runs", type=Path, metavar="DIR", help="The folder of runs. Default: the user's.")
    parser.add_argument("--json", action="store_true", help="Print one JSON object instead of sentences.")


def run(arguments: argparse.Namespace) -> int:
    """Tell the forecast; return 0."""
    config = config_from(arguments)
    counts, classes = _counted(config)
    native_size = NATIVE_SIZES.get(config.source, config.input_size)
    if arguments.measure:
        print(f"Timing steps of {config.network}; this takes a minute or so.", file=sys.stderr)
        with native_messages_in_log():
            images_per_second = measure(config, native_size, classes)
        remember_timing(config, classes, images_per_second)
    told = forecast(config, counts, classes, native_size, RunStore(arguments.runs or runs_folder()))
    if arguments.json:
        print(json.dumps(dataclasses.asdict(told) | {"words": in_words(told)}))
    else:
        print("\n".join([in_words(told), *told.warnings, *told.advice]))
    return 0


def _counted(config: TrainingConfig) -> tuple[SplitCounts, int]:
    """Return how many pictures each split will have, and how many classes there are, without reading a picture.

    Files of a folder that turn out to be no pictures are counted too.

    Raises:
        DataError: the folder is not laid out as one sub-folder per class.
    """
    if config.source == "cifar100":
        train, test, classes = _CIFAR100_TRAIN, _CIFAR100_TEST, _CIFAR100_CLASSES[config.labels]
    elif config.source == "shapes":
        classes = len(SHAPE_NAMES)
        train, test = TRAIN_PER_CLASS * classes, TEST_PER_CLASS * classes
    else:
        folders, _ = scan(Path(config.folder), lambda _found: None)
        left_out = set(config.left_out)
        used = [file for folder in folders for file in folder.files if listed_name(file.name) not in left_out]
        train, test, classes = len(used), 0, len(folders)
    if config.limit:
        train, test = min(train, config.limit), min(test, config.limit)
    validation = min(round(train * config.validation_share), max(train - classes, 0))
    return SplitCounts(train - validation, validation, test), classes

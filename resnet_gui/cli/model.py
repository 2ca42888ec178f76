"""`resnet-gui-cli model`: the layers of a network, their shapes, parameters and connections."""

from __future__ import annotations

import argparse

import msgspec
from rich.console import Console
from rich.table import Table

from resnet_gui.cli.arguments import positive
from resnet_gui.cli.settings_flags import add_setting_flag
from resnet_gui.inference.imagenet import CLASSES, IMAGENET_MODELS
from resnet_gui.models.registry import NETWORKS, NetworkOptions, check_network, find_network, suggested_input_size
from resnet_gui.models.summary import ModelSummary, summarize
from resnet_gui.paths import native_messages_in_log
from resnet_gui.runs.config import SETTINGS, TrainingConfig, validated

NAME = "model"
HELP = "show what a network is made of"
_CLASSES = 100
_IMAGENET = {model.name: model for model in IMAGENET_MODELS.values()}
_SETTINGS = ("input_size", "stem", "width", "preprocessing", "head")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    names = (*NETWORKS, *_IMAGENET)
    parser.add_argument("network", metavar="NAME", choices=names, help=f"one of {', '.join(names)}")
    parser.add_argument(
        "--classes",
        metavar="N",
        type=positive,
        help=f"Number of classes. Default: 100; {CLASSES} for a network of ImageNet's.",
    )
    parser.add_argument(
        "--native-size",
        metavar="N",
        type=positive,
        help="Width and height of the pictures it is given, in pixels. Default: the input size.",
    )
    for name in _SETTINGS:
        add_setting_flag(parser, SETTINGS[name])
    parser.add_argument("--json", action="store_true", help="Print one JSON object instead of a table.")


def run(arguments: argparse.Namespace) -> int:
    """Build the network and show it.

    Raises:
        ConfigError: it does not come in this form.
    """
    imagenet = _IMAGENET.get(arguments.network)
    config = _config(arguments, imagenet.network if imagenet else arguments.network)
    classes = arguments.classes or (CLASSES if imagenet else _CLASSES)
    options = NetworkOptions.of(config, arguments.native_size or config.input_size, classes)
    spec = find_network(config.network)
    with native_messages_in_log():
        summary = summarize(spec.build(options), spec)
    if arguments.json:
        print(msgspec.json.encode(summary).decode())
    else:
        _show(summary)
    return 0


def _config(arguments: argparse.Namespace, network: str) -> TrainingConfig:
    """Return the settings the flags ask for; the input size follows network and pictures unless it is given."""
    asked = {name: value for name in _SETTINGS if (value := getattr(arguments, name)) is not None}
    size = suggested_input_size(network, arguments.native_size)
    config = validated(TrainingConfig(network=network, **{"input_size": size, **asked}))
    check_network(config)
    return config


def _show(summary: ModelSummary) -> None:
    table = Table(title=summary.title)
    for heading in ("Layer", "Kind", "Output shape", "Connected to"):
        table.add_column(heading, overflow="fold")  # on a narrow terminal, never cut: names are what is looked for
    table.add_column("Parameters", justify="right")
    for row in summary.layers:
        shape = " x ".join(map(str, row.output_shape))
        table.add_row(row.name, row.kind, shape, ", ".join(row.inputs), f"{row.parameters:,}")
    console = Console(highlight=False, markup=False)
    console.print(table)
    console.print(f"{summary.parameters:,} parameters, {summary.trainable_parameters:,} of them trainable.")

"""`resnet-gui-cli export`: take a run's model out of the program."""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from resnet_gui.inference.catalog import SHIPPED, open_run
from resnet_gui.inference.export_check import difference_words
from resnet_gui.inference.export_run import Exported, export_run
from resnet_gui.inference.export_target import ExportKind
from resnet_gui.paths import native_messages_in_log, runs_folder
from resnet_gui.runs.store import RunStore

NAME = "export"
HELP = "write a run's model to a file or folder for other programs, and check that it answers the same there"
_KINDS = {
    ExportKind.BUNDLE: "A folder with the model for this program and for OpenVINO",
    ExportKind.KERAS: "A Keras model",
    ExportKind.H5: "A Keras model in the older HDF5 format",
    ExportKind.ONNX: "An ONNX model",
}


_ALONE = "This program averages over the mirror image of a picture too; the file alone does not."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("run_name", metavar="RUN", help=f"a run's name, its folder, or {SHIPPED}")
    parser.add_argument(
        "--to",
        type=Path,
        required=True,
        metavar="TARGET",
        help="FILE.keras, FILE.h5 or FILE.onnx; any other name is a new folder, for the whole model as this program "
        "has it, and in a folder that is there a new one is made. Nothing is overwritten.",
    )
    parser.add_argument("--runs", type=Path, metavar="DIR", help="the folder of runs, if it is not the usual one")
    parser.add_argument("--json", action="store_true", help="print one JSON object: where, what, largest difference")


def run(arguments: argparse.Namespace) -> int:
    """Export; say where it is and how well it agrees."""
    source = open_run(arguments.run_name, RunStore(arguments.runs or runs_folder()))
    with native_messages_in_log():
        exported = export_run(source, arguments.to)
    print(msgspec.json.encode(exported).decode() if arguments.json else _words(exported))
    return 0


def _words(exported: Exported) -> str:
    beside = f"Class names and what it takes: {exported.description}\n" if exported.description else ""
    difference = difference_words(exported.largest_difference)
    alone = f"\n{_ALONE}" if exported.mirror_averaging else ""
    return (
        f"{_KINDS[exported.kind]}: {exported.target}\n{beside}"
        f"Checked on {exported.pictures} pictures: the largest difference is {difference}.{alone}"
    )

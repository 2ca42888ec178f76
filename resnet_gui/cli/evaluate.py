"""`resnet-gui-cli evaluate`: how good a model is, on pictures whose classes are known."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from resnet_gui.data.labels import class_words
from resnet_gui.errors import ConfigError
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.calibration import SOUND, points
from resnet_gui.inference.catalog import known_names, open_bundle
from resnet_gui.inference.evaluation import ClassScore, Evaluation, Interval
from resnet_gui.inference.labelled import LabelledSet, cifar100_set, evaluate, folder_set, run_of, run_set
from resnet_gui.inference.predictor import Predictor
from resnet_gui.paths import runs_folder
from resnet_gui.progress import Report
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.store import RunStore

NAME = "evaluate"
HELP = "say how good a model is, on pictures whose classes are known"
_CIFAR100 = "cifar100"
_SHOWN_CLASSES = 20
_BEST_AND_WORST = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument(
        "model", metavar="RUN|MODEL", help=f"a run's name, a model's folder, or {', '.join(known_names())}"
    )
    parser.add_argument(
        "--data",
        metavar="cifar100|FOLDER",
        help="CIFAR-100's test split, or a folder with one sub-folder per class; default: what the run held back",
    )
    parser.add_argument(
        "--archive",
        metavar="FILE",
        default="",
        help="cifar-100-python.tar.gz, if it is to be read from there and not downloaded",
    )
    parser.add_argument(
        "--split",
        choices=("validation", "test"),
        help="which of the pictures that the run held back; default: test, or validation where there is no test split",
    )
    parser.add_argument("--runs", metavar="DIR", type=Path, help="the folder of runs, if it is not the usual one")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of words and tables")


def run(arguments: argparse.Namespace) -> int:
    """Evaluate; tell how good it is."""
    bundle = open_bundle(arguments.model, RunStore(arguments.runs or runs_folder()))
    with Console(stderr=True).status("Opening the model") as status:

        def report(stage: str, done: int, total: int) -> None:
            status.update(Text(f"{stage} {done}/{total}" if total else stage))

        pictures = _pictures(bundle, arguments, report)
        result = evaluate(Predictor(bundle), pictures, report)
    if arguments.json:
        print(msgspec.json.encode(result).decode())
    else:
        _tell(bundle, pictures.name, result)
    return 0


def _pictures(bundle: ModelBundle, arguments: argparse.Namespace, report: Report) -> LabelledSet:
    data, split = arguments.data, arguments.split
    run = run_of(bundle)
    if run is not None and (not data or (split == "validation" and _is_trained_on(run.record.config, data))):
        return run_set(run, split, arguments.archive, report)
    if not data:
        raise ConfigError(
            f"{bundle.folder} lies in no run, so nobody knows which pictures were held back.",
            advice="Name some with --data.",
        )
    if data == _CIFAR100 and split != "validation":
        return cifar100_set(bundle.description, arguments.archive, report)
    if split:
        raise ConfigError(
            f"Only the run that was trained on {data} knows its {split} split.", advice="Leave out --split."
        )
    return folder_set(bundle.description, data, report)


def _is_trained_on(config: TrainingConfig, data: str) -> bool:
    if data == _CIFAR100:
        return config.source == "cifar100"
    return config.source == "folder" and config.folder == os.path.abspath(data)


def _tell(bundle: ModelBundle, pictures: str, result: Evaluation) -> None:
    console = Console(highlight=False, markup=False)
    description = bundle.description
    console.print(f"{description.title} ({description.network}) on {pictures}: {result.count:,} pictures")
    console.print(f"  top-1  {result.top1:6.1%}   {_range(result.top1_interval)}")
    console.print(f"  top-5  {result.top5:6.1%}   {_range(result.top5_interval)}")
    console.print(f"Always naming the most frequent class would reach {result.majority:.1%} top-1.")
    console.print(_confidence(result))
    if result.superclasses:
        console.print(_table("Superclass", result.superclasses))
    if len(result.classes) <= _SHOWN_CLASSES:
        console.print(_table("Class", result.classes))
        return
    by_share = sorted(result.classes, key=lambda score: score.top1)
    console.print(_table("Recognized least", by_share[:_BEST_AND_WORST]))
    console.print(_table("Recognized best", by_share[: -_BEST_AND_WORST - 1 : -1]))
    console.print(f"With --json, all {len(result.classes)} classes are listed.")


def _range(interval: Interval) -> str:
    low, high = interval
    return f"(with 95 % certainty between {low:.1%} and {high:.1%} of all such pictures)"


def _confidence(result: Evaluation) -> str:
    surplus = result.confidence - result.top1
    if abs(surplus) < SOUND:
        judged = "as it should be"
    else:
        judged = f"{points(abs(surplus))} too {'high' if surplus > 0 else 'low'}"
    return (
        f"Its confidence is {result.confidence:.1%} on average, {judged}; "
        f"over all levels it is off by {points(result.calibration_error)}."
    )


def _table(heading: str, scores: tuple[ClassScore, ...] | list[ClassScore]) -> Table:
    table = Table()
    table.add_column(heading, overflow="fold")
    table.add_column("Pictures", justify="right")
    table.add_column("Top-1", justify="right")
    for score in scores:
        table.add_row(Text(class_words(score.name)), f"{score.count:,}", f"{score.top1:.1%}")
    return table

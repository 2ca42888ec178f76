"""`classify`: say what is on pictures."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TextIO

from rich.console import Console

from resnet_gui.cli.arguments import positive
from resnet_gui.errors import DataError
from resnet_gui.inference.catalog import newest_bundle, open_bundle
from resnet_gui.inference.classify import PictureResult, classify
from resnet_gui.inference.find import find_pictures, printable_name
from resnet_gui.inference.precision import fastest_precision
from resnet_gui.inference.predictor import Predictor
from resnet_gui.inference.table import PredictionTable
from resnet_gui.paths import runs_folder
from resnet_gui.runs.store import RunStore

NAME = "classify"
HELP = "say what is on pictures"
SOME_UNREADABLE = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        type=Path,
        help="a picture, or a folder: all pictures in it and its sub-folders",
    )
    parser.add_argument(
        "--model", metavar="RUN|BUNDLE", help="a run's name, or a model's folder; default: the newest run with a model"
    )
    parser.add_argument("--runs", metavar="DIR", type=Path, help="the folder of runs, if it is not the usual one")
    parser.add_argument("--top", metavar="N", type=positive, default=5, help="how many classes to tell (default: 5)")
    parser.add_argument("--csv", metavar="FILE", type=Path, help="write a table that a spreadsheet opens as well")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line for each picture")


def run(args: argparse.Namespace) -> int:
    """Classify the pictures; return 0 if all could be read, else 3."""
    store = RunStore(args.runs or runs_folder())
    bundle = open_bundle(args.model, store) if args.model else newest_bundle(store)
    predictor = Predictor(bundle, fastest_precision())
    pictures = unreadable = 0
    with ExitStack() as stack:
        table = stack.enter_context(PredictionTable(args.csv, args.top)) if args.csv else None
        results = stack.enter_context(closing(classify(predictor, find_pictures(args.paths), args.top)))
        for result in _counted(results):
            pictures += 1
            unreadable += result.prediction is None
            if args.json:
                print(_json_line(result), flush=True)
            else:
                _tell(result)
            if table:
                table.add(str(result.source), result)
        if not pictures:
            raise DataError(
                f"No pictures were found in {', '.join(map(str, args.paths))}.",
                "Name a picture, or a folder with some.",
            )
    return SOME_UNREADABLE if unreadable else 0


def _json_line(result: PictureResult) -> str:
    ranked = result.prediction.ranked if result.prediction else ()
    return json.dumps(
        {
            "path": str(result.source),
            "predictions": [{"class": entry.class_name, "probability": entry.probability} for entry in ranked],
            "unlike_training": result.prediction.unfamiliar if result.prediction else None,
            "error": result.error or None,
        }
    )


def _tell(result: PictureResult) -> None:
    name = printable_name(str(result.source))
    if result.prediction is None:
        _print(f"{name} {result.error}", sys.stderr)
        return
    lines = [f"{entry.probability:8.1%}  {entry.class_name}" for entry in result.prediction.ranked]
    if result.prediction.unfamiliar:
        lines.append("          It looks unlike the pictures that the model was trained on: do not rely on the answer.")
    _print("\n".join([name, *lines]), sys.stdout)


def _print(text: str, stream: TextIO) -> None:
    """Print what the stream's encoding has no letter for as an escape, instead of failing."""
    encoding = stream.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)


def _counted(results: Iterator[PictureResult]) -> Iterator[PictureResult]:
    """Show how many there were so far, where the results themselves do not show it on the terminal."""
    console = Console(stderr=True)
    if not console.is_terminal or sys.stdout.isatty():
        yield from results
        return
    started = time.monotonic()
    with console.status("Opening the model") as status:
        for count, result in enumerate(results, 1):
            yield result
            rate = count / max(time.monotonic() - started, 1e-3)
            status.update(f"Classified {count} pictures, {rate:.0f} a second")

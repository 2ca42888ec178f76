"""`resnet-gui-cli fetch`: get a model that was trained elsewhere, once."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from resnet_gui.inference.imagenet import IMAGENET_MODELS, ImageNetModel, fetch_imagenet
from resnet_gui.paths import native_messages_in_log
from resnet_gui.progress import Report

NAME = "fetch"
HELP = "fetch a model that was trained on ImageNet's 1000 classes, to classify with; once, it works offline afterwards"
_TOLD_EVERY_S = 0.1


class FetchProgress(msgspec.Struct, frozen=True, tag="progress"):
    """How far it is; total 0 means unknown."""

    stage: str
    done: int
    total: int


class Fetched(msgspec.Struct, frozen=True, tag="fetched"):
    """What is there now.

    Attributes:
        model: what `classify --model` calls it.
        title: what the window calls it; tells if it was made from another file than Keras publishes.
        folder: where it is.
    """

    model: str
    title: str
    folder: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    sizes = ", ".join(f"{model.network} {model.file.megabytes} MB" for model in IMAGENET_MODELS.values())
    parser.add_argument("what", metavar="imagenet", choices=("imagenet",), help="the only kind there is so far")
    parser.add_argument(
        "--network",
        choices=tuple(IMAGENET_MODELS),
        default="resnet50",
        help=f"which network; default: resnet50. What is downloaded: {sizes}.",
    )
    parser.add_argument(
        "--from", dest="source", type=Path, metavar="FILE", help="take this file of weights (.h5) and download nothing"
    )
    parser.add_argument("--json", action="store_true", help="print progress and outcome as JSON lines")


def run(arguments: argparse.Namespace) -> int:
    """Fetch and convert; say how to use it."""
    model = IMAGENET_MODELS[arguments.network]
    with _json_lines() if arguments.json else _bar() as report, native_messages_in_log():
        bundle = fetch_imagenet(model, arguments.source, report)
    fetched = Fetched(model.name, bundle.description.title, str(bundle.folder))
    print(msgspec.json.encode(fetched).decode() if arguments.json else _words(model, fetched))
    return 0


def _words(model: ImageNetModel, fetched: Fetched) -> str:
    words = f"{fetched.title} is in {fetched.folder}\nUse it: resnet-gui-cli classify PICTURES --model {model.name}"
    if fetched.title == model.title:
        return words
    return f"{words}\nIt was made from another file than the one Keras publishes, so its answers may be others."


@contextmanager
def _json_lines() -> Iterator[Report]:
    """Yield a report that prints a line when another stage begins, and now and then in between."""
    last_stage, last_time = "", 0.0

    def report(stage: str, done: int, total: int) -> None:
        nonlocal last_stage, last_time
        now = time.monotonic()
        if stage != last_stage or now - last_time >= _TOLD_EVERY_S:
            last_stage, last_time = stage, now
            print(msgspec.json.encode(FetchProgress(stage, done, total)).decode(), flush=True)

    yield report


@contextmanager
def _bar() -> Iterator[Report]:
    """Yield a report that moves a bar in the terminal."""
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[amount]}", markup=False),
        TimeRemainingColumn(),
        console=Console(stderr=True, highlight=False, markup=False),
    ) as progress:
        task = progress.add_task("Starting", total=None, amount="")

        def report(stage: str, done: int, total: int) -> None:
            amount = f"{done / 1e6:.0f} of {total / 1e6:.0f} MB" if total else ""
            progress.update(task, description=stage, completed=done, total=total or None, amount=amount)

        yield report

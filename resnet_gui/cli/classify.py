"""`classify`: say what is on pictures."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from resnet_gui.cli.arguments import positive, probability
from resnet_gui.cli.prediction_display import PredictionDisplay
from resnet_gui.errors import DataError
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.catalog import SHIPPED, default_bundle, known_names, open_bundle
from resnet_gui.inference.classify import TOP, PictureResult, classify
from resnet_gui.inference.copies import Copies, ToCopy, copy_into_folders
from resnet_gui.inference.find import find_pictures
from resnet_gui.inference.precision import fastest_precision
from resnet_gui.inference.predictor import Predictor
from resnet_gui.inference.table import PredictionTable
from resnet_gui.inference.true_class import Accuracy, FolderClasses, FolderNames, true_rank
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
        "--model",
        metavar="NAME|DIR",
        help=f"a run's name, a model's folder, or {', '.join(known_names())}; default: {SHIPPED}, "
        "which comes with the program",
    )
    parser.add_argument("--runs", metavar="DIR", type=Path, help="the folder of runs, if it is not the usual one")
    parser.add_argument("--top", metavar="N", type=positive, default=TOP, help=f"how many classes to tell ({TOP})")
    parser.add_argument(
        "--not-sure", metavar="P", type=probability, help="mark pictures whose likeliest class is less probable, 0 to 1"
    )
    parser.add_argument("--csv", metavar="FILE", type=Path, help="write a table that a spreadsheet opens as well")
    parser.add_argument(
        "--copy-to", metavar="DIR", type=Path, help="copy the pictures into one folder per class, made in this folder"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line for each picture")


@dataclass(slots=True)
class _Tally:
    """What there is to say of all pictures."""

    pictures: int = 0
    unreadable: int = 0
    accuracy: Accuracy = field(default_factory=Accuracy)
    to_copy: list[ToCopy] = field(default_factory=list)

    def count(self, result: PictureResult, true_class: str) -> None:
        self.pictures += 1
        if result.prediction is None:
            self.unreadable += 1
            return
        if true_class:
            self.accuracy.count(true_rank(result.prediction, true_class))
        if isinstance(result.source, Path):
            self.to_copy.append(ToCopy(result.source, result.source.name, result.prediction.best.class_name))


def run(args: argparse.Namespace) -> int:
    """Classify the pictures; return 0 if all could be read, and copied if they should be, else 3."""
    store = RunStore(args.runs or runs_folder())
    bundle = open_bundle(args.model, store) if args.model else default_bundle(store)
    class_names = bundle.description.class_names
    display = PredictionDisplay(
        as_json=args.json, top=args.top, not_sure_below=args.not_sure, class_count=len(class_names)
    )
    tally = _Tally()
    with ExitStack() as stack:
        table = None
        if args.csv:
            superclasses = bool(bundle.description.superclasses)
            table = PredictionTable(args.csv, args.top, args.not_sure, superclasses=superclasses)
            stack.enter_context(table)
        for result, true_class in stack.enter_context(closing(_classified(bundle, args.paths, args.top))):
            tally.count(result, true_class)
            display.show(result, true_class)
            if table:
                table.add(str(result.source), result, true_class)
        if not tally.pictures:
            raise DataError(
                f"No pictures were found in {', '.join(map(str, args.paths))}.",
                "Name a picture, or a folder with some.",
            )
    # Afterwards, so that copies made inside a folder that is looked through are not looked at as well.
    copies = _copied(tally.to_copy, class_names, args.copy_to) if args.copy_to else None
    display.show_summary(tally.accuracy, copies)
    return SOME_UNREADABLE if tally.unreadable or (copies and copies.problems) else 0


def _classified(
    bundle: ModelBundle, paths: Sequence[Path], top: int
) -> Generator[tuple[PictureResult, str], None, None]:
    """Yield each picture's result and its true class, empty where no folder tells it."""
    folders, classes = FolderNames(paths), FolderClasses(bundle.description.class_names)
    with _progress("Classifying") as advance:
        pictures: Iterable[Path] = find_pictures(paths)
        if advance is not None:  # how long it will take can be told only if it is known how many there are
            pictures = list(pictures)
            advance(0, len(pictures))
        predictor = Predictor(bundle, fastest_precision())
        with closing(classify(predictor, pictures, max(top, TOP))) as results:
            for done, result in enumerate(results, 1):
                if advance is not None:
                    advance(done, None)
                source = result.source
                yield result, classes.of(folders.of(source)) if isinstance(source, Path) else ""


def _copied(pictures: Sequence[ToCopy], class_names: Sequence[str], folder: Path) -> Copies:
    with _progress("Copying") as advance:

        def report(_stage: str, done: int, total: int) -> None:
            if advance is not None:
                advance(done, total)

        return copy_into_folders(pictures, class_names, folder, report)


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int | None], None] | None]:
    """Yield what to tell how many are done, of how many; None where the results themselves show it."""
    console = Console(stderr=True)
    if not console.is_terminal or sys.stdout.isatty():
        yield None
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    with Progress(TextColumn("{task.description}"), *columns, console=console) as progress:
        task = progress.add_task(title, total=None, rate="")

        def advance(done: int, total: int | None) -> None:
            speed = progress.tasks[0].speed
            progress.update(task, completed=done, total=total, rate=f"{speed:.0f} a second" if speed else "")

        yield advance

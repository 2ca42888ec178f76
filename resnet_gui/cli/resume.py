"""`resnet-gui-cli resume`: go on with a run, exactly where it was."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from resnet_gui.cli.arguments import positive
from resnet_gui.cli.train import EXIT_STATUS, show
from resnet_gui.paths import runs_folder
from resnet_gui.runs.state import FinishReason
from resnet_gui.runs.store import RunStore
from resnet_gui.training.resume import completed, resume_training

NAME = "resume"
HELP = "go on with a run that was interrupted or stopped, or give a complete one more epochs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("name", metavar="RUN", help="The run's name, or the path of its folder.")
    parser.add_argument(
        "--epochs",
        type=positive,
        help="How many epochs the run shall have in all. A cosine or one_cycle schedule is then what it would have "
        "been with so many from the beginning. Default: as many as planned.",
    )
    parser.add_argument("--runs", type=Path, metavar="DIR", help="The folder of runs. Default: the user's.")
    parser.add_argument("--json", action="store_true", help="Print the lines of metrics.jsonl instead of a bar.")


def run(arguments: argparse.Namespace) -> int:
    """Go on; return 0 when completed, before or now, 1 when failed, 130 when stopped with Ctrl+C."""
    chosen = RunStore(arguments.runs or runs_folder()).open(arguments.name)
    if chosen.record.finish_reason is FinishReason.COMPLETED and arguments.epochs is None:
        end = completed(chosen)
        if not arguments.json:
            print(f"{end.message} {end.advice.removesuffix('.')}: --epochs N.")
        return EXIT_STATUS[end.reason]
    end = show(chosen, partial(resume_training, chosen, epochs=arguments.epochs), arguments.json)
    return EXIT_STATUS[end.reason]

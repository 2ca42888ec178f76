"""`resnet-gui-cli find-rate`: which learning rate to train with."""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec
from rich.console import Console
from rich.text import Text

from resnet_gui.cli.settings_flags import add_setting_flags, config_from
from resnet_gui.paths import native_messages_in_log, runs_folder
from resnet_gui.progress import unreported

NAME = "find-rate"
HELP = "try learning rates from far too low to far too high, and suggest one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    add_setting_flags(parser)
    parser.add_argument("--runs", type=Path, metavar="DIR", help="The folder of runs. Default: the user's.")
    parser.add_argument("--json", action="store_true", help="Print every step and the suggestion as JSON lines.")


def run(arguments: argparse.Namespace) -> int:
    """Search; print the suggestion."""
    config = config_from(arguments)
    runs = arguments.runs or runs_folder()
    with native_messages_in_log():
        # It brings in TensorFlow.
        from resnet_gui.training.finder import RateTried, find_rate

        def tell(tried: RateTried) -> None:
            if arguments.json:
                print(msgspec.json.encode(tried).decode(), flush=True)

        if arguments.json:
            found = find_rate(config, runs, unreported, tell)
            print(msgspec.json.encode(found).decode(), flush=True)
            return 0
        console = Console(highlight=False, markup=False)
        with console.status("Preparing") as status:

            def report(stage: str, done: int, total: int) -> None:
                status.update(Text(f"{stage} {done}/{total}" if total else stage))

            found = find_rate(config, runs, report, tell)
        console.print(found.words)
    return 0

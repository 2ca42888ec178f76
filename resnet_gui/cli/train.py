"""`resnet-gui-cli train`: the window's training, in the terminal."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

from resnet_gui.cli.settings_flags import add_setting_flags, config_from
from resnet_gui.cli.training_display import TrainingDisplay
from resnet_gui.paths import native_messages_in_log, runs_folder
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import AnyEvent, Finished
from resnet_gui.runs.metrics_file import metric_lines
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import run_training

NAME = "train"
HELP = "train a network and keep the run"
EXIT_STATUS = {FinishReason.COMPLETED: 0, FinishReason.FAILED: 1, FinishReason.STOPPED: 130}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    add_setting_flags(parser)
    parser.add_argument("--runs", type=Path, metavar="DIR", help="The folder of runs. Default: the user's.")
    parser.add_argument("--name", default="", help="The run's name. Default: from time, network and data.")
    parser.add_argument("--json", action="store_true", help="Print the lines of metrics.jsonl instead of a bar.")


def run(arguments: argparse.Namespace) -> int:
    """Train; return 0 when completed, 1 when failed, 130 when stopped with Ctrl+C."""
    config = config_from(arguments)
    _, end = train(RunStore(arguments.runs or runs_folder()), config, arguments.name, as_json=arguments.json)
    return EXIT_STATUS[end.reason]


def train(store: RunStore, config: TrainingConfig, name: str = "", as_json: bool = False) -> tuple[Run, Finished]:
    """Train with a live display, or JSON lines on stdout; return the run and how it ended.

    Raises:
        RunError: the run cannot be created.
    """
    new_run = store.create(config, name)
    return new_run, show(new_run, partial(run_training, new_run), as_json)


def show(
    run: Run, training: Callable[[TrainingControl, Callable[[AnyEvent], None]], Finished], as_json: bool
) -> Finished:
    """Let a run be trained with a live display, or JSON lines on stdout; Ctrl+C stops it. Return its end."""
    control = TrainingControl()
    with native_messages_in_log(), _stop_on_interrupt(control):
        if as_json:
            return training(control, _LinePrinter())
        with TrainingDisplay(run) as display:
            return training(control, display.show)


class _LinePrinter:
    """Prints events as JSON lines for as long as somebody reads them: `| head` must not end the training."""

    def __init__(self) -> None:
        self._read = True

    def __call__(self, event: AnyEvent) -> None:
        if self._read:
            try:
                for line in metric_lines(event):
                    print(line, flush=True)
            except BrokenPipeError:
                self._read = False
                sys.stdout = open(os.devnull, "w")  # noqa: SIM115  for the rest of the program: it would flush
        if isinstance(event, Finished) and event.message:
            print(f"{event.message} {event.advice}".strip(), file=sys.stderr)


@contextmanager
def _stop_on_interrupt(control: TrainingControl) -> Iterator[None]:
    """Let the first Ctrl+C stop the training after its batch, and a second one end the program at once."""

    def on_interrupt(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        print("Stopping after this batch; Ctrl+C again ends at once.", file=sys.stderr)
        control.stop()

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

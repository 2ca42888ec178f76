"""`resnet-gui-cli`: one command a module."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from resnet_gui import __version__
from resnet_gui.cli import (
    classify,
    demo,
    doctor,
    evaluate,
    export,
    fetch,
    find_rate,
    forecast,
    launcher,
    model,
    resume,
    runs,
    train,
)
from resnet_gui.errors import ConfigError, ResNetGuiError
from resnet_gui.paths import ensure_streams

_COMMANDS = (train, resume, classify, evaluate, fetch, export, runs, model, doctor, find_rate, forecast, demo, launcher)
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
"""What shells give a program that Ctrl+C ended."""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="resnet-gui-cli",
        description="Train image classifiers and use them. The window, resnet-gui, does the same with a mouse.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in _COMMANDS:
        command = commands.add_parser(module.NAME, help=module.HELP, description=module.HELP)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status: 0 done, 1 failed, 2 wrong usage, others as a command says."""
    ensure_streams()
    arguments = build_parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
    except ResNetGuiError as error:
        print(f"resnet-gui-cli: {error}", file=sys.stderr)
        return EXIT_USAGE if isinstance(error, ConfigError) else EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe, `| head`, has seen enough
        sys.stderr.close()
        return EXIT_FAILED
    return status


if __name__ == "__main__":
    sys.exit(main())

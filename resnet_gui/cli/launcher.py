"""`resnet-gui-cli launcher`: the program's entry in the applications menu."""

from __future__ import annotations

import argparse

from resnet_gui import launcher

NAME = "launcher"
HELP = "add the program to the applications menu, or take it out"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", choices=("install", "remove"), help="what to do with the menu entry")


def run(args: argparse.Namespace) -> int:
    """Change the menu and say which files that touched."""
    if args.action == "install":
        for path in launcher.install():
            print(f"Written: {path}")
        return 0
    removed = launcher.remove()
    for path in removed:
        print(f"Deleted: {path}")
    if not removed:
        print("The applications menu does not hold the program; nothing to do.")
    return 0

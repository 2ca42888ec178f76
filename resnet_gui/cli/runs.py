"""`resnet-gui-cli runs`: what was trained, newest first."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from resnet_gui.paths import runs_folder
from resnet_gui.runs.run import Run
from resnet_gui.runs.store import RunStore

NAME = "runs"
HELP = "list the runs, newest first"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--runs", type=Path, metavar="DIR", help="The folder of runs. Default: the user's.")
    parser.add_argument("--json", action="store_true", help="One JSON object a line instead of a table.")


def run(arguments: argparse.Namespace) -> int:
    """List the runs; damaged ones are named on stderr."""
    listing = RunStore(arguments.runs or runs_folder()).list()
    if arguments.json:
        for item in listing.runs:
            print(json.dumps(_as_json(item)))
    else:
        Console(highlight=False, markup=False).print(_table(listing.runs) if listing.runs else "No runs yet.")
    for _, reason in listing.damaged:
        print(f"Left out: {reason}", file=sys.stderr)
    return 0


def _as_json(item: Run) -> dict[str, Any]:
    record, interruption = item.record, item.interruption()
    return {
        "name": item.name,
        "path": str(item.folder),
        "created": record.created,
        "network": record.config.network,
        "data": record.config.folder or record.config.source,
        "classes": len(record.class_names),
        "state": record.state,
        "finish_reason": record.finish_reason,
        "interrupted": {"epoch": interruption.epoch, "step": interruption.step} if interruption else None,
        "best": {"epoch": record.best.epoch, "val_top1": record.best.val_top1, "val_top5": record.best.val_top5}
        if record.best
        else None,
        "test": {"count": record.test.count, "top1": record.test.top1, "top5": record.test.top5}
        if record.test
        else None,
        "changes": [
            {"step": change.step, "setting": change.name, "old": change.old, "new": change.new}
            for change in record.changes
        ],
        "model": item.model_folder.is_dir(),
    }


def _table(runs: tuple[Run, ...]) -> Table:
    table = Table("Run", "Started", "Ended", "Epoch", "Validation top-1", "Test top-1")
    for item in runs:
        best, test = item.record.best, item.record.test
        table.add_row(
            Text(item.name),
            time.strftime("%Y-%m-%d %H:%M", time.localtime(item.record.created)),
            _ended(item),
            str(best.epoch) if best else "",
            f"{best.val_top1:.1%}" if best and best.val_top1 is not None else "",
            f"{test.top1:.1%}" if test else "",
        )
    return table


def _ended(item: Run) -> str:
    """Return why a run ended, or what it is doing; of one that was cut, where; and if settings were changed."""
    record, interruption = item.record, item.interruption()
    words: str = record.finish_reason or record.state
    if interruption is not None:
        at = f" at epoch {interruption.epoch}, step {interruption.step}" if interruption.step else ""
        words = f"interrupted{at}"
    count = len(record.changes)
    return f"{words}, {count} change{'s' if count > 1 else ''}" if count else words

"""`resnet-gui-cli doctor`: look through pictures before a training, and say what is wrong with them."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from rich.console import Console
from rich.text import Text

from resnet_gui.cli.settings_flags import add_setting_flags, config_from
from resnet_gui.data.doctor.diagnosis import diagnose
from resnet_gui.data.doctor.facts import examine
from resnet_gui.data.doctor.findings import Finding, Severity
from resnet_gui.data.left_out import write_names
from resnet_gui.data.sources import load_pictures
from resnet_gui.errors import ConfigError

NAME = "doctor"
HELP = "look through pictures before a training: copies, contradictions, empty pictures, unequal classes and more"
SOMETHING_WRONG = 3
_SHOWN = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("pictures", nargs="?", metavar="FOLDER", help="The same as --data FOLDER.")
    add_setting_flags(parser)
    parser.add_argument(
        "--suggest",
        metavar="FILE",
        type=Path,
        help="Write the names of the pictures that had better be left out, and those of --leave-out, into a list for "
        "--leave-out. No picture is changed.",
    )
    parser.add_argument("--json", action="store_true", help="Print one JSON object a line for each finding.")


def run(arguments: argparse.Namespace) -> int:
    """Tell the findings; return 0 if there are none or notes only, else 3.

    Raises:
        ConfigError: two data sets are named.
    """
    if arguments.pictures is not None:
        if arguments.data is not None:
            raise ConfigError("Two sets of pictures are named.", advice="Leave out --data.")
        arguments.data = arguments.pictures
    config = config_from(arguments)
    console = Console(stderr=True, highlight=False, markup=False)
    with console.status("Reading pictures") as status:

        def report(stage: str, done: int, total: int) -> None:
            status.update(Text(f"{stage} {done}/{total}" if total else stage))

        dataset = config.split(load_pictures(config.data_request(), report))
        facts = examine(dataset, Path(config.folder) if config.source == "folder" else None, report)
    findings = diagnose(facts, dataset, config.group_pattern, config.class_weights == "balanced")
    if arguments.suggest is not None:
        suggested = {name for finding in findings for name in finding.leave_out}
        write_names(arguments.suggest, sorted(suggested | set(config.left_out)))
    if arguments.json:
        for finding in findings:
            print(json.dumps(dataclasses.asdict(finding)))
    else:
        _tell(findings)
    return SOMETHING_WRONG if any(finding.severity is not Severity.NOTE for finding in findings) else 0


def _tell(findings: list[Finding]) -> None:
    console = Console(highlight=False, markup=False)
    if not findings:
        console.print("Nothing wrong was found.")
    for finding in findings:
        console.print(f"{finding.severity.capitalize()}: {finding.title}")
        console.print(f"  {finding.explanation}")
        for together in finding.sets[:_SHOWN]:
            words = (
                f"{one.name} ({', '.join(filter(None, [one.class_name, one.side, one.note]))})" for one in together
            )
            console.print("  - " + ", ".join(words))
        if len(finding.sets) > _SHOWN:
            console.print(f"  and {len(finding.sets) - _SHOWN} more")
        for name, value in finding.settings.items():
            console.print(f"  What helps: --{name.replace('_', '-')} '{value}'")
        if finding.leave_out:
            console.print(f"  What helps: leaving out {len(finding.leave_out)} of them, see --suggest")

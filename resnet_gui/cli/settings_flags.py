"""Command-line flags made from the one description of every setting."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import msgspec

from resnet_gui.data.left_out import listed, read_names
from resnet_gui.errors import DataError
from resnet_gui.models.registry import NATIVE_SIZES, NETWORKS, check_network, suggested_input_size
from resnet_gui.runs.config import SETTINGS, TrainingConfig, validated
from resnet_gui.runs.settings import Setting
from resnet_gui.training.recipes import RECIPES

_IN_DATA_FLAG = {"source", "folder"}


def add_setting_flags(parser: argparse.ArgumentParser) -> None:
    """Add --data, --recipe and a flag for each setting."""
    parser.add_argument(
        "--data",
        metavar="cifar100|shapes|FOLDER",
        help="What to train on: CIFAR-100, the generated demo shapes, or a folder with one sub-folder per class.",
    )
    parser.add_argument(
        "--recipe",
        choices=sorted(RECIPES),
        help="Start from a recipe's settings; other flags change them.",
    )
    for setting in SETTINGS.values():
        if setting.name not in _IN_DATA_FLAG:
            add_setting_flag(parser, setting)


def add_setting_flag(parser: argparse.ArgumentParser, setting: Setting) -> None:
    """Add the flag of one setting; it is None where it was not given."""
    parser.add_argument(f"--{_flag_name(setting)}", dest=setting.name, **_flag(setting))


def config_from(arguments: argparse.Namespace) -> TrainingConfig:
    """Return the settings the flags ask for, checked.

    Raises:
        ConfigError: one is out of range, or they do not fit together.
    """
    changes: dict[str, Any] = {
        name: getattr(arguments, name)
        for name in SETTINGS
        if name not in _IN_DATA_FLAG and getattr(arguments, name) is not None
    }
    if arguments.data in {"cifar100", "shapes"}:
        changes["source"] = arguments.data
    elif arguments.data is not None:
        changes |= {"source": "folder", "folder": arguments.data}
    base = RECIPES[arguments.recipe].config if arguments.recipe else TrainingConfig()
    config = msgspec.structs.replace(base, **changes)
    # Like the form: the size follows the network and the source unless somebody, or a recipe, chose another.
    if arguments.input_size is None and base.input_size == _suggested_size(base):
        config = msgspec.structs.replace(config, input_size=_suggested_size(config))
    check_network(config)
    return validated(config)


def flags_of(config: TrainingConfig) -> list[str]:
    """Return the flags that `config_from` reads back as the same settings.

    They name what differs from the defaults, and the input size, which follows other settings unless it is given.

    Args:
        config: validated settings. A folder that its source does not use has no flag and is left out.

    Raises:
        DataError: the list of the pictures that it leaves out cannot be written for the command to read.
    """
    flags = [f"--data={config.folder if config.source == 'folder' else config.source}"]
    for setting in SETTINGS.values():
        value = getattr(config, setting.name)
        if setting.name not in _IN_DATA_FLAG and (value != setting.default or setting.name == "input_size"):
            flags.append(_written_flag(setting, value))
    return flags


def _written_flag(setting: Setting, value: Any) -> str:
    name = _flag_name(setting)
    if setting.kind is bool:
        return f"--{name}" if value else f"--no-{name}"
    if setting.kind is tuple:
        value = listed(value)  # thousands of names are too many for a command line
    return f"--{name}={value}"  # in one piece, so that a value may begin with a dash


def _flag_name(setting: Setting) -> str:
    return str(setting.extra.get("flag", setting.name.replace("_", "-")))


def _names(path: str) -> tuple[str, ...]:
    try:
        return read_names(Path(path))
    except DataError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _suggested_size(config: TrainingConfig) -> int:
    return suggested_input_size(config.network, NATIVE_SIZES.get(config.source))


def _flag(setting: Setting) -> dict[str, Any]:
    default = setting.extra.get("zero", setting.default) if setting.default == 0 else setting.default
    if setting.kind is tuple:
        words = f"{setting.help} FILE lists them, one a line, as the doctor command names them."
        return {"help": words, "type": _names, "metavar": "FILE"}
    shown = f" Default: {default}." if default != "" else ""
    options: dict[str, Any] = {"help": (setting.help + shown).replace("%", "%%"), "type": setting.kind}
    if setting.kind is bool:
        return {"help": options["help"], "action": argparse.BooleanOptionalAction}
    if setting.extra.get("choices") == "networks":
        options["choices"] = sorted(NETWORKS)
    elif setting.choices:
        options["choices"] = setting.choices
    else:
        usual = "NAME" if "choices" in setting.extra else {int: "N", float: "X", str: "PATH"}[setting.kind]
        options["metavar"] = setting.extra.get("metavar", usual)
    return options

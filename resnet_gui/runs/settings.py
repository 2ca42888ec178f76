"""Setting: what a form and a command line need to know of one setting, read from its annotation."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from resnet_gui.data.files import printable
from resnet_gui.errors import ConfigError


class Group(StrEnum):
    """Where in the form a setting stands, in this order."""

    DATA = "data"
    NETWORK = "network"
    TRAINING = "training"
    TRANSFER = "transfer"
    AUGMENTATION = "augmentation"
    REGULARIZATION = "regularization"


def about(
    group: Group,
    title: str,
    description: str,
    *,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    **hints: Any,
) -> Meta:
    """Return the annotation that describes a setting.

    Args:
        group: where it stands.
        title: its label.
        description: the tooltip and the flag's help.
        ge: least value of a number.
        gt: what a number must be above.
        le: greatest value of a number.
        **hints: for the form: step, suffix, decimals, percent, zero (what 0 is called), choices ("networks", "starts",
            "stages": what they are depends on the other settings and the user's runs); for the command line: flag (what
            it is called if not like the setting) and metavar (what it is given).
    """
    extra = {"group": group, **hints}
    if gt is not None:
        return Meta(title=title, description=description, gt=gt, le=le, extra=extra)
    return Meta(title=title, description=description, ge=ge, le=le, extra=extra)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as a form or a command line shows it.

    Attributes:
        name: field name in TrainingConfig.
        group: where it stands in the form.
        kind: bool, int, float, str, or tuple for names of pictures.
        choices: the allowed values of a choice, else empty.
        minimum, maximum: inclusive limits of a number (exclusive minimum where `exclusive_minimum`).
        extra: hints for the form, see `about`.
    """

    name: str
    group: Group
    label: str
    help: str
    kind: type
    default: Any
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    exclusive_minimum: bool = False
    maximum: float | None = None
    extra: dict[str, Any] = field(default_factory=dict)


_KINDS: dict[type, type] = {
    msgspec.inspect.BoolType: bool,
    msgspec.inspect.IntType: int,
    msgspec.inspect.FloatType: float,
    msgspec.inspect.VarTupleType: tuple,
}


def described_settings(config: type[msgspec.Struct]) -> dict[str, Setting]:
    """Return the settings of a struct whose fields are all annotated with `about`, by name and in order."""
    settings = {}
    hints = get_type_hints(config)
    info = msgspec.inspect.type_info(config)
    assert isinstance(info, msgspec.inspect.StructType)
    for item in info.fields:
        meta = item.type
        if not isinstance(meta, msgspec.inspect.Metadata):
            raise TypeError(f"{item.name} has no description")
        kind, schema, extra = meta.type, meta.extra_json_schema or {}, dict(meta.extra or {})
        number = isinstance(kind, msgspec.inspect.IntType | msgspec.inspect.FloatType)
        settings[item.name] = Setting(
            name=item.name,
            group=extra.pop("group"),
            label=str(schema["title"]),
            help=str(schema["description"]),
            kind=_KINDS.get(type(kind), str),
            default=item.default,
            choices=_choices(hints[item.name]),
            minimum=(kind.ge if kind.ge is not None else kind.gt) if number else None,  # type: ignore[attr-defined]
            exclusive_minimum=number and kind.gt is not None,  # type: ignore[attr-defined]
            maximum=kind.le if number else None,  # type: ignore[attr-defined]
            extra=extra,
        )
    return settings


def _choices(hint: Any) -> tuple[str, ...]:
    return get_args(hint) if get_origin(hint) is Literal else ()


def check_value(setting: Setting, value: object) -> None:
    """Raise ConfigError if a value is of the wrong kind or out of range."""
    if setting.choices:
        if value not in setting.choices:
            raise ConfigError(f"{setting.label} is one of {', '.join(setting.choices)}.", setting.name)
    elif setting.kind is bool:
        if not isinstance(value, bool):
            raise ConfigError(f"{setting.label} is either on or off.", setting.name)
    elif setting.kind is str:
        _check_text(setting, value)
    elif setting.kind is tuple:
        _check_names(setting, value)
    else:
        _check_number(setting, value)


def _check_text(setting: Setting, value: object) -> None:
    if not isinstance(value, str):
        raise ConfigError(f"{setting.label} is a text.", setting.name)
    if not value.isascii() and printable(value) != value:
        raise ConfigError(f"{setting.label} has a name that is no valid text.", setting.name, "Rename it first.")


def _check_names(setting: Setting, value: object) -> None:
    if not isinstance(value, tuple):
        raise ConfigError(f"{setting.label} is a list of names.", setting.name)
    for name in value:
        _check_text(setting, name)


def _check_number(setting: Setting, value: object) -> None:
    whole = setting.kind is int
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        raise ConfigError(f"{setting.label} is a {'whole ' if whole else ''}number.", setting.name)
    assert isinstance(value, int | float)
    assert setting.minimum is not None
    assert setting.maximum is not None
    low = value > setting.minimum if setting.exclusive_minimum else value >= setting.minimum
    if not (low and value <= setting.maximum):  # NaN is neither
        above = "above" if setting.exclusive_minimum else "at least"
        raise ConfigError(
            f"{setting.label} must be {above} {setting.minimum:g} and at most {setting.maximum:g}; it is {value:g}.",
            setting.name,
        )

"""TrainingConfig: every setting of a training, described once.

The form, the command line's flags and the checks are all made from the annotations below: title is the
label, description the tooltip and the flag's help, the limits are enforced by `validated`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from resnet_gui.data.files import printable
from resnet_gui.data.images import Fit
from resnet_gui.data.sources import DataRequest
from resnet_gui.errors import ConfigError

Source = Literal["cifar100", "folder", "shapes"]
LabelSet = Literal["fine", "coarse"]
Optimizer = Literal["adam", "sgd"]


class TrainingConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of one training. Immutable; `validated` checks the limits."""

    source: Annotated[
        Source,
        Meta(
            title="Data",
            description="Where the pictures come from: CIFAR-100, a folder with one sub-folder per class, "
            "or generated demo shapes that need no download.",
        ),
    ] = "shapes"
    folder: Annotated[
        str, Meta(title="Folder", description="The folder with one sub-folder of pictures per class.")
    ] = ""
    archive: Annotated[
        str,
        Meta(
            title="CIFAR-100 archive",
            description="cifar-100-python.tar.gz, or the folder it was unpacked to. Empty: download it once.",
        ),
    ] = ""
    labels: Annotated[
        LabelSet,
        Meta(title="Labels", description="CIFAR-100's 100 fine classes, or its 20 coarse superclasses."),
    ] = "fine"
    fit: Annotated[
        Fit,
        Meta(
            title="Fit",
            description="How a picture becomes square: crop cuts the edges off the longer side, "
            "squash presses the whole picture into the square.",
        ),
    ] = "crop"
    validation_share: Annotated[
        float,
        Meta(
            ge=0.0,
            le=0.9,
            title="Validation share",
            description="Share of the training pictures that is held back to measure progress on pictures "
            "the network has not learned from. 0 trains on everything and keeps the last epoch.",
            extra={"step": 0.05, "percent": True},
        ),
    ] = 0.2
    limit: Annotated[
        int,
        Meta(
            ge=0,
            le=100_000_000,
            title="Use at most",
            description="Use at most this many pictures, each class in proportion: for a quick try. 0 uses all.",
            extra={"step": 1000, "zero": "all pictures"},
        ),
    ] = 0
    network: Annotated[
        str,
        Meta(title="Network", description="The architecture that is trained.", extra={"choices": "networks"}),
    ] = "resnet18"
    input_size: Annotated[
        int,
        Meta(
            ge=32,
            le=224,
            title="Input size",
            description="Width and height, in pixels, of the pictures as the network sees them. "
            "Smaller is much faster; larger shows finer detail.",
            extra={"step": 32, "suffix": " px"},
        ),
    ] = 32
    epochs: Annotated[
        int,
        Meta(
            ge=1,
            le=10_000,
            title="Epochs",
            description="How often the network sees every training picture. More learns more, until it overfits.",
        ),
    ] = 10
    batch_size: Annotated[
        int,
        Meta(
            ge=1,
            le=4096,
            title="Batch size",
            description="Pictures per step. Larger batches need more memory and give smoother curves.",
            extra={"step": 8},
        ),
    ] = 32
    learning_rate: Annotated[
        float,
        Meta(
            gt=0.0,
            le=10.0,
            title="Learning rate",
            description="How far each step moves the weights. Too high and the loss jumps or grows, "
            "too low and nothing seems to happen.",
            extra={"decimals": 6},
        ),
    ] = 0.001
    optimizer: Annotated[
        Optimizer,
        Meta(
            title="Optimizer",
            description="The rule for moving the weights: Adam adapts each weight's step, "
            "SGD (with Nesterov momentum 0.9) moves all alike.",
        ),
    ] = "adam"
    seed: Annotated[
        int,
        Meta(
            ge=0,
            le=2**31 - 1,
            title="Seed",
            description="The start of every random choice. The same seed repeats the same training.",
        ),
    ] = 0

    def data_request(self) -> DataRequest:
        """Return the part of the settings that says which pictures to load."""
        return DataRequest(
            source=self.source,
            folder=self.folder,
            archive=self.archive,
            labels=self.labels,
            input_size=self.input_size,
            fit=self.fit,
        )


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as a form or a command line shows it.

    Attributes:
        name: field name in TrainingConfig.
        kind: int, float or str.
        choices: the allowed values of a choice, else empty.
        minimum, maximum: inclusive limits of a number (exclusive minimum where `exclusive_minimum`).
        extra: hints for the form: step, suffix, decimals, percent, zero, choices.
    """

    name: str
    label: str
    help: str
    kind: type
    default: Any
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    exclusive_minimum: bool = False
    maximum: float | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def _described_settings() -> dict[str, Setting]:
    settings = {}
    hints = get_type_hints(TrainingConfig)
    info = msgspec.inspect.type_info(TrainingConfig)
    assert isinstance(info, msgspec.inspect.StructType)
    for item in info.fields:
        meta = item.type
        if not isinstance(meta, msgspec.inspect.Metadata):
            raise TypeError(f"{item.name} has no description")
        kind, schema = meta.type, meta.extra_json_schema or {}
        number = isinstance(kind, msgspec.inspect.IntType | msgspec.inspect.FloatType)
        settings[item.name] = Setting(
            name=item.name,
            label=str(schema["title"]),
            help=str(schema["description"]),
            kind={msgspec.inspect.IntType: int, msgspec.inspect.FloatType: float}.get(type(kind), str),
            default=item.default,
            choices=_choices(hints[item.name]),
            minimum=(kind.ge if kind.ge is not None else kind.gt) if number else None,  # type: ignore[attr-defined]
            exclusive_minimum=number and kind.gt is not None,  # type: ignore[attr-defined]
            maximum=kind.le if number else None,  # type: ignore[attr-defined]
            extra=meta.extra or {},
        )
    return settings


def _choices(hint: Any) -> tuple[str, ...]:
    return get_args(hint) if get_origin(hint) is Literal else ()


def validated(config: TrainingConfig) -> TrainingConfig:
    """Return `config`, its paths made absolute, if every setting is within its limits and they fit together.

    Raises:
        ConfigError: names the first setting that is not, in words.
    """
    for setting in SETTINGS.values():
        check_value(setting, getattr(config, setting.name))
    if config.source == "folder" and not config.folder:
        raise ConfigError("No folder is chosen.", "folder", "Choose a folder with one sub-folder per class.")
    # Absolute, so that run.json still names them when the program is started from elsewhere.
    return msgspec.structs.replace(config, folder=_absolute(config.folder), archive=_absolute(config.archive))


def check_value(setting: Setting, value: object) -> None:
    """Raise ConfigError if a value is of the wrong kind or out of range."""
    if setting.choices:
        if value not in setting.choices:
            raise ConfigError(f"{setting.label} is one of {', '.join(setting.choices)}.", setting.name)
        return
    if setting.kind is str:
        if not isinstance(value, str):
            raise ConfigError(f"{setting.label} is a text.", setting.name)
        if not value.isascii() and printable(value) != value:
            raise ConfigError(f"{setting.label} has a name that is no valid text.", setting.name, "Rename it first.")
        return
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


def _absolute(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path)) if path else ""


def steps_per_epoch(count: int, batch_size: int) -> int:
    """Return the number of steps an epoch has; the last batch may be smaller."""
    return -(-count // batch_size)


SETTINGS: dict[str, Setting] = _described_settings()
"""Every setting of TrainingConfig by name, in the order of the form."""

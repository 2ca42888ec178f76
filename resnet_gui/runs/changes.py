"""Changing settings while a training runs: what they may become, what follows, and what was before."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import get_args

import msgspec

from resnet_gui.errors import ConfigError
from resnet_gui.runs.config import SETTINGS, TrainingConfig
from resnet_gui.runs.events import Changeable, SettingChanged, TrainingPlanned
from resnet_gui.runs.settings import check_value

CHANGEABLE: tuple[Changeable, ...] = get_args(Changeable)
_EPOCHS = ("epochs", "fine_tune_epochs")


def epochs_setting(config: TrainingConfig) -> tuple[Changeable, int]:
    """Return the setting from which the number of epochs in all follows once a training has begun.

    Returns:
        Its name, and how many epochs there are beside it: with fine-tuning those of the head, which stay.
    """
    return ("fine_tune_epochs", config.epochs) if config.freeze and config.fine_tune_epochs else ("epochs", 0)


def rate_setting(config: TrainingConfig, ended: int) -> Changeable:
    """Return the setting that the learning rate follows from when so many epochs have ended."""
    return "fine_tune_rate" if epochs_setting(config)[1] and ended >= config.epochs else "learning_rate"


def check_change(config: TrainingConfig, name: Changeable, value: float, begun: int = 0) -> None:
    """Raise ConfigError, in words, if a setting of a training under way cannot become a value.

    Args:
        config: the settings in force.
        name: which is to be changed.
        value: what to.
        begun: epochs that were begun, in all; there cannot be fewer.
    """
    check_value(SETTINGS[name], value)
    if name not in _EPOCHS:
        return
    setting, beside = epochs_setting(config)
    if name != setting:
        raise ConfigError("The number of epochs of the head is fixed; fine-tuning can take more or fewer.", name)
    total = int(value) + beside
    if total < begun:
        raise ConfigError(f"{total} epochs are too few: epoch {begun} has begun.", name, "Stop the training instead.")
    if total <= beside:
        raise ConfigError(f"{total} epochs leave none for fine-tuning.", name, f"Choose at least {beside + 1}.")


def least_value(config: TrainingConfig, name: Changeable, value: float, begun: int) -> float:
    """Return a value that was allowed when it was asked for, raised if more epochs have begun since."""
    return max(value, begun - epochs_setting(config)[1]) if name in _EPOCHS else value


def undone(config: TrainingConfig, changes: Sequence[SettingChanged]) -> TrainingConfig:
    """Return the settings as they were before some changes, which are in the order in which they were made."""
    for change in reversed(changes):
        config = msgspec.structs.replace(config, **{change.name: change.old})
    return config


def differences(config: TrainingConfig, other: TrainingConfig, step: int) -> list[SettingChanged]:
    """Return the changes, made at a step, that lead from some settings to others."""
    return [
        SettingChanged(time=time.time(), step=step, name=name, old=getattr(config, name), new=getattr(other, name))
        for name in CHANGEABLE
        if getattr(config, name) != getattr(other, name)
    ]


def replanned(plan: TrainingPlanned, change: SettingChanged) -> TrainingPlanned:
    """Return what is planned after a change."""
    if change.name not in _EPOCHS:
        return plan
    return msgspec.structs.replace(plan, epochs=plan.epochs + int(change.new - change.old))


def change_words(change: SettingChanged) -> str:
    """Return a change as a sentence for the log and the terminal."""
    label = SETTINGS[change.name].label
    return f"{label} changed from {change.old:g} to {change.new:g}, from step {change.step + 1} on."

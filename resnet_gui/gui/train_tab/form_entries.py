"""FormEntries: what stands in the form as plain data, to be remembered and shown again."""

from __future__ import annotations

from typing import Any

import msgspec

from resnet_gui.errors import ConfigError
from resnet_gui.models.registry import find_network
from resnet_gui.runs.config import SETTINGS, TrainingConfig
from resnet_gui.runs.settings import check_value
from resnet_gui.training.recipes import RECIPES


class FormEntries(msgspec.Struct, frozen=True):
    """A recipe's name, and what is entered, usable or not, by setting name."""

    recipe: str
    settings: dict[str, Any]

    def config(self) -> TrainingConfig:
        """Return the entries; the recipe's settings stand in for what is missing or can be used no more."""
        recipe = RECIPES.get(self.recipe) or next(iter(RECIPES.values()))
        usable = {name: value for name, value in self.settings.items() if _is_usable(name, value)}
        return msgspec.structs.replace(recipe.config, **usable)


def _is_usable(name: str, value: Any) -> bool:
    if name not in SETTINGS:  # of another version of this program
        return False
    try:
        check_value(SETTINGS[name], value)
        if name == "network":
            find_network(value)
    except (ConfigError, UnicodeError):  # the second for text that is none
        return False
    return True

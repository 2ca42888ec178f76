"""RecipeField: the choice of a recipe, what it is for, and the way back to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.editors import Choice, ChoiceEditor, WheelGuard, wrapped
from resnet_gui.gui.train_tab.form_parts import make_tool_button, small_label
from resnet_gui.gui.train_tab.lock import lock
from resnet_gui.runs.config import OF_THE_PICTURES, TrainingConfig
from resnet_gui.training.recipes import RECIPES


class RecipeField(QWidget):
    """A recipe, its description, and whether the form still follows it."""

    chosen = Signal()  # by the user, the same one again too

    def __init__(self) -> None:
        super().__init__()
        self.editor = ChoiceEditor([Choice(item.name, item.title, item.description) for item in RECIPES.values()])
        self.editor.installEventFilter(WheelGuard(self))
        explanation = self.tr("Settings known to work; choosing one fills the form, then change any")
        self.editor.setAccessibleName(self.tr("Recipe"))
        self.editor.setAccessibleDescription(explanation)
        self.editor.setToolTip(wrapped(explanation))
        self.editor.activated.connect(self.chosen)
        self.reset_button = make_tool_button(
            "reset", self.tr("Back to the recipe"), self.tr("Back to the recipe's settings")
        )
        self.reset_button.setAutoRaise(True)
        self.reset_button.clicked.connect(self.chosen)
        self.words = small_label()
        hidden = self.reset_button.sizePolicy()
        hidden.setRetainSizeWhenHidden(True)  # nothing under it moves when it comes and goes
        self.reset_button.setSizePolicy(hidden)
        label = QLabel(self.tr("&Recipe"))
        label.setBuddy(self.editor)
        label.setToolTip(self.editor.toolTip())
        head = QHBoxLayout()
        head.addWidget(label, stretch=1)
        head.addWidget(self.reset_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(em(0.2))
        layout.addLayout(head)
        layout.addWidget(self.editor)
        layout.addWidget(self.words)

    @property
    def config(self) -> TrainingConfig:
        """The recipe's settings."""
        return RECIPES[self.editor.entry()].config

    def recognise(self, config: TrainingConfig) -> None:
        """Choose the recipe that these settings come from, or are most like: that with the fewest other values."""
        settings = msgspec.structs.asdict(config)

        def others(name: str) -> int:
            recipe = msgspec.structs.asdict(with_places_of(config, RECIPES[name].config))
            return sum(recipe[setting] != value for setting, value in settings.items())

        self.editor.set_entry(min(RECIPES, key=others))

    def compare(self, entries: Mapping[str, Any]) -> None:
        """Say whether entries are the recipe's; what belongs to the pictures is no part of it."""
        recipe = RECIPES[self.editor.entry()]
        settings = msgspec.structs.asdict(recipe.config)
        changed = any(entries[name] != value for name, value in settings.items() if name not in OF_THE_PICTURES)
        self.words.setText(self.tr("Changed from this recipe.") if changed else recipe.description)
        self.reset_button.setVisible(changed)

    def set_read_only(self, read_only: bool) -> None:
        """Keep another from being chosen, or allow it again."""
        lock(self.editor, read_only)
        lock(self.reset_button, read_only)


def with_places_of(config: TrainingConfig, recipe: TrainingConfig) -> TrainingConfig:
    """Return a recipe's settings with what belongs to the pictures of another config."""
    return msgspec.structs.replace(recipe, **{name: getattr(config, name) for name in OF_THE_PICTURES})

"""ConfigForm: every setting of a training, generated from their descriptions."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QFormLayout, QGroupBox, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from resnet_gui.errors import ConfigError
from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.data_panel import DataPanel
from resnet_gui.gui.train_tab.editors import Choice, ChoiceEditor, WheelGuard, wrapped
from resnet_gui.gui.train_tab.run_name_field import RunNameField
from resnet_gui.gui.train_tab.setting_field import SettingField
from resnet_gui.models.registry import NATIVE_SIZES, NETWORKS, find_network, suggested_input_size
from resnet_gui.runs.config import SETTINGS, TrainingConfig, validated
from resnet_gui.runs.store import RunStore
from resnet_gui.training.recipes import RECIPES

# The letter that goes to the setting with Alt; the menus, tabs and other controls have theirs.
_NETWORK_FIELDS = {"network": "N", "input_size": "z"}
_TRAINING_FIELDS = {
    "epochs": "E",
    "batch_size": "B",
    "learning_rate": "L",
    "optimizer": "p",
    "validation_share": "a",
    "limit": "U",
    "seed": "S",
}
_DATA_SETTINGS = (
    "source", "folder", "archive", "labels", "fit", "input_size", "validation_share", "limit", "seed",
)  # fmt: skip
# Where the user keeps pictures is no part of a recipe.
_NOT_IN_RECIPES = ("folder", "archive")


class ConfigForm(QWidget):
    """The settings of the next training, with words beside those that cannot be used.

    Args:
        store: where the run will be made; tells which names are taken.
    """

    changed = Signal()  # a setting, the data or a problem

    def __init__(self, store: RunStore) -> None:
        super().__init__()
        self.data = DataPanel()
        self.fields: dict[str, SettingField] = dict(self.data.chooser.fields)
        self.run_name = RunNameField(store)
        self.blocker = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(em(0.5), em(0.5), em(0.5), em(0.5))
        layout.addWidget(self.data)
        layout.addWidget(self._make_network_group())
        layout.addWidget(self._make_training_group())
        layout.addStretch()
        self._suggested_size = self._suggest_size()
        for field in self.fields.values():
            field.changed.connect(self._on_changed)
        self.data.changed.connect(self._on_changed)
        self.data.data_changed.connect(self._check)
        self.run_name.changed.connect(self._check)
        self.recipe.activated.connect(self._on_recipe_chosen)
        self.set_config(next(iter(RECIPES.values())).config)

    def _make_network_group(self) -> QGroupBox:
        group = QGroupBox(self.tr("Network"))
        form = _make_form(group)
        self._network_words = _small_label()
        for name, key in _NETWORK_FIELDS.items():
            self._add_field(name, key, form)
        form.insertRow(1, self._network_words)
        return group

    def _make_training_group(self) -> QGroupBox:
        group = QGroupBox(self.tr("Training"))
        form = _make_form(group)
        self.recipe = ChoiceEditor([Choice(item.name, item.title, item.description) for item in RECIPES.values()])
        self.recipe.installEventFilter(WheelGuard(self))
        self.recipe.setAccessibleName(self.tr("Recipe"))
        self.recipe.setToolTip(wrapped(self.tr("Settings known to work; choosing one fills the form, then change any")))
        self.recipe_reset = QToolButton()
        self.recipe_reset.setAutoRaise(True)
        self.recipe_reset.setAccessibleName(self.tr("Back to the recipe"))
        self.recipe_reset.setToolTip(self.tr("Back to the recipe's settings"))
        self.recipe_reset.clicked.connect(self._on_recipe_chosen)
        set_icon(self.recipe_reset, "reset")
        row = QHBoxLayout()
        row.addWidget(self.recipe, stretch=1)
        row.addWidget(self.recipe_reset)
        label = QLabel(self.tr("&Recipe"))
        label.setBuddy(self.recipe)
        self.recipe_words = _small_label()
        form.addRow(label, row)
        form.addRow(self.recipe_words)
        for name, key in _TRAINING_FIELDS.items():
            self._add_field(name, key, form)
        self.run_name.add_to(form)
        return group

    def _add_field(self, name: str, key: str, form: QFormLayout) -> None:
        field = SettingField(SETTINGS[name], key)
        field.add_to(form)
        self.fields[name] = field

    def config(self) -> TrainingConfig:
        """Return the settings.

        Raises:
            ConfigError: one cannot be used.
        """
        return validated(TrainingConfig(**self._entries()))

    def set_config(self, config: TrainingConfig) -> None:
        """Show settings, and the recipe they come from if they do.

        Raises:
            ConfigError: a choice that there is not.
        """
        find_network(config.network)
        with QSignalBlocker(self):
            self.data.chooser.set_entries(config)
            for name in (*_NETWORK_FIELDS, *_TRAINING_FIELDS):
                self.fields[name].set_entry(getattr(config, name))
        same = [name for name, item in RECIPES.items() if _as_recipe(item.config, config) == config]
        if same:
            self.recipe.set_entry(same[0])
        self._on_changed()

    def set_read_only(self, read_only: bool) -> None:
        """Keep everything from being changed, or allow it again."""
        self.data.set_read_only(read_only)
        for field in self.fields.values():
            field.set_read_only(read_only)
        for widget in (self.recipe, self.recipe_reset, self.run_name.editor):
            widget.setEnabled(not read_only)

    def shut_down(self) -> None:
        """End all background work."""
        self.data.shut_down()

    def _entries(self) -> dict[str, Any]:
        return self.data.chooser.entries() | {
            name: self.fields[name].entry() for name in (*_NETWORK_FIELDS, *_TRAINING_FIELDS)
        }

    def _on_changed(self) -> None:
        self._follow_suggestion()
        self._network_words.setText(NETWORKS[self.fields["network"].entry()].explanation)
        self._show_data()
        self._show_recipe()
        self._check()

    def _show_data(self) -> None:
        """Read the data again as soon as the settings that choose it can be used, whatever the others are."""
        entries = {name: value for name, value in self._entries().items() if name in _DATA_SETTINGS}
        if any(self.fields[name].own_problem() for name in _DATA_SETTINGS if name in self.fields):
            return
        try:
            self.data.show_data_of(validated(TrainingConfig(**entries)))
        except ConfigError as error:
            self.data.show_nothing(str(error))

    def _suggest_size(self) -> int:
        return suggested_input_size(self.fields["network"].entry(), NATIVE_SIZES.get(self.data.chooser.source))

    def _follow_suggestion(self) -> None:
        """Let the input size follow the network and the source, unless somebody, or a recipe, chose another."""
        before, self._suggested_size = self._suggested_size, self._suggest_size()
        size = self.fields["input_size"]
        if size.entry() == before != self._suggested_size:
            size.set_entry(self._suggested_size)

    def _on_recipe_chosen(self) -> None:
        recipe = RECIPES[self.recipe.entry()]
        places = {name: self.fields[name].entry() for name in _NOT_IN_RECIPES}
        self.set_config(msgspec.structs.replace(recipe.config, **places))

    def _show_recipe(self) -> None:
        recipe = RECIPES[self.recipe.entry()]
        kept = {name: getattr(recipe.config, name) for name in _NOT_IN_RECIPES}
        changed = self._entries() | kept != msgspec.structs.asdict(recipe.config)
        self.recipe_words.setText(self.tr("Changed from this recipe.") if changed else recipe.description)
        self.recipe_reset.setVisible(changed)

    def _check(self) -> None:
        """Say beside each field what is wrong with it, and remember the first thing that keeps Start from working."""
        problems = {name: field.own_problem() for name, field in self.fields.items()}
        dataset, batch_size = self.data.dataset, self.fields["batch_size"].entry()
        if dataset is not None and not problems["batch_size"] and batch_size > len(dataset.train):
            problems["batch_size"] = self.tr("There are only {count} pictures to train on.").format(
                count=len(dataset.train)
            )
        for name, problem in problems.items():
            self.fields[name].show_problem(problem)
        self.blocker = next(filter(None, [*problems.values(), self.run_name.problem, self.data.problem]), "")
        self.changed.emit()


def _as_recipe(recipe: TrainingConfig, config: TrainingConfig) -> TrainingConfig:
    """Return a recipe's settings with the places of another config."""
    return msgspec.structs.replace(recipe, **{name: getattr(config, name) for name in _NOT_IN_RECIPES})


def _make_form(group: QGroupBox) -> QFormLayout:
    form = QFormLayout(group)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setVerticalSpacing(em(0.4))
    return form


def _small_label() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    font = label.font()
    font.setPointSizeF(font.pointSizeF() * 0.9)
    label.setFont(font)
    return label

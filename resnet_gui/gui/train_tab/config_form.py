"""ConfigForm: every setting of a training, generated from their descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from resnet_gui.errors import ConfigError
from resnet_gui.gui.train_tab.arrangement import arrange
from resnet_gui.gui.train_tab.dependent_choice import DependentChoiceEditor
from resnet_gui.gui.train_tab.forecast_label import ForecastLabel
from resnet_gui.gui.train_tab.form_entries import FormEntries
from resnet_gui.gui.train_tab.rules import reasons
from resnet_gui.gui.train_tab.settings_column import SettingsColumn
from resnet_gui.gui.train_tab.words import summary
from resnet_gui.models.registry import NATIVE_SIZES, NETWORKS, check_network, find_network, suggested_input_size
from resnet_gui.runs.config import OF_THE_PICTURES, SETTINGS, TrainingConfig, validated
from resnet_gui.runs.settings import Group
from resnet_gui.runs.store import RunStore
from resnet_gui.training.recipes import RECIPES

# What decides which pictures are read and how they are split.
_DATA_SETTINGS = (*arrange(SETTINGS)[Group.DATA].more, "input_size", "validation_share", "limit", "seed")


class ConfigForm(QWidget):
    """The settings of the next training, with words beside those that cannot be used.

    Attributes:
        data, recipe, run_name, fields, sections, model_button, preview_button, rate_button: see SettingsColumn.
        forecast: what the training will take; fed by others.
        blocker: the first thing that keeps Start from working, empty for none.

    Args:
        store: where the run will be made; tells which names are taken and what there is to start from.
    """

    changed = Signal()  # a setting, the data or a problem
    model_requested = Signal()
    preview_requested = Signal()
    rate_requested = Signal()
    measure_requested = Signal()

    def __init__(self, store: RunStore) -> None:
        super().__init__()
        self._column = column = SettingsColumn(store)
        self.fields, self.sections = column.fields, column.sections
        self.data, self.recipe, self.run_name = column.data, column.recipe, column.run_name
        self.model_button, self.preview_button = column.model_button, column.preview_button
        self.rate_button = column.rate_button
        self.forecast = ForecastLabel()
        self.blocker = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(column, stretch=1)
        layout.addWidget(self.forecast)
        self._connect()
        self.set_config(next(iter(RECIPES.values())).config)

    def _connect(self) -> None:
        for field in self.fields.values():
            field.changed.connect(self._on_changed)
        self.data.changed.connect(self._on_changed)
        self.data.data_changed.connect(self._check)
        self.run_name.changed.connect(self._check)
        self.recipe.chosen.connect(self._on_recipe_chosen)
        self.model_button.clicked.connect(self.model_requested)
        self.preview_button.clicked.connect(self.preview_requested)
        self.rate_button.clicked.connect(self.rate_requested)
        self.forecast.measure_requested.connect(self.measure_requested)

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
        self._column.choices.network = config.network
        with QSignalBlocker(self.data):
            self.data.chooser.set_entries(config)
        for name, field in self.fields.items():
            with QSignalBlocker(field):
                field.set_entry(getattr(config, name))
        self._outdate_choices()
        self._suggested_size = self._suggest_size()
        self.recipe.recognise(config)
        self._on_changed()

    def entries(self) -> FormEntries:
        """Return what stands in the form, usable or not."""
        return FormEntries(self.recipe.editor.entry(), self._entries())

    def restore(self, entries: FormEntries) -> None:
        """Show what stood in the form once, as far as it can be used."""
        self.set_config(entries.config())
        if entries.recipe in RECIPES:
            self.recipe.editor.set_entry(entries.recipe)
            self.recipe.compare(self._entries())

    def change(self, values: Mapping[str, Any]) -> None:
        """Enter other values for some settings, by name.

        Raises:
            ConfigError: a choice that there is not.
        """
        for name, value in values.items():
            self.fields[name].set_entry(value)

    def set_read_only(self, read_only: bool) -> None:
        """Keep everything from being changed, or allow it again; sections can be opened and closed all the same."""
        self._column.set_read_only(read_only)
        self.forecast.set_read_only(read_only)

    def shut_down(self) -> None:
        """End all background work."""
        self.data.shut_down()

    def _entries(self) -> dict[str, Any]:
        return {"source": self.data.chooser.source} | {name: field.entry() for name, field in self.fields.items()}

    def _on_changed(self) -> None:
        entries = self._entries()
        if entries["network"] != self._column.choices.network:
            self._column.choices.network = entries["network"]
            self._outdate_choices()
        self._follow_suggestion()
        self._column.network_words.setText(NETWORKS[entries["network"]].explanation)
        self._show_data()
        self.recipe.compare(self._entries())
        self._check()

    def _outdate_choices(self) -> None:
        for field in self.fields.values():
            if isinstance(field.editor, DependentChoiceEditor):
                field.editor.outdate()

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
        places = {name: self.fields[name].entry() for name in OF_THE_PICTURES}
        self.set_config(msgspec.structs.replace(self.recipe.config, **places))

    def _check(self) -> None:
        """Say beside each field what is wrong with it, and remember the first thing that keeps Start from working."""
        problems = {name: field.own_problem() for name, field in self.fields.items()}
        problems["batch_size"] = problems["batch_size"] or self._batch_problem()
        if not any(problems.values()):
            problems |= self._combination_problem()
        for name, field in self.fields.items():
            field.show_problem(problems[name])
        self.blocker = next(filter(None, [*problems.values(), self.run_name.problem, self.data.problem]), "")
        self._show_sections()
        self.changed.emit()

    def _batch_problem(self) -> str:
        dataset = self.data.dataset
        if dataset is None or self.fields["batch_size"].entry() <= len(dataset.train):
            return ""
        return self.tr("There are only {count} pictures to train on.").format(count=len(dataset.train))

    def _combination_problem(self) -> dict[str, str]:
        """Return what is wrong with entries that are fine each alone, by the setting it stands beside."""
        try:
            check_network(self.config())
        except ConfigError as error:
            if error.field not in self.data.chooser.fields:  # else its panel says it
                return {error.field: str(error)}
        return {}

    def _show_sections(self) -> None:
        """Show which settings have an effect, and say in each section's header what is set in it."""
        entries = self._entries()
        without_effect = reasons(entries)
        for name, field in self.fields.items():
            field.show_reason(without_effect.get(name, ""))
        for group, section in self.sections.items():
            told = [SETTINGS[name] for name in section.fields if name not in without_effect]
            words = [summary(told, entries, section.title)]
            problems = [field.problem for field in section.fields.values()]
            if group is Group.TRAINING:
                words.append(self.run_name.name)
                problems.append(self.run_name.problem)
            section.show_summary(", ".join(filter(None, words)))
            if any(problems):
                section.open()

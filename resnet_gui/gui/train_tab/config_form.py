"""ConfigForm: every setting of a training, generated from their descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QFormLayout, QGroupBox, QScrollArea, QVBoxLayout, QWidget

from resnet_gui.errors import ConfigError
from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.arrangement import KEYS, arrange
from resnet_gui.gui.train_tab.browse_button import BrowseButton
from resnet_gui.gui.train_tab.data_panel import DataPanel
from resnet_gui.gui.train_tab.dependent_choice import DependentChoiceEditor, DependentChoices
from resnet_gui.gui.train_tab.forecast_label import ForecastLabel
from resnet_gui.gui.train_tab.form_parts import align_labels, make_form, make_tool_button, small_label
from resnet_gui.gui.train_tab.recipe_field import RecipeField
from resnet_gui.gui.train_tab.rules import reasons
from resnet_gui.gui.train_tab.run_name_field import RunNameField
from resnet_gui.gui.train_tab.section import Section, make_sections
from resnet_gui.gui.train_tab.setting_field import SettingField
from resnet_gui.gui.train_tab.words import summary
from resnet_gui.models.registry import NATIVE_SIZES, NETWORKS, find_network, suggested_input_size
from resnet_gui.runs.config import PATHS, SETTINGS, TrainingConfig, validated
from resnet_gui.runs.settings import Group
from resnet_gui.runs.store import RunStore
from resnet_gui.training.recipes import RECIPES

# What decides which pictures are read and how they are split.
_DATA_SETTINGS = (*arrange(SETTINGS)[Group.DATA].more, "input_size", "validation_share", "limit", "seed")


class ConfigForm(QWidget):
    """The settings of the next training, with words beside those that cannot be used.

    Attributes:
        fields: every setting but the source, by name.
        sections: what of each group is shown on request.
        model_button, preview_button, rate_button: ask for the windows that belong to a setting.
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
        self._choices = DependentChoices(store)
        self.data = DataPanel()
        self.recipe = RecipeField()
        self.run_name = RunNameField(store)
        self.forecast = ForecastLabel()
        self.fields: dict[str, SettingField] = dict(self.data.chooser.fields)
        self.blocker = ""
        self._network_words = small_label()
        self.sections = make_sections()
        self._lay_out()
        self._add_buttons()
        self._follow_opening()
        for field in self.fields.values():
            field.changed.connect(self._on_changed)
        self.data.changed.connect(self._on_changed)
        self.data.data_changed.connect(self._check)
        self.run_name.changed.connect(self._check)
        self.recipe.chosen.connect(self._on_recipe_chosen)
        self.forecast.measure_requested.connect(self.measure_requested)
        self.set_config(next(iter(RECIPES.values())).config)

    def _lay_out(self) -> None:
        network, training = QGroupBox(self.tr("Network")), QGroupBox(self.tr("Training"))
        network_form, training_form = make_form(network), make_form(training)
        self.recipe.add_to(training_form)
        self._add_settings(Group.NETWORK, network_form)
        self._add_settings(Group.TRAINING, training_form)
        network_form.insertRow(1, self._network_words)
        self.run_name.add_to(self.sections[Group.TRAINING].form)
        column = QWidget()
        parts = QVBoxLayout(column)
        parts.setContentsMargins(em(0.5), em(0.5), em(0.5), em(0.5))
        for part in (self.data, network, training):
            parts.addWidget(part)
        for group in (Group.TRANSFER, Group.AUGMENTATION, Group.REGULARIZATION):
            self._add_settings(group, None)
            parts.addWidget(self.sections[group])
        parts.addStretch()
        align_labels([network_form, training_form, *(section.form for section in self.sections.values())])
        self._scroll = QScrollArea()
        self._scroll.setWidget(column)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._scroll, stretch=1)
        layout.addWidget(self.forecast)

    def _add_settings(self, group: Group, form: QFormLayout | None) -> None:
        """Put a group's everyday settings into a form with the section under them, and the others into the section."""
        arrangement, section = arrange(SETTINGS)[group], self.sections[group]
        for name in (*arrangement.in_sight, *arrangement.more):
            setting = SETTINGS[name]
            depends = setting.extra.get("choices") in {"starts", "stages"}
            field = SettingField(setting, KEYS.get(name, ""), self._choices.of if depends else None)
            if name in PATHS:
                BrowseButton(field)
            self.fields[name] = field
            if name in arrangement.more or form is None:
                section.add_field(field)
            else:
                field.add_to(form)
        if form is not None:
            form.addRow(section)

    def _add_buttons(self) -> None:
        self.model_button = make_tool_button(
            "model", self.tr("Model…"), self.tr("Show the network's layers, their sizes and how they are connected")
        )
        self.model_button.clicked.connect(self.model_requested)
        self.fields["network"].add_button(self.model_button)
        self.rate_button = make_tool_button(
            "find", self.tr("Find…"), self.tr("Try many rates for a moment each, and see which lets the loss fall best")
        )
        self.rate_button.clicked.connect(self.rate_requested)
        self.fields["learning_rate"].add_button(self.rate_button)
        self.preview_button = make_tool_button(
            "preview", self.tr("Preview…"), self.tr("Show some of your pictures as the network will see them")
        )
        self.preview_button.clicked.connect(self.preview_requested)
        self.sections[Group.AUGMENTATION].add_button(self.preview_button)
        for button in (self.rate_button, self.preview_button):
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)

    def _follow_opening(self) -> None:
        """Scroll to what the user opens, as soon as it has its place."""
        for section in self.sections.values():
            settled = QTimer(section, singleShot=True, interval=0)
            settled.timeout.connect(lambda section=section: self._scroll_to(section))
            section.opened.connect(settled.start)

    def _scroll_to(self, section: Section) -> None:
        self._scroll.ensureWidgetVisible(section)
        self._scroll.ensureWidgetVisible(section.header)  # the upper end, if there is no room for both

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
        self._choices.network = config.network
        with QSignalBlocker(self.data):
            self.data.chooser.set_entries(config)
        for name, field in self.fields.items():
            with QSignalBlocker(field):
                field.set_entry(getattr(config, name))
        self._outdate_choices()
        self._suggested_size = self._suggest_size()
        self.recipe.recognise(config)
        self._on_changed()

    def change(self, values: Mapping[str, Any]) -> None:
        """Enter other values for some settings, by name.

        Raises:
            ConfigError: a choice that there is not.
        """
        for name, value in values.items():
            self.fields[name].set_entry(value)

    def set_read_only(self, read_only: bool) -> None:
        """Keep everything from being changed, or allow it again; sections can be opened and closed all the same."""
        self.data.set_read_only(read_only)
        for part in (*self.fields.values(), self.recipe, self.forecast):
            part.set_read_only(read_only)
        for widget in (self.run_name.editor, self.preview_button):
            widget.setEnabled(not read_only)

    def shut_down(self) -> None:
        """End all background work."""
        self.data.shut_down()

    def _entries(self) -> dict[str, Any]:
        return {"source": self.data.chooser.source} | {name: field.entry() for name, field in self.fields.items()}

    def _on_changed(self) -> None:
        entries = self._entries()
        if entries["network"] != self._choices.network:
            self._choices.network = entries["network"]
            self._outdate_choices()
        self._follow_suggestion()
        self._network_words.setText(NETWORKS[entries["network"]].explanation)
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
        places = {name: self.fields[name].entry() for name in PATHS}
        self.set_config(msgspec.structs.replace(self.recipe.config, **places))

    def _check(self) -> None:
        """Say beside each field what is wrong with it, and remember the first thing that keeps Start from working."""
        problems = {name: field.own_problem() for name, field in self.fields.items()}
        problems["batch_size"] = problems["batch_size"] or self._batch_problem()
        if not any(problems.values()):
            problems |= self._combination_problem()
        for name, field in self.fields.items():
            # What is wrong with the data is said under it, by its panel.
            field.show_problem(problems[name] if name not in self.data.chooser.fields or field.own_problem() else "")
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
            self.config()
        except ConfigError as error:
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

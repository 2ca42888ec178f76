"""SettingsColumn: the fields of all settings, each in its place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtWidgets import QGroupBox, QScrollArea, QVBoxLayout, QWidget

from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.arrangement import KEYS, WIDE, arrange
from resnet_gui.gui.train_tab.browse_button import BrowseButton
from resnet_gui.gui.train_tab.data_panel import DataPanel
from resnet_gui.gui.train_tab.dependent_choice import DEPENDENT, DependentChoices
from resnet_gui.gui.train_tab.form_parts import FieldStack, align_labels, make_tool_button, small_label
from resnet_gui.gui.train_tab.lock import lock
from resnet_gui.gui.train_tab.recipe_field import RecipeField
from resnet_gui.gui.train_tab.run_name_field import RunNameField
from resnet_gui.gui.train_tab.section import Section, make_sections
from resnet_gui.gui.train_tab.setting_field import SettingField
from resnet_gui.runs.config import PATHS, SETTINGS
from resnet_gui.runs.settings import Group
from resnet_gui.runs.store import RunStore


class SettingsColumn(QScrollArea):
    """All fields in a column that scrolls: the data, network and training in sight, the rest in sections.

    Attributes:
        data: the choice of pictures.
        recipe: the choice of a recipe.
        run_name: what the run shall be called.
        choices: what there is to choose from where that depends on the network.
        fields: every setting but the source, by name.
        sections: what of each group is shown on request.
        network_words: room for what there is to say about the network.
        model_button, preview_button, rate_button: stand beside the settings whose windows they open.

    Args:
        store: where the run will be made; tells which names are taken and what there is to start from.
    """

    def __init__(self, store: RunStore) -> None:
        super().__init__()
        self.data = DataPanel()
        self.recipe = RecipeField()
        self.run_name = RunNameField(store)
        self.choices = DependentChoices(store)
        self.fields: dict[str, SettingField] = dict(self.data.chooser.fields)
        self.sections = make_sections()
        self.network_words = small_label()
        self._inside = self._make_column()
        self.setWidget(self._inside)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its fields have it; a stop of Tab without a name
        self._add_buttons()
        self._follow_opening()

    def _make_column(self) -> QWidget:
        network, training = QGroupBox(self.tr("Network")), QGroupBox(self.tr("Training"))
        stacks = [FieldStack(network), FieldStack(training)]
        self._add_settings(Group.NETWORK, stacks[0])
        stacks[1].add_wide(self.recipe)
        self._add_settings(Group.TRAINING, stacks[1])
        self.run_name.add_to(self.sections[Group.TRAINING].stack)
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(em(0.5), em(0.5), em(0.5), em(0.5))
        for part in (self.data, network, training):
            layout.addWidget(part)
        for group in (Group.TRANSFER, Group.AUGMENTATION, Group.REGULARIZATION):
            self._add_settings(group)
            layout.addWidget(self.sections[group])
        layout.addStretch()
        align_labels([*stacks, *(section.stack for section in self.sections.values())])
        return column

    def _add_settings(self, group: Group, stack: FieldStack | None = None) -> None:
        """Put a group's settings into its section, but those in sight into the stack that the section ends."""
        arrangement, section = arrange(SETTINGS)[group], self.sections[group]
        if stack is not None:
            for name in arrangement.in_sight:
                self._make_field(name).add_to(stack)
                if name == "network":
                    stack.add_wide(self.network_words)
            stack.add_wide(section)
        for name in arrangement.more:
            section.add_field(self._make_field(name))

    def _make_field(self, name: str) -> SettingField:
        setting = SETTINGS[name]
        depends = setting.extra.get("choices") in DEPENDENT
        choices = self.choices.of if depends else None
        field = SettingField(setting, KEYS.get(name, ""), choices, wide=name in WIDE)
        if name in PATHS:
            BrowseButton(field)
        self.fields[name] = field
        return field

    def _add_buttons(self) -> None:
        self.model_button = make_tool_button(
            "model", self.tr("Model…"), self.tr("Show the network's layers, their sizes and how they are connected")
        )
        self.fields["network"].add_button(self.model_button)
        self.rate_button = make_tool_button(
            "find", self.tr("Find…"), self.tr("Try many rates for a moment each, and see which lets the loss fall best")
        )
        self.fields["learning_rate"].add_button(self.rate_button)
        self.preview_button = make_tool_button(
            "preview", self.tr("Preview…"), self.tr("Show some of your pictures as the network will see them")
        )
        self.sections[Group.AUGMENTATION].add_button(self.preview_button)
        for button in (self.model_button, self.rate_button, self.preview_button):
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)

    def minimumSizeHint(self) -> QSize:
        """Return a size in which nothing is cut on the right."""
        needed = self._inside.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        return QSize(max(needed, em(24)), super().minimumSizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow what is in the column: a scroll area by itself does not ask for another width."""
        if watched is self.widget() and event.type() is QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def set_read_only(self, read_only: bool) -> None:
        """Keep everything from being changed, or allow it again; sections can be opened and closed all the same."""
        self.data.set_read_only(read_only)
        self.recipe.set_read_only(read_only)
        for field in self.fields.values():
            field.set_read_only(read_only)
        for widget in (self.run_name.editor, self.preview_button):
            lock(widget, read_only)

    def _follow_opening(self) -> None:
        """Scroll to what the user opens, as soon as it has its place."""
        for section in self.sections.values():
            settled = QTimer(section, singleShot=True, interval=0)
            settled.timeout.connect(lambda section=section: self._scroll_to(section))
            section.opened.connect(settled.start)

    def _scroll_to(self, section: Section) -> None:
        self.ensureWidgetVisible(section)
        self.ensureWidgetVisible(section.header)  # the upper end, if there is no room for both

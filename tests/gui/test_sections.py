"""What the form shows on request: sections, what has an effect, choices that depend on others, room for other parts."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.arrangement import arrange
from resnet_gui.gui.train_tab.config_form import ConfigForm
from resnet_gui.gui.train_tab.rules import RULES, reasons
from resnet_gui.gui.train_tab.settings_column import SettingsColumn
from resnet_gui.gui.train_tab.words import choice_explanation, choice_title, value_words
from resnet_gui.models.registry import NETWORKS
from resnet_gui.runs.config import SETTINGS, TrainingConfig
from resnet_gui.runs.settings import Group, Setting
from resnet_gui.runs.store import RunStore
from tests.bundles import make_run

pytestmark = pytest.mark.usefixtures("few_pictures")

TRANSFER, AUGMENTATION, REGULARIZATION = Group.TRANSFER, Group.AUGMENTATION, Group.REGULARIZATION


def choices(form: ConfigForm, name: str) -> list[str]:
    editor = form.fields[name].editor
    return [editor.itemText(number) for number in range(editor.count())]


@pytest.mark.parametrize("group", Group)
def test_a_new_setting_has_a_place_by_itself(group: Group) -> None:
    new = Setting("new", group, "New", "Brand new.", int, 0)
    places = arrange(SETTINGS | {"new": new})
    assert "new" in places[group].more
    assert [place for place in places.values() if "new" in (*place.in_sight, *place.more)] == [places[group]]


def test_every_setting_is_in_sight_or_one_click_away(form: ConfigForm, qtbot: QtBot) -> None:
    form.data.chooser.choose("cifar100")
    form.resize(400, 700)
    for section in form.sections.values():
        qtbot.mouseClick(section.header, Qt.MouseButton.LeftButton)
    shown = {name for name, field in form.fields.items() if field.isVisible()}
    assert shown == set(SETTINGS) - {"source", "folder", "fit", "group_pattern", "left_out"}
    for group, section in form.sections.items():
        assert {SETTINGS[name].group for name in section.fields} == {group}


def test_sections_start_closed_and_open_with_the_keyboard(form: ConfigForm, qtbot: QtBot) -> None:
    section = form.sections[AUGMENTATION]
    assert not any(section.is_open for section in form.sections.values())
    assert section.header.focusPolicy() == Qt.FocusPolicy.StrongFocus
    assert not form.fields["flip"].isVisible()
    qtbot.keyClick(section.header, Qt.Key.Key_Space)
    assert form.fields["flip"].isVisible()
    qtbot.keyClick(section.header, Qt.Key.Key_Space)
    assert not form.fields["flip"].isVisible()


def test_tab_goes_down_the_form(form: ConfigForm) -> None:
    form.resize(400, 700)
    for section in form.sections.values():
        section.open()
    QApplication.processEvents()
    column = form.findChild(SettingsColumn).widget()
    places, reached, widget = [], set(), form.nextInFocusChain()
    while widget is not form:
        if column.isAncestorOf(widget) and widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            places.append(widget.mapTo(column, QPoint(0, 0)).y())
            reached.add(widget)
        widget = widget.nextInFocusChain()
    # A button in the line of a label may come after the editor under it.
    assert all(later >= earlier - em(2.5) for earlier, later in pairwise(places)), places
    assert {field.editor for field in form.fields.values() if field.isVisible() and field.editor.isEnabled()} <= reached
    assert {form.model_button, form.rate_button, form.preview_button} <= reached


def test_what_is_opened_is_scrolled_to(form: ConfigForm, qtbot: QtBot) -> None:
    form.resize(400, 500)
    section = form.sections[REGULARIZATION]
    qtbot.mouseClick(section.header, Qt.MouseButton.LeftButton)

    def last_field_is_seen() -> bool:
        return not form.fields["weight_averaging"].editor.visibleRegion().isEmpty()

    qtbot.waitUntil(last_field_is_seen)


def test_closed_section_says_what_is_set_in_it(form: ConfigForm) -> None:
    form.set_config(TrainingConfig())
    usual = {group.value: section.summary for group, section in form.sections.items()}
    assert usual == {
        "network": "as usual",
        "training": "as usual",
        "transfer": "nothing",
        "augmentation": "none",
        "regularization": "none",
    }
    form.set_config(
        TrainingConfig(
            network="resnet50", start_from="imagenet", freeze=True, fine_tune_epochs=5, fine_tune_rate=1e-4,
            flip=True, crop=0.125, rotation=15.0, weight_decay=5e-3, class_weights="balanced",
            precision="float32", seed=3,
        )
    )  # fmt: skip
    form.run_name.editor.setText("mine")
    assert form.sections[TRANSFER].summary == (
        "ImageNet, train the head only, fine-tuning 5 epochs, fine-tuning rate 0.0001"
    )
    assert form.sections[AUGMENTATION].summary == "flip, random crop 12.5 %, rotation 15°"
    assert form.sections[REGULARIZATION].summary == "weight decay 0.005, class weights Balanced"
    assert form.sections[Group.TRAINING].summary == "precision float32, seed 3, mine"
    assert form.sections[TRANSFER].header.accessibleDescription() == form.sections[TRANSFER].summary


def test_section_without_effect_is_not_told_of(form: ConfigForm) -> None:
    form.set_config(TrainingConfig(plateau_patience=7))
    assert form.sections[Group.TRAINING].summary == "as usual"
    form.fields["schedule"].set_entry("plateau")
    assert form.sections[Group.TRAINING].summary == "plateau patience 7 epochs"


@pytest.mark.parametrize(
    ("name", "value", "group"),
    [
        ("rotation", 181.0, AUGMENTATION),
        ("weight_decay", 2.0, REGULARIZATION),
        ("fine_tune_epochs", 2000, TRANSFER),
        ("warmup_epochs", 101, Group.TRAINING),
        ("width", 999, Group.NETWORK),
    ],
)
def test_section_with_a_problem_opens_by_itself(form: ConfigForm, name: str, value: float, group: Group) -> None:
    form.fields[name].set_entry(value)
    assert [key for key, section in form.sections.items() if section.is_open] == [group]
    assert form.fields[name].isVisible()
    assert form.fields[name].editor.isEnabled(), "what is wrong can be put right, even where it has no effect"


def test_run_name_that_is_refused_is_shown(form: ConfigForm) -> None:
    form.run_name.editor.setText("a/b")
    assert form.sections[Group.TRAINING].is_open


def test_settings_that_do_not_fit_together_are_told_beside_one(form: ConfigForm, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: form.data.dataset is not None)
    form.fields["freeze"].set_entry(True)
    assert "knows nothing" in form.fields["freeze"].problem
    assert form.blocker == form.fields["freeze"].problem
    assert form.sections[TRANSFER].is_open
    form.fields["freeze"].set_entry(False)
    assert not form.blocker


def test_missing_folder_is_told_once(form: ConfigForm) -> None:
    form.data.chooser.choose("folder")
    assert "No folder" in form.data.problem
    assert not form.fields["folder"].problem
    assert form.blocker == form.data.problem


# Settings, by what makes them have no effect.
WITHOUT_EFFECT = {
    "group_pattern": {},  # as the form begins, with pictures that are no files
    "plateau_patience": {"schedule": "cosine"},
    "warmup_epochs": {"schedule": "one_cycle"},
    "stem": {"network": next(name for name, spec in NETWORKS.items() if not spec.stems)},
    "width": {"network": next(name for name, spec in NETWORKS.items() if not spec.widths)},
    "weights_file": {"start_from": ""},
    "cached_views": {"freeze": False},
    "fine_tune_epochs": {"freeze": False},
    "fine_tune_from": {"freeze": False},
    "fine_tune_rate": {"freeze": True, "fine_tune_epochs": 0},
}


def test_every_rule_is_tried() -> None:
    assert set(WITHOUT_EFFECT) == {name for rule in RULES for name in rule.settings}


@pytest.mark.parametrize("name", WITHOUT_EFFECT)
def test_setting_without_effect_is_disabled_and_says_why(form: ConfigForm, name: str) -> None:
    form.change(WITHOUT_EFFECT[name])
    field, reason = form.fields[name], reasons(form._entries())[name]
    assert not field.editor.isEnabled()
    assert not field.label.isEnabled()
    assert not any(button.isEnabled() for button in field._buttons)
    assert reason in field.editor.toolTip()
    assert reason in field.editor.accessibleDescription()
    form.set_read_only(True)
    form.set_read_only(False)
    assert not field.editor.isEnabled()


def test_setting_is_enabled_as_soon_as_it_has_an_effect(form: ConfigForm) -> None:
    form.change({"network": "resnet50", "start_from": "imagenet", "freeze": True, "fine_tune_epochs": 1, "flip": True})
    form.change({"schedule": "plateau"})
    for name in ("plateau_patience", "warmup_epochs", "weights_file", "cached_views", "fine_tune_from"):
        assert form.fields[name].editor.isEnabled(), name
        assert SETTINGS[name].help.split(".")[0] in form.fields[name].editor.accessibleDescription().split("\n")[0]


def test_stages_are_the_networks(form: ConfigForm) -> None:
    form.fields["network"].set_entry("resnet50")
    form.sections[TRANSFER].open()
    assert choices(form, "fine_tune_from") == ["the last stage", *NETWORKS["resnet50"].stages]
    form.fields["network"].set_entry("resnet18")
    assert choices(form, "fine_tune_from") == ["the last stage", *NETWORKS["resnet18"].stages]


def test_start_is_from_nothing_imagenet_or_ones_own_runs_newest_first(form: ConfigForm, store: RunStore) -> None:
    make_run(store, "older", created=1.0)
    make_run(store, "newer", created=2.0)
    make_run(store, "without a model", created=3.0, class_names=None)
    other = make_run(store, "of another network", created=4.0)
    other.update(config=msgspec.structs.replace(other.record.config, network="resnet50"))
    form.sections[TRANSFER].open()
    assert choices(form, "start_from") == ["nothing", "newer", "older"]
    form.fields["network"].set_entry("resnet50")
    assert choices(form, "start_from") == ["nothing", "ImageNet", "of another network"]


def test_runs_made_meanwhile_are_there_when_the_choice_is_shown(form: ConfigForm, store: RunStore) -> None:
    section = form.sections[TRANSFER]
    section.header.click()
    section.header.click()
    make_run(store, "new")
    section.header.click()
    assert choices(form, "start_from") == ["nothing", "new"]


def test_runs_are_not_looked_for_before_they_are_seen(
    qtbot: QtBot, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    whole = RunStore.list
    monkeypatch.setattr(RunStore, "list", lambda self: (asked.append(True), whole(self))[1])
    form = ConfigForm(store)
    qtbot.addWidget(form)
    form.show()
    form.fields["network"].set_entry("resnet50")
    assert not asked
    form.sections[TRANSFER].open()
    assert asked
    form.shut_down()


def test_start_that_another_network_does_not_have_is_kept_and_told(form: ConfigForm) -> None:
    form.change({"network": "resnet50", "start_from": "imagenet"})
    assert not form.fields["start_from"].problem
    form.fields["network"].set_entry("resnet18")
    assert form.fields["start_from"].entry() == "imagenet"
    assert "ImageNet" in form.fields["start_from"].problem
    assert form.sections[TRANSFER].is_open
    form.fields["network"].set_entry("resnet50")
    assert not form.fields["start_from"].problem


def test_every_choice_has_a_name(form: ConfigForm) -> None:
    same = {"float32", "bfloat16"}  # that is what they are called
    for setting in SETTINGS.values():
        for value in setting.choices:
            assert choice_title(setting, value) != value or value in same, (setting.name, value)


def test_choices_explain_themselves_where_the_help_does(form: ConfigForm) -> None:
    schedule = SETTINGS["schedule"]
    assert choice_explanation(schedule, "cosine") == "Falls smoothly to 0."
    assert choice_explanation(schedule, "plateau").startswith("Falls to a fifth")
    assert choice_explanation(SETTINGS["head"], "dense128").endswith("then one of the classes.")
    assert not choice_explanation(schedule, "constant")
    editor = form.fields["schedule"].editor
    position = editor.findData("cosine")
    assert "Falls smoothly" in editor.itemData(position, Qt.ItemDataRole.ToolTipRole)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("crop", 0.125, "12.5 %"),
        ("input_size", 224, "224 px"),
        ("limit", 0, "all pictures"),
        ("fine_tune_rate", 1e-5, "1e-05"),
        ("flip", True, "on"),
        ("weights_file", "/some/where/resnet.h5", "resnet.h5"),
        ("network", "resnet50", "ResNet50"),
    ],
)
def test_values_are_told_as_the_form_shows_them(name: str, value: object, words: str) -> None:
    assert value_words(SETTINGS[name], value) == words


@pytest.mark.parametrize(
    ("name", "typed", "value"), [("rotation", "12.5", 12.5), ("mixup", "0.25", 0.25), ("crop", "6.25", 0.0625)]
)
def test_amounts_can_be_typed_and_turned(form: ConfigForm, qtbot: QtBot, name: str, typed: str, value: float) -> None:
    form.sections[AUGMENTATION].open()
    editor = form.fields[name].editor
    editor.selectAll()
    qtbot.keyClicks(editor, typed)
    assert getattr(form.config(), name) == value
    editor.stepBy(10_000)
    assert getattr(form.config(), name) == SETTINGS[name].maximum
    assert not form.fields[name].problem
    editor.stepBy(-10_000)
    assert getattr(form.config(), name) == 0.0


def test_buttons_ask_for_the_windows_beside_them(form: ConfigForm, qtbot: QtBot) -> None:
    for button, signal in [
        (form.model_button, form.model_requested),
        (form.rate_button, form.rate_requested),
        (form.preview_button, form.preview_requested),
        (form.forecast.measure_button, form.measure_requested),
    ]:
        assert isinstance(button, QAbstractButton)
        assert button.accessibleName()
        assert button.toolTip()
        assert not button.icon().isNull()
        with qtbot.waitSignal(signal):
            button.click()


def test_preview_is_there_while_the_section_is_closed(form: ConfigForm) -> None:
    assert form.preview_button.isVisible()


def test_forecast_is_hidden_until_it_is_fed(form: ConfigForm) -> None:
    forecast = form.forecast
    assert not forecast.isVisible()
    forecast.show_forecast("About 25 minutes an epoch.")
    assert forecast.words.isVisible()
    assert not forecast.warning.isVisible()
    assert not forecast.advice.isVisible()
    forecast.show_forecast("")
    assert not forecast.isVisible()


def test_a_warning_stands_first_and_advice_is_no_warning(form: ConfigForm) -> None:
    forecast = form.forecast
    forecast.show_forecast("Eleven days.", "This takes eleven days.", ["With 32 px.", "With fewer pictures."])
    QApplication.processEvents()
    assert forecast.warning.text == "This takes eleven days."
    assert forecast.advice.text().splitlines() == ["With 32 px.", "With fewer pictures."]
    assert forecast.warning.y() < forecast.words.y() < forecast.advice.y()
    assert forecast.advice.palette().windowText() == forecast.words.palette().windowText()


def test_measuring_can_be_ended_where_it_was_begun(form: ConfigForm, qtbot: QtBot) -> None:
    forecast = form.forecast
    forecast.show_forecast("About 25 minutes an epoch.")
    before = forecast.measure_button.text()
    forecast.set_measuring(True)
    assert forecast.measure_button.accessibleName() == forecast.measure_button.text() != before
    with qtbot.waitSignal(forecast.cancel_requested), qtbot.assertNotEmitted(form.measure_requested):
        forecast.measure_button.click()
    forecast.set_measuring(False)
    assert forecast.measure_button.text() == before


def test_a_click_beside_a_disabled_field_is_no_way_round_it(form: ConfigForm, qtbot: QtBot) -> None:
    form.sections[TRANSFER].open()
    form.set_read_only(True)
    qtbot.mouseClick(form.fields["freeze"].editor, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    assert form.fields["freeze"].entry() is False

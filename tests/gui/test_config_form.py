from __future__ import annotations

import os
from typing import Any

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QSpinBox
from pytestqt.qtbot import QtBot

from resnet_gui.errors import ConfigError
from resnet_gui.gui.train_tab.config_form import ConfigForm
from resnet_gui.gui.train_tab.rules import reasons
from resnet_gui.runs.config import OF_THE_PICTURES, SETTINGS, TrainingConfig
from resnet_gui.runs.settings import Group, Setting
from resnet_gui.runs.store import RunStore
from resnet_gui.training.recipes import RECIPES

pytestmark = [
    pytest.mark.usefixtures("few_pictures"),
]


# What must be chosen too, so that a setting can be another than it is.
ALONG_WITH = {
    "source": {"folder": "/some/where"},
    "start_from": {"network": "resnet50"},
    "fine_tune_from": {"network": "resnet50"},
    "freeze": {"network": "resnet50", "start_from": "imagenet"},
}


def other_value(setting: Setting) -> Any:
    """Return an allowed value that is not the default."""
    if setting.name in ("network", "start_from", "fine_tune_from"):
        return {"network": "resnet50", "start_from": "imagenet", "fine_tune_from": "conv4"}[setting.name]
    if setting.choices:
        return next(choice for choice in setting.choices if choice != setting.default)
    if setting.kind is bool:
        return not setting.default
    if setting.kind is int:
        return int(setting.maximum or 0)
    if setting.kind is float:
        return 0.123456789e-1
    if setting.kind is tuple:
        return ("picture 7", "picture 8")
    if setting.name == "group_pattern":
        return r"(person\d+)_"
    return "/some/where"


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_comes_back_as_it_went_in(form: ConfigForm, name: str) -> None:
    changes = {name: other_value(SETTINGS[name])} | ALONG_WITH.get(name, {})
    config = msgspec.structs.replace(TrainingConfig(), **changes)
    form.set_config(config)
    assert form.config() == config


@pytest.mark.parametrize("name", [name for name in SETTINGS if name not in ("source", *OF_THE_PICTURES)])
def test_every_change_from_a_recipe_is_told_and_taken_back(form: ConfigForm, name: str) -> None:
    recipe = form.recipe.config
    value = other_value(SETTINGS[name]) if name != "freeze" else True
    form.fields[name].set_entry(value)
    assert "Changed" in form.recipe.words.text()
    assert form.recipe.reset_button.isVisible()
    form.recipe.reset_button.click()
    assert form.config() == recipe
    assert not form.recipe.reset_button.isVisible()


@pytest.mark.parametrize("name", RECIPES)
def test_recipe_fills_the_form(form: ConfigForm, name: str) -> None:
    place = os.path.abspath("pictures") if RECIPES[name].config.source == "folder" else ""
    recipe = msgspec.structs.replace(RECIPES[name].config, folder=place)
    form.fields["folder"].set_entry(place)
    form.recipe.editor.set_entry(name)
    form.recipe.editor.activated.emit(form.recipe.editor.currentIndex())
    assert form.config() == recipe
    assert form.recipe.words.text() == RECIPES[name].description
    form.fields["epochs"].set_entry(77)
    assert "Changed" in form.recipe.words.text()
    form.recipe.reset_button.click()
    assert form.config() == recipe


def test_recipe_leaves_the_pictures_alone(form: ConfigForm) -> None:
    places: dict[str, Any] = {"folder": "/my/pictures", "archive": "/my/archive.tar.gz", "weights_file": "/my/w.h5"}
    places |= {"group_pattern": r"(person\d+)_", "left_out": ("a/1.png",)}
    form.set_config(TrainingConfig(source="folder", **places))
    form.recipe.editor.activated.emit(form.recipe.editor.currentIndex())
    assert {name: getattr(form.config(), name) for name in OF_THE_PICTURES} == places


def test_recipe_is_recognised(form: ConfigForm) -> None:
    last = list(RECIPES.values())[-1]
    form.set_config(msgspec.structs.replace(last.config, folder="/my/pictures"))
    assert form.recipe.editor.entry() == last.name
    assert form.recipe.words.text() == last.description


def test_settings_that_are_no_recipe_s_stand_beside_the_one_they_are_most_like(form: ConfigForm) -> None:
    hour = RECIPES["cifar100-hour"].config
    form.set_config(msgspec.structs.replace(hour, validation_share=0.0, precision="float32"))
    assert form.recipe.editor.entry() == "cifar100-hour"
    assert form.recipe.words.text() == "Changed from this recipe."


def limits() -> list[tuple[str, Any]]:
    """Return values just outside the limits of each number that can be typed."""
    values: list[tuple[str, Any]] = []
    for setting in SETTINGS.values():
        if setting.kind is float:
            assert setting.maximum is not None
            values.append((setting.name, setting.maximum * 1.01))
        if setting.exclusive_minimum:
            values.append((setting.name, 0.0))
        if setting.kind is int and setting.minimum:
            values.append((setting.name, int(setting.minimum) - 1))
        if setting.kind is int and setting.maximum is not None and setting.maximum < 2**31 - 1:
            values.append((setting.name, int(setting.maximum) + 1))
    return values


@pytest.mark.parametrize(("name", "value"), limits())
def test_value_out_of_range_is_refused_in_words(form: ConfigForm, name: str, value: Any) -> None:
    field = form.fields[name]
    field.set_entry(value)
    assert field.problem
    assert form.blocker == field.problem
    with pytest.raises(ConfigError) as caught:
        form.config()
    assert caught.value.field == name
    field.set_entry(SETTINGS[name].default)
    assert not field.problem


@pytest.mark.parametrize(("text", "rate"), [("1e-4", 1e-4), ("0.01", 0.01), (" 3E-2 ", 0.03), ("0,5", 0.5)])
def test_learning_rate_can_be_typed(form: ConfigForm, qtbot: QtBot, text: str, rate: float) -> None:
    editor = form.fields["learning_rate"].editor
    editor.clear()
    qtbot.keyClicks(editor, text)
    assert form.config().learning_rate == rate


@pytest.mark.parametrize("text", ["", "fast", "1e", "nan", "inf", "0x1"])
def test_learning_rate_that_is_no_number_is_refused(form: ConfigForm, text: str) -> None:
    form.fields["learning_rate"].editor.setText(text)
    assert form.fields["learning_rate"].problem


def test_batch_larger_than_the_split_is_refused(form: ConfigForm, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: form.data.dataset is not None)
    count = len(form.data.dataset.train)
    form.fields["batch_size"].set_entry(count + 1)
    assert str(count) in form.fields["batch_size"].problem
    form.fields["batch_size"].set_entry(count)
    assert not form.blocker
    form.fields["validation_share"].set_entry(0.5)
    qtbot.waitUntil(lambda: form.data.dataset is not None)
    assert form.fields["batch_size"].problem


def test_arrows_go_from_multiple_to_multiple(form: ConfigForm) -> None:
    editor = form.fields["batch_size"].editor
    assert isinstance(editor, QSpinBox)
    seen = []
    editor.setValue(3)
    for steps in (1, 1, -1, -1, -1):
        editor.stepBy(steps)
        seen.append(editor.value())
    assert seen == [8, 16, 8, 1, 1]
    editor.setValue(4095)
    editor.stepBy(10)
    assert editor.value() == 4096


def test_zero_says_what_it_means(form: ConfigForm) -> None:
    assert form.fields["limit"].editor.text() == "all pictures"


def choose(form: ConfigForm, network: str, source: str) -> int:
    """Choose network and source, and return the input size that stands then."""
    form.fields["network"].set_entry(network)
    form.data.chooser.buttons[source].click()
    return form.fields["input_size"].entry()


def test_input_size_follows_network_and_source(form: ConfigForm) -> None:
    assert choose(form, "resnet50", "shapes") == 32, "drawn at 32 pixels: enlarging them is for the user to choose"
    assert choose(form, "resnet50", "folder") == 224
    assert choose(form, "resnet18", "folder") == 64
    assert choose(form, "resnet18", "cifar100") == 32


def test_input_size_that_was_chosen_stays(form: ConfigForm) -> None:
    form.fields["input_size"].set_entry(96)
    assert choose(form, "resnet50", "folder") == 96
    assert choose(form, "resnet18", "shapes") == 96
    form.set_config(RECIPES["cifar100-resnet50"].config)
    assert choose(form, "resnet18", "cifar100") == 224


def test_unknown_network_is_refused(form: ConfigForm) -> None:
    with pytest.raises(ConfigError, match="no network"):
        form.set_config(TrainingConfig(network="perceptron"))


def test_every_editor_can_be_found_and_explains_itself(form: ConfigForm) -> None:
    for name, field in form.fields.items():
        assert field.label.buddy() is field.editor, name
        assert field.editor.accessibleName() == SETTINGS[name].label
        assert field.editor.accessibleDescription().endswith(SETTINGS[name].help)
        assert field.editor.toolTip()
        assert field.label.toolTip()
        assert field.editor.focusPolicy() == Qt.FocusPolicy.StrongFocus


@pytest.mark.parametrize("name", ["a/b", "..", "a\\b", "한" * 90, "x" * 300])
def test_name_that_is_no_folder_name_is_refused(form: ConfigForm, name: str) -> None:
    form.run_name.editor.setText(name)
    assert form.run_name.problem


def test_taken_name_is_refused(form: ConfigForm, store: RunStore) -> None:
    store.create(TrainingConfig(), "mine")
    form.run_name.editor.setText("mine")
    assert "already" in form.run_name.problem
    form.run_name.editor.setText("mine too")
    assert not form.run_name.problem


def test_read_only_form_cannot_be_changed(form: ConfigForm) -> None:
    form.set_read_only(True)
    assert not any(field.editor.isEnabled() for field in form.fields.values())
    assert not any(button.isEnabled() for button in form.data.chooser.buttons.values())
    assert not form.recipe.editor.isEnabled()
    assert not any(button.isEnabled() for button in (form.model_button, form.preview_button, form.rate_button))
    assert form.sections[Group.AUGMENTATION].header.isEnabled()
    form.set_read_only(False)
    without_effect = reasons(form._entries())
    assert {name for name, field in form.fields.items() if not field.editor.isEnabled()} == set(without_effect)


def test_wheel_scrolls_and_changes_nothing(form: ConfigForm) -> None:
    for section in form.sections.values():
        section.open()
    for name in form.fields:
        editor = form.fields[name].editor
        editor.clearFocus()
        before = form.fields[name].entry()
        event = QWheelEvent(
            QPointF(5, 5), editor.mapToGlobal(QPointF(5, 5)), QPoint(), QPoint(0, -120),
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(editor, event)
        assert form.fields[name].entry() == before


def test_share_keeps_more_digits_than_are_shown(form: ConfigForm) -> None:
    form.fields["validation_share"].set_entry(1 / 3)
    assert form.config().validation_share == 1 / 3
    editor = form.fields["validation_share"].editor
    editor.stepBy(-1)  # type: ignore[union-attr]
    assert np.isclose(form.config().validation_share, 0.283, atol=1e-3)

"""The recipes can be trained, and those of the documents say what the documents reached."""

from __future__ import annotations

import msgspec
import pytest

from resnet_gui.models.registry import check_network
from resnet_gui.runs.config import TrainingConfig, validated
from resnet_gui.runs.events import SettingChanged
from resnet_gui.runs.run import RunRecord
from resnet_gui.training.recipes import RECIPES, compared_with_document, recipe_of

DOCUMENT_1 = RECIPES["cifar100-resnet50"].config


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_valid_and_recognised_wherever_the_pictures_are(name: str) -> None:
    config = RECIPES[name].config
    if config.source == "folder":
        config = msgspec.structs.replace(config, folder="/pictures")
    check_network(validated(config))
    assert recipe_of(msgspec.structs.replace(config, seed=7, archive="/a.tar.gz")) is RECIPES[name]


def test_the_first_document_s_settings_are_those_it_lists() -> None:
    assert (DOCUMENT_1.network, DOCUMENT_1.input_size, DOCUMENT_1.optimizer) == ("resnet50", 224, "adam")
    assert (DOCUMENT_1.learning_rate, DOCUMENT_1.batch_size, DOCUMENT_1.epochs) == (1e-4, 32, 10)
    assert DOCUMENT_1.validation_share == 0.3


def record_of(config: TrainingConfig, *changes: SettingChanged) -> RunRecord:
    return RunRecord(created=0.0, config=config, changes=changes)


def test_a_result_stands_beside_the_document_s() -> None:
    words = compared_with_document(record_of(DOCUMENT_1), 0.4001, 0.7)
    assert words.startswith("Document 1: 38.3 / 68.6 %, yours: 40.0 / 70.0 %")


def test_another_training_is_compared_with_nothing() -> None:
    assert compared_with_document(record_of(msgspec.structs.replace(DOCUMENT_1, epochs=11)), 0.4, 0.7) == ""
    assert compared_with_document(record_of(TrainingConfig()), 0.4, 0.7) == ""


def test_a_training_that_was_changed_on_the_way_is_compared_with_nothing() -> None:
    there = SettingChanged(time=1.0, step=10, name="learning_rate", old=1e-4, new=1e-3)
    back = SettingChanged(time=2.0, step=90, name="learning_rate", old=1e-3, new=1e-4)
    assert compared_with_document(record_of(DOCUMENT_1, there, back), 0.4, 0.7) == ""


def test_the_x_ray_recipes_say_that_they_are_no_medical_device() -> None:
    for recipe in RECIPES.values():
        assert ("Not a medical device" in recipe.description) == recipe.name.startswith("xray")

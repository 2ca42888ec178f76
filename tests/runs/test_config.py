"""Every setting is described, limited and checked."""

from __future__ import annotations

import math

import msgspec
import pytest

from resnet_gui.errors import ConfigError
from resnet_gui.runs.config import SETTINGS, TrainingConfig, validated


def test_every_field_is_described_with_its_default() -> None:
    assert list(SETTINGS) == list(TrainingConfig.__struct_fields__)
    for setting in SETTINGS.values():
        assert setting.label
        assert setting.help.endswith(".")
        assert setting.default == getattr(TrainingConfig(), setting.name)


def test_defaults_are_valid() -> None:
    assert validated(TrainingConfig()) == TrainingConfig()


@pytest.mark.parametrize("rate", [0, -1, 1e30, math.nan, math.inf])
def test_impossible_learning_rates_are_refused_in_words(rate: float) -> None:
    with pytest.raises(ConfigError, match="Learning rate") as caught:
        validated(TrainingConfig(learning_rate=rate))
    assert caught.value.field == "learning_rate"


@pytest.mark.parametrize("name", [name for name, setting in SETTINGS.items() if setting.minimum is not None])
def test_numbers_outside_their_limits_are_refused_beside_their_field(name: str) -> None:
    setting = SETTINGS[name]
    assert setting.minimum is not None
    assert setting.maximum is not None
    for value in (setting.minimum - 1, setting.maximum + 1, True, "7"):
        with pytest.raises(ConfigError) as caught:
            validated(msgspec.structs.replace(TrainingConfig(), **{name: value}))
        assert caught.value.field == name


@pytest.mark.parametrize(("name", "value"), [("source", "web"), ("optimizer", "magic"), ("fit", 1), ("folder", 3)])
def test_values_of_the_wrong_kind_are_refused(name: str, value: object) -> None:
    with pytest.raises(ConfigError) as caught:
        validated(msgspec.structs.replace(TrainingConfig(), **{name: value}))
    assert caught.value.field == name


def test_a_folder_must_be_named() -> None:
    with pytest.raises(ConfigError, match="No folder") as caught:
        validated(TrainingConfig(source="folder"))
    assert caught.value.field == "folder"


def test_a_frozen_network_is_refused_with_mixup() -> None:
    """Its features are calculated once, from pictures as they are: there would be nothing to blend."""
    frozen = TrainingConfig(start_from="imagenet", freeze=True, fine_tune_epochs=2)
    assert validated(frozen) == frozen
    with pytest.raises(ConfigError, match="Mixup") as caught:
        validated(msgspec.structs.replace(frozen, mixup=0.2))
    assert caught.value.field == "mixup"
    assert caught.value.advice
    validated(TrainingConfig(mixup=0.2))


def test_the_data_request_repeats_the_settings() -> None:
    config = TrainingConfig(source="folder", folder="here", input_size=64, fit="squash", labels="coarse")
    request = config.data_request()
    for field in request.__struct_fields__:
        assert getattr(request, field) == getattr(config, field)

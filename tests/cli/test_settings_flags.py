"""The settings that flags ask for."""

from __future__ import annotations

import argparse
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resnet_gui.cli.settings_flags import add_setting_flags, config_from, flags_of
from resnet_gui.data import cifar, shapes
from resnet_gui.errors import ConfigError
from resnet_gui.models.registry import NATIVE_SIZES, NETWORKS
from resnet_gui.runs.config import PATHS, SETTINGS, TrainingConfig, validated
from resnet_gui.runs.settings import Setting
from resnet_gui.training.recipes import RECIPES


@pytest.mark.parametrize(
    ("flags", "size"),
    [
        ("--data shapes --network resnet50", 32),
        ("--data flowers --network resnet50", 224),
        ("--data flowers --network resnet50 --input-size 96", 96),
        ("--recipe demo --data flowers", 64),
        ("--recipe cifar100-resnet50 --network resnet18", 224),
    ],
)
def test_input_size_follows_network_and_source_unless_chosen(flags: str, size: int) -> None:
    parser = argparse.ArgumentParser()
    add_setting_flags(parser)
    assert config_from(parser.parse_args(flags.split())).input_size == size


def test_native_sizes_are_those_of_the_sources() -> None:
    assert {"cifar100": cifar.SIZE, "shapes": shapes.SIZE} == NATIVE_SIZES


def parsed(flags: list[str]) -> TrainingConfig:
    parser = argparse.ArgumentParser()
    add_setting_flags(parser)
    return config_from(parser.parse_args(flags))


def values_of(setting: Setting) -> st.SearchStrategy[Any]:
    if setting.name == "network":
        return st.sampled_from(sorted(NETWORKS))
    if setting.choices:
        return st.sampled_from(setting.choices)
    if setting.kind is bool:
        return st.booleans()
    if setting.kind is int:
        return st.integers(int(setting.minimum or 0), int(setting.maximum or 0))
    if setting.kind is float:
        return st.floats(setting.minimum, setting.maximum, exclude_min=setting.exclusive_minimum)
    if setting.kind is tuple:
        names = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=5)
        return st.lists(names, max_size=3).map(tuple)
    if setting.name == "group_pattern":
        return st.sampled_from(["", r"(person\d+)_", r"-(\d)", "--(a) b"])
    if setting.name in PATHS:
        return st.sampled_from(["", "/data/my pictures", "/-x", "/a=b", "/bäume/'quoted' \"twice\"", "/cifar100"])
    return st.sampled_from(["", "imagenet", "-dash", "--two words", "a=b"])


def made_to_fit(entries: dict[str, Any]) -> dict[str, Any]:
    """Return settings with those replaced that the network or other settings rule out."""
    spec, fits = NETWORKS[entries["network"]], dict(entries)
    fits["folder"] = (entries["folder"] or "/data") if entries["source"] == "folder" else ""
    fits["stem"] = entries["stem"] if spec.stems else "auto"
    fits["width"] = entries["width"] if spec.widths else 0
    fits["fine_tune_from"] = spec.stages[-1] if entries["fine_tune_from"] else ""
    if entries["freeze"] or entries["start_from"] == "imagenet":
        fits["start_from"] = "-a run"
    fits["mixup"] = 0.0 if entries["freeze"] else entries["mixup"]
    return fits


@given(st.fixed_dictionaries({name: values_of(setting) for name, setting in SETTINGS.items()}))
def test_flags_are_read_back_as_the_same_settings(entries: dict[str, Any]) -> None:
    config = validated(TrainingConfig(**made_to_fit(entries)))
    assert parsed(flags_of(config)) == config


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_recipes_are_read_back_from_their_flags(name: str) -> None:
    config = RECIPES[name].config
    if config.source == "folder":
        config = msgspec.structs.replace(config, folder="/my/pictures")
    assert parsed(flags_of(config)) == config


def test_flags_name_only_what_differs_from_the_defaults() -> None:
    config = TrainingConfig(flip=True, learning_rate=1e-5)
    assert flags_of(config) == ["--data=shapes", "--input-size=32", "--learning-rate=1e-05", "--flip"]


def test_a_form_that_the_network_has_not_is_refused() -> None:
    parser = argparse.ArgumentParser()
    add_setting_flags(parser)
    with pytest.raises(ConfigError) as caught:
        config_from(parser.parse_args(["--network", "vgg16", "--stem", "cifar"]))
    assert caught.value.field == "stem"

"""The settings that flags ask for."""

from __future__ import annotations

import argparse

import pytest

from resnet_gui.cli.settings_flags import add_setting_flags, config_from
from resnet_gui.data import cifar, shapes
from resnet_gui.errors import ConfigError
from resnet_gui.models.registry import NATIVE_SIZES


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


def test_a_form_that_the_network_has_not_is_refused() -> None:
    parser = argparse.ArgumentParser()
    add_setting_flags(parser)
    with pytest.raises(ConfigError) as caught:
        config_from(parser.parse_args(["--network", "vgg16", "--stem", "cifar"]))
    assert caught.value.field == "stem"

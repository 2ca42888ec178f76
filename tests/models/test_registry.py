"""What the form and the command line know of networks, without TensorFlow."""

from __future__ import annotations

import msgspec
import pytest

from resnet_gui.errors import ConfigError
from resnet_gui.models.registry import NETWORKS, check_network, find_network
from resnet_gui.runs.config import IMAGENET, TrainingConfig


def test_every_network_is_explained() -> None:
    for name, spec in NETWORKS.items():
        assert spec.name == name
        assert spec.explanation.endswith(" million weights.")


def test_every_network_of_the_documents_can_be_picked() -> None:
    assert set(NETWORKS) == {
        "resnet18",
        "resnet34",
        "resnet50",
        "resnet101",
        "resnet152",
        "resnet50-written-out",
        "vgg16",
        "vgg16-cifar",
    }


def test_an_unknown_network_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="resnet18, resnet34, resnet50"):
        find_network("resnet51")


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"network": "resnet51"}, "network"),
        ({"network": "vgg16", "stem": "cifar"}, "stem"),
        ({"network": "vgg16-cifar", "stem": "imagenet"}, "stem"),
        ({"network": "resnet50", "width": 32}, "width"),
        ({"network": "resnet50-written-out", "width": 64}, "width"),
        ({"network": "resnet18", "start_from": IMAGENET}, "start_from"),
        ({"network": "resnet50-written-out", "start_from": IMAGENET}, "start_from"),
        ({"network": "resnet50", "start_from": IMAGENET, "stem": "cifar"}, "stem"),
        ({"network": "vgg16", "start_from": IMAGENET, "preprocessing": "minus_one_to_one"}, "preprocessing"),
        ({"network": "resnet50", "fine_tune_from": "block5"}, "fine_tune_from"),
    ],
)
def test_what_a_network_has_not_is_refused_beside_its_setting(settings: dict[str, object], field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_network(msgspec.structs.replace(TrainingConfig(), **settings))
    assert caught.value.field == field
    assert caught.value.advice


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"network": "resnet34", "width": 32, "stem": "imagenet"},
        {"network": "resnet152", "stem": "cifar"},
        {"network": "resnet50", "stem": "imagenet", "start_from": IMAGENET, "fine_tune_from": "conv5"},
        {"network": "resnet50", "start_from": IMAGENET, "preprocessing": "zero_to_one", "head": "dense128"},
        {"network": "vgg16", "start_from": IMAGENET, "head": "pool"},
        {"network": "vgg16-cifar", "start_from": "my run"},
    ],
)
def test_what_a_network_has_is_let_through(settings: dict[str, object]) -> None:
    check_network(msgspec.structs.replace(TrainingConfig(), **settings))

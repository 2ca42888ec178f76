"""Recipes: named sets of settings that are known to work."""

from __future__ import annotations

from dataclasses import dataclass

from resnet_gui.runs.config import TrainingConfig


@dataclass(frozen=True, slots=True)
class Recipe:
    """A named TrainingConfig, with what to expect of it."""

    name: str
    title: str
    description: str
    config: TrainingConfig


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "demo",
            "Demo in a minute",
            "Ten drawn shapes, learned to over 90 % in about a minute on a laptop. Nothing is downloaded.",
            TrainingConfig(source="shapes", network="resnet18", epochs=4, batch_size=32, learning_rate=1e-3),
        ),
        Recipe(
            "cifar100-quick",
            "CIFAR-100, a first look",
            "100 classes of small photos with the quick network, for three epochs.",
            TrainingConfig(source="cifar100", network="resnet18", epochs=3, batch_size=128, learning_rate=1e-3),
        ),
        Recipe(
            "cifar100-resnet50",
            "CIFAR-100 with ResNet50 at 224 px",
            "The classic exercise: pictures enlarged from 32 to 224 pixels, Adam at 0.0001, ten epochs, 30 % held "
            "back. Minutes on a graphics card, days on a processor; take 32 px there.",
            TrainingConfig(
                source="cifar100",
                network="resnet50",
                input_size=224,
                epochs=10,
                batch_size=32,
                learning_rate=1e-4,
                validation_share=0.3,
            ),
        ),
    )
}

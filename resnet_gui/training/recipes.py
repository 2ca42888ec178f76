"""Recipes: named sets of settings that are known to work, those of the source documents first of all."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from resnet_gui.runs.config import IMAGENET, OF_THE_PICTURES, TrainingConfig
from resnet_gui.runs.run import RunRecord


@dataclass(frozen=True, slots=True)
class DocumentFigure:
    """What a document reached with a recipe on the test split; top-1 and top-5 are shares."""

    title: str
    top1: float
    top5: float


@dataclass(frozen=True, slots=True)
class Recipe:
    """A named TrainingConfig, with what to expect of it.

    Attributes:
        figure: what the document that it comes from reached, if it says.
    """

    name: str
    title: str
    description: str
    config: TrainingConfig
    figure: DocumentFigure | None = None


# Nesterov SGD with a high rate that rises and falls, decoupled weight decay and label smoothing: 72.5 % top-1 after 24
# epochs at width 32, 68.5 % without the weight decay.
_FAST = TrainingConfig(
    source="cifar100",
    network="resnet18",
    batch_size=256,
    learning_rate=0.4,
    optimizer="sgd",
    schedule="one_cycle",
    weight_decay=5e-3,
    label_smoothing=0.1,
    crop=0.125,
    flip=True,
    validation_share=0.04,
)
_XRAY = TrainingConfig(
    source="folder",
    network="resnet50",
    input_size=224,
    fit="squash",
    epochs=20,
    batch_size=32,
    learning_rate=1e-3,
    start_from=IMAGENET,
    freeze=True,
    flip=True,
    zoom=0.2,
    validation_share=0.2,
)
_NO_DEVICE = "Not a medical device: it must not be used to decide about anybody's health."

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
            "cifar100-ten-minutes",
            "CIFAR-100 in ten minutes",
            "100 classes of small photos with a narrow ResNet-18, made for two cores without a graphics card: one "
            "cycle of a high rate, crop and flip. About 60 % top-1.",
            msgspec.structs.replace(_FAST, width=16, epochs=9),
        ),
        Recipe(
            "cifar100-hour",
            "CIFAR-100 in an hour",
            "The same with four times the weights and more epochs: an hour or so on two cores. About 72 % top-1.",
            msgspec.structs.replace(_FAST, width=32, epochs=24),
        ),
        Recipe(
            "cifar100-resnet50",
            "Document 1: ResNet50 on CIFAR-100",
            "The classic exercise: pictures enlarged from 32 to 224 pixels, Adam at 0.0001, ten epochs, 30 % held "
            "back. Half an hour on a graphics card, days on a processor; take 32 px there.",
            TrainingConfig(
                source="cifar100",
                network="resnet50",
                input_size=224,
                epochs=10,
                batch_size=32,
                learning_rate=1e-4,
                validation_share=0.3,
            ),
            DocumentFigure("Document 1", 0.3832, 0.6860),
        ),
        Recipe(
            "cifar100-vgg16",
            "Document 2: VGG-16 on CIFAR-100",
            "The deep network without shortcuts, one epoch of Adam. It hardly learns in that time, which is the "
            "document's point: compare it with a ResNet.",
            TrainingConfig(source="cifar100", network="vgg16-cifar", epochs=1, batch_size=32, validation_share=0.0),
        ),
        Recipe(
            "cifar100-resnet50-written-out",
            "Document 2: ResNet50 written out",
            "The same epoch with ResNet50 as the document writes it down, block by block, on 32 pixels, with its L2 "
            "penalty of 0.0001.",
            TrainingConfig(
                source="cifar100",
                network="resnet50-written-out",
                epochs=1,
                batch_size=32,
                l2=1e-4,
                validation_share=0.0,
            ),
        ),
        Recipe(
            "xray-as-written",
            "Document 3: chest X-rays, as written",
            "Transfer learning on a folder of your own: a frozen ResNet50 that knows ImageNet, and a head of 128. "
            f"Pixels are divided by 255, which its ImageNet weights were not made for. {_NO_DEVICE}",
            msgspec.structs.replace(_XRAY, head="dense128", preprocessing="zero_to_one", shear=0.2),
        ),
        Recipe(
            "xray",
            "Chest X-rays, better prepared",
            "The same with the preprocessing that the weights were made for, average pooling, and rare classes "
            f"counting more. {_NO_DEVICE}",
            msgspec.structs.replace(_XRAY, head="pool", shear=5.0, class_weights="balanced"),
        ),
    )
}

_OWN = (*OF_THE_PICTURES, "seed")
"""Settings that are not a recipe's: which pictures somebody has, and the start of chance."""


def recipe_of(config: TrainingConfig) -> Recipe | None:
    """Return the recipe that a config follows in everything but paths and seed, None if it follows none."""
    for recipe in RECIPES.values():
        own = {name: getattr(config, name) for name in _OWN}
        if msgspec.structs.replace(recipe.config, **own) == config:
            return recipe
    return None


def compared_with_document(record: RunRecord, top1: float, top5: float) -> str:
    """Return how a run's result on the test split compares with its recipe's document, in words; empty if with none.

    A run whose settings were changed on the way followed no recipe.
    """
    recipe = None if record.changes else recipe_of(record.config)
    if recipe is None or recipe.figure is None:
        return ""
    figure = recipe.figure
    return (
        f"{figure.title}: {100 * figure.top1:.1f} / {100 * figure.top5:.1f} %, "
        f"yours: {100 * top1:.1f} / {100 * top5:.1f} % (top-1 / top-5 on the test pictures)"
    )

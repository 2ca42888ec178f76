"""How much memory and disk a training will take, and how much of them is free."""

from __future__ import annotations

import shutil
from pathlib import Path

import psutil

from resnet_gui.models.operations import Operations
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.training.precision import BFLOAT16
from resnet_gui.training.step_cost import StepForm

# Fitted to the measured peaks of ResNet-18 of width 32 at 32 px in batches of 8 and 256 (0.84 and 1.45 GB; 1.16 in
# bfloat16) and of ResNet50 in batches of 8 at 32 px and of 16 at 96 px (1.34 and 1.62 GB): within 8 % of each, and of
# ResNet50 in batches of 8 at 224 px (2.05 GB), which was not fitted.
_PROGRAM = 680_000_000
"""Bytes of the program with TensorFlow and OpenVINO, without a network."""
_LAYER = 5_000_000
"""Bytes that tracing a layer's step takes."""
_FLOAT = 4
_KEPT_OUTPUTS = 2.2
"""How often a layer's output is in memory at the peak of a step: before and after its normalization, and a little on
the way back."""
_SLOTS = {"adam": 2, "adamw": 2, "sgd": 1}
"""Values an optimizer keeps for each weight."""
_CHECKPOINTS = 3
"""Two are kept while the next one is written."""
_BEST = 3
"""Each of two checkpoints may count on other best weights than the latest."""
_EXPORTED = 2  # the bundle and model.keras


def memory_needed(config: TrainingConfig, form: StepForm, work: Operations) -> int:
    """Return about how many bytes of memory a training takes at its peak."""
    copies = 3 + _SLOTS[config.optimizer] + (config.weight_averaging > 0)  # kept, trained, gradients
    learning = () if config.freeze and not config.fine_tune_epochs else work.layers(form.first_stage)
    value = 2 if form.precision == BFLOAT16 else _FLOAT
    outputs = sum(layer.activations for layer in learning) * config.batch_size * value * _KEPT_OUTPUTS
    return int(_PROGRAM + len(work.layers()) * _LAYER + work.weights * _FLOAT * copies + outputs)


def checkpoints_needed(config: TrainingConfig, form: StepForm, work: Operations) -> int:
    """Return about how many bytes a training's checkpoints take at most."""
    if config.freeze:
        learning = sum(
            layer.weights for layer in (work.layers(form.first_stage) if config.fine_tune_epochs else work.head)
        )
    else:
        learning = work.weights
    beside = learning * (_SLOTS[config.optimizer] + (config.weight_averaging > 0))
    return _FLOAT * (_CHECKPOINTS * (work.weights + beside) + _BEST * work.weights)


def model_needed(work: Operations, features: int) -> int:
    """Return about how many bytes a training writes beside its checkpoints.

    Args:
        work: its network's.
        features: of how many pictures, each altered form counted, a frozen network's features are kept.
    """
    return _FLOAT * (_EXPORTED * work.weights + features * work.features)


def checkpoint_size(config: TrainingConfig, parameters: int) -> int:
    """Return about how many bytes a checkpoint takes, with the best weights beside it.

    Args:
        config: the training's settings.
        parameters: weights of its network; 0 if not known yet.
    """
    return _FLOAT * parameters * (2 + _SLOTS[config.optimizer] + (config.weight_averaging > 0))


def decoded_pictures(config: TrainingConfig, pictures: int, native_size: int) -> int:
    """Return how many bytes a folder's pictures take decoded, native_size pixels a side: 150 kB each at 224."""
    return pictures * native_size**2 * 3 if config.source == "folder" else 0


def free_memory() -> int:
    """Return how many bytes of memory programs can still take."""
    return int(psutil.virtual_memory().available)


def free_disk(folder: Path) -> int:
    """Return how many bytes are free on the disk that holds a folder, or will once it is made.

    Raises:
        OSError: the disk cannot be asked.
    """
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    return shutil.disk_usage(existing).free

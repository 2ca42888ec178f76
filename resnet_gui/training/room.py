"""How much memory and disk a training will take, and how much of them is free."""

from __future__ import annotations

import shutil
from pathlib import Path

import psutil

from resnet_gui.models.operations import Operations
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.training.precision import BFLOAT16
from resnet_gui.training.step_cost import StepForm

_PROGRAM = 850_000_000
"""Bytes of the program with TensorFlow, its traced step and OpenVINO, without a network."""
_FLOAT = 4
_KEPT_OUTPUTS = 3.0
"""How often a layer's output is in memory at the peak of a step: before and after its normalization, and on the way
back."""
_SLOTS = {"adam": 2, "adamw": 2, "sgd": 1}
"""Values an optimizer keeps for each weight."""
_CHECKPOINTS = 3
_EXPORTED = 2  # the bundle and model.keras


def memory_needed(config: TrainingConfig, form: StepForm, work: Operations) -> int:
    """Return about how many bytes of memory a training takes at its peak."""
    copies = 3 + _SLOTS[config.optimizer] + (config.weight_averaging > 0)  # kept, trained, gradients
    learning = () if config.freeze and not config.fine_tune_epochs else work.layers(form.first_stage)
    value = 2 if form.precision == BFLOAT16 else _FLOAT
    outputs = sum(layer.activations for layer in learning) * config.batch_size * value * _KEPT_OUTPUTS
    return int(_PROGRAM + work.weights * _FLOAT * copies + outputs)


def disk_needed(config: TrainingConfig, work: Operations, features: int) -> int:
    """Return about how many bytes a training writes.

    Args:
        config: its settings.
        work: its network's.
        features: of how many pictures, each altered form counted, a frozen network's features are kept.
    """
    kept = _CHECKPOINTS * (1 + _SLOTS[config.optimizer]) + _EXPORTED
    return _FLOAT * (work.weights * kept + features * work.features)


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

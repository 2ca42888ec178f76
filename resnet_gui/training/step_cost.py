"""How long a step takes on a computer of which nothing is known yet but its processor.

The figures were measured on two cores with bfloat16 in hardware, training with fused batch normalization, batch 16:
ResNet50 at 224 px 7.5 images a second in float32 and 14.1 in bfloat16; ResNet-18 of width 32 at 32 px about 500 in
batches of 256; ResNet50 at 32 px about 200. No single price for a multiply-add fits these. Four prices do: small
pictures pay for every layer and every weight of a step, large ones for the multiply-adds and for moving the layers'
outputs.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Self

import msgspec

from resnet_gui.models.operations import LayerCost, Operations, operations
from resnet_gui.models.registry import NetworkOptions, find_network
from resnet_gui.runs.config import Head, Stem, TrainingConfig
from resnet_gui.training.precision import BFLOAT16, FLOAT32, Precision

_MULTIPLY_ADD = {FLOAT32: 7.3e-12, BFLOAT16: 4.0e-12}
"""Seconds a multiply-add; a training step makes three for one of the forward pass."""
_OUTPUT = {FLOAT32: 4.4e-9, BFLOAT16: 2.2e-9}
"""Seconds to normalize, activate and keep one output value of a layer, forward and back."""
_WEIGHT = 2.8e-9
"""Seconds an optimizer takes to move a weight: about seven passes through memory."""
_LAYER = 8e-4
"""Seconds a layer takes to be started, forward and back, however small it is."""
_INFERENCE = {FLOAT32: 4.3e-12, BFLOAT16: 1.15e-12}
"""Seconds a multiply-add of OpenVINO: ResNet50 at 224 px, 60 and 225 images a second."""
_FEATURE = 4e-9
"""Seconds to read one value of cached features from disk and to pool it."""
_MEASURED_CORES = 2
_CORES_EXPONENT = 0.8  # twice the cores are not quite twice as fast


class StepForm(msgspec.Struct, frozen=True):
    """All that decides how long a training step takes, and what a measured speed is kept under.

    Attributes:
        first_stage: index of the stage from which on the network learns; 0 for all of it.
    """

    network: str
    stem: Stem
    width: int
    head: Head
    input_size: int
    batch_size: int
    precision: Precision
    first_stage: int = 0

    @classmethod
    def of(cls, config: TrainingConfig, auto: Precision) -> Self:
        """Return the form of a config's steps; with a frozen network, those of fine-tuning.

        Args:
            config: the settings.
            auto: the precision that "auto" comes to on this computer.

        Raises:
            ConfigError: there is no such network.
        """
        return cls(
            network=config.network,
            stem=config.stem,
            width=config.width,
            head=config.head,
            input_size=config.input_size,
            batch_size=config.batch_size,
            precision=auto if config.precision == "auto" else config.precision,
            first_stage=_first_stage(config) if config.freeze else 0,
        )

    def operations(self, classes: int) -> Operations:
        """Return what the network does with a picture.

        Raises:
            ConfigError: there is no such network.
        """
        options = NetworkOptions(
            native_size=self.input_size,
            input_size=self.input_size,
            classes=classes,
            stem=self.stem,
            width=self.width,
            head=self.head,
        )
        return operations(self.network, options)

    def distance(self, other: Self) -> float:
        """Return how little another form's speed says about this one's; 0 if it says all."""
        parts = (
            3.0 * ((self.network, self.stem, self.width) != (other.network, other.stem, other.width)),
            2.0 * (self.precision != other.precision),
            0.5 * (self.first_stage != other.first_stage),
            0.1 * (self.head != other.head),
            abs(math.log2(self.input_size / other.input_size)),
            abs(math.log2(self.batch_size / other.batch_size)) / 4,
        )
        return sum(parts)


def _first_stage(config: TrainingConfig) -> int:
    stages = find_network(config.network).stages
    return stages.index(config.fine_tune_from) if config.fine_tune_from in stages else len(stages) - 1


def training_seconds(work: Operations, form: StepForm) -> float:
    """Return a guess of the seconds a training step takes for each of its pictures."""
    learning = work.layers(form.first_stage)
    forward = sum(layer.multiply_adds for layer in work.layers())
    backward = 2 * sum(layer.multiply_adds for layer in learning)
    a_picture = (forward + backward) * _MULTIPLY_ADD[form.precision] + _outputs(learning) * _OUTPUT[form.precision]
    return (a_picture + _a_step(learning) / form.batch_size) / _cores_factor()


def head_seconds(work: Operations, batch_size: int) -> float:
    """Return a guess of the seconds a step of the head alone takes for each of its pictures, its features given."""
    multiply_adds = sum(layer.multiply_adds for layer in work.head)
    a_picture = 3 * multiply_adds * _MULTIPLY_ADD[FLOAT32] + work.features * _FEATURE
    return (a_picture + _a_step(work.head) / batch_size) / _cores_factor()


def validation_seconds(work: Operations, form: StepForm) -> float:
    """Return a guess of the seconds a picture takes in a validation."""
    a_picture = work.multiply_adds * _MULTIPLY_ADD[form.precision] + _outputs(work.layers()) * _OUTPUT[form.precision]
    return a_picture / _cores_factor()


def inference_seconds(work: Operations, precision: Precision) -> float:
    """Return a guess of the seconds a picture takes in OpenVINO."""
    return work.multiply_adds * _INFERENCE[precision] / _cores_factor()


def _outputs(layers: Sequence[LayerCost]) -> int:
    return sum(layer.activations for layer in layers)


def _a_step(layers: Sequence[LayerCost]) -> float:
    return sum(layer.weights for layer in layers) * _WEIGHT + len(layers) * _LAYER


def _cores_factor() -> float:
    """Return how many times as fast as the measured computer this one may be."""
    return math.pow((os.cpu_count() or 1) / _MEASURED_CORES, _CORES_EXPONENT)

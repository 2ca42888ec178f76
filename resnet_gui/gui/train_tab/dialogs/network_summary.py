"""NetworkSummary: the layers of a network, as `resnet-gui-cli model NAME --json` tells them."""

from __future__ import annotations

import msgspec


class LayerSummary(msgspec.Struct, frozen=True):
    """One layer.

    Attributes:
        name: unique in its network.
        kind: its Keras class.
        output_shape: without the batch.
        parameters: numbers it holds, those that training leaves alone included.
        trainable: whether training changes it.
        inputs: names of the layers it is fed by.
    """

    name: str
    kind: str
    output_shape: tuple[int | None, ...]
    parameters: int
    trainable: bool
    inputs: tuple[str, ...]

    @property
    def shape_words(self) -> str:
        """The output's shape as people write it: 56 × 56 × 64."""  # noqa: RUF002  times, not the letter
        return " × ".join("any" if size is None else str(size) for size in self.output_shape)  # noqa: RUF001


class NetworkSummary(msgspec.Struct, frozen=True):
    """A network.

    Attributes:
        name: what the command line calls it.
        title: what the form calls it.
        layers: each after those that feed it.
        parameters, trainable_parameters: of all layers together.
    """

    name: str
    title: str
    layers: tuple[LayerSummary, ...]
    parameters: int
    trainable_parameters: int

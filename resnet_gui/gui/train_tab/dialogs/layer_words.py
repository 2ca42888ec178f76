"""How a network's layer is written on screen."""

from __future__ import annotations

from resnet_gui.models.summary import LayerRow


def shape_words(layer: LayerRow) -> str:
    """Return a layer's output shape, without the batch, as people write it: 56 × 56 × 64."""  # noqa: RUF002  times
    return " × ".join(str(size) for size in layer.output_shape)  # noqa: RUF001

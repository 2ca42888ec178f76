"""How a network's layers and numbers are written on screen."""

from __future__ import annotations

from PySide6.QtCore import QLocale

from resnet_gui.models.summary import LayerRow


def shape_words(layer: LayerRow) -> str:
    """Return a layer's output shape, without the batch, as people write it: 56 × 56 × 64."""  # noqa: RUF002  times
    return " × ".join(str(size) for size in layer.output_shape)  # noqa: RUF001


def grouped(number: int) -> str:
    """Return a number in the user's way, its digits in groups even where no language is set."""
    locale = QLocale()
    locale.setNumberOptions(locale.numberOptions() & ~QLocale.NumberOption.OmitGroupSeparator)
    return locale.toString(number)

"""Whether an export answers as the bundle it was made from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resnet_gui.data.shapes import SHAPE_NAMES, draw_shape
from resnet_gui.errors import ModelError
from resnet_gui.inference.openvino_runtime import openvino_core

CHECKED_PICTURES = 16
LARGEST_ALLOWED = 0.01
"""A probability may differ by this much: rounding, never another answer."""

Answer = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Pictures (n, N, N, 3) RGB 0-255 to probabilities (n, classes)."""


def sample_pictures(size: int) -> NDArray[np.uint8]:
    """Return pictures (16, N, N, 3) RGB 0-255 of shapes; the same ones each time."""
    names = [SHAPE_NAMES[number % len(SHAPE_NAMES)] for number in range(CHECKED_PICTURES)]
    return np.stack([np.asarray(draw_shape(name, seed, size)) for seed, name in enumerate(names)])


def largest_difference(expected: Answer, given: Answer, size: int) -> float:
    """Return by how much a probability differs at most, on pictures of N x N.

    Raises:
        ModelError: by more than LARGEST_ALLOWED, or not everything is a number.
    """
    pictures = sample_pictures(size)
    wanted, found = expected(pictures), given(pictures)
    if found.shape != wanted.shape:
        raise ModelError(f"The export answers with {found.shape[-1]} values in place of {wanted.shape[-1]}.")
    difference = float(np.abs(found - wanted).max())
    if not difference <= LARGEST_ALLOWED:  # not a number is no agreement either
        raise ModelError(
            f"The export answers otherwise than this program: a probability differs by {difference:.2g}.",
            "It was removed. Another kind of export may do better.",
        )
    return difference


def difference_words(difference: float) -> str:
    """Return a difference of probabilities for people: four digits tell everything that matters."""
    return f"{difference:.4f}" if difference >= 0.0001 else "below 0.0001"


def opened_onnx(file: Path) -> Answer:
    """Open an ONNX file in OpenVINO, which reads it as it reads anybody's.

    Raises:
        ModelError: it cannot.
    """
    try:
        # Read into memory: OpenVINO would map the file, and Windows lets nobody rename a mapped file.
        core = openvino_core()
        network = core.compile_model(core.read_model(file.read_bytes()), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    except RuntimeError as error:
        raise ModelError("The export cannot be opened again.", "It was removed.") from error

    def answer(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.array(network([pictures.astype(np.float32)])[0], np.float32)

    return answer

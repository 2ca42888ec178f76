"""A bundle that needs no training: it tells red, green and blue pictures apart.

Its network takes the mean colour, and softmax makes probabilities of red, green and blue.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from resnet_gui.data.images import Geometry
from resnet_gui.inference.bundle import BundleDescription, ModelBundle, write_description
from resnet_gui.inference.openvino_runtime import import_openvino
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.run import Run
from resnet_gui.runs.store import RunStore

COLOURS = ("red", "green", "blue")
WEIGHTS = ((5, -1, -1), (-1, 5, -1), (-1, -2, 5))
"""What each class takes of each colour, in a weighing bundle."""


def make_bundle(
    folder: Path,
    class_names: tuple[str, ...] = COLOURS,
    size: int = 8,
    sharpness: float = 0.02,
    superclasses: tuple[str, ...] = (),
) -> ModelBundle:
    """Write a bundle whose n-th class is the n-th of red, green and blue; give it class names to tell it apart."""
    openvino = import_openvino()
    ops = openvino.opset13
    pictures = ops.parameter([-1, size, size, 3], np.uint8, name="pictures")
    mean_colour = ops.reduce_mean(ops.convert(pictures, "f32"), np.array([1, 2]), keep_dims=False)
    probabilities = ops.softmax(ops.multiply(mean_colour, np.float32(sharpness)), 1)
    folder.mkdir(parents=True, exist_ok=True)
    openvino.save_model(
        openvino.Model([probabilities], [pictures], "colours"), folder / "model.xml", compress_to_fp16=False
    )
    write_description(
        folder,
        BundleDescription(
            title=f"Colours {'/'.join(class_names)}",
            network="mean-colour",
            class_names=class_names,
            geometry=Geometry(size),
            trained_on="paint",
            superclasses=superclasses,
        ),
    )
    return ModelBundle.open(folder)


def make_weighing_bundle(
    folder: Path,
    size: int = 8,
    class_names: tuple[str, ...] = COLOURS,
    weights: ArrayLike = WEIGHTS,
    *,
    channels_first: bool = False,
) -> ModelBundle:
    """Write a bundle that averages a map of three colours and weighs the averages: red, green or blue.

    The map is the picture itself, 0-1, so that it is known what spoke for each class and where.
    """
    ops = import_openvino().opset13
    pictures = ops.parameter([-1, size, size, 3], np.uint8, name="pictures")
    colours = ops.multiply(ops.convert(pictures, "f32"), np.float32(1 / 255))
    if channels_first:
        colours = ops.transpose(colours, np.array([0, 3, 1, 2]))
    averages = ops.reduce_mean(colours, np.array([2, 3] if channels_first else [1, 2]), keep_dims=channels_first)
    if channels_first:
        averages = ops.reshape(averages, np.array([0, -1]), special_zero=True)
    matrix = np.array(weights, np.float32)
    product = ops.matmul(averages, matrix.T if channels_first else matrix, False, channels_first)
    bias = np.linspace(0, 0.1, len(class_names), dtype=np.float32)[None]
    return _written(folder, ops.softmax(ops.add(product, bias), 1), pictures, size, class_names)


def make_corner_bundle(folder: Path, size: int = 16) -> ModelBundle:
    """Write a bundle that looks at the upper left quarter only: "red" the more red there is in it."""
    ops = import_openvino().opset13
    pictures = ops.parameter([-1, size, size, 3], np.uint8, name="pictures")
    corner = ops.slice(ops.convert(pictures, "f32"), [0, 0], [size // 2, size // 2], [1, 1], np.array([1, 2]))
    mean_colour = ops.reduce_mean(corner, np.array([1, 2]), keep_dims=False)
    return _written(folder, ops.softmax(ops.multiply(mean_colour, np.float32(0.02)), 1), pictures, size, COLOURS)


def _written(folder: Path, answer: Any, pictures: Any, size: int, class_names: tuple[str, ...]) -> ModelBundle:
    openvino = import_openvino()
    folder.mkdir(parents=True, exist_ok=True)
    openvino.save_model(openvino.Model([answer], [pictures], "colours"), folder / "model.xml", compress_to_fp16=False)
    description = BundleDescription(
        title="Colours", network="colours", class_names=class_names, geometry=Geometry(size), trained_on="paint"
    )
    write_description(folder, description)
    return ModelBundle.open(folder)


def make_run(store: RunStore, name: str, created: float = 1.0, class_names: tuple[str, ...] | None = COLOURS) -> Run:
    """Make a run, with the bundle in it unless `class_names` is None."""
    run = store.create(TrainingConfig(), name, now=created)
    if class_names is not None:
        make_bundle(run.model_folder, class_names)
    return run


def paint(path: Path, colour: str, size: tuple[int, int] = (12, 8)) -> Path:
    """Write a picture of one of the colours that the bundle knows."""
    rgb = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}[colour]
    Image.new("RGB", size, rgb).save(path)
    return path

"""A stand-in for the published weights of ResNet50: the same file with other, seeded, numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def write_standin(path: Path) -> None:
    """Write a whole ResNet50 laid out as Keras published it, with numbers that keep its answers moderate."""
    import h5py
    import keras
    from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

    network = keras.applications.ResNet50(weights=None)
    rng = np.random.default_rng(0)
    network.set_weights([_numbers(weight.path, weight.shape, rng) for weight in network.weights])
    with h5py.File(path, "w") as file:
        save_weights_to_hdf5_group(file, network)


def _numbers(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    if name.endswith("kernel"):
        values = rng.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape)
    elif name.endswith("gamma"):  # the last of a block is small: sixteen of them are added up
        values = rng.uniform(0.1, 0.3, shape) if "_3_bn" in name else rng.uniform(0.8, 1.2, shape)
    elif name.endswith("moving_variance"):  # the first sees values of a hundred
        values = rng.uniform(0.8, 1.2, shape) * (3000 if "conv1_bn" in name else 1)
    else:
        values = rng.uniform(-0.1, 0.1, shape)
    return values.astype(np.float32)

"""Weights on disk, complete or not there at all."""

from __future__ import annotations

import shutil
from pathlib import Path

import keras

from resnet_gui.atomic import new_folder
from resnet_gui.errors import RunError

_WEIGHTS = "network.weights.h5"


def best_weights(folder: Path) -> Path | None:
    """Return the file of the best weights in a run's checkpoint folder, None if there is none."""
    return max(folder.glob(f"step-*/{_WEIGHTS}"), default=None)


class BestCheckpoint:
    """The weights of the best epoch so far, in `checkpoints/step-000400/`.

    Args:
        folder: the run's checkpoint folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._current: Path | None = None

    def save(self, network: keras.Model, step: int) -> None:
        """Write the weights beside the earlier ones, then let the earlier ones go.

        Raises:
            RunError: they cannot be written; the earlier ones are untouched.
        """
        target = self._folder / f"step-{step:06d}"
        try:
            self._folder.mkdir(exist_ok=True)
            with new_folder(target) as folder:
                network.save_weights(folder / _WEIGHTS)
        except OSError as error:
            raise RunError(
                f"The checkpoint {target} cannot be written: {error}.", "Check the disk's free space."
            ) from error
        if self._current is not None:
            shutil.rmtree(self._current, ignore_errors=True)  # a leftover costs only room
        self._current = target

    def restore(self, network: keras.Model) -> bool:
        """Put the best weights into the network; return False if none were saved yet."""
        if self._current is None:
            return False
        network.load_weights(self._current / _WEIGHTS)
        return True

"""The pictures that both sides of the transfer benchmark learn from, decoded once and split the same way."""

from __future__ import annotations

from pathlib import Path

from resnet_gui.data.dataset import ImageDataset, split_dataset
from resnet_gui.data.folder import load_folder
from resnet_gui.data.images import Geometry

SIZE = 224
BATCH = 32
SHARE = 0.2


def load_dataset(folder: str) -> ImageDataset:
    """Return a folder's pictures, squashed to SIZE x SIZE, a fifth of them held back."""
    return split_dataset(load_folder(Path(folder), Geometry(SIZE, "squash")), SHARE, limit=0, seed=0)

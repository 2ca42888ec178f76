"""Which bundles there are, and which one a name means."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from resnet_gui.errors import ModelError
from resnet_gui.inference.bundle import DESCRIPTION_FILE, ModelBundle
from resnet_gui.runs.run import Run
from resnet_gui.runs.store import RunStore


def run_bundles(store: RunStore) -> Iterator[tuple[Run, ModelBundle]]:
    """Yield the runs that have a bundle that can be opened, newest first."""
    for run in store.list().runs:
        if not os.path.isfile(run.model_folder / DESCRIPTION_FILE):  # Path.is_file raises where it may not look
            continue
        try:
            bundle = ModelBundle.open(run.folder)
        except ModelError:
            continue  # a damaged one is no choice; asking for it by name tells why
        yield run, bundle


def open_bundle(name_or_path: str, store: RunStore) -> ModelBundle:
    """Open the bundle of a run, given by its name in `store`, or the one at a path.

    Raises:
        ModelError: there is none, or it is damaged.
    """
    run_folder = store.folder / name_or_path
    return ModelBundle.open(run_folder if os.path.isdir(run_folder) else Path(name_or_path))


def newest_bundle(store: RunStore) -> ModelBundle:
    """Open the bundle of the newest run that has one.

    Raises:
        ModelError: no run has one.
    """
    for _, bundle in run_bundles(store):
        return bundle
    raise ModelError(f"No run in {store.folder} has a model yet.", "Train one first, or name a model's folder.")

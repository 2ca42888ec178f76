"""Which models there are to classify with, and which one a name means."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from resnet_gui.errors import ModelError
from resnet_gui.inference.bundle import DESCRIPTION_FILE, ModelBundle
from resnet_gui.inference.imagenet import IMAGENET_MODELS, ImageNetModel
from resnet_gui.paths import resource_path
from resnet_gui.runs.run import Run
from resnet_gui.runs.store import RunStore

SHIPPED = "cifar100"
"""What commands call the model that comes with the program."""
SHIPPED_KEY = f":{SHIPPED}"
"""What the window remembers it by: no run can be called so, but one may be called "cifar100"."""

CARD_FILE = "MODEL_CARD.md"
"""What says how good a model is and what it cannot do, beside its bundle's folder."""

_BUNDLE_FILES = (DESCRIPTION_FILE, "model.xml", "model.bin")
_FOREIGN_ENDINGS = frozenset(
    (".keras", ".h5", ".hdf5", ".onnx", ".pb", ".tflite", ".pt", ".pth", ".safetensors", ".pkl", ".pickle")
)


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model that can be chosen.

    Attributes:
        title: as shown.
        key: what it is remembered and selected by: the run's name, the model's name, or its folder.
        bundle: the model.
        written: when it was written, so that a model made anew is told from the one before.
    """

    title: str
    key: str
    bundle: ModelBundle
    written: int


def model_entries(store: RunStore, elsewhere: Iterable[Path] = ()) -> Iterator[ModelEntry]:
    """Yield every model that can be opened: the shipped one, the runs', newest first, ImageNet's, others.

    Args:
        store: the runs.
        elsewhere: folders of other models.
    """
    if (shipped := _openable(shipped_folder())) is not None:
        yield _entry(shipped.description.title, SHIPPED_KEY, shipped)
    for run, bundle in run_bundles(store):
        title = bundle.description.title
        shown = title if title in ("", run.name) else f"{title} ({run.name})"
        yield _entry(shown or run.name, run.name, bundle)
    for model in IMAGENET_MODELS.values():
        if (fetched := _openable(model.folder)) is not None:
            yield _entry(fetched.description.title or model.name, model.name, fetched)
    for folder in elsewhere:
        if (other := _openable(folder)) is not None:
            title = other.description.title
            yield _entry(f"{title} ({folder.name})" if title else folder.name, str(folder), other)


def shipped_folder() -> Path:
    """Return the folder of the model that comes with the program: the run that it was trained in."""
    return resource_path("models", SHIPPED)


def models_to_fetch() -> list[ImageNetModel]:
    """Return the models that could be fetched and are not here yet."""
    return [model for model in IMAGENET_MODELS.values() if model.bundle() is None]


def known_names() -> list[str]:
    """Return the names of models that are no run's and need no folder named."""
    shipped = [SHIPPED] if _holds_bundle(shipped_folder()) else []
    return [*shipped, *(model.name for model in IMAGENET_MODELS.values())]


def run_bundles(store: RunStore) -> Iterator[tuple[Run, ModelBundle]]:
    """Yield the runs that have a bundle that can be opened, newest first."""
    for run in store.list().runs:
        bundle = _openable(run.folder)
        if bundle is not None:
            yield run, bundle


def open_run(name: str, store: RunStore) -> Run:
    """Open a run by its name in `store` or its folder, or the one that the shipped model was trained in.

    Raises:
        ResNetGuiError: there is none.
    """
    return Run.open(shipped_folder()) if _means_shipped(name, store) else store.open(name)


def open_bundle(name_or_path: str, store: RunStore) -> ModelBundle:
    """Open the bundle of a run, given by its name in `store`, one of `known_names`, or the one at a path.

    Raises:
        ModelError: there is none, it is not fetched yet, or it is damaged.
    """
    run_folder = store.folder / name_or_path
    if _means_shipped(name_or_path, store):
        return ModelBundle.open(shipped_folder())
    if os.path.isdir(run_folder):
        return ModelBundle.open(run_folder)
    for model in IMAGENET_MODELS.values():
        if name_or_path == model.name:
            return _open_fetched(model)
    return open_elsewhere(Path(name_or_path))


def open_elsewhere(path: Path) -> ModelBundle:
    """Open the bundle at a path, its folder or one of its files; nothing in it can run.

    Raises:
        ModelError: there is none, or it is damaged.
    """
    if is_foreign_model(path):
        raise ModelError(
            f"{path.name} is another program's model. Such files can hold code, so this one was not opened.",
            "Open the folder of a model that this program made: a model.json is in it. The file of weights that Keras "
            "publishes can be chosen where ImageNet's models are fetched.",
        )
    return ModelBundle.open(bundle_place(path) or path)


def is_foreign_model(path: Path) -> bool:
    """Return whether a path looks like the model file of another program."""
    return path.suffix.lower() in _FOREIGN_ENDINGS and not os.path.isdir(path)


def default_bundle(store: RunStore) -> ModelBundle:
    """Open the bundle that is used unless another is asked for: the shipped one, or else the first other one.

    Raises:
        ModelError: it is damaged, or there is none at all.
    """
    if _holds_bundle(shipped_folder()):
        return ModelBundle.open(shipped_folder())
    for entry in model_entries(store):
        return entry.bundle
    raise ModelError(
        f"The model that comes with the program is missing, and no run in {store.folder} has one yet.",
        "Install the program again, train a model, name a model's folder, or fetch one: resnet-gui-cli fetch imagenet.",
    )


def bundle_place(path: Path) -> Path | None:
    """Return the folder to open if a path is a bundle, a run with one, or a file of a bundle; else None."""
    folder = path.parent if path.name in _BUNDLE_FILES else path
    return folder if _holds_bundle(folder) else None


def _means_shipped(name: str, store: RunStore) -> bool:
    """Return whether a name is the shipped model's: a run of the user's that is called so comes first."""
    return name == SHIPPED and _holds_bundle(shipped_folder()) and not os.path.isdir(store.folder / name)


def _open_fetched(model: ImageNetModel) -> ModelBundle:
    if not _holds_bundle(model.folder):
        raise ModelError(
            f"{model.title} is not on this computer yet.",
            f"Fetch it once ({model.file.megabytes} MB): resnet-gui-cli fetch imagenet --network {model.network}",
        )
    return ModelBundle.open(model.folder)


def _holds_bundle(folder: Path) -> bool:
    # Path.is_file raises where it may not look.
    return any(os.path.isfile(place / DESCRIPTION_FILE) for place in (folder, folder / "model"))


def _openable(folder: Path) -> ModelBundle | None:
    """Return the bundle in a folder unless it is damaged: then it is no choice, and asking for it by name tells why."""
    if not _holds_bundle(folder):
        return None
    try:
        return ModelBundle.open(folder)
    except ModelError:
        return None


def _entry(title: str, key: str, bundle: ModelBundle) -> ModelEntry:
    return ModelEntry(title, key, bundle, bundle.network_file.stat().st_mtime_ns)

"""ImageNet's ResNets for Classify: published weights that are turned into a bundle once.

From then on neither TensorFlow nor the published file is needed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from resnet_gui.data.download import RemoteFile, downloaded_path, fetch, has_checksum
from resnet_gui.data.images import Geometry
from resnet_gui.data.labels import imagenet_names
from resnet_gui.errors import DownloadError, ModelError
from resnet_gui.inference.bundle import BundleDescription, ModelBundle
from resnet_gui.models.published_weights import PUBLISHED_WEIGHTS
from resnet_gui.models.registry import NetworkOptions, NetworkSpec, find_network
from resnet_gui.models.weights_file import open_weights
from resnet_gui.paths import models_folder
from resnet_gui.progress import Report, unreported

SIZE = 224
CLASSES = 1000
_SHORTER_SIDE = 256


@dataclass(frozen=True, slots=True)
class ImageNetModel:
    """A network that tells ImageNet's 1000 classes apart, fetched already or not.

    Attributes:
        network: its name in the registry.
    """

    network: str

    @property
    def name(self) -> str:
        """What commands call the model."""
        return f"imagenet-{self.network}"

    @property
    def spec(self) -> NetworkSpec:
        """The network's row in the registry."""
        return find_network(self.network)

    @property
    def title(self) -> str:
        """What the window calls the model."""
        return f"ImageNet {self.spec.title}"

    @property
    def file(self) -> RemoteFile:
        """The published weights."""
        return PUBLISHED_WEIGHTS[self.spec.imagenet_weights].whole

    @property
    def folder(self) -> Path:
        """Where its bundle is, or will be."""
        return models_folder() / self.name

    def bundle(self) -> ModelBundle | None:
        """Return the model if it was fetched and is not damaged."""
        try:
            return ModelBundle.open(self.folder)
        except ModelError:
            return None


IMAGENET_MODELS = {network: ImageNetModel(network) for network in ("resnet50", "resnet101", "resnet152")}
"""By network."""


def fetch_imagenet(model: ImageNetModel, source: Path | None = None, report: Report = unreported) -> ModelBundle:
    """Return a model's bundle; if there is none yet, download the weights, unless they are here, and make it.

    TensorFlow is imported once the weights are there. One thread owns Keras: call it where that is no other.

    Args:
        model: which one.
        source: a file of weights to make it of, in place of the published one and of any earlier model. If it is not
            the published file to the byte, the bundle's title names it.
        report: told how far it is; may raise CancelledError.

    Raises:
        DownloadError: they cannot be downloaded; says what to download, how large it is, and where to put it.
        ModelError: the file is damaged, no file of weights, or of another network.
        CancelledError: `report` asked to stop; the next call goes on with the download.
    """
    made = model.bundle() if source is None else None
    if made is not None:
        return made
    file = source or fetch(model.file, report)
    report("Checking the weights", 0, 0)
    if source is not None:
        with open_weights(source) as weights:  # before TensorFlow takes its seconds
            kernels = [shapes[0] for shapes in weights.shapes.values()]
        if PUBLISHED_WEIGHTS[model.spec.imagenet_weights].head[-1] not in kernels:
            raise _without_head(model, source)
    is_published = has_checksum(file, model.file.checksum)
    if source is None and not is_published:  # somebody put it there
        raise DownloadError(f"{file} is not the file that Keras publishes.", "Delete it, then fetch again.")
    report("Converting the network", 0, 0)
    return _converted(model, file, model.title if is_published else f"{model.title} ({file.name})", report)


def _converted(model: ImageNetModel, file: Path, title: str, report: Report) -> ModelBundle:
    from resnet_gui.inference.export import export_model
    from resnet_gui.models.starting_weights import load_imagenet

    network = model.spec.build(NetworkOptions(native_size=SIZE, input_size=SIZE, classes=CLASSES))
    if not load_imagenet(network, model.spec, file):
        raise _without_head(model, file)
    report("Saving the model", 0, 0)
    description = BundleDescription(
        title=title,
        network=model.spec.title,
        class_names=imagenet_names(),
        geometry=Geometry(SIZE, shorter_side=_SHORTER_SIDE),
        trained_on="ImageNet",
    )
    return export_model(network, description, model.folder, with_keras=False)


def _without_head(model: ImageNetModel, file: Path) -> ModelError:
    return ModelError(
        f"{file.name} does not know ImageNet's {CLASSES} classes: its last layer is missing, or another one.",
        f"Choose {model.file.name}; files whose names end in _notop have no last layer.",
    )


def is_downloaded(model: ImageNetModel) -> bool:
    """Return whether the published weights are on this computer, so that nothing has to be downloaded."""
    return os.path.isfile(downloaded_path(model.file))

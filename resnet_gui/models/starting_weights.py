"""What a network knows at the start: published ImageNet weights, or those of one of the user's runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from resnet_gui.data.download import RemoteFile, downloaded_path, fetch
from resnet_gui.errors import ModelError
from resnet_gui.models.published_weights import PUBLISHED_WEIGHTS
from resnet_gui.models.registry import NetworkSpec, find_network
from resnet_gui.models.weights_file import Shape, WeightsFile, open_weights
from resnet_gui.progress import Report, unreported


def load_imagenet(network: keras.Model, spec: NetworkSpec, file: Path | None, report: Report = unreported) -> bool:
    """Give a network the weights that Keras publishes.

    Args:
        network: of a spec with `imagenet_weights`; changed only if the weights are its own.
        spec: its row.
        file: the published file, with or without the head; None downloads the one that has what fits.
        report: told how far a download is.

    Returns:
        Whether the head fitted too, which takes ImageNet's 1000 classes; else the layers of the head that did not
        fit, and all behind them, are as fresh as before.

    Raises:
        DownloadError: it cannot be downloaded; says what to download, how large it is, and where to put it.
        ModelError: the file is damaged, no file of weights, or of another network.
        CancelledError: `report` asked to stop.
    """
    parts = _Parts.of(network, spec)
    path = file or fetch(_fitting_file(parts, spec), report)
    report("Loading ImageNet weights", 0, 0)
    with open_weights(path) as weights:
        _require_same_base(parts.base, spec, weights)
        # By their order: Keras has renamed the head's layers since it published the files.
        saved = [name for name in weights.shapes if not name.startswith(spec.stages)]
        head = _fitting_head(zip(parts.head, saved, strict=False), weights)
        _load([*((layer, layer.name) for layer in parts.base), *head], weights)
    return len(head) == len(parts.head)


def load_run(
    network: keras.Model, spec: NetworkSpec, source_network: str, file: Path, *, same_classes: bool
) -> tuple[str, ...]:
    """Give a network the weights of one of the user's runs.

    Args:
        network: changed only if the weights are of the same network.
        spec: its row.
        source_network: the run's network, `run.record.config.network`.
        file: the run's weights, `checkpoints/step-*/network.weights.h5`.
        same_classes: whether the run's class names are this training's; if not, the last layer starts afresh.

    Returns:
        The names of the layers that start afresh because they are new or of another shape: the last, more of the head
        where the run had another one, and the first stage where it had another stem.

    Raises:
        ModelError: the run is of another network or width, or its weights cannot be read.
    """
    if source_network != spec.name:
        raise ModelError(
            f"That run trained {find_network(source_network).title}, this one trains {spec.title}.",
            "Start from a run with the same network, or choose that run's network.",
        )
    parts = _Parts.of(network, spec)
    with open_weights(file) as weights:
        stem = [layer for layer in parts.base if layer.name.startswith(spec.stages[0])]
        _require_same_base([layer for layer in parts.base if layer not in stem], spec, weights)
        same_stem = all(weights.shapes.get(layer.name) == _shapes(layer) for layer in stem)
        head = _fitting_head(((layer, layer.name) for layer in parts.head), weights)
        base = parts.base if same_stem else [layer for layer in parts.base if layer not in stem]
        taken = [*((layer, layer.name) for layer in base), *head]
        if not same_classes:
            taken = [(layer, name) for layer, name in taken if layer is not parts.head[-1]]
        _load(taken, weights)
    known = {layer.name for layer, _ in taken}
    return tuple(layer.name for layer in (*parts.base, *parts.head) if layer.name not in known)


@dataclass(frozen=True, slots=True)
class KeptNetwork:
    """A network that gets its weights back from a file that may have been changed meanwhile, or elsewhere.

    Keras' own loader reads whatever size a file tells of before it compares.
    """

    network: keras.Model

    def load_weights(self, filepath: Path) -> None:
        """Read the weights from a .weights.h5 of this network.

        Raises:
            ModelError: it is of another network, damaged, or made in a way that Keras' files are not.
        """
        layers = [layer for layer in self.network.layers if layer.weights]
        with open_weights(filepath) as weights:
            for layer in layers:
                if weights.shapes.get(layer.name) != _shapes(layer):
                    raise ModelError(f'{filepath} holds the weights of another network: "{layer.name}" does not fit.')
            _load([(layer, layer.name) for layer in layers], weights)


@dataclass(frozen=True, slots=True)
class _Parts:
    """The layers of a network that have weights: up to the features, and behind them."""

    base: tuple[Any, ...]
    head: tuple[Any, ...]

    @classmethod
    def of(cls, network: keras.Model, spec: NetworkSpec) -> _Parts:
        end = network.layers.index(network.get_layer(spec.features)) + 1
        base, head = network.layers[:end], network.layers[end:]
        return cls(tuple(item for item in base if item.weights), tuple(item for item in head if item.weights))


def _fitting_file(parts: _Parts, spec: NetworkSpec) -> RemoteFile:
    """Return the smaller file unless some of the published head fits, or the larger one is here already.

    The head is ten times the rest of VGG16.
    """
    published = PUBLISHED_WEIGHTS[spec.imagenet_weights]
    head_fits = _shapes(parts.head[0])[0] == published.head[0]
    whole_is_here = downloaded_path(published.whole).is_file() and not downloaded_path(published.base).is_file()
    return published.whole if head_fits or whole_is_here else published.base


def _shapes(layer: Any) -> tuple[Shape, ...]:
    return tuple(tuple(weight.shape) for weight in layer.weights)


def _require_same_base(base: Iterable[Any], spec: NetworkSpec, weights: WeightsFile) -> None:
    """Raise ModelError, naming what differs, if a layer is missing, of another shape, or one too many."""
    names = set()
    for layer in base:
        names.add(layer.name)
        saved = weights.shapes.get(layer.name)
        if saved is None:
            raise _another_network(weights, spec, f'there is no layer "{layer.name}" in it')
        if saved != _shapes(layer):
            raise _another_network(
                weights, spec, f'its layer "{layer.name}" is {_words(saved)} in place of {_words(_shapes(layer))}'
            )
    for name in weights.shapes:
        if name.startswith(spec.stages[1:]) and name not in names:
            raise _another_network(weights, spec, f'its layer "{name}" is none of {spec.title}')


def _words(shapes: tuple[Shape, ...]) -> str:
    return " + ".join("x".join(map(str, shape)) for shape in shapes)


def _another_network(weights: WeightsFile, spec: NetworkSpec, difference: str) -> ModelError:
    return ModelError(
        f"{weights.path.name} holds the weights of another network than this {spec.title}: {difference}.",
        "Choose weights of the same network, stem and width.",
    )


def _fitting_head(pairs: Iterable[tuple[Any, str]], weights: WeightsFile) -> list[tuple[Any, str]]:
    """Return the head's layers from the features on up to the first that is of another shape.

    What comes behind a fresh layer has learned from another one, so it is of no use even if it fits.
    """
    fitting = []
    for layer, name in pairs:
        if weights.shapes.get(name) != _shapes(layer):
            break
        fitting.append((layer, name))
    return fitting


def _load(taken: list[tuple[Any, str]], weights: WeightsFile) -> None:
    """Read everything before anything is changed."""
    values = [weights.read(name) for _, name in taken]
    for (layer, _), arrays in zip(taken, values, strict=True):
        layer.set_weights(arrays)

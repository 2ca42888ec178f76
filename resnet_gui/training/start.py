"""The network of a training as it starts: built, and knowing what its settings ask for."""

from __future__ import annotations

from pathlib import Path

import keras

from resnet_gui.data.dataset import ImageDataset
from resnet_gui.errors import RunError
from resnet_gui.models.registry import NetworkOptions, find_network
from resnet_gui.models.starting_weights import load_imagenet, load_run
from resnet_gui.progress import Report
from resnet_gui.runs.config import IMAGENET, TrainingConfig
from resnet_gui.runs.store import RunStore
from resnet_gui.training.checkpoint import best_weights


def build_network(config: TrainingConfig, dataset: ImageDataset, runs: Path, report: Report) -> tuple[keras.Model, str]:
    """Build the network that a training starts with, from its seed.

    Args:
        config: the training's settings.
        dataset: what it learns from.
        runs: the folder of runs, one of which it may start from.
        report: told what is being done; may raise CancelledError.

    Returns:
        The network, and what it starts from in words for the log; empty if from nothing.

    Raises:
        ResNetGuiError: its weights cannot be had, or are another network's.
    """
    spec = find_network(config.network)
    report(f"Building {spec.title}", 0, 0)
    keras.utils.set_random_seed(config.seed)
    network = spec.build(NetworkOptions.of(config, dataset.geometry.size, len(dataset.class_names)))
    if not config.start_from:
        return network, ""
    if config.start_from == IMAGENET:
        file = Path(config.weights_file) if config.weights_file else None
        with_head = load_imagenet(network, spec, file, report)
        return network, f"Starts from ImageNet weights{'' if with_head else ', the head from nothing'}."
    source = RunStore(runs).open(config.start_from)
    file = best_weights(source.checkpoint_folder)
    if file is None:
        raise RunError(f"The run {source.name} has no weights to start from.", "Choose a run that reached an epoch.")
    same_classes = source.record.class_names == dataset.class_names
    fresh = load_run(network, spec, source.record.config.network, file, same_classes=same_classes)
    from_nothing = f", these layers from nothing: {', '.join(fresh)}" if fresh else ""
    return network, f"Starts from the run {source.name}{from_nothing}."

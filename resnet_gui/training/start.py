"""What a network knows when its training starts."""

from __future__ import annotations

from pathlib import Path

import keras

from resnet_gui.errors import RunError
from resnet_gui.models.registry import NetworkSpec
from resnet_gui.models.starting_weights import load_imagenet, load_run
from resnet_gui.progress import Report
from resnet_gui.runs.config import IMAGENET
from resnet_gui.runs.run import Run
from resnet_gui.runs.store import RunStore
from resnet_gui.training.checkpoint import best_weights


def load_start(network: keras.Model, spec: NetworkSpec, run: Run, class_names: tuple[str, ...], report: Report) -> str:
    """Give a fresh network the weights that its run's settings ask for.

    Returns:
        What it starts from, in words for the log; empty if from nothing.

    Raises:
        ResNetGuiError: they cannot be had, or are another network's; the network is unchanged.
        CancelledError: `report` asked to stop.
    """
    config = run.record.config
    if not config.start_from:
        return ""
    if config.start_from == IMAGENET:
        file = Path(config.weights_file) if config.weights_file else None
        with_head = load_imagenet(network, spec, file, report)
        return f"Starts from ImageNet weights{'' if with_head else ', the head from nothing'}."
    source = RunStore(run.folder.parent).open(config.start_from)
    file = best_weights(source.checkpoint_folder)
    if file is None:
        raise RunError(f"The run {source.name} has no weights to start from.", "Choose a run that reached an epoch.")
    same_classes = source.record.class_names == class_names
    fresh = load_run(network, spec, source.record.config.network, file, same_classes=same_classes)
    return f"Starts from the run {source.name}{', these layers from nothing: ' + ', '.join(fresh) if fresh else ''}."

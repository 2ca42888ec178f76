"""Transfer learning by this program: `python -m benchmarks._our_transfer FOLDER EPOCHS VIEWS`."""

from __future__ import annotations

import sys
import time

import tensorflow as tf  # noqa: F401, TID253  its import is not what is measured

from benchmarks._report import report
from benchmarks._transfer_case import BATCH, SIZE, load_dataset
from resnet_gui.models.registry import NetworkOptions, find_network
from resnet_gui.progress import unreported
from resnet_gui.runs.config import IMAGENET, TrainingConfig
from resnet_gui.training.batches import training_batches, validation_batches
from resnet_gui.training.phases import plan_phases


def main(folder: str, epochs: int, views: int) -> None:
    dataset = load_dataset(folder)
    config = TrainingConfig(
        source="folder",
        folder=folder,
        network="resnet50",
        input_size=SIZE,
        head="dense128",
        start_from=IMAGENET,
        freeze=True,
        epochs=epochs,
        batch_size=BATCH,
        flip=views > 1,
        cached_views=views,
    )
    started = time.perf_counter()
    # Weights by chance: it takes as long as with ImageNet's.
    network = find_network("resnet50").build(NetworkOptions.of(config, SIZE, len(dataset.class_names)))
    phase = plan_phases(config, network, dataset, unreported)[0]()
    prepared = time.perf_counter()
    for epoch in range(epochs):
        split = phase.views[epoch % len(phase.views)]
        for batch in training_batches(split, BATCH, 0, epoch + 1):
            phase.engine.train_batch(batch, config.learning_rate)
        for features, labels in validation_batches(phase.validation, BATCH):
            phase.engine.validate_batch(features, labels)
    report({"prepared": prepared - started, "seconds": time.perf_counter() - started, "pictures": len(dataset.train)})


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))

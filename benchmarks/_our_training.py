"""A training by this program's engine, step by step: `python -m benchmarks._our_training CASE PRECISION`."""

from __future__ import annotations

import sys
import time

import numpy as np
import tensorflow as tf  # noqa: F401, TID253  its import is not what is measured

from benchmarks._training_case import random_pictures, read_case, report_steps
from resnet_gui.data.dataset import ImageDataset, Split
from resnet_gui.data.images import Geometry
from resnet_gui.models.registry import NetworkOptions, find_network
from resnet_gui.progress import unreported
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.training.batches import training_batches
from resnet_gui.training.phases import plan_phases

RATE = 1e-4


def main() -> None:
    case, precision = read_case(), sys.argv[2]
    pictures, labels = random_pictures(case)
    everything = np.arange(len(labels))
    dataset = ImageDataset(
        name="random",
        class_names=tuple(str(number) for number in range(case.classes)),
        geometry=Geometry(case.size),
        train=Split(pictures, labels, everything),
        validation=Split(pictures, labels, everything[:0]),
    )
    config = TrainingConfig(
        network=case.network,
        input_size=case.size,
        batch_size=case.batch,
        learning_rate=RATE,
        precision=precision,  # type: ignore[arg-type]
    )
    started = time.perf_counter()
    network = find_network(case.network).build(NetworkOptions.of(config, case.size, case.classes))
    phase = plan_phases(config, network, dataset, unreported)[0]()
    done = []
    for batch in training_batches(dataset.train, case.batch, seed=0, epoch=1):
        phase.engine.train_batch(batch, RATE)
        done.append(time.perf_counter())
    report_steps(started, done)


if __name__ == "__main__":
    main()

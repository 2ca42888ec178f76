"""The end of a training: the one place that exports the best model and tests it."""

from __future__ import annotations

import time
from contextlib import closing

import keras
import numpy as np

from resnet_gui.data.dataset import ImageDataset, Split
from resnet_gui.inference.bundle import BundleDescription, ModelBundle
from resnet_gui.inference.export import export_model
from resnet_gui.inference.predictor import Predictor
from resnet_gui.models.registry import find_network
from resnet_gui.runs.events import Tested
from resnet_gui.runs.run import Run, RunRecord
from resnet_gui.training.batches import validation_batches
from resnet_gui.training.engine import TOP
from resnet_gui.training.monitor import TrainingMonitor
from resnet_gui.training.recipes import compared_with_document

_TEST_BATCH = 64


def export_run(run: Run, network: keras.Model, dataset: ImageDataset) -> ModelBundle:
    """Export a run's network, whose weights are already the best, into the run's model folder."""
    description = BundleDescription(
        title=run.name,
        network=find_network(run.record.config.network).title,
        class_names=dataset.class_names,
        geometry=dataset.geometry,
        trained_on=dataset.name,
        superclasses=dataset.superclasses,
    )
    return export_model(network, description, run.model_folder)


def test_bundle(bundle: ModelBundle, record: RunRecord, split: Split, monitor: TrainingMonitor) -> None:
    """Classify the test split with the exported bundle, which is what a user will use, and say how well it did.

    With the recipe of a document, what the document reached stands beside it.

    Raises:
        CancelledError: the training was stopped meanwhile.
    """
    predictor = Predictor(bundle)
    top1 = top5 = done = 0
    with closing(validation_batches(split, _TEST_BATCH)) as batches:
        for images, labels in batches:
            best_first = np.argsort(-predictor.probabilities(images), axis=1, kind="stable")[:, :TOP]
            hits = best_first == labels[:, None]
            top1 += int(hits[:, 0].sum())
            top5 += int(hits.any(axis=1).sum())
            done += len(labels)
            monitor.report("Testing the best model", done, len(split))
    monitor.emit(Tested(time=time.time(), count=done, top1=top1 / done, top5=top5 / done))
    comparison = compared_with_document(record, top1 / done, top5 / done)
    if comparison:
        monitor.say(comparison)

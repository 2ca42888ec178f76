"""The end of a training: the one place that exports the best model and tests it."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace

import keras
import msgspec
import numpy as np

from resnet_gui.data.dataset import ImageDataset, Split, stratified_sample
from resnet_gui.inference.bundle import BundleDescription, ModelBundle, write_description
from resnet_gui.inference.calibration import fit_calibration
from resnet_gui.inference.evaluation import Tally
from resnet_gui.inference.export import export_model
from resnet_gui.inference.familiarity import learn_familiarity, measure
from resnet_gui.inference.predictor import Predictor
from resnet_gui.models.registry import find_network
from resnet_gui.runs.events import Tested
from resnet_gui.runs.run import Run, RunRecord
from resnet_gui.training.batches import validation_batches
from resnet_gui.training.monitor import TrainingMonitor
from resnet_gui.training.recipes import compared_with_document

FEWEST_TO_JUDGE = 200
"""With fewer validation pictures, what is found out would be chance."""

_MOST_TO_JUDGE = 5000  # more would only take longer
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
        mirror_averaging=run.record.config.mirror_averaging,
    )
    return export_model(network, description, run.model_folder)


def judge_bundle(bundle: ModelBundle, dataset: ImageDataset, seed: int, monitor: TrainingMonitor) -> ModelBundle:
    """Find out how sure a bundle may be, and what its pictures look like; write it into the bundle and say it.

    Args:
        bundle: as exported.
        dataset: what it was trained and validated on; nothing is done where too few pictures were held back.
        seed: decides which ones are looked at, where there are very many.
        monitor: is told.

    Returns:
        The bundle with what was found out.

    Raises:
        CancelledError: the training was stopped meanwhile.
    """
    if len(dataset.validation) < FEWEST_TO_JUDGE:
        return bundle
    predictor, probabilities, unseen = Predictor(bundle), [], []
    held_back = _some(dataset.validation, seed)
    with closing(validation_batches(held_back, _TEST_BATCH)) as batches:
        for images, _ in batches:
            probabilities.append(predictor.uncalibrated(images))
            unseen.append(measure(images))
            monitor.report("Finding out how sure the model may be", sum(map(len, unseen)), len(held_back))
    with closing(validation_batches(_some(dataset.train, seed), _TEST_BATCH)) as batches:
        seen = [measure(images) for images, _ in batches]
    calibration = fit_calibration(np.concatenate(probabilities), held_back.labels[held_back.indices])
    familiarity = learn_familiarity(np.concatenate(seen), np.concatenate(unseen))
    monitor.say(calibration.words)
    description = msgspec.structs.replace(
        bundle.description, temperature=calibration.temperature, familiarity=familiarity
    )
    write_description(bundle.folder, description)
    return ModelBundle(bundle.folder, description)


def _some(split: Split, seed: int) -> Split:
    count = min(len(split), _MOST_TO_JUDGE)
    return replace(split, indices=split.indices[stratified_sample(split.labels[split.indices], count, seed)])


def test_bundle(bundle: ModelBundle, record: RunRecord, split: Split, monitor: TrainingMonitor) -> None:
    """Classify the test split with the exported bundle, which is what a user will use, and say how well it did.

    With the recipe of a document, what the document reached stands beside it.

    Raises:
        CancelledError: the training was stopped meanwhile.
    """
    predictor, tally = Predictor(bundle), Tally()
    with closing(validation_batches(split, _TEST_BATCH)) as batches:
        for images, labels in batches:
            tally.add(predictor.probabilities(images), labels)
            monitor.report("Testing the best model", tally.count, len(split))
    monitor.emit(Tested(time=time.time(), count=tally.count, top1=tally.top1, top5=tally.top5))
    comparison = compared_with_document(record, tally.top1, tally.top5)
    if comparison:
        monitor.say(comparison)

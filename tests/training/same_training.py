"""Two trainings are the same, bit for bit."""

from __future__ import annotations

from collections.abc import Iterable

import h5py
import numpy as np

from resnet_gui.runs.events import EpochEnded, StepMetrics
from resnet_gui.runs.history import STEP_COLUMNS, History
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason
from resnet_gui.training.checkpoint import best_weights


def values_of(file: h5py.File) -> dict[str, np.ndarray]:
    """Return every array of a file of weights by its path."""
    values: dict[str, np.ndarray] = {}
    file.visititems(lambda name, item: values.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return values


def assert_same(one: Run, other: Run, arrays_at_least: int = 50) -> None:
    """Compare every step, every validation, the weights and optimizer at the end, the best weights and the test."""
    one, other = Run.open(one.folder), Run.open(other.folder)
    first, second = one.read_history(), other.read_history()
    np.testing.assert_array_equal(first.steps, second.steps)
    for name in STEP_COLUMNS:
        np.testing.assert_array_equal(first.column(name), second.column(name))
    assert first.epochs == second.epochs
    newest = [max(run.checkpoint_folder.glob("resume-*/arrays.npz")) for run in (one, other)]
    with np.load(newest[0]) as arrays, np.load(newest[1]) as others:
        assert arrays.files == others.files
        for name in arrays.files:
            np.testing.assert_array_equal(arrays[name], others[name])
    best = [best_weights(run.checkpoint_folder) for run in (one, other)]
    with h5py.File(best[0]) as weights, h5py.File(best[1]) as other_weights:
        values, other_values = values_of(weights), values_of(other_weights)
    assert values.keys() == other_values.keys()
    assert len(values) >= arrays_at_least
    for name, value in values.items():
        np.testing.assert_array_equal(value, other_values[name])
    assert one.record.best == other.record.best
    assert one.record.test == other.record.test
    assert one.record.finish_reason is FinishReason.COMPLETED


def assert_beginning(events: Iterable[StepMetrics | EpochEnded], whole: History) -> int:
    """Compare what was told of a training that was cut with a whole one; return how many steps it made."""
    told = History()
    for event in events:
        told.append(event)
    count = len(told)
    assert told.steps.tolist() == list(range(1, count + 1))
    for name in STEP_COLUMNS:
        np.testing.assert_array_equal(told.column(name), whole.column(name)[:count])
    assert told.epochs == whole.epochs[: len(told.epochs)]
    return count

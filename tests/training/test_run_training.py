"""Whatever the trainer does, a run has one end, and it is written down."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from resnet_gui.errors import CancelledError, TrainingError
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import AnyEvent, Finished, StateChanged
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import FitFunction, run_training


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return RunStore(tmp_path).create(TrainingConfig(), "one")


def raising(error: Exception) -> FitFunction:
    def fit(run: Run, control: TrainingControl, on_event: object) -> None:
        raise error

    return fit


@pytest.mark.parametrize(
    ("error", "reason", "words"),
    [
        (CancelledError(), FinishReason.STOPPED, ""),
        (TrainingError("The moon is full.", "Wait."), FinishReason.FAILED, "The moon is full."),
        (MemoryError(), FinishReason.FAILED, "There was not enough memory for this training."),
        (ValueError("odd\nlines"), FinishReason.FAILED, "The training ended with an error: odd."),
        (KeyError(), FinishReason.FAILED, "The training ended with an error: KeyError."),
    ],
)
def test_an_error_is_the_end_in_words(run: Run, error: Exception, reason: FinishReason, words: str) -> None:
    told: list[AnyEvent] = []
    end = run_training(run, TrainingControl(), told.append, raising(error))
    assert (end.reason, end.message) == (reason, words)
    assert [event for event in told if isinstance(event, Finished)] == [end]
    record = Run.open(run.folder).record
    assert (record.state, record.finish_reason, record.message) == (TrainingState.IDLE, reason, words)


@pytest.mark.slow
def test_without_memory_half_the_batch_is_offered(run: Run) -> None:
    """TensorFlow's own error, from asking it for an exabyte."""

    def fit(run: Run, control: TrainingControl, on_event: object) -> None:
        import tensorflow as tf

        tf.zeros([2**29, 2**29]).numpy()

    end = run_training(run, TrainingControl(), lambda _: None, fit)
    assert "ResourceExhaustedError" in end.details
    assert end.message == "There was not enough memory for this training."
    assert end.remedy == {"batch_size": run.record.config.batch_size // 2}


def test_a_trainer_that_forgets_its_end_is_a_failure(run: Run) -> None:
    end = run_training(run, TrainingControl(), lambda _: None, lambda *_: None)
    assert end.reason is FinishReason.FAILED


def test_nothing_comes_after_the_end(run: Run) -> None:
    def fit(run: Run, control: TrainingControl, on_event) -> None:
        on_event(Finished(time=time.time(), reason=FinishReason.COMPLETED))
        on_event(StateChanged(time=time.time(), state=TrainingState.RUNNING))

    told: list[AnyEvent] = []
    assert run_training(run, TrainingControl(), told.append, fit).reason is FinishReason.COMPLETED
    assert isinstance(told[-1], Finished)
    assert Run.open(run.folder).record.state is TrainingState.IDLE

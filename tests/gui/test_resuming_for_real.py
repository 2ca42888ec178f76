"""A real training, killed in its middle and gone on with in the window, ends as if nothing had happened."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from resnet_gui.gui.training_session import TrainingSession
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.history import STEP_COLUMNS, History
from resnet_gui.runs.run import Run, SplitCounts
from resnet_gui.runs.state import FinishReason
from resnet_gui.runs.store import RunStore
from resnet_gui.training.forecast import forecast

TINY = TrainingConfig(
    source="shapes", limit=80, epochs=3, batch_size=16, seed=3, width=8, network="resnet18", precision="float32"
)


def assert_same(one: History, other: History) -> None:
    np.testing.assert_array_equal(one.steps, other.steps)
    for name in STEP_COLUMNS:
        np.testing.assert_array_equal(one.column(name), other.column(name))
    assert one.epochs == other.epochs


@pytest.mark.slow
def test_a_killed_training_goes_on_in_the_window_bit_for_bit(qtbot: QtBot, store: RunStore, tmp_path: Path) -> None:
    session = TrainingSession(store)
    minutes = 5 * 60_000
    with qtbot.waitSignal(session.finished, timeout=minutes):
        session.start(TINY, "unbroken")
    unbroken = session.history
    assert len(unbroken) == 12
    run = store.create(TINY, "killed")
    command = [sys.executable, "-m", "tests.training.killed_training", str(run.folder), "step:7"]
    killed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    cut = Run.open(run.folder)
    assert cut.interruption() is not None
    lengths: list[int] = []
    session.metrics_changed.connect(lambda history: lengths.append(len(history)))
    with qtbot.waitSignal(session.finished, timeout=minutes) as blocker:
        session.resume_run(cut)
    assert blocker.args[0].reason is FinishReason.COMPLETED
    assert lengths == sorted(lengths)
    assert_same(session.history, unbroken)
    assert_same(Run.open(run.folder).read_history(), unbroken)
    assert Run.open(run.folder).record.test == store.open("unbroken").record.test
    session.deleteLater()

    # What the form had said the checkpoints would take is enough, and not much more than that.
    told = forecast(TINY, SplitCounts(64, 16, 16), 10, 32, RunStore(tmp_path / "none"))
    taken = sum(file.stat().st_size for file in run.checkpoint_folder.rglob("*") if file.is_file())
    assert told.checkpoint_bytes / 3 < taken < told.checkpoint_bytes

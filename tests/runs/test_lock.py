"""One program trains a run at a time; a killed one is in nobody's way."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from resnet_gui.errors import RunError
from resnet_gui.runs.lock import is_being_trained, training_lock

HOLD = (
    "import sys, pathlib\n"
    "from resnet_gui.runs.lock import training_lock\n"
    "with training_lock(pathlib.Path(sys.argv[1])):\n"
    "    print('held', flush=True)\n"
    "    sys.stdin.read()\n"
)


def test_a_second_trainer_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert is_being_trained(tmp_path)
        with pytest.raises(RunError, match="being trained already"), training_lock(tmp_path):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert not is_being_trained(tmp_path)
        with training_lock(tmp_path):
            assert is_being_trained(tmp_path)
    assert not is_being_trained(tmp_path)


def test_a_folder_that_is_gone_is_refused_in_words(tmp_path: Path) -> None:
    assert not is_being_trained(tmp_path / "gone")
    with pytest.raises(RunError, match="is gone"), training_lock(tmp_path / "gone"):
        pass
    assert not (tmp_path / "gone").exists()

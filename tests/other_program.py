"""`python -m tests.other_program RUN`: another program that trains a run, step by step as it is told on stdin.

"steps 3" makes three steps, "epoch" ends the epoch, "end" the training; each is answered with a line when it is done.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from resnet_gui.runs.events import Finished, StateChanged
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.resume import resume_training
from tests.fake_trainer import FakeTrainer, OnEvent, make_epoch, make_steps
from tests.interrupted import STEPS_PER_EPOCH


class OtherProgram:
    """The program, seen from a test. It is killed when the block ends."""

    def __init__(self, run: Run) -> None:
        command = [sys.executable, "-m", "tests.other_program", str(run.folder)]
        root = Path(__file__).parents[1]
        self._process = subprocess.Popen(
            command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self._wait()

    def __enter__(self) -> OtherProgram:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def do(self, command: str) -> None:
        """Tell it to do something, and wait until it has."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._wait()

    def kill(self) -> None:
        """End it with SIGKILL."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def _wait(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline(), "it ended"


def fit(run: Run, _control: TrainingControl, on_event: OnEvent) -> None:
    FakeTrainer(run.record.config.epochs, STEPS_PER_EPOCH)._prepare(run, on_event)
    on_event(StateChanged(time=time.time(), state=TrainingState.RUNNING))
    step = run.reached().step
    print("begun", flush=True)
    for line in sys.stdin:
        epoch = max(step - 1, 0) // STEPS_PER_EPOCH + 1
        match line.split():
            case ["steps", count]:
                for _ in range(int(count)):
                    step += 1
                    on_event(make_steps(step, 1, (step - 1) // STEPS_PER_EPOCH + 1))
            case ["epoch"]:
                on_event(make_epoch(epoch, step))
            case ["end"]:
                on_event(Finished(time=time.time(), reason=FinishReason.COMPLETED))
        print("done", flush=True)
        if line.strip() == "end":
            return


if __name__ == "__main__":
    resume_training(Run.open(Path(sys.argv[1])), TrainingControl(), lambda _event: None, None, fit)

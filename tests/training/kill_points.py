"""Points at which a training kills itself with SIGKILL, by name: a wire that is tripped on the way."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from resnet_gui import atomic
from resnet_gui.inference import export
from resnet_gui.runs import run as run_module
from resnet_gui.runs.events import EpochEnded, Finished, Progress, StateChanged, StepMetrics, Tested
from resnet_gui.runs.events import TrainingPlanned as Planned
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import TrainingState
from resnet_gui.training.checkpoint import Checkpoint, Checkpoints
from resnet_gui.training.engine import Engine

When = Callable[..., bool]
Act = Callable[..., None]


def die(*_: object) -> None:
    """End as by a power cut: nothing is flushed, closed or told."""
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: Any, name: str, when: When = lambda *_: True, number: int = 1, act: Act = die) -> None:
    """Act at the Nth call of a function for which `when` holds, before it does anything."""
    function, calls = getattr(owner, name), [0]

    def tripped(*arguments: Any, **options: Any) -> Any:
        if when(*arguments):
            calls[0] += 1
            if calls[0] == number:
                act(*arguments)
        return function(*arguments, **options)

    setattr(owner, name, tripped)


def after(owner: Any, name: str, when: When = lambda *_: True, number: int = 1, act: Act = die) -> None:
    """Act at the Nth call of a function for which `when` holds, when it has done its work."""
    function, calls = getattr(owner, name), [0]

    def tripped(*arguments: Any, **options: Any) -> Any:
        result = function(*arguments, **options)
        if when(*arguments):
            calls[0] += 1
            if calls[0] == number:
                act(*arguments)
        return result

    setattr(owner, name, tripped)


def event(kind: type, **values: object) -> When:
    """Hold for a call of `Run.append` with such an event."""
    return lambda _run, told: (
        isinstance(told, kind) and all(getattr(told, name) == value for name, value in values.items())
    )


def to(part: str) -> When:
    """Hold for a rename to a path whose last part begins so."""
    return lambda _source, target: Path(target).name.startswith(part)


def at(part: str) -> When:
    """Hold for a call with a path whose last part begins so."""
    return lambda path, *_, **__: Path(path).name.startswith(part)


def half_a_line(*additions: tuple[Path, bytes]) -> None:
    """Write the half of what is to be appended, and die."""
    path, content = additions[0]
    with path.open("ab", buffering=0) as file:
        file.write(content[: len(content) // 2])
    die()


def half_an_archive(file: Path, *_: object) -> None:
    """Cut a file that was just written, and die."""
    os.truncate(file, Path(file).stat().st_size // 2)
    die()


def half_of_the_weights(_network: object, file: Path) -> None:
    """Cut a file of weights that was just written, and die."""
    half_an_archive(file)


def half_of_a_folder(folder: Path, *_: object) -> None:
    """Delete one of a folder's files, and die."""
    next(Path(folder).iterdir()).unlink()
    die()


def of_steps(*additions: tuple[Path, bytes]) -> bool:
    """Hold for lines with the values of steps."""
    return any(b'"loss"' in content for _, content in additions)


def at_epoch_end(_checkpoints: object, checkpoint: Checkpoint) -> bool:
    """Hold for the checkpoint of an epoch that ended."""
    return checkpoint.state.position == 0


EARLY: dict[str, Callable[[], None]] = {
    "nothing is said yet": lambda: before(Run, "append"),
    "run.json is written and has no name": lambda: before(os, "replace", to("run.json")),
    "preparing": lambda: after(Run, "append", event(StateChanged)),
    "pictures are read": lambda: after(Run, "append", event(Progress)),
    "the plan is told": lambda: after(Run, "append", event(Planned)),
    "the first step was made and is not told": lambda: after(Engine, "train_batch"),
    "half a line of the first step is written": lambda: before(run_module, "append_whole", of_steps, act=half_a_line),
    "the first step is told": lambda: after(Run, "append", event(StepMetrics)),
}
"""Before there is a checkpoint: it begins again."""

AT_ITS_END: dict[str, Callable[[], None]] = {
    "a validation begins": lambda: after(Run, "append", event(StateChanged, state=TrainingState.VALIDATING)),
    "in the middle of a validation": lambda: after(Engine, "validate_batch"),
    "the best weights are half written": lambda: after(keras.Model, "save_weights", act=half_of_the_weights),
    "the best weights have no name": lambda: before(Path, "rename", to("step-")),
    "the best weights are kept and the epoch is not told": lambda: after(Checkpoints, "save_best"),
    "an epoch is told and has no checkpoint": lambda: after(Run, "append", event(EpochEnded)),
    "an epoch has its checkpoint": lambda: after(Checkpoints, "save", at_epoch_end),
}
"""Around the end of an epoch."""

WITHIN: dict[str, Callable[[], None]] = {
    "a checkpoint's values are told and it is not begun": lambda: before(Run, "sync"),
    "a checkpoint's folder is empty": lambda: before(np, "savez"),
    "a checkpoint's arrays are half written": lambda: after(np, "savez", number=2, act=half_an_archive),
    "a checkpoint has no state": lambda: before(Path, "write_bytes", at("state.json")),
    "a checkpoint has no checksums": lambda: before(Path, "write_bytes", at("checksums.json"), number=2),
    "a checkpoint is not on disk": lambda: before(atomic, "sync_folder", at(".resume-")),
    "a checkpoint has no name": lambda: before(Path, "rename", to("resume-"), number=2),
    "a checkpoint's name is not on disk": lambda: before(atomic, "sync_folder", at("checkpoints")),
    "a checkpoint is complete": lambda: after(Checkpoints, "save"),
    "an old checkpoint is half deleted": lambda: before(shutil, "rmtree", at("resume-"), act=half_of_a_folder),
    "metrics are cut and the old ones still there": lambda: before(os, "replace", to("metrics.jsonl")),
    "metrics are cut and run.json is as it was": lambda: after(os, "replace", to("metrics.jsonl")),
    "run.json is taken back and newer checkpoints are there": lambda: before(Checkpoints, "go_on_from"),
    "half a line of a later step is written": lambda: before(
        run_module, "append_whole", of_steps, number=2, act=half_a_line
    ),
}
"""Within an epoch, and while it is taken up again."""

AFTER_THE_LAST: dict[str, Callable[[], None]] = {
    "nothing is exported": lambda: after(Run, "append", event(StateChanged, state=TrainingState.FINISHING)),
    "model.keras is saved and no bundle": lambda: before(export, "import_openvino"),
    "the export has no name": lambda: before(Path, "rename", to("model")),
    "the model is exported": lambda: after(Path, "rename", to("model")),
    "tested and not ended": lambda: after(Run, "append", event(Tested)),
    "the end is not written": lambda: before(Run, "append", event(Finished)),
}
"""After the last epoch."""

POINTS = EARLY | AT_ITS_END | WITHIN | AFTER_THE_LAST
"""In an order in which each is reached: the first epoch is always the best one so far."""

"""Speeds that were measured on request, remembered in the cache folder."""

from __future__ import annotations

import msgspec

from resnet_gui.atomic import write_atomically
from resnet_gui.errors import ResNetGuiError
from resnet_gui.paths import cache_folder
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.training.precision import resolve_precision
from resnet_gui.training.step_cost import StepForm

_FILE = "timings.json"
_KEPT = 200


class Timing(msgspec.Struct, frozen=True):
    """The measured speed of training steps of one form; `classes` are those of the network that was timed."""

    form: StepForm
    classes: int
    images_per_second: float


def read_timings() -> tuple[Timing, ...]:
    """Return what was measured, the newest first; nothing if the file is missing or damaged."""
    try:
        return tuple(msgspec.json.decode((cache_folder() / _FILE).read_bytes(), type=list[Timing]))
    except (OSError, ValueError, ResNetGuiError):  # a cache: what is lost can be measured again
        return ()


def remember_timing(config: TrainingConfig, classes: int, images_per_second: float) -> None:
    """Keep what was measured for a config, all of its network learning, in the place of what was known before.

    Raises:
        ResNetGuiError: it cannot be written.
    """
    form = StepForm.of(msgspec.structs.replace(config, freeze=False), resolve_precision("auto"))
    others = [known for known in read_timings() if known.form != form]
    newest_first = [Timing(form, classes, images_per_second), *others]
    path = cache_folder() / _FILE
    try:
        write_atomically(path, msgspec.json.encode(newest_first[:_KEPT]))
    except OSError as error:
        raise ResNetGuiError(
            f"The timing cannot be kept in {path}: {error.strerror or error}.",
            "Check that the disk is not full and that you may write there.",
        ) from error

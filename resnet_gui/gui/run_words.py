"""Words about a run: what it was trained on, how far it came, what became of it."""

from __future__ import annotations

import math
import time
from pathlib import PurePath

from PySide6.QtCore import QCoreApplication

from resnet_gui.gui.train_tab.words import choice_title
from resnet_gui.models.registry import NETWORKS
from resnet_gui.runs.config import SETTINGS, TrainingConfig
from resnet_gui.runs.overview import Condition, RunEntry
from resnet_gui.runs.run import Interruption


def network_words(config: TrainingConfig) -> str:
    """Return what a run's network is called."""
    spec = NETWORKS.get(config.network)  # None for one of another version of this program
    return spec.title if spec else config.network


def data_words(config: TrainingConfig) -> str:
    """Return what a run's pictures are called."""
    return (
        PurePath(config.folder).name if config.source == "folder" else choice_title(SETTINGS["source"], config.source)
    )


def start_words(entry: RunEntry) -> str:
    """Return when a run was begun."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.run.record.created))


def condition_words(entry: RunEntry) -> str:
    """Return what became of a run, and where, if that was before its end."""
    translate = QCoreApplication.translate
    return {
        Condition.NEW: translate("RunWords", "never begun"),
        Condition.TRAINED: translate("RunWords", "being trained now"),
        Condition.INTERRUPTED: interruption_words(entry.reached),
        Condition.COMPLETED: translate("RunWords", "completed"),
        Condition.STOPPED: translate("RunWords", "stopped at epoch {epoch}, step {step}"),
        Condition.FAILED: translate("RunWords", "failed at epoch {epoch}, step {step}"),
    }[entry.condition].format(epoch=entry.reached.epoch, step=entry.reached.step)


def interruption_words(place: Interruption) -> str:
    """Return where a training was cut."""
    translate = QCoreApplication.translate
    if not place.step:
        return translate("RunWords", "interrupted before its first step")
    return translate("RunWords", "interrupted at epoch {epoch}, step {step}").format(epoch=place.epoch, step=place.step)


def share_words(share: float | None) -> str:
    """Return a share in percent; empty if there is none."""
    return f"{100 * share:.1f} %" if share is not None and math.isfinite(share) else ""

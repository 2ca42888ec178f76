"""metrics.jsonl: the curves and states of a run, one JSON object a line, only ever appended to."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from resnet_gui.runs.events import AnyEvent, EpochEnded, Finished, StateChanged, StepMetrics
from resnet_gui.runs.history import STEP_COLUMNS
from resnet_gui.runs.state import TrainingState


def metric_lines(event: AnyEvent) -> list[str]:
    """Return the lines an event adds, without line ends; none for events that are not kept."""
    rows: list[dict[str, Any]] = []
    if isinstance(event, StepMetrics):
        columns = zip(*(getattr(event, name) for name in STEP_COLUMNS), strict=True)
        rows = [
            {"time": event.time, "epoch": event.epoch, "step": event.first_step + offset}
            | {name: _finite(value) for name, value in zip(STEP_COLUMNS, values, strict=True)}
            for offset, values in enumerate(columns)
        ]
    elif isinstance(event, EpochEnded):
        rows = [
            {
                "time": event.time,
                "epoch": event.epoch,
                "step": event.step,
                "val_loss": _finite(event.val_loss),
                "val_top1": event.val_top1,
                "val_top5": event.val_top5,
                "complete": event.complete,
            }
        ]
    elif isinstance(event, StateChanged):
        rows = [{"time": event.time, "state": event.state}]
    elif isinstance(event, Finished):
        rows = [{"time": event.time, "state": TrainingState.IDLE, "finish_reason": event.reason}]
    return [json.dumps(row) for row in rows]


def read_metrics(path: Path) -> Iterator[StepMetrics | EpochEnded]:
    """Yield the steps and epochs of a file, none if it is missing.

    A torn last line and lines of other kinds are passed over. Speeds and which epoch was best are not in the file.
    """
    if not path.is_file():
        return
    for line in path.read_bytes().splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        event = _event_of(entry) if isinstance(entry, dict) else None
        if event is not None:
            yield event


def _finite(value: float | None) -> float | None:
    """Return the value, or None for the NaN and infinity that JSON does not have."""
    return value if value is not None and math.isfinite(value) else None


def _event_of(entry: dict[str, Any]) -> StepMetrics | EpochEnded | None:
    try:
        if "loss" in entry:
            values = {name: (math.nan if entry[name] is None else float(entry[name]),) for name in STEP_COLUMNS}
            return StepMetrics(
                time=entry["time"],
                epoch=entry["epoch"],
                first_step=int(entry["step"]),
                images_per_second=math.nan,
                **values,
            )
        if "val_loss" in entry:
            return EpochEnded(
                time=entry["time"],
                epoch=entry["epoch"],
                step=int(entry["step"]),
                val_loss=entry["val_loss"],
                val_top1=entry["val_top1"],
                val_top5=entry["val_top5"],
                complete=entry.get("complete", True),
                best=False,
            )
    except (KeyError, TypeError, ValueError):
        return None
    return None

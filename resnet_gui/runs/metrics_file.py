"""metrics.jsonl: the curves, states and changed settings of a run, one JSON object a line, only ever appended to."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from resnet_gui.atomic import write_atomically
from resnet_gui.runs.events import AnyEvent, EpochEnded, Finished, SettingChanged, StateChanged, StepMetrics
from resnet_gui.runs.history import STEP_COLUMNS
from resnet_gui.runs.state import TrainingState

_TAIL = 4096
"""Bytes read first of a file's end: some twenty lines."""

CurveEvent = StepMetrics | EpochEnded | SettingChanged
"""What the file tells of the curves."""


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
    elif isinstance(event, SettingChanged):
        rows = [
            {"time": event.time, "step": event.step, "setting": event.name, "old": event.old, "new": event.new},
        ]
    elif isinstance(event, StateChanged):
        rows = [{"time": event.time, "state": event.state} | ({"reason": event.reason} if event.reason else {})]
    elif isinstance(event, Finished):
        rows = [{"time": event.time, "state": TrainingState.IDLE, "finish_reason": event.reason}]
    return [json.dumps(row) for row in rows]


def read_metrics(path: Path) -> Iterator[CurveEvent]:
    """Yield the steps, epochs and changed settings of a file, none if it is missing.

    A torn last line and lines of other kinds are passed over. Speeds and which epoch was best are not in the file.
    """
    for _, event in _lines_with_events(path):
        if event is not None:
            yield event


def last_step(path: Path) -> StepMetrics | None:
    """Return the last step of a file, None if it has none; only the file's end is read, as far as need be."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        length = _TAIL
        while True:
            file.seek(max(size - length, 0))
            for line in reversed(file.read(length).splitlines()):  # a line that is cut at its beginning is no JSON
                event = event_of_line(line)
                if isinstance(event, StepMetrics):
                    return event
            if length >= size:
                return None
            length *= 4


def cut_metrics(path: Path, step: int, epochs: int) -> None:
    """Replace a file by its beginning, as it was when a training had made so many steps and ended so many epochs.

    What follows the last step or epoch that stays goes too: states, and a torn last line.

    Raises:
        OSError: it cannot be read or written; it is then unchanged.
    """
    kept: list[bytes] = []
    waiting: list[bytes] = []  # states, of which it is not known yet whether something that stays follows
    for line, event in _lines_with_events(path):
        waiting.append(line)
        if isinstance(event, StepMetrics) and event.first_step > step:
            break
        if isinstance(event, EpochEnded) and event.epoch > epochs:
            break
        if isinstance(event, SettingChanged) and event.step >= step:
            break
        if event is not None:
            kept += waiting
            waiting = []
    if path.is_file():
        write_atomically(path, b"".join(line + b"\n" for line in kept))


def event_of_line(line: bytes) -> CurveEvent | None:
    """Return what a line tells of the curves; None for a state, a torn line and whatever else it may be."""
    entry = _entry_of(line)
    return _event_of(entry) if entry is not None else None


def _lines_with_events(path: Path) -> Iterator[tuple[bytes, CurveEvent | None]]:
    """Yield the lines of a file that are JSON objects, and the event each tells, None for states."""
    if not path.is_file():
        return
    for line in path.read_bytes().splitlines():
        entry = _entry_of(line)
        if entry is not None:
            yield line, _event_of(entry)


def _entry_of(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _finite(value: float | None) -> float | None:
    """Return the value, or None for the NaN and infinity that JSON does not have."""
    return value if value is not None and math.isfinite(value) else None


def _event_of(entry: dict[str, Any]) -> CurveEvent | None:
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
        if "setting" in entry:
            values = {"step": entry["step"], "name": entry["setting"], "old": entry["old"], "new": entry["new"]}
            return msgspec.convert({"event": "settingchanged", "time": entry["time"], **values}, SettingChanged)
    except (KeyError, TypeError, ValueError):
        return None
    return None

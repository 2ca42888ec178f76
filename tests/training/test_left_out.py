"""What is left out and kept together is so in the training too, and in one that goes on."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from resnet_gui.data.shapes import SHAPE_NAMES, draw_shape
from resnet_gui.data.sources import load_pictures
from resnet_gui.runs import events
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.resume import resume_training
from tests.training.conftest import TINY, train_and_record

pytestmark = pytest.mark.slow


def test_left_out_pictures_and_groups_are_as_the_form_has_them(tmp_path: Path) -> None:
    for name in SHAPE_NAMES[:2]:
        (tmp_path / "shapes" / name).mkdir(parents=True)
        for number in range(24):
            draw_shape(name, number).save(tmp_path / "shapes" / name / f"drawer{number // 4}_{number}.png")
    left_out = tuple(f"{name}/drawer0_{number}.png" for name in SHAPE_NAMES[:2] for number in range(3))
    changes = {
        "source": "folder", "folder": str(tmp_path / "shapes"), "input_size": 32, "width": 8, "limit": 0,
        "left_out": left_out, "group_pattern": r"(drawer\d+)_",
    }  # fmt: skip
    config = msgspec.structs.replace(TINY, **changes)
    shown = config.split(load_pictures(config.data_request()))
    recording = train_and_record(tmp_path / "runs", **changes)
    (plan,) = recording.of(events.TrainingPlanned)
    assert plan.train_count + plan.validation_count == 48 - 6
    assert (plan.train_count, plan.validation_count) == (len(shown.train), len(shown.validation))
    assert "Left out as set: 6 pictures." in [event.text for event in recording.of(events.Message)]
    run = Run.open(recording.run.folder)
    assert run.record.config.left_out == tuple(sorted(left_out))
    end = resume_training(run, TrainingControl(), lambda _event: None, epochs=3)
    assert end.reason is FinishReason.COMPLETED, end.message
    assert run.record.split is not None
    assert run.record.split.train == plan.train_count

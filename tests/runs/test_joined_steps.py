from __future__ import annotations

import math

from resnet_gui.runs.events import EpochEnded, StepMetrics
from resnet_gui.runs.history import History
from resnet_gui.runs.joined_steps import joined_steps


def steps(first: int, epoch: int, *losses: float) -> StepMetrics:
    rest = tuple(loss / 10 for loss in losses)
    return StepMetrics(
        time=float(first), epoch=epoch, first_step=first, loss=losses, top1=rest, top5=rest, rate=rest,
        images_per_second=5.0,
    )  # fmt: skip


def ended(epoch: int, step: int) -> EpochEnded:
    return EpochEnded(
        time=99.0, epoch=epoch, step=step, val_loss=1.0, val_top1=0.5, val_top5=0.6, complete=True, best=False
    )


def test_steps_of_an_epoch_are_told_together_and_nothing_is_lost() -> None:
    told = [steps(1, 1, 3.0), steps(2, 1, 2.5, 2.0), ended(1, 3), steps(4, 2, 1.5), steps(5, 2, 1.0), ended(2, 5)]
    joined = list(joined_steps(told))
    assert [type(event) for event in joined] == [StepMetrics, EpochEnded, StepMetrics, EpochEnded]
    assert joined[0] == StepMetrics(
        time=2.0, epoch=1, first_step=1, loss=(3.0, 2.5, 2.0), top1=(0.3, 0.25, 0.2), top5=(0.3, 0.25, 0.2),
        rate=(0.3, 0.25, 0.2), images_per_second=joined[0].images_per_second,
    )  # fmt: skip
    assert math.isnan(joined[0].images_per_second)  # nobody measured it over all of them
    one, other = History(), History()
    for event in told:
        one.append(event)
    for event in joined:
        other.append(event)
    assert one.steps.tolist() == other.steps.tolist() == [1, 2, 3, 4, 5]
    assert one.column("loss").tolist() == other.column("loss").tolist()
    assert one.epochs == other.epochs


def test_a_gap_and_another_epoch_begin_another_event() -> None:
    told = [steps(1, 1, 3.0), steps(3, 1, 2.5), steps(4, 2, 2.0)]
    assert list(joined_steps(told)) == told

"""The coach sees each kind of trouble, and none where there is none."""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from resnet_gui.runs.coach import Advice, Kind, advise
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import EpochEnded, SettingChanged, StepMetrics
from resnet_gui.runs.history import History

STEPS = 60  # of an epoch
CLASSES = 10
CONFIG = TrainingConfig(epochs=20, batch_size=32)
Curve = Callable[[float], float]  # of the epochs trained so far


def falling(start: float, end: float, epochs: float) -> Curve:
    return lambda x: end + (start - end) * math.exp(-x / epochs)


class Training:
    """Makes a history from curves, with noise like that of real batches and validations.

    Args:
        loss, val_loss: over the epochs trained so far.
        top1: of a batch and of a validation, shares.
        noise: standard deviation of a validation loss, and a fifth of a batch's, as a share.
    """

    def __init__(self, loss: Curve, val_loss: Curve, top1: Curve, noise: float = 0.03, seed: int = 0) -> None:
        self.history = History()
        self._curves = loss, val_loss, top1
        self._noise = noise
        self._random = np.random.default_rng(seed)
        self._epochs = 0

    def train(self, steps: int = STEPS, rate: float = 1e-3) -> None:
        loss, _, top1 = self._curves
        first = len(self.history) + 1
        x = np.arange(first, first + steps) / STEPS
        spread = np.exp(self._random.normal(0, 5 * self._noise, steps)) if self._noise else np.ones(steps)
        shares = self._random.binomial(32, np.clip([top1(at) for at in x], 0, 1)) / 32
        losses = tuple(np.array([loss(at) for at in x]) * spread)
        self.history.append(
            StepMetrics(
                time=0.0, epoch=self._epochs + 1, first_step=first, loss=losses,
                top1=tuple(shares), top5=tuple(shares), rate=(rate,) * steps, images_per_second=1.0,
            )
        )  # fmt: skip

    def validate(self) -> None:
        _, val_loss, top1 = self._curves
        self._epochs += 1
        loss = val_loss(self._epochs) * math.exp(self._random.normal(0, self._noise))
        share = self._random.binomial(2000, min(max(top1(self._epochs), 0), 1)) / 2000
        self.history.append(
            EpochEnded(
                time=0.0, epoch=self._epochs, step=len(self.history), val_loss=loss, val_top1=share, val_top5=share,
                complete=True, best=False,
            )
        )  # fmt: skip

    def change(self, name: str, old: float, new: float) -> None:
        self.history.append(SettingChanged(time=0.0, step=len(self.history), name=name, old=old, new=new))


def watched(training: Training, epochs: int = 20, config: TrainingConfig = CONFIG, **train: float) -> list[Advice]:
    """Return all advice given, asked for three times an epoch and after it."""
    given = []
    for _ in range(epochs):
        for _ in range(3):
            training.train(STEPS // 3, **train)
            given.append(advise(training.history, config, CLASSES))
        training.validate()
        given.append(advise(training.history, config, CLASSES))
    return [advice for advice in given if advice is not None]


def kinds(advice: list[Advice]) -> set[Kind]:
    return {one.kind for one in advice}


def healthy(noise: float = 0.03, seed: int = 0) -> Training:
    return Training(falling(2.3, 0.5, 6), falling(2.3, 0.8, 6), lambda x: 0.8 - 0.7 * math.exp(-x / 6), noise, seed)


def overfitting(noise: float = 0.03, seed: int = 0) -> Training:
    return Training(
        falling(2.3, 0.01, 4),
        lambda x: falling(2.3, 0.9, 2)(x) + 0.06 * max(x - 5, 0),
        lambda x: min(0.1 + 0.12 * x, 0.65),
        noise,
        seed,
    )


def flat(noise: float = 0.03, seed: int = 0) -> Training:
    return Training(falling(2.3, 1.2, 1), falling(2.3, 1.25, 1), lambda x: 0.55 - 0.45 * math.exp(-x), noise, seed)


def guessing(noise: float = 0.03, seed: int = 0) -> Training:
    return Training(lambda _: 2.303, lambda _: 2.303, lambda _: 0.1, noise, seed)


def bursting(noise: float = 0.03, seed: int = 0) -> Training:
    return Training(
        lambda x: falling(2.3, 0.8, 1)(min(x, 3)) + 0.8 * max(x - 3, 0),
        lambda x: falling(2.3, 0.8, 1)(min(x, 3)) + 0.8 * max(x - 3, 0),
        lambda x: 0.6 if x < 3 else max(0.6 - 0.1 * (x - 3), 0.1),
        noise,
        seed,
    )


SEEDS = range(4)


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.03, 0.06])
@pytest.mark.parametrize("schedule", ["constant", "cosine", "one_cycle", "plateau"])
def test_a_healthy_training_is_left_alone(noise: float, schedule: str) -> None:
    config = msgspec.structs.replace(CONFIG, schedule=schedule, epochs=25)
    for seed in SEEDS:
        assert kinds(watched(healthy(noise, seed), 20, config)) == set()


@pytest.mark.parametrize(
    ("make", "kind", "change", "epochs"),
    [
        (overfitting, Kind.OVERFITS, None, 20),
        (flat, Kind.PLATEAUS, ("learning_rate", 2e-4), 15),
        (guessing, Kind.NOT_LEARNING, ("learning_rate", 1e-4), 7),
        (bursting, Kind.DIVERGES, ("learning_rate", 1e-4), 9),
    ],
)
@pytest.mark.parametrize("noise", [0.0, 0.01, 0.03])
def test_each_kind_of_trouble_is_seen_and_no_other(make, kind, change, epochs, noise) -> None:
    for seed in SEEDS:
        advice = watched(make(noise, seed), epochs)
        assert kinds(advice) == {kind}, (seed, kinds(advice))
        assert {one.change for one in advice} == {change}
        assert len({one.occasion for one in advice}) <= 2


def test_the_first_steps_say_nothing() -> None:
    training = Training(lambda _: 2.3, lambda _: 2.3, lambda _: 0.1, noise=0.2)
    assert watched(training, epochs=2) == []


def test_a_burst_of_bad_batches_is_no_divergence() -> None:
    training = Training(
        lambda x: falling(2.3, 0.5, 3)(x) * (20 if 5.1 < x < 5.4 else 1), falling(2.3, 0.6, 3), lambda _: 0.6
    )
    assert kinds(watched(training, 8)) == set()


def test_overfitting_with_better_answers_is_not_stopped() -> None:
    """A loss that rises because wrong answers become surer, while more answers are right, is no reason to stop."""
    training = Training(
        falling(2.3, 0.01, 4),
        lambda x: falling(2.3, 0.9, 2)(x) + 0.06 * max(x - 5, 0),
        lambda x: min(0.1 + 0.04 * x, 0.95),
    )
    assert kinds(watched(training, 18)) == set()


def test_a_rate_that_is_low_already_is_raised() -> None:
    config = msgspec.structs.replace(CONFIG, learning_rate=1e-5)
    assert {one.change for one in watched(guessing(), 8, config, rate=1e-5)} == {("learning_rate", 1e-4)}


def test_a_warm_up_is_no_failure_to_learn() -> None:
    assert watched(guessing(), 8, rate=1e-4) == []  # a tenth of what it will come to


def test_a_change_is_given_time() -> None:
    training = flat()
    assert kinds(watched(training, 12)) == {Kind.PLATEAUS}
    training.change("learning_rate", 1e-3, 2e-4)
    config = msgspec.structs.replace(CONFIG, learning_rate=2e-4, epochs=40)
    assert watched(training, 7, config) == []
    later = watched(training, 5, config)
    assert {(one.kind, one.change) for one in later} == {(Kind.PLATEAUS, None)}
    assert "has not helped" in later[0].words


def test_what_is_learned_by_heart_needs_no_lower_rate() -> None:
    training = Training(falling(2.3, 0.02, 0.5), falling(2.3, 0.03, 0.5), lambda x: 1 - 0.9 * math.exp(-3 * x), 0.01)
    advice = watched(training, 14)
    assert {(one.kind, one.change) for one in advice} == {(Kind.PLATEAUS, None)}


def test_a_plateau_is_left_to_schedules_that_lower_the_rate_themselves() -> None:
    for schedule in ("cosine", "one_cycle", "plateau"):
        assert watched(flat(), 15, msgspec.structs.replace(CONFIG, schedule=schedule)) == []
    fallen = watched(flat(), 15, msgspec.structs.replace(CONFIG, schedule="plateau"), rate=4e-5)
    assert {(one.kind, one.change) for one in fallen} == {(Kind.PLATEAUS, None)}


def test_what_still_gets_better_in_its_last_epoch_gets_more() -> None:
    config = msgspec.structs.replace(CONFIG, epochs=8)
    advice = watched(healthy(0.01), 8, config)
    assert {(one.kind, one.change) for one in advice} == {(Kind.STILL_LEARNING, ("epochs", 12))}
    assert watched(healthy(0.01), 8, msgspec.structs.replace(config, schedule="cosine")) == []
    assert watched(flat(0.01), 5, msgspec.structs.replace(config, epochs=5)) == []


def test_fine_tuning_is_judged_by_itself() -> None:
    config = TrainingConfig(
        start_from="imagenet", freeze=True, epochs=10, fine_tune_epochs=15, fine_tune_rate=1e-5, learning_rate=1e-3
    )
    training = Training(
        lambda x: falling(2.3, 1.2, 1)(x) if x <= 10 else 1.2 + 1.5 * (x - 10), lambda _: 1.25, lambda _: 0.55
    )
    watched(training, 10, config)
    advice = watched(training, 4, config, rate=1e-5)
    assert {(one.kind, one.change) for one in advice} == {(Kind.DIVERGES, ("fine_tune_rate", 1e-6))}


def test_without_validation_there_is_advice_on_the_steps_alone() -> None:
    training = bursting()
    for _ in range(8):
        training.train()
    advice = advise(training.history, CONFIG, CLASSES)
    assert advice is not None
    assert advice.kind is Kind.DIVERGES


def test_nothing_is_said_of_nothing() -> None:
    assert advise(History(), CONFIG, CLASSES) is None

"""The learning rate of every step."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resnet_gui.runs.config import Schedule as ScheduleName
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.training.schedules import Schedule, make_schedule

NAMES: tuple[ScheduleName, ...] = ("constant", "cosine", "one_cycle", "plateau")
LOSSES = [3.0, 2.0, 2.5, 1.99995, 1.5, 1.6, 1.7, 1.8, 1.55, 1.2, 1.3, 1.3, 1.3, 1.3, 1.3, 1.3, 1.3]


def schedule(name: ScheduleName, steps: int = 10, epochs: int = 8, warmup: int = 0, patience: int = 3) -> Schedule:
    config = TrainingConfig(schedule=name, warmup_epochs=warmup, plateau_patience=patience)
    return make_schedule(config, steps, epochs, peak=0.4)


def rates(schedule: Schedule, steps: int = 80) -> list[float]:
    return [schedule.rate(step) for step in range(steps)]


def test_constant_stays_the_same() -> None:
    assert rates(schedule("constant")) == [0.4] * 80


def test_one_cycle_rises_straight_over_a_quarter_and_falls_straight_to_nothing() -> None:
    told = rates(schedule("one_cycle"))
    np.testing.assert_allclose(told[:20], np.linspace(0, 0.4, 21)[1:])
    np.testing.assert_allclose(told[19:], np.linspace(0.4, 0, 62)[:-1])
    assert max(told) == 0.4


def test_one_cycle_has_no_other_warm_up() -> None:
    assert rates(schedule("one_cycle", warmup=3)) == rates(schedule("one_cycle"))


@pytest.mark.slow
@pytest.mark.parametrize("warmup", [0, 3])
def test_cosine_equals_keras_cosinedecay(warmup: int) -> None:
    import keras

    steps = 10 * warmup
    start = 0.4 / (steps + 1) if warmup else 0.4
    plain = keras.optimizers.schedules.CosineDecay(
        start, decay_steps=80 - steps, warmup_target=0.4 if warmup else None, warmup_steps=steps
    )
    told = rates(schedule("cosine", warmup=warmup))
    np.testing.assert_allclose(told, [float(plain(step)) for step in range(80)], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", ["constant", "cosine", "plateau"])
def test_warm_up_is_a_straight_rise_before_the_schedule(name: ScheduleName) -> None:
    told = rates(schedule(name, warmup=2))
    np.testing.assert_allclose(told[:21], np.linspace(0, 0.4, 22)[1:])
    np.testing.assert_allclose(told[20:], rates(schedule(name, epochs=6), 60))


@given(st.sampled_from(NAMES), st.integers(1, 7), st.integers(1, 5), st.integers(0, 9))
def test_every_step_of_every_training_has_a_rate_above_0_and_at_most_the_peak(
    name: ScheduleName, steps: int, epochs: int, warmup: int
) -> None:
    told = rates(schedule(name, steps, epochs, warmup), steps * epochs)
    assert min(told) > 0
    assert max(told) <= 0.4


def by_keras(losses: list[float], patience: int) -> list[float]:
    """Return the rate after each epoch, from `keras.callbacks.ReduceLROnPlateau`."""
    import keras

    callback = keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.2, patience=patience)
    callback.set_model(SimpleNamespace(optimizer=keras.optimizers.SGD(0.4)))
    callback.on_train_begin()
    told = []
    for epoch, loss in enumerate(losses):
        callback.on_epoch_end(epoch, {"val_loss": loss})
        told.append(float(callback.model.optimizer.learning_rate))
    return told


def after_each_epoch(schedule: Schedule, losses: list[float]) -> list[float]:
    told = []
    for epoch, loss in enumerate(losses, 1):
        schedule.on_epoch_end(loss)
        told.append(schedule.rate(epoch * 10))
    return told


@pytest.mark.slow
@pytest.mark.parametrize("patience", [1, 2, 3])
def test_plateau_falls_when_keras_reducelronplateau_does(patience: int) -> None:
    random = np.random.default_rng(patience)
    for losses in (LOSSES, random.normal(1, 0.1, 40).tolist(), (1 - np.arange(20) * 0.3e-4).tolist()):
        expected = by_keras(losses, patience)
        assert expected[-1] < 0.4
        np.testing.assert_allclose(
            after_each_epoch(schedule("plateau", patience=patience), losses), expected, rtol=1e-5
        )


def test_without_validation_plateau_never_falls() -> None:
    plateau = schedule("plateau", patience=1)
    for _ in range(20):
        plateau.on_epoch_end(None)
    assert plateau.rate(200) == 0.4


def test_losses_of_the_warm_up_do_not_let_the_rate_fall() -> None:
    plateau = schedule("plateau", warmup=4, patience=2)
    told = after_each_epoch(plateau, [1.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0])
    np.testing.assert_allclose(told[3:], [0.4, 0.4, 0.4, 0.08, 0.08])


def test_a_new_peak_takes_the_place_of_the_one_a_schedule_began_with() -> None:
    begun, lower = schedule("plateau", patience=1), make_schedule(TrainingConfig(schedule="plateau"), 10, 8, peak=0.1)
    after_each_epoch(begun, [1.0, 2.0, 3.0])
    lower.restore(begun.state())
    assert lower.rate(30) == pytest.approx(begun.rate(30) / 4)


@pytest.mark.parametrize("warmup", [0, 3])
@pytest.mark.parametrize("name", NAMES)
def test_a_restored_schedule_goes_on_as_the_first_would_have(name: ScheduleName, warmup: int) -> None:
    for cut in range(len(LOSSES)):
        whole, begun, resumed = (schedule(name, warmup=warmup, patience=2) for _ in range(3))
        expected = after_each_epoch(whole, LOSSES)
        after_each_epoch(begun, LOSSES[:cut])
        resumed.restore(json.loads(json.dumps(begun.state(), allow_nan=False)))
        told = [resumed.rate(cut * 10)]
        for epoch, loss in enumerate(LOSSES[cut:], cut + 1):
            resumed.on_epoch_end(loss)
            told.append(resumed.rate(epoch * 10))
        assert told[1:] == expected[cut:]
        assert told[0] == begun.rate(cut * 10)

"""What a training will take is told from its operations, from past runs and from timings."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from resnet_gui.paths import cache_folder
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.run import SplitCounts
from resnet_gui.runs.speed import Speed
from resnet_gui.runs.store import RunStore
from resnet_gui.training import step_cost
from resnet_gui.training.durations import duration_in_words
from resnet_gui.training.forecast import Forecast, forecast, in_words
from resnet_gui.training.past_runs import PastRuns
from resnet_gui.training.precision import resolve_precision
from resnet_gui.training.timings import read_timings, remember_timing

CIFAR100 = SplitCounts(35_000, 15_000, 10_000)
CLASSIC = TrainingConfig(source="cifar100", network="resnet50", input_size=224, batch_size=32, precision="float32")
QUICK = TrainingConfig(source="cifar100", network="resnet18", input_size=32, batch_size=256, precision="float32")
FINISHING = 6.0  # seconds to export, beside the test


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand for the computer on which the figures of a first guess were measured."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def add_run(store: RunStore, config: TrainingConfig, speed: Speed, name: str = "", classes: int = 100) -> None:
    run = store.create(config, name=name)
    run.update(class_names=tuple(map(str, range(classes))), speed=speed)


def changed(config: TrainingConfig, **changes: Any) -> TrainingConfig:
    return msgspec.structs.replace(config, **changes)


def told(config: TrainingConfig, store: RunStore, counts: SplitCounts = CIFAR100, classes: int = 100) -> Forecast:
    return forecast(config, counts, classes, 32 if config.source == "cifar100" else config.input_size, store)


@pytest.mark.usefixtures("two_cores")
@pytest.mark.parametrize(
    ("config", "images_per_second"),
    [
        (changed(CLASSIC, batch_size=16), 7.5),
        (changed(CLASSIC, batch_size=16, precision="bfloat16"), 14.1),
        (changed(QUICK, precision="bfloat16"), 500),
        (changed(QUICK, precision="bfloat16", width=64), 125),
        (changed(CLASSIC, input_size=32, precision="bfloat16"), 200),
    ],
)
def test_without_past_runs_the_guess_is_what_was_measured_on_two_cores(
    store: RunStore, config: TrainingConfig, images_per_second: float
) -> None:
    guess = told(config, store, SplitCounts(10_000, 0, 0))
    assert guess.basis == "rough guess"
    assert 10_000 / guess.seconds_per_epoch == pytest.approx(images_per_second, rel=0.2)


def test_a_run_of_the_same_kind_gives_its_own_speed(store: RunStore) -> None:
    add_run(store, CLASSIC, Speed(20.0, 100.0, preparing_seconds=40.0), name="mine")
    guess = told(CLASSIC, store, SplitCounts(35_000, 15_000, 0))
    assert guess.basis == "past run"
    assert guess.seconds_per_epoch == pytest.approx(35_000 / 20 + 15_000 / 100)
    assert guess.seconds == pytest.approx(40 + 10 * guess.seconds_per_epoch + FINISHING)
    assert in_words(guess).endswith("As fast as your run mine.")


def test_of_several_runs_of_the_same_kind_the_middle_one_of_the_newest_three_counts(store: RunStore) -> None:
    for number, speed in enumerate((1.0, 30.0, 5.0, 20.0)):
        add_run(store, CLASSIC, Speed(speed), name=f"run-{number}")
        os.utime(store.folder / f"run-{number}" / "run.json", (number, number))
    assert told(CLASSIC, store, SplitCounts(100, 0, 0)).seconds_per_epoch == pytest.approx(100 / 20)


def test_the_same_network_says_more_than_another_and_a_similar_size_more_than_a_far_one(store: RunStore) -> None:
    add_run(store, QUICK, Speed(1.0), name="other")
    add_run(store, changed(CLASSIC, input_size=64), Speed(1.0), name="small")
    add_run(store, changed(CLASSIC, input_size=192), Speed(10.0), name="near")
    guess = told(CLASSIC, store)
    assert "near" in guess.source
    # A ResNet's work is in proportion to its picture's pixels.
    assert 35_000 / guess.seconds_per_epoch == pytest.approx(10 * (192 / 224) ** 2, rel=0.35)


def test_another_network_s_run_tells_how_fast_the_computer_is(store: RunStore) -> None:
    fresh = told(CLASSIC, store, SplitCounts(1000, 0, 0)).seconds_per_epoch
    form = step_cost.StepForm.of(QUICK, "float32")
    usual = 1 / step_cost.training_seconds(form.operations(100), form)
    add_run(store, QUICK, Speed(usual / 3), name="slow")
    guess = told(CLASSIC, store, SplitCounts(1000, 0, 0))
    assert guess.seconds_per_epoch == pytest.approx(3 * fresh)
    assert guess.source == "Guessed from your run slow"


def test_a_timing_counts_for_more_than_any_run(store: RunStore) -> None:
    add_run(store, CLASSIC, Speed(20.0), name="mine")
    remember_timing(CLASSIC, 100, 11.0)
    remember_timing(CLASSIC, 100, 12.5)
    assert len(read_timings()) == 1
    guess = told(CLASSIC, store, SplitCounts(1000, 0, 0))
    assert guess.basis == "measured"
    assert guess.seconds_per_epoch == pytest.approx(1000 / 12.5)
    assert told(changed(CLASSIC, input_size=96), store).basis == "past run"


def test_damaged_records_and_timings_are_passed_over(store: RunStore) -> None:
    add_run(store, CLASSIC, Speed(20.0), name="bad")
    (store.folder / "bad" / "run.json").write_bytes(b"{")
    add_run(store, changed(CLASSIC, network="of-a-later-version"), Speed(20.0), name="unknown")
    (cache_folder() / "timings.json").write_bytes(b'[{"form": 1}]')
    assert told(CLASSIC, store).basis == "rough guess"


def test_past_runs_are_read_once_and_again_on_request(store: RunStore) -> None:
    past = PastRuns(store)
    add_run(store, CLASSIC, Speed(20.0))
    assert forecast(CLASSIC, CIFAR100, 100, 32, past).basis == "rough guess"
    past.refresh()
    assert forecast(CLASSIC, CIFAR100, 100, 32, past).basis == "past run"


def test_a_forecast_takes_less_than_a_frame_of_the_window(store: RunStore) -> None:
    for number in range(40):
        add_run(store, changed(CLASSIC, input_size=32 * (1 + number % 7)), Speed(20.0), name=f"run-{number}")
    past = PastRuns(store)
    took = []
    for size in (224, 192, 160, 128, 96):
        started = time.perf_counter()
        assert forecast(changed(CLASSIC, input_size=size), CIFAR100, 100, 32, past).advice
        took.append(time.perf_counter() - started)
    assert min(took) < 0.02


@pytest.mark.usefixtures("two_cores")
def test_advice_holds_the_forecast_of_the_changed_training(store: RunStore) -> None:
    guess = told(CLASSIC, store)
    assert guess.seconds > 3600
    assert len(guess.advice) == 2
    smaller = told(changed(CLASSIC, input_size=32), store)
    assert f"32 px instead of 224: about {duration_in_words(smaller.seconds)}." in guess.advice
    assert not smaller.advice


@pytest.mark.usefixtures("two_cores")
def test_a_folder_s_pictures_are_proposed_at_half_their_size_and_in_a_smaller_number(store: RunStore) -> None:
    config = changed(CLASSIC, source="folder", folder="flowers", epochs=20)
    counts = SplitCounts(8000, 2000, 0)
    guess = told(config, store, counts, classes=5)
    offered = " ".join(guess.advice)
    assert "ResNet-18" in offered or "128 px instead of 224" in offered
    known = told(changed(config, start_from="imagenet"), store, counts, classes=5)
    assert not any("ResNet-18" in sentence for sentence in known.advice)
    (fewer,) = (sentence for sentence in known.advice if "pictures" in sentence)
    assert fewer.startswith("1 000 pictures instead of 10 000: about ")


def test_a_training_of_days_is_told_in_plain_words(store: RunStore) -> None:
    add_run(store, CLASSIC, Speed(2.0, 10.0, preparing_seconds=15.0))
    (warning,) = told(CLASSIC, store).warnings
    assert round(10 * (35_000 / 2 + 1500) / 86400) == 2
    assert warning == "This takes about 2 days, and the computer is busy all that time."


@pytest.mark.usefixtures("two_cores")
def test_a_frozen_network_costs_its_features_once_and_little_for_each_epoch(store: RunStore) -> None:
    frozen = changed(CLASSIC, source="folder", folder="x", freeze=True, start_from="imagenet", epochs=20)
    counts = SplitCounts(4000, 1000, 0)
    once = told(frozen, store, counts, classes=2)
    assert once.seconds < told(changed(frozen, freeze=False), store, counts, classes=2).seconds / 20
    assert once.seconds_per_epoch < 10
    assert told(changed(frozen, epochs=40), store, counts, classes=2).seconds == pytest.approx(
        once.seconds + 20 * once.seconds_per_epoch
    )
    views = told(changed(frozen, zoom=0.2, cached_views=4), store, counts, classes=2)
    more = 3 * 4000
    assert views.seconds - once.seconds == pytest.approx(more / 60, rel=0.02)  # OpenVINO in float32: 60 a second
    assert views.disk_bytes - once.disk_bytes == more * 7 * 7 * 2048 * 4
    add_run(store, frozen, Speed(features_per_second=30.0), name="mine", classes=2)
    slower = told(changed(frozen, zoom=0.2, cached_views=4), store, counts, classes=2)
    assert slower.source == "As fast as your run mine"
    assert slower.seconds - told(frozen, store, counts, classes=2).seconds == pytest.approx(more / 30)


@pytest.mark.usefixtures("two_cores")
def test_fine_tuning_adds_its_epochs_and_less_of_them_the_later_the_stage(store: RunStore) -> None:
    frozen = changed(CLASSIC, freeze=True, start_from="imagenet", epochs=5)
    whole = told(changed(frozen, freeze=False), store).seconds_per_epoch
    late = told(changed(frozen, fine_tune_epochs=2), store)
    early = told(changed(frozen, fine_tune_epochs=2, fine_tune_from="conv2"), store)
    assert late.seconds - told(frozen, store).seconds == pytest.approx(2 * late.seconds_per_epoch)
    assert whole / 3 < late.seconds_per_epoch < early.seconds_per_epoch <= whole


def test_what_does_not_fit_is_told(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resnet_gui.training.forecast.free_memory", lambda: 2 * 10**9)
    monkeypatch.setattr("resnet_gui.training.forecast.free_disk", lambda _folder: 10**8)
    warnings = " ".join(told(changed(CLASSIC, epochs=1, limit=100), store, SplitCounts(70, 30, 30)).warnings)
    assert "of memory, but only 2.0 GB are free" in warnings
    assert "on disk, but only 0.1 GB are free" in warnings


def test_auto_is_forecast_as_what_it_comes_to_on_this_computer(store: RunStore) -> None:
    auto, fast = changed(CLASSIC, precision="auto"), changed(CLASSIC, precision="bfloat16")
    assert told(auto, store) == told(CLASSIC, store)
    resolve_precision("auto", measure=lambda: 2.0)
    assert told(auto, store) == told(fast, store)
    assert told(fast, store).seconds < 0.7 * told(CLASSIC, store).seconds


def test_a_larger_batch_needs_more_memory_and_a_folder_room_for_its_decoded_pictures(store: RunStore) -> None:
    assert told(changed(CLASSIC, batch_size=64), store).memory_bytes > told(CLASSIC, store).memory_bytes + 10**9
    folder = changed(CLASSIC, source="folder", folder="x")
    counts = SplitCounts(800, 200, 0)
    assert told(folder, store, counts).disk_bytes - told(CLASSIC, store, counts).disk_bytes == 1000 * 224 * 224 * 3


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 second"),
        (75, "75 seconds"),
        (100, "1.5 minutes"),
        (700, "12 minutes"),
        (4000, "67 minutes"),
        (3600 * 2.4, "2.5 hours"),
        (3600 * 30, "30 hours"),
        (86400 * 2.1, "2 days"),
        (86400 * 12.3, "12 days"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert duration_in_words(seconds) == words


def test_checkpoints_hold_the_weights_and_what_the_optimizer_and_the_average_keep_of_those_that_learn(
    store: RunStore,
) -> None:
    def needed(**changes: object) -> int:
        return told(changed(CLASSIC, **changes), store).checkpoint_bytes

    weights = 4 * 25_636_712  # of ResNet50 with 1000 classes, as Keras counts them
    weights -= 4 * 2049 * 900  # for 100 classes
    assert needed(optimizer="sgd") == pytest.approx(3 * 2 * weights + 3 * weights, rel=0.01)
    assert needed(optimizer="adam") == pytest.approx(3 * 3 * weights + 3 * weights, rel=0.01)
    assert needed(optimizer="adam", weight_averaging=0.99) == pytest.approx(3 * 4 * weights + 3 * weights, rel=0.01)
    frozen = {"optimizer": "adam", "freeze": True, "start_from": "imagenet"}
    assert needed(**frozen) == pytest.approx(6 * weights, rel=0.02)
    tuned = needed(**frozen, fine_tune_epochs=1)
    assert needed(**frozen) < tuned < needed(**frozen, fine_tune_epochs=1, fine_tune_from="conv2")
    assert tuned < needed(optimizer="adam")


def test_the_label_s_text_is_short() -> None:
    guess = Forecast(
        seconds_per_epoch=70,
        seconds=720,
        memory_bytes=1_100_000_000,
        disk_bytes=300_000_000,
        checkpoint_bytes=240_000_000,
        basis="past run",
        source="Guessed from your run first",
    )
    assert in_words(guess) == (
        "About 12 minutes: 70 seconds an epoch. 1.1 GB memory, 0.3 GB disk, 0.2 GB of it checkpoints. "
        "Guessed from your run first."
    )


def test_no_tensorflow_is_needed(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys\n"
        "from resnet_gui.runs.config import TrainingConfig\n"
        "from resnet_gui.runs.run import SplitCounts\n"
        "from resnet_gui.runs.store import RunStore\n"
        "from resnet_gui.training.forecast import forecast\n"
        "forecast(TrainingConfig(), SplitCounts(9, 1, 1), 2, 32, RunStore(pathlib.Path('none')))\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, env=environment)

"""Odd and unusable input, each as a real training: clear words, and nothing lost."""

from __future__ import annotations

import csv
import json
import math
import shutil
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from resnet_gui.cli.main import main
from resnet_gui.data.dataset import split_dataset
from resnet_gui.data.images import read_image
from resnet_gui.data.sources import load_pictures
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.predictor import Predictor
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import AnyEvent, EpochEnded, Message, StepMetrics, TrainingPlanned
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import fit_with_keras, run_training
from resnet_gui.training.shown_pictures import telling_of_changes
from tests.training.conftest import Recording, train_and_record

pytestmark = pytest.mark.slow

NAMES = ("=SUM(A1)", "قطة", "고양이", "🐈‍⬛ cat")  # in the order of their names
MODES = ("RGB", "L", "I;16", "P", "RGBA")
SMALLEST = {"source": "folder", "width": 8, "input_size": 32}


def grey_picture(seed: int) -> Image.Image:
    """Return a picture of 200 greys at most, which every mode can hold without a loss."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 200, (32, 32), np.uint8))


def save_as(path: Path, grey: Image.Image, mode: str) -> Path:
    """Write a grey picture in one of MODES, its look unchanged."""
    match mode:
        case "I;16":
            picture = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
        case "P":
            picture = grey.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        case _:
            picture = grey.convert(mode)
    assert picture.mode == mode
    picture.save(path)
    return path


def make_folder(root: Path, names: tuple[str, ...] = NAMES, per_class: int = 10) -> Path:
    """Write a folder of pictures, every class in every mode."""
    for label, name in enumerate(names):
        (root / name).mkdir(parents=True)
        for number in range(per_class):
            mode = MODES[number % len(MODES)]
            save_as(root / name / f"{number:02d}.png", grey_picture(100 * label + number), mode)
    return root


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("pictures") / "cats")


@pytest.fixture(scope="module")
def odd(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recording]:
    """Return a training on classes of any script and pictures of every mode."""
    with pytest.MonkeyPatch.context() as patch:  # longer lived than the user folders of a test
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield train_and_record(tmp_path_factory.mktemp("runs"), **SMALLEST, folder=str(pictures))


def has_said(training: Recording, words: str) -> bool:
    return any(words in message.text for message in training.of(Message))


# Too little


def test_one_class_is_refused_in_words(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "cats", ("only",), 1)
    failed = train_and_record(tmp_path / "runs", **SMALLEST, folder=str(folder))
    assert failed.end.reason is FinishReason.FAILED
    assert failed.end.message == f'There is only one class, "only", in {folder}.'
    assert "At least two are needed" in failed.end.advice


def test_one_picture_per_class_trains_without_validation(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "cats", NAMES, 1)
    settings = {**SMALLEST, "folder": str(folder), "precision": "auto"}
    training = train_and_record(tmp_path / "runs", **settings, batch_size=len(NAMES))
    assert training.end.reason is FinishReason.COMPLETED
    assert has_said(training, "nothing is validated, the last epoch is kept")
    assert [epoch.val_loss for epoch in training.of(EpochEnded)] == [None, None]
    assert training.run.record.best is not None
    assert training.run.record.best.epoch == 2
    too_large = train_and_record(tmp_path / "runs", **settings, batch_size=len(NAMES) + 1)
    assert too_large.end.message == "The batch size of 5 is larger than the 4 training pictures."
    assert too_large.end.advice == "Choose a smaller batch size."


# Class names and modes


def test_class_names_of_any_script_are_kept(odd: Recording) -> None:
    assert odd.end.reason is FinishReason.COMPLETED
    assert Run.open(odd.run.folder).record.class_names == NAMES
    assert json.loads((odd.run.folder / "run.json").read_text("utf-8"))["class_names"] == list(NAMES)
    assert ModelBundle.open(odd.run.folder).description.class_names == NAMES


def test_classify_tells_class_names_of_any_script(
    odd: Recording, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture, table = str(pictures / NAMES[0] / "00.png"), tmp_path / "answers.csv"
    common = ["classify", picture, "--runs", str(odd.run.folder.parent), "--model", odd.run.name]
    assert main([*common, "--csv", str(table)]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in NAMES)
    with table.open(encoding="utf-8-sig", newline="") as file:
        cells = list(csv.reader(file))[1]
    assert {f"'{NAMES[0]}", *NAMES[1:]} <= set(cells)  # a spreadsheet would run what begins with "="
    assert main([*common, "--json"]) == 0
    predictions = json.loads(capsys.readouterr().out)["predictions"]
    assert {entry["class"] for entry in predictions} == set(NAMES)


def test_pictures_of_every_mode_are_trained_on(odd: Recording, pictures: Path) -> None:
    (plan,) = odd.of(TrainingPlanned)
    assert plan.train_count + plan.validation_count == len(list(pictures.rglob("*.png")))
    assert not has_said(odd, "Left out")


def test_the_same_picture_in_every_mode_is_classified_alike(odd: Recording, tmp_path: Path) -> None:
    bundle = ModelBundle.open(odd.run.folder)
    files = [save_as(tmp_path / f"{number}.png", grey_picture(999), mode) for number, mode in enumerate(MODES)]
    pixels = np.stack([read_image(file, bundle.description.geometry) for file in files])
    probabilities = Predictor(bundle).probabilities(pixels)
    np.testing.assert_allclose(probabilities, np.broadcast_to(probabilities[:1], probabilities.shape), atol=1e-6)


# A folder that changes


def test_a_folder_that_changes_and_vanishes_meanwhile_does_no_harm(odd: Recording, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "cats")

    def react(event: AnyEvent, control: TrainingControl) -> None:
        if isinstance(event, StepMetrics) and event.epoch == 1 and (folder / NAMES[0] / "00.png").exists():
            (folder / NAMES[0] / "00.png").unlink()
            (folder / NAMES[1] / "01.png").write_bytes(b"no longer a picture")
            save_as(folder / NAMES[2] / "new.png", grey_picture(1), "L")
        if isinstance(event, EpochEnded) and event.epoch == 1:
            shutil.rmtree(folder)

    training = train_and_record(tmp_path / "runs", react, **SMALLEST, folder=str(folder))
    assert not folder.exists()
    assert training.end.reason is FinishReason.COMPLETED
    undisturbed, disturbed = odd.run.read_history(), training.run.read_history()
    np.testing.assert_array_equal(disturbed.column("loss"), undisturbed.column("loss"))
    np.testing.assert_array_equal(disturbed.validation("val_loss")[1], undisturbed.validation("val_loss")[1])
    ModelBundle.open(training.run.folder)


@pytest.mark.parametrize(
    ("added", "words"),
    [
        (f"{NAMES[0]}/more.png", "41 pictures instead of 40."),
        ("another/more.png", "5 classes with 41 pictures instead of 4 with 40."),
        (f"{NAMES[0]}/00.png", "some of its files are others."),
        (None, ""),
    ],
)
def test_a_folder_that_has_changed_since_it_was_shown_is_told(tmp_path: Path, added: str | None, words: str) -> None:
    folder = make_folder(tmp_path / "cats")
    config = TrainingConfig(**SMALLEST, folder=str(folder), batch_size=8, precision="float32")
    shown = split_dataset(load_pictures(config.data_request()), config.validation_share, config.limit, config.seed)
    if added is not None:
        (folder / added).parent.mkdir(exist_ok=True)
        save_as(folder / added, grey_picture(7), "L")
    control, events = TrainingControl(), []

    def tell(event: AnyEvent) -> None:
        events.append(event)
        if isinstance(event, TrainingPlanned):
            control.stop()

    run = RunStore(tmp_path / "runs").create(config)
    assert run_training(run, control, tell, telling_of_changes(fit_with_keras, shown)).reason is FinishReason.STOPPED
    said = [event.text for event in events if isinstance(event, Message) and "has changed" in event.text]
    wanted = [f"The folder has changed since it was shown: {words} The training uses what is there now."]
    assert said == (wanted if words else [])
    assert words in (run.folder / "log.txt").read_text("utf-8")


# Numbers that are none


def test_a_loss_that_is_no_number_keeps_the_best_epoch_before_it(tmp_path: Path) -> None:
    failed = train_and_record(tmp_path, width=8, optimizer="sgd", learning_rate=10.0, epochs=60)
    assert failed.end.reason is FinishReason.FAILED
    (*_, last) = failed.of(StepMetrics)
    step, rate = last.first_step + len(last.rate) - 1, last.rate[-1]
    assert failed.end.message == f"The loss is no longer a number at step {step} (learning rate {rate:g})."
    assert failed.end.remedy == {"learning_rate": 1.0}
    assert "lower learning rate" in failed.end.advice
    json.loads((failed.run.folder / "metrics.jsonl").read_text().splitlines()[-1])
    assert failed.run.record.best is not None
    assert failed.run.record.best.epoch < last.epoch
    assert_usable(failed.run)


def test_without_validation_weights_that_are_no_numbers_are_never_kept(tmp_path: Path) -> None:
    """One step an epoch: the step that ruins the weights ends an epoch whose own loss is still a number."""
    failed = train_and_record(
        tmp_path,
        width=8,
        limit=20,
        batch_size=20,
        validation_share=0.0,
        optimizer="sgd",
        learning_rate=10.0,
        weight_decay=1.0,
        epochs=100,
    )
    assert failed.end.reason is FinishReason.FAILED
    assert "(learning rate 10)" in failed.end.message
    assert math.isfinite(failed.of(StepMetrics)[-1].loss[-1])
    assert_usable(failed.run)


def test_a_loss_that_is_no_number_while_fine_tuning_asks_for_a_lower_fine_tuning_rate(
    odd: Recording, pictures: Path
) -> None:
    failed = train_and_record(
        odd.run.folder.parent,
        **SMALLEST,
        folder=str(pictures),
        start_from=odd.run.name,
        freeze=True,
        epochs=1,
        fine_tune_epochs=100,
        fine_tune_rate=1.0,
        optimizer="sgd",
        l2=1.0,
    )
    assert "no longer a number" in failed.end.message
    assert failed.end.remedy == {"fine_tune_rate": 0.1}
    assert_usable(failed.run)


def assert_usable(run: Run) -> None:
    """Assert that a run's model opens in plain Keras and as a bundle, and calculates with numbers."""
    network = keras.saving.load_model(run.model_folder / "model.keras")
    assert all(np.isfinite(weight).all() for weight in network.get_weights())
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)
    probabilities = Predictor(ModelBundle.open(run.folder)).probabilities(images)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-3)


# Weights that do not fit


@pytest.mark.parametrize(
    ("content", "words"), [("another network", "another network than this ResNet50"), ("text", "")]
)
def test_weights_that_do_not_fit_are_refused_in_words(odd: Recording, tmp_path: Path, content: str, words: str) -> None:
    weights = tmp_path / "weights.h5"
    if content == "text":
        weights.write_text("no weights at all")
    else:
        (saved,) = odd.run.checkpoint_folder.glob("step-*/network.weights.h5")
        shutil.copy(saved, weights)
    failed = train_and_record(tmp_path / "runs", network="resnet50", start_from="imagenet", weights_file=str(weights))
    assert failed.end.reason is FinishReason.FAILED
    assert weights.name in failed.end.message
    assert words in failed.end.message
    assert failed.end.advice
    assert not failed.of(StepMetrics)

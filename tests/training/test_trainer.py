"""A training from settings to model, on a tiny amount of data, for real."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from resnet_gui.data.dataset import split_dataset
from resnet_gui.data.sources import load_pictures
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.predictor import Predictor
from resnet_gui.models.registry import NetworkOptions
from resnet_gui.runs import events
from resnet_gui.runs.events import AnyEvent, EpochEnded, Progress, StateChanged, StepMetrics, Tested
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.training.batches import training_batches
from resnet_gui.training.checkpoint import best_weights
from resnet_gui.training.control import TrainingControl
from tests.training.conftest import TINY, Recording, train_and_record, train_and_tell

pytestmark = pytest.mark.slow


def test_a_training_goes_through_its_states_in_order(trained: Recording) -> None:
    state = TrainingState
    assert [event.state for event in trained.of(StateChanged)] == [
        state.PREPARING,
        state.RUNNING,
        state.VALIDATING,
        state.RUNNING,
        state.VALIDATING,
        state.FINISHING,
    ]
    assert trained.end.reason is FinishReason.COMPLETED


def test_every_step_is_told_and_written(trained: Recording) -> None:
    (plan,) = trained.of(events.TrainingPlanned)
    assert plan.train_count + plan.validation_count == TINY.limit
    history = trained.run.read_history()
    assert history.steps.tolist() == list(range(1, plan.steps_per_epoch * plan.epochs + 1))
    told = [value for event in trained.of(StepMetrics) for value in event.loss]
    np.testing.assert_array_equal(history.column("loss"), told)


def test_the_best_epoch_is_the_one_with_the_highest_validation_top1(trained: Recording) -> None:
    epochs = trained.of(EpochEnded)
    best = max(epochs, key=lambda event: (event.val_top1, -event.epoch))
    assert trained.run.record.best is not None
    assert trained.run.record.best.epoch == best.epoch
    assert trained.run.record.best.val_top1 == best.val_top1


def test_step_values_are_the_batch_s_own_as_plain_keras_gives_them(trained: Recording) -> None:
    """Oracle: Keras' own loop over the same network and pictures; `train_on_batch` with reset metrics.

    That the network trains like one of plain layers is shown in test_twin.py, the optimizers in test_optimizers.py.
    """
    import keras

    pictures = load_pictures(TINY.data_request())
    dataset = split_dataset(pictures, TINY.validation_share, TINY.limit, TINY.seed)
    keras.utils.set_random_seed(TINY.seed)
    from resnet_gui.models.resnet import build_resnet18
    from resnet_gui.training.engine import make_optimizer
    from resnet_gui.training.twin import make_twin

    network = make_twin(build_resnet18(NetworkOptions(native_size=32, input_size=32, classes=10)), "float32")
    network.compile(
        make_optimizer(TINY),
        "sparse_categorical_crossentropy",
        metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(5)],
    )
    history = trained.run.read_history()
    for step, batch in enumerate(training_batches(dataset.train, TINY.batch_size, TINY.seed, epoch=1)):
        network.reset_metrics()
        loss, top1, top5 = network.train_on_batch(batch.images.astype("float32"), batch.labels)
        assert history.column("loss")[step] == pytest.approx(float(loss), rel=1e-5)
        assert history.column("top1")[step] == pytest.approx(float(top1), abs=1e-6)
        assert history.column("top5")[step] == pytest.approx(float(top5), abs=1e-6)


def test_the_same_seed_repeats_the_same_training(trained: Recording, tmp_path: Path) -> None:
    again = train_and_record(tmp_path)
    first, second = trained.run.read_history(), again.run.read_history()
    np.testing.assert_array_equal(first.column("loss"), second.column("loss"))
    np.testing.assert_array_equal(first.validation("val_loss")[1], second.validation("val_loss")[1])


def test_the_exported_model_opens_in_plain_keras_and_equals_the_bundle(trained: Recording, tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (7, 32, 32, 3), np.uint8)
    np.save(tmp_path / "images.npy", images)
    script = (
        "import sys, numpy as np, keras\n"
        "model = keras.saving.load_model(sys.argv[1], safe_mode=True)\n"
        "images = np.load('images.npy').astype('float32')\n"
        "np.save('predicted.npy', model.predict(images, verbose=0))\n"
        "np.save('called.npy', np.asarray(model(images)))\n"
        "assert not [name for name in sys.modules if name.startswith('resnet_gui')]\n"
    )
    model = str(trained.run.model_folder / "model.keras")
    subprocess.run([sys.executable, "-c", script, model], cwd=tmp_path, check=True, capture_output=True)
    ours = Predictor(ModelBundle.open(trained.run.folder)).probabilities(images)
    np.testing.assert_allclose(ours, np.load(tmp_path / "predicted.npy"), atol=1e-3)
    np.testing.assert_allclose(ours, np.load(tmp_path / "called.npy"), atol=1e-3)


def test_the_test_figure_is_the_bundle_s_on_the_test_split(trained: Recording) -> None:
    pictures = load_pictures(TINY.data_request())
    test = split_dataset(pictures, TINY.validation_share, TINY.limit, TINY.seed).test
    assert test is not None
    images, labels = test.batch(slice(None))
    predicted = Predictor(ModelBundle.open(trained.run.folder)).probabilities(images).argmax(axis=1)
    (tested,) = trained.of(Tested)
    assert tested.count == len(test)
    assert tested.top1 == pytest.approx(float((predicted == labels).mean()))


def stop_at(condition) -> object:
    def react(event: AnyEvent, control: TrainingControl) -> None:
        if condition(event):
            control.stop()

    return react


def test_stop_in_an_epoch_keeps_a_model_but_no_best(tmp_path: Path) -> None:
    stopped = train_and_record(tmp_path, stop_at(lambda event: isinstance(event, StepMetrics)))
    assert stopped.end.reason is FinishReason.STOPPED
    (epoch,) = stopped.of(EpochEnded)
    assert not epoch.complete
    assert epoch.val_top1 is None
    assert stopped.run.record.best is None
    assert stopped.run.record.finish_reason is FinishReason.STOPPED
    assert not stopped.of(Tested)
    ModelBundle.open(stopped.run.folder)


def test_stop_in_a_validation_gives_no_point_and_no_best(tmp_path: Path) -> None:
    def in_validation(event: AnyEvent) -> bool:
        return isinstance(event, StateChanged) and event.state is TrainingState.VALIDATING

    stopped = train_and_record(tmp_path, stop_at(in_validation), validation_share=0.6)
    assert stopped.end.reason is FinishReason.STOPPED
    (epoch,) = stopped.of(EpochEnded)
    assert epoch.val_loss is None
    assert not epoch.complete
    assert stopped.run.record.best is None


def test_stop_after_the_best_epoch_keeps_the_best(tmp_path: Path) -> None:
    stopped = train_and_record(tmp_path, stop_at(lambda event: isinstance(event, EpochEnded)), epochs=50)
    assert stopped.run.record.best is not None
    assert stopped.run.record.best.epoch == 1
    assert len(stopped.of(EpochEnded)) <= 2
    ModelBundle.open(stopped.run.folder)


@pytest.mark.parametrize("stage", ["Reading", "Building", "Compiling"])
def test_stop_while_preparing(tmp_path: Path, stage: str) -> None:
    def preparing(event: AnyEvent) -> bool:
        return isinstance(event, Progress) and event.stage.startswith(stage)

    stopped = train_and_record(tmp_path, stop_at(preparing))
    assert stopped.end.reason is FinishReason.STOPPED
    assert not stopped.of(StepMetrics)
    assert not stopped.run.model_folder.exists()
    assert stopped.run.record.state is TrainingState.IDLE


@pytest.mark.parametrize("where", [TrainingState.RUNNING, TrainingState.VALIDATING])
def test_pause_and_resume_change_nothing(trained: Recording, tmp_path: Path, where: TrainingState) -> None:
    paused = []

    def react(event: AnyEvent, control: TrainingControl) -> None:
        if isinstance(event, StateChanged) and event.state is where and not paused:
            control.pause()
        if isinstance(event, StateChanged) and event.state is TrainingState.PAUSED:
            paused.append(event)
            threading.Thread(target=control.resume).start()

    again = train_and_record(tmp_path, react)
    assert len(paused) == 1
    assert again.end.reason is FinishReason.COMPLETED
    np.testing.assert_array_equal(again.run.read_history().column("loss"), trained.run.read_history().column("loss"))


def test_stop_ends_a_pause(tmp_path: Path) -> None:
    def react(event: AnyEvent, control: TrainingControl) -> None:
        if isinstance(event, StepMetrics):
            control.pause()
        if isinstance(event, StateChanged) and event.state is TrainingState.PAUSED:
            threading.Thread(target=control.stop).start()

    assert train_and_record(tmp_path, react).end.reason is FinishReason.STOPPED


def test_a_tie_keeps_the_earlier_epoch(tmp_path: Path) -> None:
    """One validation picture: each epoch is right about it or not, so that ties are certain in enough epochs."""
    run = train_and_record(tmp_path, limit=40, validation_share=0.03, learning_rate=1e-30, epochs=6)
    values = [event.val_top1 for event in run.of(EpochEnded)]
    assert len(set(values)) < len(values)
    assert run.run.record.best is not None
    assert run.run.record.best.epoch == 1 + values.index(max(values))


def test_without_validation_the_last_epoch_is_kept(tmp_path: Path) -> None:
    run = train_and_record(tmp_path, validation_share=0.0).run
    assert run.record.best is not None
    assert (run.record.best.epoch, run.record.best.val_top1) == (2, None)
    weights = best_weights(run.checkpoint_folder)
    assert weights is not None
    assert weights.parent.name == f"step-{run.record.best.step:06d}"


def test_a_batch_larger_than_the_split_ends_in_words(tmp_path: Path) -> None:
    failed = train_and_record(tmp_path, batch_size=500)
    assert failed.end.reason is FinishReason.FAILED
    assert "larger than the 96 training pictures" in failed.end.message


def test_a_folder_deleted_meanwhile_ends_in_words(tmp_path: Path) -> None:
    """It waits for the folder, so that it must be stopped to end."""

    def react(event: AnyEvent, control: TrainingControl) -> None:
        if isinstance(event, StepMetrics) and tmp_path.exists():
            shutil.rmtree(tmp_path)
        if isinstance(event, StateChanged) and event.reason:
            control.stop()

    end, _ = train_and_tell(tmp_path, react)
    assert end.reason is FinishReason.STOPPED
    assert "is gone" in end.message
    assert not tmp_path.exists()


def test_an_error_after_a_good_epoch_keeps_its_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from resnet_gui.training.engine import Engine

    train_batch, epochs_ended = Engine.train_batch, []

    def fail_in_the_second_epoch(*arguments: object) -> object:
        if epochs_ended:
            raise MemoryError
        return train_batch(*arguments)

    def react(event: AnyEvent, control: TrainingControl) -> None:
        if isinstance(event, EpochEnded):
            epochs_ended.append(event)

    monkeypatch.setattr(Engine, "train_batch", fail_in_the_second_epoch)
    failed = train_and_record(tmp_path, react)
    assert failed.run.record.finish_reason is FinishReason.FAILED
    assert "not enough memory" in failed.run.record.message
    assert failed.run.record.best is not None
    ModelBundle.open(failed.run.folder)


def test_two_trainings_on_threads_of_their_own(trained: Recording, tmp_path: Path) -> None:
    """Keras' state belongs to a thread: the second training must be none the worse for the first."""
    for name in ("first", "second"):
        result: list[Recording] = []
        thread = threading.Thread(target=lambda: result.append(train_and_record(tmp_path / name)))  # noqa: B023
        thread.start()
        thread.join()
        np.testing.assert_array_equal(
            result[0].run.read_history().column("loss"), trained.run.read_history().column("loss")
        )


def test_resnet50_trains_at_a_size_that_is_not_the_data_s(tmp_path: Path) -> None:
    run = train_and_record(tmp_path, network="resnet50", input_size=40, limit=40, epochs=1)
    assert run.end.reason is FinishReason.COMPLETED
    assert ModelBundle.open(run.run.folder).description.geometry.size == 32


def test_a_model_is_told_how_sure_it_may_be(tmp_path: Path) -> None:
    """With enough pictures held back; the order of the classes, and so every figure, stays."""
    judged = train_and_record(tmp_path, limit=600, validation_share=0.4, epochs=1, width=8, batch_size=32)
    bundle = ModelBundle.open(judged.run.folder)
    assert bundle.description.temperature != 1
    assert bundle.description.familiarity is not None
    assert [message.text for message in judged.of(events.Message) if "on 240 validation pictures" in message.text]
    pictures = load_pictures(TINY.data_request())
    images, labels = split_dataset(pictures, 0.4, 600, TINY.seed).validation.batch(slice(None))
    predictor = Predictor(bundle)
    raw, mended = predictor.uncalibrated(images), predictor.probabilities(images)
    np.testing.assert_array_equal(np.argsort(-raw, axis=1)[:, 0], np.argsort(-mended, axis=1)[:, 0])
    every = np.arange(len(labels))
    assert -np.log(mended[every, labels]).mean() <= -np.log(raw[every, labels]).mean()
    assert sum(one.unfamiliar is True for one in predictor.predict(images)) <= 0.02 * len(images)


def test_a_model_with_too_few_pictures_held_back_is_left_as_it_is(trained: Recording) -> None:
    description = ModelBundle.open(trained.run.folder).description
    assert (description.temperature, description.familiarity) == (1.0, None)

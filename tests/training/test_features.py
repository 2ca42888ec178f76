"""Transfer learning: what a frozen base sees is calculated once, and the head learns the same from it."""

from __future__ import annotations

import keras
import msgspec
import numpy as np
import pytest

from resnet_gui.data.dataset import ImageDataset, split_dataset
from resnet_gui.data.sources import load_pictures
from resnet_gui.errors import DataError
from resnet_gui.inference.features import compile_extractor
from resnet_gui.progress import unreported
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import EpochEnded, Message, StepMetrics
from resnet_gui.runs.state import FinishReason
from resnet_gui.training import features
from resnet_gui.training.augment import Augmentation, Augmenter
from resnet_gui.training.batches import training_batches
from resnet_gui.training.features import cached_features
from tests.training.conftest import TINY, Recording, train_and_record

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Return a run to start from."""
    return train_and_record(tmp_path_factory.mktemp("runs"), epochs=1, width=8)


def frozen(taught: Recording, **changes: object) -> dict[str, object]:
    return {"width": 8, "start_from": taught.run.name, "freeze": True, **changes}


def dataset_of(config: TrainingConfig) -> ImageDataset:
    pictures = load_pictures(config.data_request())
    return split_dataset(pictures, config.validation_share, config.limit, config.seed)


@pytest.fixture
def base() -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Conv2D(3, 5, strides=4, activation="relu")])


def test_features_are_those_of_keras(base: keras.Model) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), np.uint8)
    extracted = compile_extractor(base, "float32")(pictures)
    np.testing.assert_allclose(extracted, base(pictures.astype("float32")), rtol=1e-4, atol=1e-3)


def test_every_view_is_the_picture_altered_as_in_training(base: keras.Model) -> None:
    config = msgspec.structs.replace(TINY, flip=True, crop=0.1, cached_views=2)
    dataset = dataset_of(config)
    found = cached_features(base, dataset, config, "float32", unreported)
    assert len(found.views) == 2
    augmenter = Augmenter(Augmentation.of(config), dataset.train, config.seed)
    positions = np.array([3, 40, 7])
    for number, view in enumerate(found.views):
        altered = augmenter.batch(number, positions).images.astype("float32")
        values, labels = view.batch(positions)
        np.testing.assert_allclose(values, base(altered), rtol=1e-4, atol=1e-2)
        np.testing.assert_array_equal(labels, dataset.train.batch(positions)[1])
    unaltered = dataset.validation.batch(positions[:1])[0].astype("float32")
    np.testing.assert_allclose(found.validation.batch(positions[:1])[0], base(unaltered), rtol=1e-4, atol=1e-2)


def test_features_are_calculated_once(base: keras.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = dataset_of(TINY)
    first = cached_features(base, dataset, TINY, "float32", unreported)
    monkeypatch.setattr(features, "compile_extractor", lambda *_: pytest.fail("calculated again"))
    again = cached_features(base, dataset, TINY, "float32", unreported)
    np.testing.assert_array_equal(first.validation.pixels, again.validation.pixels)
    base.layers[-1].bias.assign([1.0, 2.0, 3.0])
    with pytest.raises(pytest.fail.Exception, match="calculated again"):
        cached_features(base, dataset, TINY, "float32", unreported)


def test_too_little_room_for_features_is_said(base: keras.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    usage = shutil.disk_usage("/")
    monkeypatch.setattr("resnet_gui.data.cache.shutil.disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(DataError, match="GB are free"):
        cached_features(base, dataset_of(TINY), TINY, "float32", unreported)


def test_the_head_learns_what_plain_keras_teaches_it(taught: Recording) -> None:
    """Oracle: the exported network opened in plain Keras, its base frozen, a fresh head, Keras' own loop."""
    run = train_and_record(taught.run.folder.parent, **frozen(taught, head="dense128"))
    assert run.end.reason is FinishReason.COMPLETED
    config = run.run.record.config
    keras.utils.set_random_seed(config.seed)
    from resnet_gui.models.registry import NetworkOptions, find_network

    network = find_network("resnet18").build(NetworkOptions.of(config, 32, 10))
    source = keras.saving.load_model(taught.run.model_folder / "model.keras")
    for layer in network.layers:
        layer.trainable = layer.name in {"dense128", "predictions"}
        if not layer.trainable and layer.weights:
            layer.set_weights(source.get_layer(layer.name).get_weights())
    network.compile(keras.optimizers.Adam(config.learning_rate), "sparse_categorical_crossentropy")
    losses = []
    for epoch in range(1, config.epochs + 1):
        for batch in training_batches(dataset_of(config).train, config.batch_size, config.seed, epoch):
            network.reset_metrics()
            losses.append(float(network.train_on_batch(batch.images.astype("float32"), batch.labels)))
    np.testing.assert_allclose(run.run.read_history().column("loss"), losses, rtol=2e-3)
    exported = keras.saving.load_model(run.run.model_folder / "model.keras")
    for layer in ("dense128", "predictions"):
        for ours, theirs in zip(
            exported.get_layer(layer).get_weights(), network.get_layer(layer).get_weights(), strict=True
        ):
            np.testing.assert_allclose(ours, theirs, atol=2e-3)
    stem = exported.get_layer("stem").get_weights()[0]
    np.testing.assert_array_equal(stem, source.get_layer("stem").get_weights()[0])


def test_fine_tuning_moves_the_stage_it_begins_at_and_nothing_before(taught: Recording) -> None:
    run = train_and_record(
        taught.run.folder.parent,
        **frozen(taught, epochs=1, fine_tune_epochs=2, fine_tune_from="stage4", fine_tune_rate=1e-3),
    )
    assert [event.epoch for event in run.of(EpochEnded)] == [1, 2, 3]
    steps = [event.first_step + offset for event in run.of(StepMetrics) for offset in range(len(event.loss))]
    assert steps == list(range(1, len(steps) + 1))
    before = keras.saving.load_model(taught.run.model_folder / "model.keras")
    after = keras.saving.load_model(run.run.model_folder / "model.keras")
    for layer in before.layers:
        if not layer.weights or layer.name == "predictions":
            continue
        same = all(
            np.array_equal(one, other)
            for one, other in zip(layer.get_weights(), after.get_layer(layer.name).get_weights(), strict=True)
        )
        moves = layer.name.startswith("stage4") and not isinstance(layer, keras.layers.BatchNormalization)
        assert same or moves, layer.name


def test_starting_from_a_run_is_told(taught: Recording) -> None:
    run = train_and_record(taught.run.folder.parent, epochs=1, width=8, start_from=taught.run.name)
    assert any(taught.run.name in message.text for message in run.of(Message))
    fresh = taught.of(StepMetrics)[0].loss[0]
    assert run.of(StepMetrics)[0].loss[0] < fresh


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"network": "resnet34"}, "ResNet-34"), ({"start_from": "nobody"}, "nobody"), ({"width": 16}, "weights")],
)
def test_a_start_that_does_not_fit_is_refused_in_words(
    taught: Recording, changes: dict[str, object], words: str
) -> None:
    run = train_and_record(taught.run.folder.parent, **{"start_from": taught.run.name, "width": 8, **changes})
    assert run.end.reason is FinishReason.FAILED
    assert words in run.end.message
    assert run.end.advice
    assert not run.of(StepMetrics)

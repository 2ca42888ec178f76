"""Published weights and a run's: what fits is loaded, what is something else is refused before anything changes."""

from __future__ import annotations

import hashlib
import inspect

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

from resnet_gui.data.download import RemoteFile, downloaded_path
from resnet_gui.errors import DownloadError, ModelError
from resnet_gui.models.published_weights import PUBLISHED_WEIGHTS, PublishedWeights
from resnet_gui.models.registry import NETWORKS, NetworkOptions, find_network
from resnet_gui.models.starting_weights import load_imagenet, load_run
from tests.file_server import serving

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _cleared():
    yield
    keras.backend.clear_session()


def built(name, classes=10, size=32, **options):
    return find_network(name).build(NetworkOptions(native_size=size, input_size=size, classes=classes, **options))


def write_published(network, path):
    """Write a file laid out as Keras' published ones, from a network with distinct values everywhere."""
    rng = np.random.default_rng(0)
    network.set_weights([rng.uniform(0.01, 1, weight.shape).astype("float32") for weight in network.get_weights()])
    with h5py.File(path, "w") as file:
        save_weights_to_hdf5_group(file, network)
    return network


@pytest.fixture(scope="module")
def resnet50_file(tmp_path_factory):
    """The stand-in for the published file, with the head of 1000 classes, and Keras' own network with its values."""
    path = tmp_path_factory.mktemp("published") / "resnet50.h5"
    theirs = keras.applications.ResNet50(weights=None, input_shape=(32, 32, 3), classes=1000)
    return path, write_published(theirs, path)


@pytest.fixture(scope="module")
def resnet50_base_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("published") / "resnet50_notop.h5"
    write_published(keras.applications.ResNet50(include_top=False, weights=None, input_shape=(32, 32, 3)), path)
    return path


def base_equals(ours, theirs):
    for layer in theirs.layers:
        if layer.weights and layer.name != "predictions":
            for our, their in zip(ours.get_layer(layer.name).get_weights(), layer.get_weights(), strict=True):
                np.testing.assert_array_equal(our, their)
    return True


def unchanged(network, before):
    return all(np.array_equal(now, then) for now, then in zip(network.get_weights(), before, strict=True))


def test_a_network_with_1000_classes_gets_everything_as_keras_loads_it(resnet50_file):
    path, _ = resnet50_file
    ours = built("resnet50", classes=1000)
    assert load_imagenet(ours, find_network("resnet50"), path) is True
    plain = keras.applications.ResNet50(weights=str(path), input_shape=None)
    for our, their in zip(ours.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(our, their)


@pytest.mark.parametrize("options", [{"classes": 10}, {"classes": 1000, "head": "dense128"}])
def test_another_head_stays_fresh(resnet50_file, options):
    path, theirs = resnet50_file
    ours = built("resnet50", **options)
    head = ours.get_layer("predictions").get_weights()
    assert load_imagenet(ours, find_network("resnet50"), path) is False
    assert base_equals(ours, theirs)
    assert all(map(np.array_equal, ours.get_layer("predictions").get_weights(), head))


def test_the_head_is_found_under_the_name_it_was_published_with(tmp_path):
    theirs = keras.applications.ResNet50(weights=None, input_shape=(32, 32, 3), classes=1000)
    theirs.get_layer("predictions").name = "probs"
    write_published(theirs, tmp_path / "published.h5")
    ours = built("resnet50", classes=1000)
    assert load_imagenet(ours, find_network("resnet50"), tmp_path / "published.h5") is True
    np.testing.assert_array_equal(ours.get_layer("predictions").kernel, theirs.get_layer("probs").kernel)


def test_vgg16_takes_of_the_head_what_fits(tmp_path):
    theirs = keras.applications.VGG16(weights=None, input_shape=(32, 32, 3), classes=1000)
    write_published(theirs, tmp_path / "vgg16.h5")
    ours = built("vgg16", classes=10)
    last = ours.get_layer("predictions").kernel.numpy()
    assert load_imagenet(ours, find_network("vgg16"), tmp_path / "vgg16.h5") is False
    np.testing.assert_array_equal(ours.get_layer("block5_conv3").kernel, theirs.get_layer("block5_conv3").kernel)
    np.testing.assert_array_equal(ours.get_layer("fc2").kernel, theirs.get_layer("fc2").kernel)
    np.testing.assert_array_equal(ours.get_layer("predictions").kernel, last)


def test_a_head_behind_a_fresh_layer_stays_fresh(tmp_path):
    """At 64 px the first layer of VGG16's head is larger: the second would fit, but what it learned from is gone."""
    write_published(keras.applications.VGG16(weights=None, input_shape=(32, 32, 3), classes=10), tmp_path / "vgg16.h5")
    ours = built("vgg16", classes=10, size=64)
    second = ours.get_layer("fc2").kernel.numpy()
    load_imagenet(ours, find_network("vgg16"), tmp_path / "vgg16.h5")
    np.testing.assert_array_equal(ours.get_layer("fc2").kernel, second)


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        ("ResNet101", 'its layer "conv4_block7_1_conv" is none of ResNet50'),
        ("VGG16", 'there is no layer "conv1_conv" in it'),
        ("ResNet50V2", 'there is no layer "conv1_bn" in it'),
    ],
)
def test_weights_of_another_network_are_refused_before_anything_changes(tmp_path, other, difference):
    make = getattr(keras.applications, other)
    write_published(make(include_top=False, weights=None, input_shape=(32, 32, 3)), tmp_path / "other.h5")
    ours = built("resnet50")
    before = ours.get_weights()
    with pytest.raises(ModelError) as caught:
        load_imagenet(ours, find_network("resnet50"), tmp_path / "other.h5")
    assert "other.h5" in caught.value.message
    assert difference in caught.value.message
    assert unchanged(ours, before)


# Downloads, from a server on this computer that stands in for Keras'.


@pytest.fixture
def published(monkeypatch, resnet50_file, resnet50_base_file):
    """Serve the stand-ins where the registry looks for ResNet50's published files; yields the server."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(resnet50_base_file.read_bytes()) as server:

        def remote(path):
            content = path.read_bytes()
            checksum = f"md5:{hashlib.md5(content).hexdigest()}"
            return RemoteFile(server.url, path.name, len(content), checksum)

        files = PublishedWeights(remote(resnet50_base_file), remote(resnet50_file[0]), ((2048, 1000),))
        monkeypatch.setitem(PUBLISHED_WEIGHTS, "resnet50", files)
        yield server


def test_the_smaller_file_is_downloaded_for_other_classes_once(published):
    told = []
    for _ in range(2):
        ours = built("resnet50")
        load_imagenet(ours, find_network("resnet50"), None, lambda *report: told.append(report))
    assert len(published.asked) == 1
    assert ours.get_layer("conv1_conv").bias.numpy().min() > 0
    size = len(published.content)
    assert ("Downloading resnet50_notop.h5", size, size) in told
    assert ("Loading ImageNet weights", 0, 0) in told


def test_the_whole_file_is_downloaded_for_the_1000_classes(published, resnet50_file):
    published.content = resnet50_file[0].read_bytes()
    ours = built("resnet50", classes=1000)
    assert load_imagenet(ours, find_network("resnet50"), None) is True


def test_the_whole_file_serves_other_classes_too_where_it_is_here(published, resnet50_file):
    whole = downloaded_path(PUBLISHED_WEIGHTS["resnet50"].whole)
    whole.parent.mkdir(parents=True)
    whole.write_bytes(resnet50_file[0].read_bytes())
    ours = built("resnet50")
    assert load_imagenet(ours, find_network("resnet50"), None) is False
    assert base_equals(ours, resnet50_file[1])
    assert published.asked == []


def failing_download(network):
    before = network.get_weights()
    with pytest.raises(DownloadError) as caught:
        load_imagenet(network, find_network("resnet50"), None)
    assert unchanged(network, before)
    assert not downloaded_path(PUBLISHED_WEIGHTS["resnet50"].base).exists()
    return caught.value


def test_a_cut_download_goes_on_at_the_next_start(published):
    published.cut_at = 30_000_000
    ours = built("resnet50")
    assert "cut" in failing_download(ours).message
    published.cut_at = None
    load_imagenet(ours, find_network("resnet50"), None)
    first, second = published.asked
    assert first is None
    assert int(second.removeprefix("bytes=").rstrip("-")) > 29_000_000


def test_a_download_with_another_content_is_refused(published):
    content = bytearray(published.content)
    content[50_000_000] ^= 1
    published.content = bytes(content)
    assert "checksum" in failing_download(built("resnet50")).message


def test_offline_says_what_to_download_and_where_to_put_it(published):
    size = len(published.content)
    published.server_close()
    error = failing_download(built("resnet50"))
    assert f"resnet50_notop.h5 ({size / 1e6:.0f} MB)" in error.message
    assert published.url in error.advice
    assert str(downloaded_path(PUBLISHED_WEIGHTS["resnet50"].base).parent) in error.advice


def test_published_weights_are_known_as_keras_knows_them():
    from keras.src.applications import resnet

    assert {spec.imagenet_weights for spec in NETWORKS.values()} - {""} == set(PUBLISHED_WEIGHTS)
    for name in ("resnet50", "resnet101", "resnet152"):
        whole, base = resnet.WEIGHTS_HASHES[name]
        known = PUBLISHED_WEIGHTS[name]
        assert known.base.checksum == f"md5:{base}"
        assert known.base.url == f"{resnet.BASE_WEIGHTS_PATH}{name}_weights_tf_dim_ordering_tf_kernels_notop.h5"
        assert known.whole.checksum == f"md5:{whole}"
        assert known.whole.url == known.base.url.replace("_notop", "")
        head = 4 * (2048 * 1000 + 1000)
        assert 0 < known.whole.size - known.base.size - head < 10_000
        parameters = find_network(name).build(NetworkOptions(native_size=32, input_size=32, classes=1)).count_params()
        assert 1 < known.base.size / (4 * (parameters - 2049)) < 1.01  # the numbers, and a little of HDF5's own
    vgg16 = PUBLISHED_WEIGHTS["vgg16"]
    source = inspect.getsource(keras.applications.vgg16.VGG16)
    assert vgg16.base.checksum.removeprefix("md5:") in source
    assert vgg16.whole.checksum.removeprefix("md5:") in source
    assert 1 < vgg16.base.size / (4 * 14_714_688) < 1.01
    assert 1 < vgg16.whole.size / (4 * 138_357_544) < 1.01


# One of the user's runs.


def saved_run(path, name="resnet18", **options):
    """Write a run's weights, none at its neutral start."""
    source = built(name, **options)
    rng = np.random.default_rng(0)
    source.set_weights([rng.uniform(0.01, 1, weight.shape).astype("float32") for weight in source.get_weights()])
    source.save_weights(path)
    return source


@pytest.fixture
def run_file(tmp_path):
    return tmp_path / "network.weights.h5"


def test_a_run_with_the_same_classes_is_taken_whole(run_file):
    source, ours = saved_run(run_file), built("resnet18")
    assert load_run(ours, find_network("resnet18"), "resnet18", run_file, same_classes=True) == ()
    assert unchanged(ours, source.get_weights())


@pytest.mark.parametrize("classes", [10, 7])
def test_a_run_with_other_classes_gives_all_but_the_last_layer(run_file, classes):
    source, ours = saved_run(run_file, classes=10), built("resnet18", classes=classes)
    last = ours.get_layer("predictions").get_weights()
    fresh = load_run(ours, find_network("resnet18"), "resnet18", run_file, same_classes=False)
    assert fresh == ("predictions",)
    assert all(map(np.array_equal, ours.get_weights()[:-2], source.get_weights()[:-2]))
    assert all(map(np.array_equal, ours.get_layer("predictions").get_weights(), last))


def test_a_run_with_another_head_gives_its_base(run_file):
    source, ours = saved_run(run_file), built("resnet18", head="dense128")
    fresh = load_run(ours, find_network("resnet18"), "resnet18", run_file, same_classes=True)
    assert fresh == ("dense128", "predictions")
    np.testing.assert_array_equal(ours.get_layer("stem").kernel, source.get_layer("stem").kernel)


def test_a_run_with_another_stem_gives_the_stages_behind_it(run_file):
    source, ours = saved_run(run_file, stem="imagenet"), built("resnet18", stem="cifar")
    fresh = load_run(ours, find_network("resnet18"), "resnet18", run_file, same_classes=True)
    assert fresh == ("stem", "stem_bn")
    name = "stage1_block1_conv1"
    np.testing.assert_array_equal(ours.get_layer(name).kernel, source.get_layer(name).kernel)


def test_weights_saved_from_layers_of_another_class_are_found_by_name(run_file):
    """The training may use a batch normalization of its own; Keras' own loader goes by the class."""

    class FusedLike(keras.layers.BatchNormalization):
        pass

    source = built("resnet18")
    swapped = keras.models.clone_model(
        source,
        clone_function=lambda layer: (
            FusedLike.from_config(layer.get_config())
            if isinstance(layer, keras.layers.BatchNormalization)
            else layer.from_config(layer.get_config())
        ),
    )
    swapped.save_weights(run_file)
    ours = built("resnet18")
    assert load_run(ours, find_network("resnet18"), "resnet18", run_file, same_classes=True) == ()
    assert unchanged(ours, swapped.get_weights())


@pytest.mark.parametrize(
    ("source", "options", "words"),
    [
        ("resnet34", {}, "That run trained ResNet-34, this one trains ResNet-18."),
        ("resnet18", {"width": 16}, "3x3x16x16 in place of 3x3x32x32"),
    ],
)
def test_a_run_of_another_network_or_width_is_refused_before_anything_changes(run_file, source, options, words):
    saved_run(run_file, source, **options)
    ours = built("resnet18")
    before = ours.get_weights()
    with pytest.raises(ModelError, match=words):
        load_run(ours, find_network("resnet18"), source, run_file, same_classes=True)
    assert unchanged(ours, before)


def test_a_damaged_layer_is_refused_before_anything_changes(run_file):
    saved_run(run_file)
    content = bytearray(run_file.read_bytes())
    run_file.write_bytes(bytes(content[: len(content) // 2]))
    ours = built("resnet18")
    before = ours.get_weights()
    with pytest.raises(ModelError, match="cut, damaged, or something else"):
        load_run(ours, find_network("resnet18"), "resnet18", run_file, same_classes=True)
    assert unchanged(ours, before)

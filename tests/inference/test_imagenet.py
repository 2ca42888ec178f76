"""ImageNet's models: fetched or taken from a file, made once, and answering as Keras does."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from resnet_gui.data.download import RemoteFile, downloaded_path
from resnet_gui.data.images import Geometry
from resnet_gui.errors import DownloadError, ModelError
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.imagenet import IMAGENET_MODELS, fetch_imagenet
from resnet_gui.inference.openvino_runtime import import_openvino
from resnet_gui.inference.predictor import Predictor
from resnet_gui.models.published_weights import PUBLISHED_WEIGHTS
from tests.bundles import make_bundle, paint
from tests.file_server import FileServer, serving

ROOT = Path(__file__).parents[2]
RESNET50 = IMAGENET_MODELS["resnet50"]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """Serve something that is no file of weights where ResNet50's are looked for."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(b"no weights") as server:
        publish(server, monkeypatch)
        yield server


def publish(server: FileServer, monkeypatch: pytest.MonkeyPatch) -> RemoteFile:
    """Let ResNet50's published weights be what the server has."""
    published = PUBLISHED_WEIGHTS["resnet50"]
    checksum = f"md5:{hashlib.md5(server.content).hexdigest()}"
    file = dataclasses.replace(published.whole, url=server.url, size=len(server.content), checksum=checksum)
    monkeypatch.setitem(PUBLISHED_WEIGHTS, "resnet50", dataclasses.replace(published, whole=file))
    return file


def test_offline_says_what_to_download_and_where_to_put_it(server: FileServer) -> None:
    server.shutdown()
    server.server_close()
    with pytest.raises(DownloadError, match=r"resnet50_weights_tf_dim_ordering_tf_kernels.h5 \(0 MB\)") as caught:
        fetch_imagenet(RESNET50)
    assert server.url in caught.value.advice
    assert str(downloaded_path(RESNET50.file).parent) in caught.value.advice
    assert RESNET50.bundle() is None


def test_a_file_put_there_by_hand_is_checked(server: FileServer) -> None:
    path = downloaded_path(RESNET50.file)
    path.parent.mkdir(parents=True)
    path.write_text("<html>Please log in</html>")
    with pytest.raises(DownloadError, match=r"is not the file that Keras publishes\. Delete it"):
        fetch_imagenet(RESNET50)
    assert path.exists(), "it is the user's"
    assert server.asked == []


def test_a_local_file_that_holds_no_weights_is_refused_at_once(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "page.h5").write_text("<html>")
    for path, words in ((tmp_path / "page.h5", "cannot be opened as .h5"), (tmp_path / "gone.h5", "is not there")):
        with pytest.raises(ModelError, match=words):
            fetch_imagenet(RESNET50, path)
    assert server.asked == []


def test_a_model_that_is_here_is_not_fetched_again(server: FileServer) -> None:
    made = make_bundle(RESNET50.folder)
    assert fetch_imagenet(RESNET50) == RESNET50.bundle() == made
    assert server.asked == []


def logits(bundle: ModelBundle, pictures: np.ndarray) -> np.ndarray:
    """Return what stands before the softmax of a bundle's own network."""
    openvino = import_openvino()
    core = openvino.Core()
    network = core.read_model(bundle.network_file)
    (softmax,) = [operation for operation in network.get_ops() if operation.get_type_name() == "Softmax"]
    before = openvino.Model([softmax.input_value(0)], network.get_parameters(), "logits")
    return np.array(core.compile_model(before, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})([pictures])[0])


@pytest.mark.slow
def test_the_published_structure_fetched_in_two_goes_answers_as_keras_and_without_it(
    server: FileServer, monkeypatch: pytest.MonkeyPatch, resnet50_standin: Path, tmp_path: Path
) -> None:
    import keras
    from keras.applications.resnet import preprocess_input

    path = resnet50_standin
    server.content, server.cut_at = path.read_bytes(), 50_000_000
    publish(server, monkeypatch)
    with pytest.raises(DownloadError, match="103 MB"):
        fetch_imagenet(RESNET50)
    server.cut_at = None
    bundle = fetch_imagenet(RESNET50)
    assert server.asked[0] is None
    assert int(str(server.asked[1]).removeprefix("bytes=").rstrip("-")) > 49_000_000

    description = bundle.description
    assert (description.title, description.network) == ("ImageNet ResNet50", "ResNet50")
    assert description.geometry == Geometry(224, "crop", 256)
    assert (len(description.class_names), description.class_names[281]) == (1000, "tabby")
    assert sorted(file.name for file in bundle.folder.iterdir()) == ["model.bin", "model.json", "model.xml"]

    rng = np.random.default_rng(1)
    pictures = rng.integers(0, 256, (4, 224, 224, 3), np.uint8)
    pictures[2:] //= np.arange(1, 9, dtype=np.uint8).repeat(28)[:, None]  # not only noise, which looks all the same
    theirs = keras.applications.ResNet50(weights=str(path), classifier_activation=None)
    wanted = theirs.predict(preprocess_input(pictures.astype(np.float32)), verbose=0)
    np.testing.assert_allclose(logits(bundle, pictures), wanted, rtol=0, atol=1e-3)
    softmax = np.exp(wanted - wanted.max(axis=1, keepdims=True))
    np.testing.assert_allclose(
        Predictor(bundle).probabilities(pictures), softmax / softmax.sum(axis=1, keepdims=True), rtol=0, atol=1e-3
    )
    keras.backend.clear_session()

    downloaded_path(RESNET50.file).unlink()
    told = classified_elsewhere(paint(tmp_path / "red.png", "red"))
    assert len(told["predictions"]) == 5
    assert {entry["class"] for entry in told["predictions"]} <= set(description.class_names)


@pytest.mark.slow
def test_classifying_with_a_fetched_model_imports_no_tensorflow(tmp_path: Path) -> None:
    make_bundle(RESNET50.folder)
    assert classified_elsewhere(paint(tmp_path / "red.png", "red"))["predictions"][0]["class"] == "red"


def classified_elsewhere(picture: Path) -> dict:
    """Classify with the fetched model in a process of its own, which must import neither TensorFlow nor Keras."""
    program = (
        "import sys\n"
        "from resnet_gui.cli.main import main\n"
        "status = main(['classify', sys.argv[1], '--model', 'imagenet-resnet50', '--json'])\n"
        "print([name for name in ('tensorflow', 'keras', 'h5py', 'PySide6') if name in sys.modules], file=sys.stderr)\n"
        "sys.exit(status)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(picture)],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "[]\n")
    return json.loads(done.stdout)


def test_weights_without_the_last_layer_are_refused_at_once(server: FileServer, tmp_path: Path) -> None:
    path = tmp_path / "notop.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"conv1_conv"]
        layer = file.create_group("conv1_conv")
        layer.attrs["weight_names"] = [b"kernel"]
        layer["kernel"] = np.zeros((7, 7, 3, 64), np.float32)
    with pytest.raises(ModelError, match="files whose names end in _notop have no last layer"):
        fetch_imagenet(RESNET50, path)

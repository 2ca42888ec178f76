"""Every hostile model file at every door that takes model files: refused in words, and the canary is silent.

The doors: a file of weights to start from; a run to start from, to go on with, to export; see
tests/inference/test_hostile_bundles.py for bundles.
"""

from __future__ import annotations

import os
import pickle
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
import pytest

from resnet_gui.errors import ModelError, ResNetGuiError
from resnet_gui.models.weights_file import open_weights
from tests.hostile_models import (
    ALL_FILES,
    H5_FILES,
    KERAS_FILES,
    Canary,
    Heard,
    Maker,
    h5_external_link,
    h5_external_numbers,
    h5_in_keras,
    h5_virtual,
    lambda_bytecode,
    plain_pickle,
)

HEARD = Heard(Canary(Path()))
sys.addaudithook(lambda event, arguments: HEARD.hear(event, arguments))  # which cannot be taken back


@pytest.fixture
def canary(tmp_path: Path) -> Canary:
    folder = tmp_path / "canary"
    folder.mkdir()
    HEARD.canary = Canary(folder)
    HEARD.events = []
    return HEARD.canary


@pytest.fixture
def little_memory() -> Iterator[None]:
    """Fail whoever needs a gigabyte more than there is in use now."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**20


def named(make: Maker) -> str:
    return make.__name__


@pytest.mark.usefixtures("little_memory")
@pytest.mark.timeout(30)
@pytest.mark.parametrize("ending", [".h5", ".keras"])
@pytest.mark.parametrize("make", ALL_FILES, ids=named)
def test_as_weights_to_start_from(tmp_path: Path, canary: Canary, make: Maker, ending: str) -> None:
    file = tmp_path / f"weights{ending}"
    file.write_bytes(make(canary))
    with HEARD.silence():
        if make.__name__ == "h5_lambda":  # weights beside a program: they alone are seen
            with open_weights(file) as weights:
                assert weights.shapes == {"layer": ((3, 4),)}
            return
        with pytest.raises(ModelError) as caught, open_weights(file):
            pass
    assert file.name in caught.value.message
    assert caught.value.advice


def test_a_canary_would_be_heard(canary: Canary) -> None:
    with pytest.raises(AssertionError, match=r"pickle\.find_class"), HEARD.silence():
        pickle.loads(plain_pickle(canary))
    HEARD.events = []
    with pytest.raises(AssertionError, match="secret"), HEARD.silence():
        canary.secret.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of files that a library opens")
@pytest.mark.parametrize("make", [h5_external_link, h5_external_numbers, h5_virtual], ids=named)
def test_a_canary_would_be_heard_from_inside_hdf5(tmp_path: Path, canary: Canary, make: Maker) -> None:
    (tmp_path / "weights.h5").write_bytes(make(canary))
    with (
        pytest.raises(AssertionError, match=r"secret\.txt"),
        HEARD.silence(),
        suppress(KeyError, OSError),
        h5py.File(tmp_path / "weights.h5") as file,
    ):
        np.array(file["model_weights/layer/kernel:0"])


@pytest.mark.slow
def test_the_bytecode_would_run_in_keras(tmp_path: Path, canary: Canary) -> None:
    import keras

    (tmp_path / "model.keras").write_bytes(lambda_bytecode(canary))
    keras.models.load_model(tmp_path / "model.keras", safe_mode=False)
    assert canary.touched.exists()


# A run's folder that comes from elsewhere


@pytest.mark.slow
@pytest.mark.usefixtures("little_memory")
def test_as_the_model_of_a_run_that_is_exported(tmp_path: Path, canary: Canary) -> None:
    from resnet_gui.inference.export_run import export_run
    from resnet_gui.runs.config import TrainingConfig
    from resnet_gui.runs.store import RunStore
    from tests.bundles import make_bundle

    run = RunStore(tmp_path / "runs").create(TrainingConfig(network="resnet18", width=8, stem="cifar"), "run")
    make_bundle(run.model_folder, size=32)
    for make in (*KERAS_FILES, *map(h5_in_keras, H5_FILES), plain_pickle):
        (run.model_folder / "model.keras").write_bytes(make(canary))
        with HEARD.silence(), pytest.raises(ModelError) as caught:
            export_run(run, tmp_path / "exported.h5")
        assert "model.keras" in str(caught.value) or "model.weights.h5" in str(caught.value), make.__name__
        assert not list(tmp_path.glob("*exported*")), make.__name__


@pytest.mark.slow
@pytest.mark.usefixtures("little_memory")
@pytest.mark.timeout(60)
def test_as_the_best_weights_of_a_run_that_goes_on(tmp_path: Path, canary: Canary) -> None:
    from resnet_gui.models.registry import NetworkOptions, find_network
    from resnet_gui.models.starting_weights import KeptNetwork, load_run

    spec = find_network("resnet18")
    network = spec.build(NetworkOptions(native_size=32, input_size=32, classes=3, width=8, stem="cifar"))
    before = network.get_weights()
    for make in ALL_FILES:
        file = tmp_path / "network.weights.h5"
        file.write_bytes(make(canary))
        with HEARD.silence():
            with pytest.raises(ModelError):
                KeptNetwork(network).load_weights(file)
            with pytest.raises(ModelError):
                load_run(network, spec, "resnet18", file, same_classes=True)
    assert all((now == then).all() for now, then in zip(network.get_weights(), before, strict=True))
    network.save_weights(file)
    network.set_weights([0 * weight for weight in before])
    KeptNetwork(network).load_weights(file)
    assert all((now == then).all() for now, then in zip(network.get_weights(), before, strict=True))


@pytest.mark.timeout(20)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_a_run_whose_files_wait_for_ever_or_nest_without_end(tmp_path: Path) -> None:
    from resnet_gui.runs.store import RunStore

    store = RunStore(tmp_path)
    for name in ("pipe", "device", "deep", "huge"):
        (tmp_path / name).mkdir()
    os.mkfifo(tmp_path / "pipe" / "run.json")
    (tmp_path / "device" / "run.json").symlink_to("/dev/zero")
    (tmp_path / "deep" / "run.json").write_text('{"format_version": 1, "x": ' + "[" * 100_000)
    with (tmp_path / "huge" / "run.json").open("wb") as file:
        file.truncate(2**40)
    listing = store.list()
    assert not listing.runs
    words = {folder.name: reason for folder, reason in listing.damaged}
    assert "is not a regular file" in words["pipe"]
    assert "is not a regular file" in words["device"]
    assert "is damaged" in words["deep"]
    assert "far too large" in words["huge"]
    for name in words:
        with pytest.raises(ResNetGuiError):
            store.open(name)

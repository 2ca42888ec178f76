"""The one door to every source."""

from __future__ import annotations

import dataclasses
import hashlib
import subprocess
import sys

import msgspec
import numpy as np
import pytest
from PIL import Image

from resnet_gui.data import cifar, download
from resnet_gui.data.images import Geometry
from resnet_gui.data.sources import DataRequest, load_pictures
from resnet_gui.errors import CancelledError, DataError
from tests.data.test_cifar import contents, write_archive
from tests.file_server import serving


def test_shapes_are_always_32_pixels():
    loaded = load_pictures(DataRequest(source="shapes", input_size=64))
    assert loaded.geometry == Geometry(32)
    assert len(loaded.class_names) == 10


def test_a_folder_gets_the_size_and_fit_asked_for(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (50, 40), "red").save(tmp_path / name / "1.png")
    request = DataRequest(source="folder", folder=str(tmp_path), input_size=48, fit="squash")
    loaded = load_pictures(request)
    assert loaded.geometry == Geometry(48, "squash")
    assert loaded.pixels.shape == (2, 48, 48, 3)


def test_no_folder_chosen():
    with pytest.raises(DataError, match="No folder is chosen"):
        load_pictures(DataRequest(source="folder"))


def test_cifar100_from_an_archive(tmp_path):
    path = write_archive(tmp_path / "a.tar.gz", contents())
    request = DataRequest(source="cifar100", archive=str(path), labels="coarse", input_size=224)
    loaded = load_pictures(request)
    assert (loaded.class_names, loaded.geometry) == (("living", "not"), Geometry(32))


def test_cifar100_is_downloaded_once_where_no_archive_is_named(tmp_path, monkeypatch):
    content = write_archive(tmp_path / "a.tar.gz", contents()).read_bytes()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(content) as server:
        checksum = f"sha256:{hashlib.sha256(content).hexdigest()}"
        served = dataclasses.replace(download.CIFAR100, url=server.url, size=len(content), checksum=checksum)
        monkeypatch.setattr(download, "CIFAR100", served)
        server.cut_at = len(content) // 2
        with pytest.raises(DataError, match="cut"):
            load_pictures(DataRequest(source="cifar100"))
        server.cut_at = None
        for _ in range(2):
            loaded = load_pictures(DataRequest(source="cifar100"))
            np.testing.assert_array_equal(loaded.pixels, cifar.load_cifar100(tmp_path / "a.tar.gz").pixels)
        assert [bool(wanted) for wanted in server.asked] == [False, True]


@pytest.mark.parametrize("source", ["shapes", "cifar100", "folder"])
def test_every_source_can_be_cancelled(source, tmp_path):
    def stop(stage, done, total):
        raise CancelledError

    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (50, 40), "red").save(tmp_path / name / "1.png")
    archive = write_archive(tmp_path / "a.tar.gz", contents())
    with pytest.raises(CancelledError):
        load_pictures(DataRequest(source=source, folder=str(tmp_path), archive=str(archive)), stop)


def test_a_request_can_be_stored():
    request = DataRequest(source="folder", folder="/고양이", fit="squash")
    assert msgspec.json.decode(msgspec.json.encode(request), type=DataRequest) == request


def test_asking_imports_only_what_is_needed():
    program = "import sys, resnet_gui.data.sources; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"requests", "tarfile", "tensorflow", "resnet_gui.data.shapes"} & set(loaded)

"""Files of weights that were made to do something else."""

from __future__ import annotations

import os
import sys
import zlib
from contextlib import suppress

import h5py
import numpy as np
import pytest

from resnet_gui.errors import ModelError
from resnet_gui.models.weights_file import open_weights

KERNEL = np.arange(12, dtype=np.float32).reshape(3, 4)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "weights.h5"


def write_layer(path, add, weight_names=("conv/kernel:0",), layer_names=("conv",)):
    """Write a file as Keras 2 does, with one layer that `add(group)` fills."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in layer_names]
        layer = file.create_group("conv")
        layer.attrs["weight_names"] = [name.encode() for name in weight_names]
        add(layer)


def refusal(path):
    with pytest.raises(ModelError) as caught, open_weights(path):
        pass
    assert caught.value.message.startswith(path.name)
    assert caught.value.advice
    return caught.value.message


def test_weights_are_read_by_layer(path):
    write_layer(path, lambda layer: layer.create_dataset("conv/kernel:0", data=KERNEL))
    with open_weights(path) as weights:
        assert weights.shapes == {"conv": ((3, 4),)}
        np.testing.assert_array_equal(weights.read("conv")[0], KERNEL)


def test_weights_of_a_whole_model_s_file_are_read(path):
    with h5py.File(path, "w") as file:
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [b"relu", b"conv"]
        group.create_group("relu").attrs["weight_names"] = np.array([])
        layer = group.create_group("conv")
        layer.attrs["weight_names"] = [b"conv/kernel:0"]
        layer.create_dataset("conv/kernel:0", data=KERNEL, chunks=(1, 4))
    with open_weights(path) as weights:
        assert weights.shapes == {"conv": ((3, 4),)}
        np.testing.assert_array_equal(weights.read("conv")[0], KERNEL)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
@pytest.mark.timeout(20)
@pytest.mark.parametrize("part", ["layer", "group", "dataset", "layers", "model_weights"])
def test_a_link_to_another_file_is_refused_without_opening_that_file(path, tmp_path, part):
    canary = tmp_path / "canary"
    os.mkfifo(canary)  # whoever opens it waits for ever
    link = h5py.ExternalLink(str(canary), "/secret")

    def add(layer):
        if part == "group":
            layer["conv"] = link
        else:
            layer.create_group("conv")["kernel:0"] = link

    write_layer(path, add)
    with h5py.File(path, "a") as file:
        if part == "layer":
            del file["conv"]
            file["conv"] = link
        elif part in {"layers", "model_weights"}:
            file[part] = link
    assert "links to somewhere else" in refusal(path)


def test_a_link_to_another_file_s_weights_brings_none_of_them(path, tmp_path):
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["secret"] = KERNEL
    write_layer(
        path, lambda layer: layer.__setitem__("kernel:0", h5py.ExternalLink("secret.h5", "/secret")), ["kernel:0"]
    )
    with h5py.File(path) as file:
        assert file["conv/kernel:0"].shape == (3, 4)  # a plain reader follows it
    assert "links to somewhere else" in refusal(path)


@pytest.mark.parametrize("target", ["/conv/other", "/nowhere"])
def test_a_soft_link_is_refused(path, target):
    def add(layer):
        layer["other"] = KERNEL
        layer["kernel:0"] = h5py.SoftLink(target)

    write_layer(path, add, ["kernel:0"])
    assert "links to somewhere else" in refusal(path)


def test_numbers_kept_in_another_file_are_refused(path, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(KERNEL.tobytes())
    write_layer(
        path,
        lambda layer: layer.create_dataset("kernel:0", (3, 4), "f4", external=[(str(secret), 0, KERNEL.nbytes)]),
        ["kernel:0"],
    )
    assert "points to other files" in refusal(path)


def test_a_virtual_dataset_is_refused(path, tmp_path):
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["secret"] = KERNEL
    layout = h5py.VirtualLayout((3, 4), "f4")
    layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "secret", (3, 4))
    write_layer(path, lambda layer: layer.create_virtual_dataset("kernel:0", layout), ["kernel:0"])
    assert "points to other files" in refusal(path)


@pytest.mark.parametrize("chunks", [None, (1, 1024)])
def test_a_declared_terabyte_is_refused(path, chunks):
    write_layer(path, lambda layer: layer.create_dataset("kernel:0", (2**20, 2**20), "f4", chunks=chunks), ["kernel:0"])
    assert path.stat().st_size < 100_000
    assert "more weights" in refusal(path)


def test_a_layer_that_tells_of_more_than_the_file_holds_is_refused(path):
    """As above, but the file says that the numbers are there, behind its end."""
    write_layer(path, lambda layer: layer.create_dataset("kernel:0", data=KERNEL), ["kernel:0"])
    content = path.read_bytes()
    rows, size = (3).to_bytes(8, "little") + (4).to_bytes(8, "little"), (48).to_bytes(8, "little")
    assert content.count(rows) == 2  # now and at most
    huge = (2**38).to_bytes(8, "little")
    content = content.replace(rows, huge + (4).to_bytes(8, "little")).replace(size, (2**44).to_bytes(8, "little"))
    path.write_bytes(content)
    refusal(path)


@pytest.mark.parametrize("compression", ["gzip", "lzf"])
def test_a_piece_that_unpacks_to_any_size_is_refused_unread(path, compression):
    def add(layer):
        dataset = layer.create_dataset("kernel:0", (3, 4), "f4", chunks=(3, 4), compression=compression)
        dataset.id.write_direct_chunk((0, 0), zlib.compress(bytes(2**26), 9))

    write_layer(path, add, ["kernel:0"])
    assert "compressed" in refusal(path)


@pytest.mark.timeout(20)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_a_virtual_dataset_without_end_is_refused_without_opening_its_source(path, tmp_path):
    os.mkfifo(tmp_path / "canary")
    layout = h5py.VirtualLayout((3, 4), "f4", maxshape=(None, 4))
    source = h5py.VirtualSource(str(tmp_path / "canary"), "secret", (3, 4), maxshape=(None, 4))
    layout[: h5py.h5s.UNLIMITED, :] = source[: h5py.h5s.UNLIMITED, :]
    write_layer(path, lambda layer: layer.create_virtual_dataset("kernel:0", layout), ["kernel:0"])
    assert "points to other files" in refusal(path)


def test_pieces_larger_than_the_weights_are_refused(path):
    write_layer(
        path,
        lambda layer: layer.create_dataset("kernel:0", (3, 4), "f4", chunks=(2**12, 2**12), maxshape=(None, None)),
        ["kernel:0"],
    )
    assert "larger than its weights" in refusal(path)


@pytest.mark.parametrize("kind", ["integers", "text", "references", "nothing", "a group"])
def test_what_is_no_weight_is_refused(path, kind):
    def add(layer):
        if kind == "integers":
            layer["kernel:0"] = np.arange(12)
        elif kind == "text":
            layer["kernel:0"] = "text"
        elif kind == "references":
            layer.create_dataset("kernel:0", data=[layer.ref], dtype=h5py.ref_dtype)
        elif kind == "nothing":
            layer["kernel:0"] = h5py.Empty("f4")
        else:
            layer.create_group("kernel:0")

    write_layer(path, add, ["kernel:0"])
    assert "weights at" in refusal(path)


@pytest.mark.parametrize("name", ["", ".", "..", "../conv/kernel:0", "/conv/kernel:0", "missing", "kernel:0/deeper"])
def test_names_that_lead_nowhere_are_refused(path, name):
    write_layer(path, lambda layer: layer.create_dataset("kernel:0", data=KERNEL), [name])
    refusal(path)


@pytest.mark.parametrize("attribute", ["references", "numbers", "endless", "missing"])
def test_layer_names_that_are_no_names_are_refused(path, attribute):
    with h5py.File(path, "w") as file:
        if attribute == "references":
            file.attrs.create("layer_names", [file.ref], dtype=h5py.ref_dtype)
        elif attribute == "numbers":
            file.attrs["layer_names"] = [1, 2]
        elif attribute == "endless":
            file.attrs.create("layer_names", np.zeros(20_000, "S2"))
    assert "layer_names" in refusal(path)


@pytest.mark.parametrize("content", [b"", b"not weights", b"\x89HDF\r\n\x1a\n" + bytes(100)])
def test_another_kind_of_file_is_refused(path, content):
    path.write_bytes(content)
    assert "cut, damaged, or something else" in refusal(path)


def test_a_cut_file_is_refused(path):
    write_layer(path, lambda layer: layer.create_dataset("conv/kernel:0", data=KERNEL))
    path.write_bytes(path.read_bytes()[:-20])
    assert "cut, damaged, or something else" in refusal(path)


@pytest.mark.parametrize("position", range(0, 6000, 97))
def test_damage_anywhere_ends_in_words_or_in_weights(path, position):
    write_layer(path, lambda layer: layer.create_dataset("conv/kernel:0", data=KERNEL, chunks=(1, 4)))
    content = bytearray(path.read_bytes())
    start = position % len(content)
    content[start : start + 8] = bytes(byte ^ 0xFF for byte in content[start : start + 8])
    path.write_bytes(content)
    with suppress(ModelError), open_weights(path) as weights:
        for layer, shapes in weights.shapes.items():
            if shapes == ((3, 4),):
                assert weights.read(layer)[0].shape == (3, 4)


@pytest.mark.timeout(20)
def test_what_is_no_regular_file_is_refused(tmp_path):
    assert "is not there" in refusal(tmp_path / "missing.h5")
    assert "is not a file" in refusal(tmp_path)
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe.h5")
        assert "is not a file" in refusal(tmp_path / "pipe.h5")

"""Arrays of a checkpoint that was made elsewhere."""

from __future__ import annotations

import io
import os
import pickle
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from resnet_gui.training.checkpoint_arrays import read_arrays


def npy(array: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def written(path: Path, *members: tuple[str, bytes], packed: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", packed) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def test_what_numpy_saves_is_read(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    arrays = {
        "b": random.normal(size=(3, 4)).astype(np.float32),
        "a": np.asfortranarray(random.normal(size=(5, 6))),
        "c": np.int64(7),
        "d": np.zeros((0, 3), np.float16),
        "e": np.array([True, False]),
    }
    np.savez(tmp_path / "arrays.npz", **arrays)
    read = read_arrays(tmp_path / "arrays.npz")
    assert list(read) == sorted(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(read[name], array)
        assert read[name].dtype == np.asarray(array).dtype


def header_of(shape: str) -> bytes:
    """Return the start of an array of a terabyte, and no more of it."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize(
    "content",
    [
        header_of("(1048576, 1048576)"),
        header_of("(-1,)") + bytes(4),
        header_of("(2,)") + bytes(400),
        b"\x93NUMPY\x03\x00" + bytes(20),
        pickle.dumps({}),
        b"",
        npy(np.arange(3))[:-1],
    ],
)
def test_arrays_that_are_none_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_arrays(written(tmp_path / "a.npz", ("weight-000000.npy", content)))


def test_objects_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", allow_pickle=True, a=np.array([{}], object))
    with pytest.raises(ValueError, match="no plain array"):
        read_arrays(tmp_path / "a.npz")


def test_a_bomb_is_refused_packed(tmp_path: Path) -> None:
    bomb = written(tmp_path / "a.npz", ("a.npy", npy(np.zeros(2**24))), packed=zipfile.ZIP_DEFLATED)
    assert bomb.stat().st_size < 2**20
    with pytest.raises(ValueError, match="more than it is long"):
        read_arrays(bomb)


@pytest.mark.timeout(20)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_what_is_no_such_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.npz")
    (tmp_path / "pickle.npz").write_bytes(pickle.dumps({}))
    np.save(tmp_path / "single.npy", np.arange(3))
    for name in ("pipe.npz", "pickle.npz", "single.npy", "missing.npz"):
        with pytest.raises((OSError, ValueError)):
            read_arrays(tmp_path / name)

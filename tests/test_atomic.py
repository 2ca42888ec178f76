"""On disk whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from resnet_gui.atomic import new_file, new_folder, write_atomically


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk be full from now on, as far as syncing shows it."""

    def fsync(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)


def test_writing_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.usefixtures("full_disk")
def test_a_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def fill(target: Path, text: str) -> None:
    with new_folder(target) as folder:
        (folder / "file").write_text(text)


def test_a_new_folder_takes_its_place_and_leaves_nothing_beside(tmp_path: Path) -> None:
    target = tmp_path / "target"
    fill(target, "old")
    fill(target, "new")
    assert (target / "file").read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_fails_half_way_keeps_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "target"
    fill(target, "old")
    with pytest.raises(TypeError):
        fill(target, None)  # type: ignore[arg-type]
    assert (target / "file").read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        fill(tmp_path / "target", "new")
    assert not list(tmp_path.iterdir())


def test_a_new_file_gets_its_name_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "model.h5"
    with new_file(target) as unfinished:
        assert unfinished.name == "model.h5"  # its ending may decide what is written
        unfinished.write_bytes(b"whole")
        assert not target.exists()
    assert target.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [target]


def test_a_new_file_replaces_nothing_that_came_meanwhile(tmp_path: Path) -> None:
    target = tmp_path / "file"

    def write_too_late() -> None:
        with new_file(target) as unfinished:
            unfinished.write_bytes(b"new")
            target.write_bytes(b"somebody else's")

    with pytest.raises(FileExistsError):
        write_too_late()
    assert target.read_bytes() == b"somebody else's"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_leaves_no_new_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left"), new_file(tmp_path / "file") as unfinished:
        unfinished.write_bytes(b"half")
    assert not list(tmp_path.iterdir())

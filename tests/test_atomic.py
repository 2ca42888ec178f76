"""On disk whole or not at all."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from resnet_gui.atomic import append_whole, clear_unfinished, new_file, new_folder, require_room, write_atomically


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


@pytest.fixture
def writes_at_most(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a function that lets the disk become full after so many bytes more are written, in pieces of three."""
    limit = [1000]

    class Piecewise(io.FileIO):
        def write(self, content: Any) -> int:
            if not limit[0]:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            written = super().write(bytes(content)[: min(3, limit[0])])
            limit[0] -= written
            return written

    monkeypatch.setattr(Path, "open", lambda path, mode, **_: Piecewise(path, mode))
    return lambda size: limit.__setitem__(0, size)


@pytest.mark.parametrize("size", range(20))
def test_lines_are_appended_to_all_files_or_to_none(
    tmp_path: Path, writes_at_most: Callable[[int], None], size: int
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    with open(first, "wb") as file:  # in one piece
        file.write(b"old\n")
    additions = (first, b"one\ntwo\n"), (second, b"three\n")
    writes_at_most(size)
    if size < 14:
        with pytest.raises(OSError, match="No space left"):
            append_whole(*additions)
        assert first.read_bytes() == b"old\n"
        assert not second.exists() or second.read_bytes() == b""
        writes_at_most(100)
        append_whole(*additions)
    else:
        append_whole(*additions)
    assert (first.read_bytes(), second.read_bytes()) == (b"old\none\ntwo\n", b"three\n")


def test_room_is_asked_for_beforehand(tmp_path: Path) -> None:
    require_room(tmp_path, 1)
    with pytest.raises(OSError, match="No space left") as caught:
        require_room(tmp_path, 2**60)
    assert caught.value.errno == errno.ENOSPC


def test_what_was_left_unfinished_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / ".model.x1.tmp" / "inner").mkdir(parents=True)
    (tmp_path / ".run.json.17.tmp").write_text("half")
    (tmp_path / "run.json").write_text("whole")
    (tmp_path / "mine.tmp").write_text("not ours")
    clear_unfinished(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.tmp", "run.json"]

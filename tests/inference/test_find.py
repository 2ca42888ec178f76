"""Finding pictures among files and folders."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from resnet_gui.errors import CancelledError
from resnet_gui.inference.find import find_pictures, natural_key, printable_name


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_named_files_are_taken_whatever_they_are_called(tmp_path: Path) -> None:
    odd, missing = tmp_path / "picture.data", tmp_path / "missing.png"
    touch(odd)
    assert list(find_pictures([missing, odd])) == [missing, odd]


def test_a_folder_is_looked_through_in_natural_order(tmp_path: Path) -> None:
    touch(
        *(tmp_path / name for name in ("p10.jpg", "p2.JPG", "P1.png", "notes.txt", ".hidden.png")),
        tmp_path / "sub 10" / "a.webp",
        tmp_path / "sub 9" / "deep" / "b.tiff",
        tmp_path / ".git" / "c.png",
    )
    found = [path.relative_to(tmp_path).as_posix() for path in find_pictures([tmp_path])]
    assert found == ["P1.png", "p2.JPG", "p10.jpg", "sub 9/deep/b.tiff", "sub 10/a.webp"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    touch(tmp_path / "inner" / "a.png")
    (tmp_path / "inner" / "up").symlink_to(tmp_path)
    (tmp_path / "again").symlink_to(tmp_path / "inner")
    assert len(list(find_pictures([tmp_path]))) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_fifo_is_passed_over_and_a_broken_link_is_not(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "broken.png").symlink_to(tmp_path / "nowhere")
    assert list(find_pictures([tmp_path])) == [tmp_path / "broken.png"]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may look everywhere")
def test_a_closed_folder_is_yielded_to_tell_the_reason(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    try:
        assert list(find_pictures([tmp_path])) == [closed]
    finally:
        closed.chmod(0o700)


def test_natural_order_is_total() -> None:
    names = ["b", "a10", "a9", "A9", "1", "", "a", "a٣"]
    backwards = list(reversed(names))
    assert sorted(names, key=natural_key) == sorted(backwards, key=natural_key)


def test_a_shown_name_is_one_line_of_valid_text() -> None:
    shown = printable_name("a\nb\x1b[31m\udcff한😀.png")
    assert shown.isprintable()
    assert shown.encode()
    assert "한😀.png" in shown


def test_looking_can_be_ended_where_no_picture_is_found(tmp_path: Path) -> None:
    touch(*(tmp_path / folder / name for folder in "abc" for name in ("notes.txt", "table.csv")))
    looked = 0

    def report(_stage: str, _done: int, _total: int) -> None:
        nonlocal looked
        looked += 1
        if looked == 5:
            raise CancelledError

    with pytest.raises(CancelledError):
        list(find_pictures([tmp_path], report))
    assert looked == 5

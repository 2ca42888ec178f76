"""Copying into one folder per class: nothing is moved, overwritten or half copied; what fails is told."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from resnet_gui.errors import CancelledError, ResNetGuiError
from resnet_gui.inference.copies import ToCopy, copy_into_folders

CLASSES = ("red", "green/blue")


def write(path: Path, content: bytes = b"content") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def copy_of(path: Path, class_name: str = "red") -> ToCopy:
    return ToCopy(path, path.name, class_name)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_pictures_are_copied_by_class_and_stay(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.jpg", b"1"), write(tmp_path / "한 😀.png", b"2")
    os.utime(first, ns=(10**18, 10**18))
    pasted = ToCopy(b"3", "Pasted picture 1.png", "red")
    copies = copy_into_folders([copy_of(first), copy_of(second, "green/blue"), pasted], CLASSES, tmp_path / "new" / "x")
    assert (copies.copied, copies.present, copies.problems) == (3, 0, [])
    assert tree(tmp_path / "new" / "x") == {
        "green_blue/한 😀.png": b"2",
        "red/Pasted picture 1.png": b"3",
        "red/a.jpg": b"1",
    }
    assert (first.read_bytes(), second.read_bytes()) == (b"1", b"2")
    assert (tmp_path / "new" / "x" / "red" / "a.jpg").stat().st_mtime_ns == 10**18


def test_names_that_are_taken_are_numbered(tmp_path: Path) -> None:
    pictures = [copy_of(write(tmp_path / str(number) / "a.jpg", b"%d" % number)) for number in range(3)]
    (tmp_path / "to" / "red" / "a (3).jpg").mkdir(parents=True)
    assert copy_into_folders(pictures, CLASSES, tmp_path / "to").copied == 3
    assert tree(tmp_path / "to") == {"red/a.jpg": b"0", "red/a (2).jpg": b"1", "red/a (4).jpg": b"2"}


def test_what_is_there_already_is_not_copied_again(tmp_path: Path) -> None:
    pictures = [copy_of(write(tmp_path / str(number) / "a.jpg", b"%d" % number)) for number in range(2)]
    copy_into_folders(pictures, CLASSES, tmp_path / "to")
    before = tree(tmp_path / "to")
    again = copy_into_folders(pictures, CLASSES, tmp_path / "to")
    assert (again.copied, again.present) == (0, 2)
    assert tree(tmp_path / "to") == before


def test_one_that_cannot_be_copied_stops_nothing(tmp_path: Path) -> None:
    good = write(tmp_path / "good.jpg")
    write(tmp_path / "to" / "green_blue", b"a file where a folder should be")
    pictures = [copy_of(tmp_path / "missing.jpg"), copy_of(tmp_path), copy_of(good, "green/blue"), copy_of(good)]
    copies = copy_into_folders(pictures, CLASSES, tmp_path / "to")
    assert copies.copied == 1
    assert [problem.reason for problem in copies.problems][:2] == ["does not exist", "is a folder"]
    assert copies.problems[2].reason.startswith("cannot be copied: ")


def test_cancelling_leaves_no_half_copy(tmp_path: Path) -> None:
    small, large = write(tmp_path / "a.jpg"), write(tmp_path / "large.jpg", b"x" * 3 * 2**20)
    reports = 0

    def report(_stage: str, _done: int, _total: int) -> None:
        nonlocal reports
        reports += 1
        if reports == 5:
            raise CancelledError

    with pytest.raises(CancelledError):
        copy_into_folders([copy_of(small), copy_of(large)], CLASSES, tmp_path / "to", report)
    assert tree(tmp_path / "to") == {"red/a.jpg": b"content"}


def test_a_full_disk_ends_it_with_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = [copy_of(write(tmp_path / f"{number}.jpg")) for number in range(3)]
    opened = Path.open

    def full(path: Path, mode: str = "r", *arguments: object) -> object:
        if mode == "xb" and path.name == "1.jpg":
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(path, mode, *arguments)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(ResNetGuiError, match="disk is full: 1 of 3"):
        copy_into_folders(pictures, CLASSES, tmp_path / "to")


def test_a_folder_that_cannot_be_made_is_told_at_once(tmp_path: Path) -> None:
    file = write(tmp_path / "file")
    with pytest.raises(ResNetGuiError, match="cannot be made"):
        copy_into_folders([copy_of(file)], CLASSES, file / "to")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_the_picture_is_copied_not_the_link_and_no_link_is_written_through(tmp_path: Path) -> None:
    picture, precious = write(tmp_path / "a.jpg", b"picture"), write(tmp_path / "precious", b"precious")
    link = tmp_path / "link.jpg"
    link.symlink_to(picture)
    (tmp_path / "to" / "red").mkdir(parents=True)
    (tmp_path / "to" / "red" / "link.jpg").symlink_to(precious)
    copy_into_folders([copy_of(link)], CLASSES, tmp_path / "to")
    copy = tmp_path / "to" / "red" / "link (2).jpg"
    assert (copy.is_symlink(), copy.read_bytes(), precious.read_bytes()) == (False, b"picture", b"precious")

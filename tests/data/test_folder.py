"""Folders of class folders, tidy and untidy."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections import namedtuple

import numpy as np
import pytest
from PIL import Image

from resnet_gui.data import decoding, folder
from resnet_gui.data.dataset import FileProblem
from resnet_gui.data.folder import load_folder
from resnet_gui.data.images import Geometry, read_image
from resnet_gui.errors import CancelledError, DataError

SMALL = Geometry(16)


def save(path, seed=0, size=(20, 16)):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(path, "PNG")
    return path


@pytest.fixture
def root(tmp_path):
    """Two classes with three pictures each."""
    root = tmp_path / "animals"
    for seed in range(3):
        save(root / "cat" / f"{seed}.png", seed)
        save(root / "dog" / f"{seed}.png", 10 + seed)
    return root


def cache_of(user_folders):
    kept = user_folders / "cache" / "resnet-gui" / "pictures"
    return sorted(kept.iterdir()) if kept.exists() else []


# What is read


def test_each_sub_folder_is_a_class(root):
    loaded = load_folder(root, SMALL)
    assert (loaded.name, loaded.class_names, loaded.geometry) == ("animals", ("cat", "dog"), SMALL)
    assert loaded.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert loaded.problems == ()
    assert loaded.test_pixels is None


def test_the_pixels_are_the_readers(root):
    geometry = Geometry(24, "squash")
    loaded = load_folder(root, geometry)
    expected = [read_image(root / name / f"{seed}.png", geometry) for name in ("cat", "dog") for seed in range(3)]
    np.testing.assert_array_equal(loaded.pixels, expected)
    assert type(loaded.pixels) is np.ndarray
    assert not loaded.pixels.flags.writeable


def test_deeper_pictures_belong_to_their_class(root):
    save(root / "cat" / "2024" / "spring" / "deep.png")
    assert load_folder(root, SMALL).labels.tolist() == [0, 0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("name", ["고양이", "🐈‍⬛", "=SUM(A1)", "naïve café", "x" * 200])
def test_unusual_names_survive(root, name):
    save(root / name / f"{name}.png")
    (root / name / f"{name}.txt").write_text("no picture")
    loaded = load_folder(root, SMALL)
    assert name in loaded.class_names
    assert loaded.problems == (FileProblem(os.path.join(name, f"{name}.txt"), "is not a picture (text)"),)
    assert load_folder(root, SMALL).problems == loaded.problems


def test_names_that_are_no_text_can_be_shown_and_stored(root):
    strange = root / os.fsdecode(b"caf\xe9")
    try:
        save(strange / os.fsdecode(b"\xff.png"))
    except OSError:
        pytest.skip("this file system takes only text")
    (strange / os.fsdecode(b"\xfe.txt")).write_text("no picture")
    loaded = load_folder(root, SMALL)
    assert loaded.class_names == (r"caf\xe9", "cat", "dog")
    assert [problem.path for problem in loaded.problems] == [os.path.join(r"caf\xe9", r"\xfe.txt")]
    "".join((*loaded.class_names, loaded.problems[0].path)).encode()
    assert r"caf\xe9" in refused(strange)
    assert r"caf\xe9" in refused(strange / "none")


def test_system_files_are_ignored(root):
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", ".hidden.png"):
        (root / "cat" / name).write_text("system")
        (root / name).write_text("system")
    save(root / ".git" / "picture.png")
    save(root / "__MACOSX" / "picture.png")
    loaded = load_folder(root, SMALL)
    assert (loaded.class_names, loaded.problems) == (("cat", "dog"), ())


def test_unusable_files_are_told_and_left_out(root):
    (root / "cat" / "notes.jpg").write_text("text")
    (root / "dog" / "0.png").write_bytes(b"")
    (root / "dog" / "cut.png").write_bytes((root / "dog" / "1.png").read_bytes()[:400])
    save(root / "loose.png")
    loaded = load_folder(root, SMALL)
    assert loaded.problems == (
        FileProblem("cat/notes.jpg", "is not a picture (text)"),
        FileProblem("dog/0.png", "is empty (0 bytes)"),
        FileProblem("dog/cut.png", "is cut off"),
        FileProblem("loose.png", "belongs to no class folder"),
    )
    assert loaded.labels.tolist() == [0, 0, 0, 1, 1]
    np.testing.assert_array_equal(loaded.pixels[3], read_image(root / "dog" / "1.png", SMALL))


@pytest.mark.timeout(20)
def test_pipes_and_circles_do_not_hang(root):
    os.mkfifo(root / "cat" / "pipe.png")
    (root / "cat" / "loop.png").symlink_to("loop.png")
    (root / "cat" / "gone.png").symlink_to("nowhere.png")
    (root / "dog" / "up").symlink_to(root, target_is_directory=True)
    (root / "dog" / "self").symlink_to(".", target_is_directory=True)
    loaded = load_folder(root, SMALL)
    assert len(loaded.labels) == 6
    assert loaded.problems == (
        FileProblem("cat/gone.png", "does not exist"),
        FileProblem("cat/loop.png", "is a link that leads to itself"),
        FileProblem("cat/pipe.png", "is not a regular file"),
        FileProblem("dog/self", "leads back to a folder that was read already"),
        FileProblem("dog/up", "leads back to a folder that was read already"),
    )


def test_links_to_elsewhere_are_followed(root, tmp_path):
    elsewhere = save(tmp_path / "elsewhere" / "bird.png").parent
    (root / "bird").symlink_to(elsewhere, target_is_directory=True)
    assert load_folder(root, SMALL).class_names == ("bird", "cat", "dog")


# What is refused


def refused(path):
    with pytest.raises(DataError) as caught:
        load_folder(path, SMALL)
    assert caught.value.advice
    return caught.value.message


def test_no_folder(tmp_path, root):
    assert "does not exist" in refused(tmp_path / "none")
    assert "is not a folder" in refused(root / "cat" / "0.png")


def test_no_sub_folders(tmp_path, root):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "has no sub-folders" in refused(empty)
    assert "lie directly in" in refused(root / "cat")


def test_only_one_class(root):
    shutil.rmtree(root / "dog")
    assert 'only one class, "cat"' in refused(root)


def test_the_parts_of_a_split_are_no_classes(root):
    (root / "cat").rename(root / "train")
    (root / "dog").rename(root / "test")
    assert "parts of a data set" in refused(root)


def test_an_empty_class_is_named(root):
    (root / "bird").mkdir()
    assert refused(root) == 'The class "bird" has no readable picture.'


def test_a_class_of_damaged_pictures_is_named_with_a_reason(root, user_folders):
    (root / "bird").mkdir()
    (root / "bird" / "a.png").write_bytes(b"")
    assert (
        refused(root)
        == f'The class "bird" has no readable picture: {os.path.join("bird", "a.png")} is empty (0 bytes).'
    )
    assert cache_of(user_folders) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(root):
    (root / "cat").chmod(0)
    try:
        assert "permission denied" in refused(root)
    finally:
        (root / "cat").chmod(0o700)


def test_a_full_disk_is_told_before_anything_is_decoded(root, monkeypatch, user_folders):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9, 1000))
    monkeypatch.delattr(decoding, "read_image")
    assert "need 0.0 GB on disk, but only 0.0 GB are free" in refused(root)
    assert cache_of(user_folders) == []


# The cache


def test_the_second_load_decodes_nothing(root, monkeypatch):
    (root / "cat" / "notes.txt").write_text("text")
    first = load_folder(root, SMALL)
    monkeypatch.delattr(decoding, "read_image")
    second = load_folder(root, SMALL)
    np.testing.assert_array_equal(first.pixels, second.pixels)
    np.testing.assert_array_equal(first.labels, second.labels)
    assert (first.class_names, first.problems) == (second.class_names, second.problems)


def test_another_geometry_is_another_entry(root, user_folders):
    assert load_folder(root, SMALL).pixels.shape == (6, 16, 16, 3)
    assert load_folder(root, Geometry(8)).pixels.shape == (6, 8, 8, 3)
    assert len(cache_of(user_folders)) == 2


@pytest.mark.parametrize("change", ["add", "remove", "replace", "rename"])
def test_a_changed_folder_is_read_again(root, change):
    load_folder(root, SMALL)
    victim = root / "cat" / "0.png"
    status = victim.stat()
    match change:
        case "add":
            save(root / "cat" / "9.png", 9)
        case "remove":
            victim.unlink()
        case "replace":  # as an archive would: the time of modification is kept
            save(victim, 99)
            os.utime(victim, ns=(status.st_atime_ns, status.st_mtime_ns))
        case "rename":
            victim.rename(root / "dog" / "9.png")
    paths = sorted(root.rglob("*.png"))
    loaded = load_folder(root, SMALL)
    np.testing.assert_array_equal(loaded.pixels, [read_image(path, SMALL) for path in paths])
    assert loaded.labels.tolist() == [int(path.parent.name == "dog") for path in paths]


def test_a_change_while_in_use_does_no_harm(root):
    loaded = load_folder(root, SMALL)
    before = np.array(loaded.pixels)
    shutil.rmtree(root)
    np.testing.assert_array_equal(loaded.pixels, before)


@pytest.mark.parametrize("file", ["pixels.npy", "contents.json"])
@pytest.mark.parametrize("content", [b"", b"torn", None])
def test_a_damaged_entry_is_made_again(root, user_folders, file, content):
    before = np.array(load_folder(root, SMALL).pixels)
    (entry,) = cache_of(user_folders)
    if content is None:
        (entry / file).unlink()
    else:
        (entry / file).write_bytes(content)
    np.testing.assert_array_equal(load_folder(root, SMALL).pixels, before)
    assert len(cache_of(user_folders)) == 1


def test_old_entries_make_room_but_the_newest_stays(root, user_folders, monkeypatch):
    monkeypatch.setattr(folder, "_CACHE_LIMIT", 20_000)
    for size in (48, 32, 40):  # 6 pictures: 41, 18 and 29 kB
        load_folder(root, Geometry(size))
        time.sleep(0.02)  # entries are told apart by their time
    assert [len(np.load(entry / "pixels.npy")[0]) for entry in cache_of(user_folders)].count(48) == 0
    assert len(cache_of(user_folders)) == 2


def test_leftovers_of_a_crash_are_removed(root, user_folders):
    load_folder(root, SMALL)
    (entry,) = cache_of(user_folders)
    old, fresh = entry.with_name("old.tmp"), entry.with_name("fresh.tmp")
    old.mkdir()
    fresh.mkdir()
    os.utime(old, (0, 0))
    load_folder(root, Geometry(8))
    assert not old.exists()
    assert fresh.exists()


# Progress


def test_progress_is_reported(root):
    reports = []
    load_folder(root, SMALL, lambda *report: reports.append(report))
    assert ("Looking for pictures", 6, 0) in reports
    assert ("Reading pictures", 0, 6) in reports
    assert reports[-1] == ("Reading pictures", 6, 6)


@pytest.mark.parametrize("stage", ["Looking for pictures", "Reading pictures"])
def test_cancelling_stops_and_leaves_nothing(root, user_folders, monkeypatch, stage):
    monkeypatch.setattr(decoding, "_REPORT_EVERY_S", 0.0)
    for seed in range(100):
        shutil.copy(root / "cat" / "0.png", root / "cat" / f"copy {seed}.png")
    asked = []

    def stop(at, done, total):
        asked.append(done)
        if at == stage and (done > 2 or not total):
            raise CancelledError

    with pytest.raises(CancelledError):
        load_folder(root, SMALL, stop)
    assert max(asked[1:], default=0) <= 3
    assert cache_of(user_folders) == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("decode")]


@pytest.mark.realdata
def test_the_real_x_rays(real_data):
    loaded = load_folder(real_data / "chest_xray", Geometry(64))
    assert loaded.class_names == ("normal", "pneumonia")
    assert np.bincount(loaded.labels).tolist() == [300, 300]
    assert loaded.pixels.shape == (600, 64, 64, 3)
    assert loaded.problems == ()

"""What is left out is in no split and no count, and files stay as they are."""

from __future__ import annotations

import numpy as np
import pytest

from resnet_gui.data import decoding
from resnet_gui.data.dataset import FileProblem, split_dataset
from resnet_gui.data.folder import load_folder
from resnet_gui.data.images import Geometry
from resnet_gui.data.left_out import listed, read_names, write_names
from resnet_gui.errors import DataError
from tests.data.test_dataset import pictures
from tests.data.test_folder import save


@pytest.fixture
def root(tmp_path):
    for name in ("cat", "dog"):
        for number in range(10):
            save(tmp_path / "animals" / name / f"{number}.png", seed=number)
    return tmp_path / "animals"


def test_left_out_pictures_are_in_no_split_and_no_count(root):
    loaded = load_folder(root, Geometry(8))
    left_out = ["cat/3.png", "cat/4.png", "dog/0.png"]
    dataset = split_dataset(loaded, 0.3, 0, 1, left_out)
    used = [dataset.names[position] for split in (dataset.train, dataset.validation) for position in split.indices]
    assert sorted(used) == sorted(set(loaded.names) - set(left_out))
    assert (dataset.train.class_counts(2) + dataset.validation.class_counts(2)).tolist() == [8, 9]
    assert dataset.problems == ()


def test_nothing_is_decoded_anew_and_nothing_copied(root, monkeypatch):
    before = load_folder(root, Geometry(8))
    monkeypatch.delattr(decoding, "read_image")
    loaded = load_folder(root, Geometry(8))
    dataset = split_dataset(loaded, 0.3, 0, 1, ["cat/3.png"])
    assert dataset.train.pixels is loaded.pixels
    np.testing.assert_array_equal(loaded.pixels, before.pixels)


def test_names_follow_the_files_where_some_cannot_be_read(root):
    (root / "cat" / "1.png").write_bytes(b"")
    (root / "cat" / "deep").mkdir()
    save(root / "cat" / "deep" / "x.png", seed=99)
    loaded = load_folder(root, Geometry(8))
    assert len(loaded.names) == len(loaded.labels) == 20
    assert "cat/1.png" not in loaded.names
    position = loaded.names.index("cat/deep/x.png")
    np.testing.assert_array_equal(loaded.pixels[position], load_folder(root, Geometry(8)).pixels[position])
    expected = [name.split("/")[0] for name in loaded.names]
    assert expected == [loaded.class_names[label] for label in loaded.labels]


def test_a_name_that_there_is_not_is_told(root):
    (root / "cat" / "1.png").write_bytes(b"")
    loaded = load_folder(root, Geometry(8))
    dataset = split_dataset(loaded, 0.3, 0, 1, ["cat/30.png", "cat/1.png"])
    assert dataset.problems == (
        FileProblem("cat/1.png", "is empty (0 bytes)"),
        FileProblem("cat/30.png", "is to be left out, but there is no such picture"),
    )


def test_a_class_that_is_left_out_whole_is_named(root):
    loaded = load_folder(root, Geometry(8))
    with pytest.raises(DataError, match='"dog" has no picture'):
        split_dataset(loaded, 0.3, 0, 1, [name for name in loaded.names if name.startswith("dog")])


def test_pictures_that_are_no_files_can_be_left_out_too():
    dataset = split_dataset(pictures([10, 20]), 0.2, 0, 0, ["picture 1", "picture 30"])
    assert len(dataset.train) + len(dataset.validation) == 28
    assert not {0, 29} & {*dataset.train.indices.tolist(), *dataset.validation.indices.tolist()}


NAMES = ("cat/ 1 .png", "dog/고양이\u2028.png", "#5.png", "a\\nb.png")


def test_a_list_is_read_as_it_was_written(tmp_path):
    write_names(tmp_path / "list.txt", NAMES)
    assert read_names(tmp_path / "list.txt") == NAMES
    assert read_names(listed(NAMES)) == NAMES
    assert listed(NAMES) == listed(NAMES) != listed(NAMES[:1])


def test_lists_of_other_programs_are_read(tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes("\ufeffcat/1.png\r\n\r\ndog/ä.png\r\n".encode())
    assert read_names(path) == ("cat/1.png", "dog/ä.png")


def test_what_is_no_list_is_refused_in_words(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read_names(tmp_path / "none.txt")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(DataError, match="no list") as caught:
        read_names(tmp_path / "picture.png")
    assert caught.value.advice


def test_names_are_of_one_line_on_any_system(root):
    save(root / "cat" / "two\nlines.png", seed=5)
    loaded = load_folder(root, Geometry(8))
    assert "cat/two\\nlines.png" in loaded.names
    dataset = split_dataset(loaded, 0.0, 0, 0, read_names(listed(["cat/two\\nlines.png"])))
    assert len(dataset.train) == 20


def test_no_other_picture_changes_its_side():
    loaded = pictures([40, 60])
    before = split_dataset(loaded, 0.2, 0, 3)
    gone = before.train.indices[:5].tolist()
    after = split_dataset(loaded, 0.2, 0, 3, [before.names[position] for position in gone])
    moved = set(before.validation.indices.tolist()) ^ set(after.validation.indices.tolist())
    assert len(moved) <= 2  # as many fewer are due, no more

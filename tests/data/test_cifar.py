"""CIFAR-100 from archives of every quality."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import tarfile

import numpy as np
import pytest

from resnet_gui.data import cifar
from resnet_gui.data.cifar import load_cifar100
from resnet_gui.data.labels import cifar100_coarse_names, cifar100_fine_names, cifar100_superclasses
from resnet_gui.errors import CancelledError, DataError

FINE = [b"apple", b"bear", b"cup", b"dolphin"]
COARSE = [b"living", b"not"]
SUPERCLASS = [0, 0, 1, 0]


def part(count, seed):
    """A train or test file: row, then red, green and blue plane, as in the original."""
    random = np.random.default_rng(seed)
    fine = random.integers(0, 4, count).tolist()
    return {
        b"filenames": [b"name.png"] * count,
        b"batch_label": b"batch",
        b"fine_labels": fine,
        b"coarse_labels": [SUPERCLASS[label] for label in fine],
        b"data": random.integers(0, 256, (count, 3072)).astype(np.uint8),
    }


def contents(protocol=2, **changes):
    parts = {
        "meta": {b"fine_label_names": FINE, b"coarse_label_names": COARSE},
        "train": part(20, 1),
        "test": part(8, 2),
    }
    for name, values in changes.items():
        parts[name] = {**parts[name], **values}
    return {name: pickle.dumps(value, protocol) for name, value in parts.items()}


def write_archive(path, members, prefix="cifar-100-python/"):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(prefix + name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture
def archive(tmp_path):
    return write_archive(tmp_path / "cifar-100-python.tar.gz", contents())


@pytest.mark.parametrize("protocol", [2, 4])
def test_pixels_and_labels_are_those_of_the_archive(tmp_path, protocol):
    loaded = load_cifar100(write_archive(tmp_path / "a.tar.gz", contents(protocol)))
    for pixels, labels, original in (
        (loaded.pixels, loaded.labels, part(20, 1)),
        (loaded.test_pixels, loaded.test_labels, part(8, 2)),
    ):
        planes = original[b"data"].reshape(-1, 3, 32, 32)
        for colour in range(3):
            np.testing.assert_array_equal(pixels[..., colour], planes[:, colour])
        assert labels.tolist() == original[b"fine_labels"]
    assert loaded.class_names == ("apple", "bear", "cup", "dolphin")
    assert (loaded.geometry.size, loaded.pixels.dtype, loaded.labels.dtype) == (32, np.uint8, np.int64)


def test_coarse_labels(archive):
    loaded = load_cifar100(archive, "coarse")
    assert loaded.class_names == ("living", "not")
    assert loaded.labels.tolist() == part(20, 1)[b"coarse_labels"]
    assert loaded.superclasses == ()


def test_each_class_has_its_superclass(tmp_path, archive):
    assert load_cifar100(archive).superclasses == ("living", "living", "not", "living")
    train = {b"fine_labels": [2] * 20, b"coarse_labels": [1] * 20}
    assert load_cifar100(write_archive(tmp_path / "b.tgz", contents(train=train))).superclasses == ("", "", "not", "")


@pytest.mark.parametrize("inner", ["cifar-100-python", "."])
def test_the_unpacked_folder_is_as_good(tmp_path, archive, inner):
    folder = tmp_path / "unpacked" / inner
    folder.mkdir(parents=True)
    for name, content in contents().items():
        (folder / name).write_bytes(content)
    np.testing.assert_array_equal(load_cifar100(tmp_path / "unpacked").pixels, load_cifar100(archive).pixels)


def test_the_second_load_reads_the_converted_copy(archive, monkeypatch):
    first = load_cifar100(archive)
    monkeypatch.delattr(cifar, "read_parts")
    second = load_cifar100(archive)
    np.testing.assert_array_equal(first.pixels, second.pixels)
    np.testing.assert_array_equal(first.test_labels, second.test_labels)
    assert load_cifar100(archive, "coarse").class_names == ("living", "not")


def test_a_changed_archive_is_read_again_and_only_one_copy_is_kept(archive, user_folders):
    load_cifar100(archive)
    write_archive(archive, contents(train=part(24, 9)))
    assert len(load_cifar100(archive).pixels) == 24
    assert len(list((user_folders / "cache" / "resnet-gui" / "cifar100").iterdir())) == 1


def test_a_damaged_copy_is_made_again(archive, user_folders):
    expected = np.array(load_cifar100(archive).pixels)
    (copy,) = (user_folders / "cache").rglob("train-pixels.npy")
    copy.write_bytes(b"torn")
    np.testing.assert_array_equal(load_cifar100(archive).pixels, expected)


def test_without_room_for_a_copy_it_still_loads(archive, user_folders, caplog):
    blocked = user_folders / "cache" / "resnet-gui" / "cifar100"
    blocked.parent.mkdir(parents=True)
    blocked.write_text("a file where the folder should be")
    assert len(load_cifar100(archive).pixels) == 20
    assert "cannot be kept" in caplog.text


def refused(path):
    with pytest.raises(DataError) as caught:
        load_cifar100(path)
    assert str(path) in caught.value.message
    assert caught.value.advice
    return caught.value.message


def test_an_archive_cut_in_half(archive):
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    assert "is cut off" in refused(archive)


def test_a_tar_cut_inside_a_sound_gzip(tmp_path, archive):
    content = gzip.decompress(archive.read_bytes())
    path = tmp_path / "cut.tar.gz"
    path.write_bytes(gzip.compress(content[: len(content) // 2]))
    assert "cut off" in refused(path)


@pytest.mark.parametrize("content", [b"<html>Not found</html>", b"", gzip.compress(b"no tar" * 500), os.urandom(4000)])
def test_what_is_no_archive(tmp_path, content):
    path = tmp_path / "a.tar.gz"
    path.write_bytes(content)
    refused(path)


def test_a_flipped_bit(archive):
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 0x10
    archive.write_bytes(content)
    refused(archive)


def test_missing_archives_and_members(tmp_path):
    assert "does not exist" in refused(tmp_path / "none.tar.gz")
    wrong = write_archive(tmp_path / "b.tar.gz", contents(), prefix="cifar-10-batches-py/")
    assert "holds no cifar-100-python/meta" in refused(wrong)
    assert '"meta"' in refused(tmp_path)


def test_members_elsewhere_are_ignored_and_nothing_is_unpacked(tmp_path):
    extra = {"../cifar-100-python/train": b"evil", "../../escaped": b"evil", "train.txt": b"text"}
    folder = tmp_path / "inner"
    folder.mkdir()
    path = write_archive(folder / "a.tar.gz", {**extra, **contents()})
    assert len(load_cifar100(path).pixels) == 20
    assert sorted(file.name for file in tmp_path.rglob("*")) == ["a.tar.gz", "inner"]


def test_links_are_no_members(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(contents()["train"])
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in contents().items():
            member = tarfile.TarInfo(f"cifar-100-python/{name}")
            if name == "train":
                member.type, member.linkname = tarfile.SYMTYPE, str(secret)
                archive.addfile(member)
            else:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    assert "holds no cifar-100-python/train" in refused(path)


class Canary:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("where", ["meta", "train", "test"])
def test_a_hostile_pickle_does_not_run(tmp_path, where):
    canary = tmp_path / "canary"
    hostile = {**contents(), where: pickle.dumps({b"data": Canary(canary)}, 2)}
    assert "program" in refused(write_archive(tmp_path / "a.tar.gz", hostile))
    assert not canary.exists()


def test_an_archive_that_unpacks_to_far_too_much(tmp_path, monkeypatch):
    monkeypatch.setattr("resnet_gui.data.cifar_archive._MAX_ARCHIVE", 2**20)
    path = write_archive(tmp_path / "a.tar.gz", {"padding": bytes(2**22), **contents()})
    refused(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"train": {b"data": np.zeros((20, 3000), np.uint8)}},
        {"train": {b"data": np.zeros((19, 3072), np.uint8)}},
        {"train": {b"data": np.zeros((20, 3072), np.float32)}},
        {"train": {b"data": np.asfortranarray(np.zeros((20, 3072), np.uint8))}},
        {"train": {b"data": None}},
        {"train": {b"fine_labels": [4] * 20}},
        {"train": {b"fine_labels": [-1] * 20}},
        {"train": {b"fine_labels": [0.5] * 20}},
        {"train": {b"fine_labels": "labels"}},
        {"test": {b"coarse_labels": [0] * 7}},
        {"meta": {b"fine_label_names": []}},
        {"meta": {b"fine_label_names": [b"same"] * 4}},
        {"meta": {b"fine_label_names": [b"\xff\xfe", b"b", b"c", b"d"]}},
        {"meta": {b"coarse_label_names": None}},
    ],
)
def test_everything_is_checked(tmp_path, changes):
    refused(write_archive(tmp_path / "a.tar.gz", contents(**changes)))


@pytest.mark.timeout(10)
def test_a_fifo_is_refused(tmp_path):
    path = tmp_path / "a.tar.gz"
    os.mkfifo(path)
    assert "regular file" in refused(path)


def test_reading_reports_and_can_be_cancelled(archive, user_folders):
    stages = []
    load_cifar100(archive, report=lambda *report: stages.append(report))
    assert {stage for stage, _, _ in stages} == {"Reading CIFAR-100"}
    assert stages[-1][1] <= stages[-1][2] == archive.stat().st_size

    def stop(stage, done, total):
        raise CancelledError

    archive.touch()
    with pytest.raises(CancelledError):
        load_cifar100(archive, report=stop)


@pytest.mark.slow
@pytest.mark.realdata
def test_the_real_archive(real_data):
    path = real_data / "cifar-100-python.tar.gz"
    fine, coarse = load_cifar100(path), load_cifar100(path, "coarse")
    assert fine.pixels.shape == (50_000, 32, 32, 3)
    assert fine.test_pixels.shape == (10_000, 32, 32, 3)
    assert np.bincount(fine.labels).tolist() == [500] * 100
    assert np.bincount(fine.test_labels).tolist() == [100] * 100
    assert fine.class_names == cifar100_fine_names()
    assert coarse.class_names == cifar100_coarse_names()
    np.testing.assert_array_equal(np.array(cifar100_superclasses())[fine.labels], coarse.labels)
    assert fine.superclasses == tuple(cifar100_coarse_names()[number] for number in cifar100_superclasses())
    np.testing.assert_array_equal(np.array(cifar100_superclasses())[fine.test_labels], coarse.test_labels)


def raw_archive(path, *members):
    """Write headers as they come, each with its content; tarfile itself would refuse to."""
    content = b""
    for member, data in members:
        content += member.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % tarfile.BLOCKSIZE)
    path.write_bytes(gzip.compress(content + bytes(2 * tarfile.BLOCKSIZE)))
    return path


def member_of(name, size=0, kind=tarfile.REGTYPE):
    member = tarfile.TarInfo(name)
    member.size, member.type = size, kind
    return member


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_SPARSE])
def test_headers_that_grow_without_end_are_passed_over(tmp_path, kind):
    """A million entries in an extended header, which tarfile would keep in a dict."""
    entries = b"".join(b"%d a%d=\n" % (len(str(n)) + 6, n) for n in range(300_000))
    members = [(member_of("header", len(entries), kind), entries)]
    members += [(member_of(f"cifar-100-python/{name}", len(data)), data) for name, data in contents().items()]
    assert len(load_cifar100(raw_archive(tmp_path / "a.tar.gz", *members)).pixels) == 20


@pytest.mark.parametrize("size", [-1, -(2**40), 2**50])
def test_a_member_of_an_impossible_size(tmp_path, size):
    refused(raw_archive(tmp_path / "a.tar.gz", (member_of("cifar-100-python/train", size), b"")))


@pytest.mark.parametrize("kind", [tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_what_is_no_file_is_no_member(tmp_path, kind):
    member = member_of("cifar-100-python/train", 0, kind)
    member.linkname = "/etc/hostname"
    assert "holds no" in refused(raw_archive(tmp_path / "a.tar.gz", (member, b"")))

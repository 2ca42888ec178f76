"""Downloads from a server on this computer that behaves well or badly."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import threading
from itertools import pairwise

import numpy as np
import pytest

from resnet_gui.data import download as module
from resnet_gui.data.download import RemoteFile, download, downloaded_path, fetch
from resnet_gui.errors import CancelledError, DownloadError
from resnet_gui.models.published_weights import PUBLISHED_WEIGHTS
from tests.file_server import FileHandler, serving

CONTENT = np.random.default_rng(0).bytes(1_500_000)
SIZE = len(CONTENT)
SHA256 = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
MD5 = f"md5:{hashlib.md5(CONTENT).hexdigest()}"


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(CONTENT) as server:
        yield server


@pytest.fixture
def target(tmp_path):
    return tmp_path / "downloads" / "file.tar.gz"


def get(server, target, report=lambda *_: None, checksum=SHA256, size=SIZE, tolerance=0):
    download(RemoteFile(server.url, "file.tar.gz", size, checksum, tolerance), target, report)


def part_of(target):
    return target.with_name("file.tar.gz.part")


def refused(server, target, **options):
    with pytest.raises(DownloadError) as caught:
        get(server, target, **options)
    assert "file.tar.gz (2 MB)" in caught.value.message
    assert server.url in caught.value.advice
    assert str(target.parent) in caught.value.advice
    assert not target.exists()
    return caught.value.message


def test_a_whole_file_arrives_with_progress(server, target):
    seen = []
    get(server, target, lambda *report: seen.append(report))
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target], "neither the part nor its lock is left"
    assert seen[0] == ("Downloading file.tar.gz", 0, len(CONTENT))
    assert seen[-1][1] == len(CONTENT)
    assert all(before[1] <= after[1] for before, after in pairwise(seen))


def test_a_cut_download_goes_on_where_it_was(server, target):
    server.cut_at = len(CONTENT) // 2
    assert "cut" in refused(server, target)
    arrived = part_of(target).stat().st_size
    assert 0 < arrived <= len(CONTENT) // 2
    server.cut_at = None
    get(server, target)
    assert target.read_bytes() == CONTENT
    assert server.asked == [None, f"bytes={arrived}-"]


def test_a_server_without_ranges_starts_again(server, target):
    target.parent.mkdir()
    part_of(target).write_bytes(CONTENT[:1000])
    server.ranges = False
    get(server, target)
    assert target.read_bytes() == CONTENT


def test_a_cancelled_download_keeps_its_part(server, target):
    def stop(stage, done, total):
        if done > total // 3:
            raise CancelledError

    with pytest.raises(CancelledError):
        get(server, target, stop)
    assert part_of(target).stat().st_size > len(CONTENT) // 3
    get(server, target)
    assert target.read_bytes() == CONTENT


def test_a_complete_part_is_only_checked(server, target):
    target.parent.mkdir()
    part_of(target).write_bytes(CONTENT)
    get(server, target)
    assert target.read_bytes() == CONTENT
    assert server.asked == []


@pytest.mark.parametrize("left", [b"x" * 1000, b"x" * len(CONTENT), b"x" * (len(CONTENT) + 1)])
def test_a_wrong_part_is_thrown_away(server, target, left):
    target.parent.mkdir()
    part_of(target).write_bytes(left)
    if len(left) <= len(CONTENT):
        assert "checksum" in refused(server, target)
        assert not part_of(target).exists()
    get(server, target)
    assert target.read_bytes() == CONTENT


def test_a_file_known_by_its_md5(server, target):
    get(server, target, checksum=MD5)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("checksum", [f"sha256:{'0' * 64}", f"md5:{'0' * 32}"])
def test_a_wrong_checksum(server, target, checksum):
    assert "checksum" in refused(server, target, checksum=checksum)
    assert not part_of(target).exists()


def test_a_web_page_in_its_place(server, target):
    server.content, server.kind = b"<html>Please log in</html>", "text/html; charset=utf-8"
    assert "a web page came in its place" in refused(server, target)


def test_a_file_of_another_size(server, target):
    server.content = CONTENT[:-1]
    assert "another size" in refused(server, target)


def test_a_file_without_end(server, target):
    server.content, server.tells_size = CONTENT + b"more", False
    assert "another size" in refused(server, target)


def test_what_arrived_survives_an_answer_of_another_kind(server, target):
    target.parent.mkdir()
    part_of(target).write_bytes(CONTENT[:1000])
    server.ranges, server.kind = False, "text/html"
    refused(server, target)
    assert part_of(target).read_bytes() == CONTENT[:1000]


def test_a_file_whose_size_is_roughly_known(server, target):
    wrong = len(CONTENT) + 300
    assert "another size" in refused(server, target, size=wrong, tolerance=200)
    get(server, target, size=wrong, tolerance=400)
    assert target.read_bytes() == CONTENT


def test_a_part_that_was_complete_and_unchecked_although_nobody_knew_its_size(server, target):
    target.parent.mkdir()
    part_of(target).write_bytes(CONTENT)
    get(server, target, size=len(CONTENT) + 300, tolerance=400)
    assert target.read_bytes() == CONTENT
    assert server.asked == [f"bytes={len(CONTENT)}-"]


def test_a_part_longer_than_what_the_server_has_now_is_thrown_away(server, target):
    target.parent.mkdir()
    part_of(target).write_bytes(CONTENT[:-1])
    server.content = CONTENT[:1000]
    assert "checksum" in refused(server, target)
    server.content = CONTENT
    get(server, target)
    assert target.read_bytes() == CONTENT


def test_cancelling_waits_for_no_server(server, target):
    """It is silent in the middle of the file, and would be for much longer than anybody waits."""
    server.pause_at = len(CONTENT) // 2
    seen = []

    def stop(stage, done, total):
        seen.append(done)
        if len(seen) > 3 and len(set(seen[-3:])) == 1 and done > 0:
            raise CancelledError

    with pytest.raises(CancelledError):
        get(server, target, stop)
    assert not server.go_on.is_set()
    assert 0 < part_of(target).stat().st_size <= len(CONTENT) // 2
    server.pause_at = None
    get(server, target)
    assert target.read_bytes() == CONTENT


def test_a_server_that_falls_silent_is_given_up_and_what_came_is_kept(server, target, monkeypatch):
    monkeypatch.setattr(module, "_TIMEOUT_S", (0.2, 0.2))
    server.pause_at = len(CONTENT) // 2
    assert "no connection to the server, or it was cut" in refused(server, target)
    arrived = part_of(target).stat().st_size
    server.pause_at = None
    get(server, target)
    assert target.read_bytes() == CONTENT
    assert server.asked == [None, f"bytes={arrived}-"]


@pytest.mark.parametrize("status", [404, 403, 500])
def test_not_found(server, target, status):
    server.status = status
    assert f"the server answered {status}" in refused(server, target)


def test_a_redirect_is_followed(server, target):
    with serving(b"") as front:
        front.redirect = server.url
        get(front, target)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("where", ["self", "file:///etc/hostname", "ftp://127.0.0.1/file"])
def test_redirects_in_a_circle_or_to_other_schemes(server, target, where):
    server.redirect = server.url if where == "self" else where
    assert "leads elsewhere" in refused(server, target)
    assert len(server.asked) <= 6


def test_nobody_answers(server, target, monkeypatch):
    with serving(b"") as gone:
        pass
    assert "no connection" in refused(gone, target)


def test_a_silent_server(server, target, monkeypatch):
    monkeypatch.setattr(module, "_TIMEOUT_S", (0.2, 0.2))
    block = threading.Event()
    monkeypatch.setattr(FileHandler, "do_GET", lambda handler: block.wait(5))
    assert "does not answer" in refused(server, target)
    block.set()


def test_a_second_download_of_the_same_is_refused_and_harms_nothing(server, target):
    told = []

    def also_elsewhere(*_):
        if not told:
            told.append(refused(server, target))

    get(server, target, also_elsewhere)
    assert "downloaded already" in told[0]
    assert target.read_bytes() == CONTENT
    assert len(server.asked) == 1


def test_a_full_disk(server, target, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "has_checksum", full)
    assert "the disk is full" in refused(server, target)


def test_a_folder_that_cannot_be_made(server, tmp_path):
    (tmp_path / "downloads").write_text("a file")
    with pytest.raises(DownloadError, match="cannot be written"):
        get(server, tmp_path / "downloads" / "file.tar.gz")


def test_fetch_downloads_once(server, user_folders):
    file = RemoteFile(server.url, "file.tar.gz", len(CONTENT), SHA256)
    assert fetch(file) == fetch(file) == downloaded_path(file)
    assert downloaded_path(file).read_bytes() == CONTENT
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"cut_at": 700_000}, "cut"),
        ({"content": CONTENT[::-1]}, "checksum"),
        ({"content": b"<html>Log in</html>", "kind": "text/html"}, "a web page came in its place"),
        ({"content": CONTENT[:-1]}, "another size"),
        ({"content": CONTENT + b"more"}, "another size"),
        ({"status": 503}, "the server answered 503"),
        ({"redirect": "http://127.0.0.1:9/gone"}, "no connection"),
        ({"redirect": "file:///etc/hostname"}, "leads elsewhere"),
    ],
)
@pytest.mark.parametrize("file", [module.CIFAR100, PUBLISHED_WEIGHTS["resnet50"].whole])
def test_every_known_file_survives_every_fault(server, user_folders, file, fault, words):
    """The words tell what, how large, from where and where to; once the server is well again, it arrives."""
    checksum = SHA256 if file.checksum.startswith("sha256") else MD5
    served = dataclasses.replace(file, url=server.url, size=len(CONTENT), checksum=checksum)
    before = {name: getattr(server, name) for name in fault}
    for name, value in fault.items():
        setattr(server, name, value)
    with pytest.raises(DownloadError, match=words) as caught:
        fetch(served)
    assert f"{file.name} (2 MB)" in caught.value.message
    assert server.url in caught.value.advice
    assert str(downloaded_path(served).parent) in caught.value.advice
    assert not downloaded_path(served).exists()
    for name, value in before.items():
        setattr(server, name, value)
    assert fetch(served).read_bytes() == CONTENT


def test_the_official_archive_is_described():
    assert module.CIFAR100.url == "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
    assert (module.CIFAR100.size, module.CIFAR100.checksum[:15]) == (169_001_437, "sha256:85cd44d0")

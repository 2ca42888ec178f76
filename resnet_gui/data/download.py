"""Downloads that can be cut at any point and go on later, checked before they are used."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

from resnet_gui.errors import DownloadError
from resnet_gui.paths import data_folder
from resnet_gui.progress import Report, unreported

if TYPE_CHECKING:  # imported where something is fetched: the window opens a tenth of a second sooner
    import requests

_CHUNK = 2**18
_TIMEOUT_S = (10.0, 30.0)  # to connect, and between two chunks
_MAX_REDIRECTS = 5
_OTHER_SIZE = "a file of another size came in its place"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file on the web that the program knows.

    Attributes:
        url: where it is.
        name: its file name, here and there.
        size: in bytes.
        checksum: of its content, the kind and the value in hexadecimal: "sha256:85cd..." or "md5:2cb9...".
    """

    url: str
    name: str
    size: int
    checksum: str


CIFAR100 = RemoteFile(
    url="https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
    name="cifar-100-python.tar.gz",
    size=169_001_437,
    checksum="sha256:85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
)


def downloaded_path(file: RemoteFile) -> Path:
    """Return where a downloaded file is, or will be."""
    return data_folder() / "downloads" / file.name


def fetch(file: RemoteFile, report: Report = unreported) -> Path:
    """Return a file's path, downloading it first if it is not there.

    Raises:
        DownloadError: it cannot be downloaded; says where to get it and where to put it.
        CancelledError: `report` asked to stop; the next call goes on from there.
    """
    path = downloaded_path(file)
    if not path.is_file():
        download(file.url, path, file.checksum, file.size, report)
    return path


def download(url: str, target: Path, checksum: str, expected_size: int, report: Report = unreported) -> None:
    """Download a file, going on with what an earlier, cut download left in `target` + ".part".

    Args:
        url: where the file is.
        target: where it goes; appears only when complete and right.
        checksum: of its content, see RemoteFile.
        expected_size: in bytes.
        report: told the bytes so far; may raise CancelledError, which leaves the part for later.

    Raises:
        DownloadError: offline, not found, something else in its place, no room, or downloaded by somebody else
            right now.
        CancelledError: `report` asked to stop.
    """
    part = target.with_name(f"{target.name}.part")
    stage = f"Downloading {target.name}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(part):
            _receive(url, part, expected_size, lambda done: report(stage, done, expected_size))
            _require_checksum(part, checksum)
            part.replace(target)
    except (DownloadError, OSError) as error:  # what requests raises is an OSError too
        reason = _reason(error)
        raise DownloadError(
            f"{target.name} ({expected_size / 1e6:.0f} MB) could not be downloaded: {reason}.",
            f"Try again, or download {url} with a browser and put it into {target.parent}.",
        ) from error


@contextmanager
def _alone(part: Path) -> Iterator[None]:
    """Keep other windows and programs from writing the same part meanwhile."""
    lock = filelock.FileLock(part.with_name(f"{part.name}.lock"), blocking=False)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise DownloadError("it is being downloaded already, by another window or program") from error
    try:
        yield
    finally:
        lock.release()


def _receive(url: str, part: Path, expected_size: int, report: Callable[[int], None]) -> None:
    """Append to `part` what is missing; what arrived before an error stays."""
    done = part.stat().st_size if part.exists() else 0
    if done > expected_size:
        part.unlink()
        done = 0
    report(done)
    if done == expected_size:
        return
    with _answer(url, done) as response:
        resumed = response.headers.get("Content-Range", "").startswith(f"bytes {done}-")
        if response.status_code != HTTPStatus.PARTIAL_CONTENT or not resumed:
            done = 0
        _require_file(response, expected_size - done)
        with part.open("ab" if done else "wb") as file:
            for chunk in response.iter_content(_CHUNK):
                file.write(chunk)
                done += len(chunk)
                if done > expected_size:
                    raise DownloadError(_OTHER_SIZE)
                report(done)
    if done < expected_size:
        raise DownloadError("the connection was cut")


@contextmanager
def _answer(url: str, start: int) -> Iterator[requests.Response]:
    """Yield the server's answer to a request for everything from byte `start` on."""
    import requests

    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    with requests.Session() as session:
        # To http and https only: a session knows no other scheme.
        session.max_redirects = _MAX_REDIRECTS
        with session.get(url, headers=headers, stream=True, timeout=_TIMEOUT_S) as response:
            yield response


def _require_file(response: requests.Response, size: int) -> None:
    """Raise DownloadError if this is not the file's next `size` bytes, before anything is overwritten."""
    if not response.ok:
        raise DownloadError(f"the server answered {response.status_code} {response.reason}")
    if response.headers.get("Content-Type", "").startswith("text/html"):
        raise DownloadError("a web page came in its place")
    if response.headers.get("Content-Length", str(size)) != str(size):
        raise DownloadError(_OTHER_SIZE)


def _require_checksum(part: Path, checksum: str) -> None:
    kind, value = checksum.split(":")
    with part.open("rb") as file:
        # Some computers allow md5 for nothing but finding errors in transfers, which this is.
        right = hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest() == value
    if not right:
        part.unlink()
        raise DownloadError("another file came in its place (its checksum differs)")


def _reason(error: DownloadError | OSError) -> str:
    import requests

    match error:
        case DownloadError():
            return error.message
        case requests.TooManyRedirects() | requests.exceptions.InvalidSchema():
            return "the address leads elsewhere"
        case requests.exceptions.SSLError():
            return "the server's identity could not be checked"
        case requests.Timeout():
            return "the server does not answer"
        case requests.ConnectionError() | requests.exceptions.ChunkedEncodingError():
            return "there is no connection to the server, or it was cut"
        case requests.RequestException():
            return "the server's answer makes no sense"
    if error.errno == errno.ENOSPC:
        return "the disk is full"
    return f"it cannot be written ({error.strerror or error})"

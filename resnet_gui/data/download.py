"""Downloads that can be cut at any point and go on later, checked before they are used."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

from resnet_gui.data.ahead import taken_ahead
from resnet_gui.errors import DownloadError
from resnet_gui.paths import data_folder
from resnet_gui.progress import Report, unreported

if TYPE_CHECKING:  # imported where something is fetched: the window opens a tenth of a second sooner
    import requests

_CHUNK = 2**15  # a slow connection takes a second or two for one, and nothing is told meanwhile
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
        tolerance: by how many bytes the size may be wrong, where it is known roughly only.
    """

    url: str
    name: str
    size: int
    checksum: str
    tolerance: int = 0

    @property
    def megabytes(self) -> int:
        """Its size for people."""
        return round(self.size / 1e6)


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
        download(file, path, report)
    return path


def download(file: RemoteFile, target: Path, report: Report = unreported) -> None:
    """Download a file, going on with what an earlier, cut download left in `target` + ".part".

    Args:
        file: what.
        target: where it goes; appears only when complete and right.
        report: told the bytes so far, also while nothing arrives; may raise CancelledError, which leaves the part for
            later.

    Raises:
        DownloadError: offline, not found, something else in its place, no room, or downloaded by somebody else
            right now.
        CancelledError: `report` asked to stop.
    """
    part = part_path(target)
    stage = f"Downloading {target.name}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(part):
            if target.is_file():  # another program finished it a moment ago
                return
            _receive(file, part, lambda done: report(stage, done, file.size))
            if not has_checksum(part, file.checksum):
                part.unlink()
                raise DownloadError("another file came in its place (its checksum differs)")
            part.replace(target)
    except (DownloadError, OSError) as error:  # what requests raises is an OSError too
        reason = _reason(error)
        raise DownloadError(
            f"{target.name} ({file.megabytes} MB) could not be downloaded: {reason}.",
            f"Try again, or download {file.url} with a browser and put it into {target.parent}.",
        ) from error


def part_path(target: Path) -> Path:
    """Return where that part of a file lies that has arrived so far."""
    return target.with_name(f"{target.name}.part")


def has_checksum(path: Path, checksum: str) -> bool:
    """Return whether a file's content has this checksum, see RemoteFile.

    Raises:
        OSError: it cannot be read.
    """
    kind, value = checksum.split(":")
    with path.open("rb") as file:
        # Some computers allow md5 for nothing but finding errors in transfers, which this is.
        return hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest() == value


@contextmanager
def _alone(part: Path) -> Iterator[None]:
    """Keep other windows and programs from writing the same part meanwhile."""
    path = part.with_name(f"{part.name}.lock")
    lock = filelock.FileLock(path, blocking=False)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise DownloadError("it is being downloaded already, by another window or program") from error
    try:
        yield
    finally:
        # Deleted while it is still held: who has opened it meanwhile gets a lock on a file without a name, which
        # FileLock notices and refuses. Windows deletes no open file; there FileLock does it on release.
        with suppress(OSError):
            path.unlink()
        lock.release()


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some bytes of a file, and where in it they begin."""

    start: int
    content: bytes


def _receive(file: RemoteFile, part: Path, report: Callable[[int], None]) -> None:
    """Append to `part` what is missing; what arrived before an error stays."""
    done = part.stat().st_size if part.exists() else 0
    if done > file.size + file.tolerance:
        part.unlink()
        done = 0
    report(done)
    if done == file.size and not file.tolerance:
        return
    with ExitStack() as stack:
        # Another thread waits for the server, so that cancelling takes no longer than a report.
        pieces = stack.enter_context(closing(taken_ahead(_pieces(file, done))))
        written = None
        for piece in pieces:
            if piece is not None:
                if written is None:  # not before something has come that is better than what is there
                    written = stack.enter_context(part.open("ab" if piece.start else "wb"))
                written.write(piece.content)
                done = piece.start + len(piece.content)
            report(done)


def _pieces(file: RemoteFile, start: int) -> Generator[_Piece, None, None]:
    """Yield everything from byte `start` on; from the beginning, if the server gives whole files only."""
    with _answer(file.url, start) as response:
        if start and response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # nothing is missing, or this is another file: the checksum will tell
        resumed = response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
        done = start if response.status_code == HTTPStatus.PARTIAL_CONTENT and resumed else 0
        size = _size_of_whole(file, response, done)
        for content in response.iter_content(_CHUNK):
            if done + len(content) > size:
                raise DownloadError(_OTHER_SIZE)
            yield _Piece(done, content)
            done += len(content)
    if done < size:
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


def _size_of_whole(file: RemoteFile, response: requests.Response, done: int) -> int:
    """Return how large the file is of which this answer holds everything from byte `done` on.

    Raises:
        DownloadError: it holds something else.
    """
    if not response.ok:
        raise DownloadError(f"the server answered {response.status_code} {response.reason}")
    if response.headers.get("Content-Type", "").startswith("text/html"):
        raise DownloadError("a web page came in its place")
    told = response.headers.get("Content-Length", "")
    size = done + int(told) if told.isdecimal() else file.size
    if abs(size - file.size) > file.tolerance:
        raise DownloadError(_OTHER_SIZE)
    return size


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

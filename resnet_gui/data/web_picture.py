"""One picture from the web: only when the user has agreed, and no more than a picture needs.

Nothing is sent but the address itself: no cookies, no passwords from a file, no word of the page it was dragged from.
"""

from __future__ import annotations

import time
from contextlib import closing
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from resnet_gui import __version__
from resnet_gui.errors import DownloadError
from resnet_gui.progress import Report, unreported

if TYPE_CHECKING:  # imported where something is fetched: the window opens a tenth of a second sooner
    import requests

MAX_BYTES = 50_000_000
_SCHEMES = ("http", "https")
_MOST_REDIRECTS = 5
_TIMEOUT_S = (10.0, 10.0)  # to connect, and between two parts
_LONGEST_S = 120.0  # in all: a server could send a byte now and then
_CHUNK = 2**16
_REDIRECTS = (
    HTTPStatus.MOVED_PERMANENTLY,
    HTTPStatus.FOUND,
    HTTPStatus.SEE_OTHER,
    HTTPStatus.TEMPORARY_REDIRECT,
    HTTPStatus.PERMANENT_REDIRECT,
)


def host_of(url: str) -> str:
    """Return which computer an address leads to, in the letters that cannot be mistaken for others.

    Raises:
        DownloadError: to none that pictures are fetched from.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:  # encodings' errors are ValueErrors
        raise DownloadError("is no address on the web") from error
    if parts.scheme.lower() not in _SCHEMES or not host:
        raise DownloadError("is no address on the web (http or https)")
    return f"{host}{port}"


def name_of(url: str) -> str:
    """Return what to call the picture of an address."""
    return unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2] or host_of(url)


def fetch_picture(url: str, report: Report = unreported) -> bytes:
    """Return the bytes that an address leads to; whether they are a picture, the reader will tell.

    Args:
        url: the address, http or https.
        report: told the bytes so far; may raise CancelledError.

    Raises:
        DownloadError: the reason, as a phrase that follows the picture's name.
        CancelledError: `report` asked to stop.
    """
    import requests
    import urllib3

    deadline = time.monotonic() + _LONGEST_S
    try:
        with requests.Session() as session:
            session.auth = _as_it_is  # else requests would look for a password in the user's .netrc
            with closing(_answer(session, url)) as response:
                return _content(response, deadline, report)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise DownloadError(_reason(error)) from error


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _answer(session: requests.Session, url: str) -> requests.Response:
    """Return the answer that an address leads to in the end, its content still to come."""
    headers = {"Accept": "image/*", "Accept-Encoding": "identity", "User-Agent": f"resnet-gui/{__version__}"}
    for _ in range(_MOST_REDIRECTS + 1):
        host_of(url)  # each step of the way must be one that may be taken
        session.cookies.clear()
        response = session.get(url, headers=headers, stream=True, timeout=_TIMEOUT_S, allow_redirects=False)
        target = response.headers.get("Location")
        if response.status_code not in _REDIRECTS or not target:
            return response
        response.close()
        url = urljoin(url, target)
    raise DownloadError("leads elsewhere again and again")


def _content(response: requests.Response, deadline: float, report: Report) -> bytes:
    if not response.ok:
        raise DownloadError(f"cannot be fetched: the server answered {response.status_code} {response.reason}")
    if response.headers.get("Content-Type", "").startswith("text/html"):
        raise DownloadError("is a web page, not a picture")
    if response.headers.get("Content-Encoding", "identity") != "identity":  # it could unpack to any size
        raise DownloadError("comes packed, which was not asked for")
    told = response.headers.get("Content-Length", "")
    expected = int(told) if told.isdecimal() else 0
    content = bytearray()
    while len(content) <= MAX_BYTES and expected <= MAX_BYTES:
        report("Fetching", len(content), expected)
        if time.monotonic() > deadline:
            raise DownloadError("comes too slowly")
        chunk = response.raw.read1(_CHUNK)  # what is there; to wait for more would be to wait for a slow server
        if not chunk:
            if len(content) < expected:
                raise DownloadError("was cut off on its way")
            return bytes(content)
        content += chunk
    raise DownloadError(f"is larger than {MAX_BYTES // 1_000_000} MB")


def _reason(error: Exception) -> str:
    import requests
    import urllib3

    match error:
        case requests.exceptions.SSLError():
            return "cannot be fetched: the server's identity could not be checked"
        case requests.Timeout() | urllib3.exceptions.TimeoutError():
            return "cannot be fetched: the server does not answer"
        case requests.ConnectionError() | urllib3.exceptions.ProtocolError():
            return "cannot be fetched: there is no connection to the server, or it was cut"
    return "cannot be fetched: the address or the server's answer makes no sense"

"""One picture from a server on this computer that behaves well or badly."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from resnet_gui.data import web_picture
from resnet_gui.data.web_picture import fetch_picture, host_of, name_of
from resnet_gui.errors import CancelledError, DownloadError

CONTENT = b"\x89PNG" + bytes(5000)


class Server(ThreadingHTTPServer):
    """Serves CONTENT; the attributes make it misbehave."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.status = 200
        self.headers: dict[str, str] = {"Content-Type": "image/png"}
        self.tells_size = True
        self.asked: list[dict[str, str]] = []
        self.waits = threading.Event()
        self.waits.set()

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet: clients that hang up are part of the tests."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/pictures/tulip%201.png?size=large"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        server = self.server
        server.asked.append({"path": self.path, **self.headers})
        self.send_response(server.status)
        for name, value in server.headers.items():
            self.send_header(name, value)
        if server.tells_size:
            self.send_header("Content-Length", str(len(server.content)))
        self.end_headers()
        self.wfile.write(server.content[:100])
        self.wfile.flush()
        server.waits.wait(10)
        self.wfile.write(server.content[100:])

    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.waits.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as server:
        yield server


def refused(url: str) -> str:
    with pytest.raises(DownloadError) as caught:
        fetch_picture(url)
    return caught.value.message


def test_a_picture_arrives_and_nothing_is_told_but_what_is_wanted(server: Server, tmp_path, monkeypatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    seen: list[int] = []
    assert fetch_picture(server.url, lambda _stage, done, _total: seen.append(done)) == CONTENT
    assert seen == sorted(seen)
    (asked,) = server.asked
    assert set(asked) <= {"path", "Host", "User-Agent", "Accept-Encoding", "Accept", "Connection"}
    assert asked["path"] == "/pictures/tulip%201.png?size=large"


@pytest.mark.parametrize("told", [True, False])
def test_more_than_the_limit_is_not_taken(server: Server, monkeypatch: pytest.MonkeyPatch, told: bool) -> None:
    monkeypatch.setattr(web_picture, "MAX_BYTES", 3000)
    server.tells_size = told
    assert "larger than" in refused(server.url)


def test_a_bomb_is_not_unpacked(server: Server) -> None:
    server.content = gzip.compress(bytes(10_000_000))
    server.headers["Content-Encoding"] = "gzip"
    assert "packed" in refused(server.url)


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (404, {}, "404"),
        (500, {}, "500"),
        (200, {"Content-Type": "text/html; charset=utf-8"}, "is a web page"),
        (302, {"Location": "file:///etc/hostname"}, "is no address on the web"),
        (302, {"Location": "ftp://127.0.0.1/x"}, "is no address on the web"),
        (302, {"Location": "/again"}, "again and again"),
    ],
)
def test_other_answers_are_told(server: Server, status: int, headers: dict[str, str], words: str) -> None:
    server.status = status
    server.headers |= headers
    assert words in refused(server.url)
    assert len(server.asked) <= 6


def test_a_redirect_is_followed_without_the_cookie_it_set(server: Server) -> None:
    with serving() as front:
        front.status = 302
        front.headers |= {"Location": server.url, "Set-Cookie": "who=me"}
        assert fetch_picture(front.url) == CONTENT
    assert "Cookie" not in server.asked[0]


def test_a_silent_server(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_picture, "_TIMEOUT_S", (0.2, 0.2))
    server.waits.clear()
    assert "does not answer" in refused(server.url)


def test_a_server_that_is_too_slow(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_picture, "_LONGEST_S", 0.0)
    assert "too slowly" in refused(server.url)


def test_a_cut_answer(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "5000")
        handler.end_headers()
        handler.wfile.write(b"part")

    monkeypatch.setattr(Handler, "do_GET", cut)
    assert "cut" in refused(server.url)


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as gone:
        pass
    assert "no connection" in refused(gone.url)


def test_cancelling_ends_it(server: Server) -> None:
    def stop(_stage: str, done: int, _total: int) -> None:
        if done:
            raise CancelledError

    server.waits.clear()
    with pytest.raises(CancelledError):
        fetch_picture(server.url, stop)


@pytest.mark.parametrize(
    "url",
    ["file:///etc/hostname", "ftp://a/b", "//a/b", "http://", "http://[", "javascript:alert(1)", "http://a:99999/", ""],
)
def test_other_addresses_are_refused_unasked(url: str) -> None:
    assert "is no address on the web" in refused(url)


def test_the_host_is_told_unmistakably() -> None:
    assert host_of("https://example.org/a.png") == "example.org"
    assert host_of("HTTP://example.org@127.0.0.1:8080/a.png") == "127.0.0.1:8080"
    assert host_of("https://ex\u0430mple.org/") == "xn--exmple-4nf.org"  # with a Cyrillic a
    assert name_of("https://example.org/b/tulip%201.png?x=1") == "tulip 1.png"
    assert name_of("https://example.org/") == "example.org"

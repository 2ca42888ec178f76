"""A server on this computer that gives one file, well or badly."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class FileServer(ThreadingHTTPServer):
    """Serves `content`; the attributes make it misbehave.

    Attributes:
        ranges: whether it can go on in the middle.
        cut_at: after how many bytes it hangs up.
        pause_at: after how many bytes it falls silent until `go_on` is set.
        redirect: where it sends everybody.
        tells_size: whether it says how much it sends.
        asked: the Range of each request.
    """

    daemon_threads = True
    ranges = True
    cut_at: int | None = None
    pause_at: int | None = None
    status = 200
    kind = "application/gzip"
    redirect = ""
    tells_size = True

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), FileHandler)
        self.content = content
        self.go_on = threading.Event()
        self.asked: list[str | None] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet: clients that hang up are part of the tests."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/file.tar.gz"


class FileHandler(BaseHTTPRequestHandler):
    server: FileServer

    def do_GET(self) -> None:
        server = self.server
        wanted = self.headers["Range"]
        server.asked.append(wanted)
        if server.redirect:
            self.send_response(302)
            self.send_header("Location", server.redirect)
            self.end_headers()
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and server.ranges else 0
        if start >= len(server.content):
            self.send_error(416)
            return
        body = server.content[start:]
        self.send_response(206 if start else server.status)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(server.content) - 1}/{len(server.content)}")
        self.send_header("Content-Type", server.kind)
        if server.tells_size:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if server.pause_at is not None:
            self.wfile.write(body[: server.pause_at])
            server.go_on.wait(10)
            body = body[server.pause_at :]
        self.wfile.write(body if server.cut_at is None else body[: server.cut_at])

    def log_message(self, *arguments: Any) -> None:
        pass


@contextmanager
def serving(content: bytes) -> Iterator[FileServer]:
    """Serve a file until the block ends."""
    server = FileServer(content)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()

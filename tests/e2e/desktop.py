"""A desktop for tests: a virtual screen with a window manager, its mouse and keyboard, and pictures of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PIL import Image, ImageGrab

NEEDED = ("Xvfb", "openbox", "xdotool")


def missing_programs() -> list[str]:
    """Return what a desktop needs and this machine lacks."""
    return [name for name in NEEDED if shutil.which(name) is None]


class Desktop:
    """A running virtual screen.

    Args:
        display: its X11 name.
    """

    def __init__(self, display: str) -> None:
        self.display = display
        self.environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "QT_LOGGING_RULES": "*=false"}

    def xdotool(self, *words: object) -> str:
        """Move the mouse, press keys, find windows."""
        done = subprocess.run(
            ["xdotool", *map(str, words)], env=self.environment, capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout.strip()

    def find_window(self, title: str, timeout: float = 60) -> str:
        """Wait for a visible window whose title contains a text; return its number."""
        found: list[str] = []

        def search() -> bool:
            done = subprocess.run(
                ["xdotool", "search", "--onlyvisible", "--name", title],
                env=self.environment,
                capture_output=True,
                text=True,
                check=False,
            )
            found[:] = done.stdout.split()
            return bool(found)

        wait_until(search, timeout, f"a window called {title}")
        return found[-1]

    def picture(self) -> Image.Image:
        """Return what is on the screen."""
        return ImageGrab.grab(xdisplay=self.display).convert("RGB")


@contextmanager
def virtual_desktop(width: int, height: int) -> Iterator[Desktop]:
    """Start a screen with a window manager, and end both afterwards."""
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        number = server.stdout.readline().strip()
        desktop = Desktop(f":{number}")
        with _window_manager(desktop):
            yield desktop
    finally:
        server.terminate()
        server.communicate(timeout=10)


@contextmanager
def _window_manager(desktop: Desktop) -> Iterator[None]:
    """Start a window manager and wait until it manages: before that, no window can be moved or activated.

    On a busy computer a new screen may still turn its first caller away, so one that has ended is started again.
    """
    command = ["openbox"]
    manager = subprocess.Popen(command, env=desktop.environment, stderr=subprocess.DEVNULL)

    def manages() -> bool:
        nonlocal manager
        if manager.poll() is not None:
            manager = subprocess.Popen(command, env=desktop.environment, stderr=subprocess.DEVNULL)
        asked = subprocess.run(
            ["xdotool", "get_desktop"], env=desktop.environment, capture_output=True, check=False, timeout=60
        )
        return asked.returncode == 0

    try:
        wait_until(manages, 60, "the window manager")
        yield
    finally:
        manager.terminate()
        manager.wait(10)


def wait_until(condition: Callable[[], bool], timeout: float, what: str) -> None:
    """Wait for something another program does; fail when it takes too long."""
    pause = threading.Event()
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout:.0f} s in vain for {what}")
        pause.wait(0.1)

"""The real program on a real (virtual) desktop, driven by mouse and keyboard."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_gui.data.shapes import draw_shape
from tests.e2e.desktop import Desktop, missing_programs, virtual_desktop, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing_programs()), reason=f"needs {', '.join(missing_programs())}"),
]
WIDTH, HEIGHT = 1280, 800
TRAIN_BLUE = (0x00, 0x72, 0xB2)
BAR_TRACK = (0xE6, 0xE7, 0xE9)


@pytest.fixture
def desktop() -> Iterator[Desktop]:
    with virtual_desktop(WIDTH, HEIGHT) as desktop:
        yield desktop


def near(picture: Image.Image, colour: tuple[int, int, int]) -> np.ndarray:
    """Return where a picture has a colour, (height, width) bool."""
    return (np.abs(np.asarray(picture).astype(int) - colour) <= 6).all(axis=2)


def records(runs: Path) -> list[dict]:
    return [json.loads(path.read_bytes()) for path in runs.glob("*/run.json")]


def count_bars(picture: Image.Image) -> int:
    """Count the horizontal bars, filled or empty, in the window's right-hand column."""
    column = picture.crop((WIDTH - 60, 110, WIDTH - 40, HEIGHT - 80))
    row_is_bar = (near(column, TRAIN_BLUE) | near(column, BAR_TRACK)).all(axis=1)
    return int((np.diff(row_is_bar.astype(int)) == 1).sum())


def test_train_then_drop_pictures(desktop: Desktop, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    pictures = [tmp_path / name for name in ("star.png", "하트 ❤.png", "=ring.png")]
    for path, shape in zip(pictures, ("star", "heart", "ring"), strict=True):
        draw_shape(shape, seed=1, size=320).save(path)
    with running_program(desktop, runs) as program:
        empty = blue_in_plots(desktop)
        press_start(desktop, runs)
        wait_until(lambda: (blue_in_plots(desktop) > empty + 150).all(), 120, "both plots to fill")
        desktop.xdotool("key", "--clearmodifiers", "shift+F5")
        wait_until(lambda: records(runs)[0]["finish_reason"] == "stopped", 60, "the training to stop")

        desktop.xdotool("key", "--clearmodifiers", "alt+2")
        with drop(desktop, pictures) as action:
            wait_until(lambda: count_bars(desktop.picture()) == 5, 30, "five bars")
        assert action == "CopyAction"
        assert all(path.is_file() for path in pictures), "a drop must never take the files away"

        desktop.xdotool("key", "--clearmodifiers", "ctrl+q")
        _, errors = program.communicate(timeout=30)
        assert program.returncode == 0
        assert b"Traceback" not in errors


def blue_in_plots(desktop: Desktop) -> np.ndarray:
    """Return how many pixels have the training curves' colour in the upper and in the lower plot, (2,)."""
    blue = near(desktop.picture(), TRAIN_BLUE)[:, WIDTH // 3 :]
    return np.array([blue[100 : HEIGHT // 2].sum(), blue[HEIGHT // 2 : 600].sum()])


@contextmanager
def running_program(desktop: Desktop, runs: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start the program, its window over the whole screen; end it afterwards if it is still there."""
    program = subprocess.Popen(
        [sys.executable, "-m", "resnet_gui", "--runs", str(runs)], env=desktop.environment, stderr=subprocess.PIPE
    )
    try:
        window = desktop.find_window("ResNet GUI")
        desktop.xdotool("windowsize", window, WIDTH, HEIGHT, "windowmove", window, 0, 0, "windowactivate", window)
        yield program
    finally:
        program.kill()
        program.communicate()


def press_start(desktop: Desktop, runs: Path) -> None:
    """Press Start until a training is there: it waits for the pictures, which are loaded when the window opens."""

    def started() -> bool:
        desktop.xdotool("key", "--clearmodifiers", "F5")
        return any(runs.glob("*/run.json"))

    wait_until(started, 60, "the training to start")


@contextmanager
def drop(desktop: Desktop, files: list[Path]) -> Iterator[str]:
    """Drag files from another program, which stays open, onto the middle of the screen; yield what the drop did."""
    source = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("drag_source.py")), *map(str, files)],
        env=desktop.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        desktop.find_window("Drag source")
        steps: list[object] = ["mousemove", 60, 40, "mousedown", 1]
        for fraction in range(1, 21):
            steps += ["mousemove", 60 + (WIDTH // 2 - 60) * fraction // 20, 40 + (HEIGHT // 2 - 40) * fraction // 20]
            steps += ["sleep", 0.05]
        desktop.xdotool(*steps, "mouseup", 1)
        assert source.stdout is not None
        yield source.stdout.readline().strip()
    finally:
        source.kill()
        source.communicate()


def test_closing_while_training_asks_stops_and_saves(desktop: Desktop, tmp_path: Path) -> None:
    with training_program(desktop, tmp_path) as program:
        desktop.xdotool("key", "--clearmodifiers", "ctrl+q")
        desktop.find_window("A training is running")
        desktop.xdotool("key", "--clearmodifiers", "alt+s")
        assert_saved(program, tmp_path)


def test_a_polite_kill_stops_and_saves(desktop: Desktop, tmp_path: Path) -> None:
    with training_program(desktop, tmp_path) as program:
        program.terminate()
        assert_saved(program, tmp_path)


@contextmanager
def training_program(desktop: Desktop, runs: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start the program and let it train until there are some steps."""
    with running_program(desktop, runs) as program:
        press_start(desktop, runs)
        wait_until(lambda: any(b'"loss"' in path.read_bytes() for path in runs.glob("*/metrics.jsonl")), 90, "steps")
        yield program


def assert_saved(program: subprocess.Popen[bytes], runs: Path) -> None:
    """Wait for the program to end by itself; its run must be stopped and its model there."""
    _, errors = program.communicate(timeout=60)
    assert program.returncode == 0, errors
    assert b"Traceback" not in errors
    (record,) = records(runs)
    assert (record["finish_reason"], record["state"]) == ("stopped", "idle")
    assert any(runs.glob("*/model/model.json"))

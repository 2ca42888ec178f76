"""Ten thousand pictures dropped on the window at once: `python -m benchmarks.drop_many`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import psutil
from PIL import Image
from PySide6.QtCore import QEventLoop, QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from benchmarks._common import print_header, run_program, workplace
from benchmarks._gap_meter import PROBE_MS, GapMeter
from resnet_gui.garbage import pass_over_what_is_there
from resnet_gui.gui.classify_tab.picture_browser import PictureBrowser
from resnet_gui.gui.classify_tab.picture_filter import Order
from resnet_gui.gui.classify_tab.picture_list import PictureList
from resnet_gui.gui.main_window import MainWindow
from resnet_gui.gui.window_settings import WindowSettings
from resnet_gui.runs.store import RunStore

_SIDES = (96, 72)  # pixels
_PER_FOLDER = 100
_IDLE_MS = 2000
_LOOK_EVERY_MS = 50
_SCROLL_EVERY_MS = 30
_LONGEST_MS = 50


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how the window bears a drop of many pictures.")
    parser.add_argument("--count", type=int, default=10_000, metavar="N", help="how many pictures; default: 10000")
    parser.add_argument("--files", action="store_true", help="drop every single file, not their folder")
    parser.add_argument("--sorted", action="store_true", help="show the least sure first meanwhile")
    parser.add_argument("--scroll", action="store_true", help="scroll through the list meanwhile")
    arguments = parser.parse_args()
    with workplace() as folder:
        print_header(f"{arguments.count} pictures dropped on the window")
        run_program([sys.executable, "-m", "benchmarks._seeded_run", folder / "runs", "seeded", "small"])
        pictures = _painted(folder / "pictures", arguments.count)
        app = QApplication([])
        settings = WindowSettings(folder / "settings.ini")
        settings.model = "seeded"
        window = MainWindow(RunStore(folder / "runs"), settings)
        window.show()
        window.tabs.setCurrentWidget(window.classify_tab)
        browser = window.classify_tab.findChild(PictureBrowser)
        if arguments.sorted:
            browser.filters.order.setCurrentIndex(browser.filters.order.findData(Order.LEAST_SURE))
        if arguments.scroll:
            _scroll(browser.list)
        _wait(_IDLE_MS)
        pass_over_what_is_there()  # as the program does when its window is painted
        _measure(window, pictures if arguments.files else [folder / "pictures"], len(pictures))
        window.close()
        app.processEvents()


def _measure(window: MainWindow, dropped: list[Path], count: int) -> None:
    records = window.classify_tab.findChild(PictureBrowser).list.model().records
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in dropped])
    memory = psutil.Process().memory_info().rss
    meter = GapMeter(window)
    started, listed = time.time(), 0.0
    QTimer.singleShot(0, lambda: _drop(window, mime))
    while records.done < count:
        _wait(_LOOK_EVERY_MS)
        if not listed and len(records) == count:
            listed = time.time() - started
    seconds = time.time() - started
    _wait(_IDLE_MS)
    times, gaps = meter.gaps()
    worst = int(gaps.late.argmax())
    print(f"listed after {listed:.2f} s, classified after {seconds:.1f} s: {count / seconds:.0f} pictures/s")
    print(f"memory {memory / 2**20:.0f} MiB before, {psutil.Process().memory_info().rss / 2**20:.0f} MiB after")
    p50, p99 = np.percentile(gaps.late, (50, 99))
    print(f"event loop later than the {PROBE_MS} ms after which a tick is due: p50 {p50:.1f}, p99 {p99:.1f} ms,")
    print(f"longest {gaps.late[worst]:.1f} ms [{_LONGEST_MS}], {times[worst] - started:.2f} s after the drop, spent")
    print(f"at work, waiting for a core, waiting for a lock (the GIL): {gaps.reasons(worst)}")
    print(f"{(gaps.late > _LONGEST_MS).sum()} of {len(gaps.late)} over {_LONGEST_MS} ms")


def _painted(folder: Path, count: int) -> list[Path]:
    """Write small pictures, each of a colour of its own, into folders of a hundred."""
    colours = np.random.default_rng(0).integers(0, 256, (count, 3), np.uint8)
    paths = []
    for number, colour in enumerate(colours):
        inside = folder / f"class {number // _PER_FOLDER}"
        inside.mkdir(parents=True, exist_ok=True)
        paths.append(inside / f"picture {number}.jpg")
        Image.new("RGB", _SIDES, tuple(map(int, colour))).save(paths[-1])
    return paths


def _drop(window: MainWindow, mime: QMimeData) -> None:
    """Drag something over the Classify tab and drop it, as a file manager does."""
    place, actions = QPoint(50, 50), Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    try:
        enter = QDragEnterEvent(place, actions, mime, *keys)
    except TypeError:  # since Qt 6.12
        enter = QDragEnterEvent(QPointF(place), actions, mime, *keys)
    QApplication.sendEvent(window.classify_tab, enter)  # Qt gives the drop to the widget that took this
    QApplication.sendEvent(window.classify_tab, QDropEvent(QPointF(place), actions, mime, *keys))


def _scroll(view: PictureList) -> None:
    timer = QTimer(view, interval=_SCROLL_EVERY_MS)
    bar = view.verticalScrollBar()
    timer.timeout.connect(lambda: bar.setValue((bar.value() + bar.pageStep()) % max(1, bar.maximum())))
    timer.start()


def _wait(milliseconds: int) -> None:
    """Let the event loop run."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


if __name__ == "__main__":
    main()

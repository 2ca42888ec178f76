"""Draw the window to pictures, without a display: `python -m resnet_gui.gui.snapshot`.

For a computer with no display, and for the pictures in the README.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from resnet_gui.errors import ResNetGuiError
from resnet_gui.inference.catalog import SHIPPED_KEY

if TYPE_CHECKING:
    from resnet_gui.gui.main_window import MainWindow

_QUIET_CHECKS, _CHECK_MS = 5, 100


def main(argv: Sequence[str] | None = None) -> int:
    """Draw both tabs, one after the other, and print where the pictures are."""
    parser = argparse.ArgumentParser(prog="python -m resnet_gui.gui.snapshot", description=main.__doc__)
    parser.add_argument("pictures", nargs="*", type=Path, help="pictures to show on the Classify tab")
    parser.add_argument("--run", type=Path, required=True, metavar="DIR", help="the run to show")
    parser.add_argument(
        "--model", metavar="NAME", help=f"another run's model to classify with, or {SHIPPED_KEY}, the program's own"
    )
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="where the pictures go")
    parser.add_argument("--appearance", choices=("light", "dark"), default="light")
    parser.add_argument("--size", default="1280x800", metavar="WIDTHxHEIGHT")
    arguments = parser.parse_args(argv)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"

    from PySide6.QtWidgets import QApplication

    from resnet_gui.gui.main_window import MainWindow
    from resnet_gui.gui.theme import Appearance
    from resnet_gui.gui.window_settings import WindowSettings
    from resnet_gui.runs.run import Run
    from resnet_gui.runs.store import RunStore

    app = QApplication([])  # must live as long as the window
    with tempfile.TemporaryDirectory() as folder:
        settings = WindowSettings(Path(folder) / "settings.ini")
        settings.appearance = Appearance(arguments.appearance)
        settings.launcher_offered = True
        run = Run.open(arguments.run)
        window = MainWindow(RunStore(run.folder.parent), settings)
        window.resize(*(int(side) for side in arguments.size.split("x")))
        window.show()
        window.train_tab.set_config(run.record.config)
        window.session.show(run)
        _wait_until_quiet()
        _save(window, arguments.to / f"train-{arguments.appearance}.png")
        model = arguments.model or run.name
        window.classify_tab.refresh_models(select=model)
        entry = window.classify_tab.chooser.entry
        if entry is None or entry.key != model:
            raise ResNetGuiError(f"There is no model {model}.")
        window.classify(arguments.pictures)
        _wait_until_quiet()
        _save(window, arguments.to / f"classify-{arguments.appearance}.png")
        window.close()
        app.processEvents()
    return 0


def _save(window: MainWindow, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not window.grab().save(str(path)):
        raise ResNetGuiError(f"The picture {path} cannot be written.")
    print(path)


def _wait_until_quiet() -> None:
    """Run the event loop until no background work has been going on for half a second."""
    from PySide6.QtCore import QEventLoop, QTimer

    from resnet_gui.gui.task import any_running

    loop, quiet = QEventLoop(), 0

    def on_timeout() -> None:
        nonlocal quiet
        quiet = 0 if any_running() else quiet + 1
        if quiet == _QUIET_CHECKS:
            loop.quit()

    timer = QTimer(interval=_CHECK_MS)
    timer.timeout.connect(on_timeout)
    timer.start()
    loop.exec()


if __name__ == "__main__":
    sys.exit(main())

"""The window, training: `python -m benchmarks._training_window [FLAGS of resnet-gui-cli train] --runs DIR`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from benchmarks._report import report
from resnet_gui.cli.settings_flags import add_setting_flags, config_from
from resnet_gui.gui.main_window import MainWindow
from resnet_gui.gui.train_tab.actions import Request
from resnet_gui.gui.window_settings import WindowSettings
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import Finished
from resnet_gui.runs.state import FinishReason
from resnet_gui.runs.store import RunStore

_LOOK_EVERY_MS = 200


def train_in_window(
    config: TrainingConfig,
    runs: Path,
    on_shown: Callable[[MainWindow], None] = lambda _: None,
    idle_ms: int = 0,
) -> None:
    """Open the window, press Start as soon as it can be pressed, and close it when the training has ended.

    Args:
        config: the settings put into the form.
        runs: the folder of runs.
        on_shown: is given the window before anything happens in it.
        idle_ms: how long to wait, all pictures loaded, before Start.

    Raises:
        SystemExit: the training did not complete.
    """
    app = QApplication([])
    window = MainWindow(RunStore(runs), WindowSettings(runs.with_name("settings.ini")))
    window.show()
    on_shown(window)
    tab = window.train_tab
    tab.set_config(config)
    start = tab.actions_by_request[Request.START]
    looking = QTimer(window, interval=_LOOK_EVERY_MS)

    def start_when_ready() -> None:
        if start.isEnabled():
            looking.stop()
            QTimer.singleShot(idle_ms, start.trigger)

    def close(end: Finished) -> None:
        ends.append(end)
        QTimer.singleShot(0, app.quit)

    ends: list[Finished] = []
    looking.timeout.connect(start_when_ready)
    looking.start()
    window.session.finished.connect(close)
    app.exec()
    window.close()
    if ends[0].reason is not FinishReason.COMPLETED:
        raise SystemExit(f"The training {ends[0].reason}: {ends[0].message}\n{ends[0].details}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_setting_flags(parser)
    parser.add_argument("--runs", type=Path, required=True, metavar="DIR")
    arguments = parser.parse_args(sys.argv[1:])
    train_in_window(config_from(arguments), arguments.runs)
    report("trained")


if __name__ == "__main__":
    main()

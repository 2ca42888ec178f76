"""The program with a window: `resnet-gui [FILE...]`."""

from __future__ import annotations

import argparse
import logging
import logging.handlers
import sys
from collections.abc import Sequence
from pathlib import Path

from resnet_gui import __version__, paths
from resnet_gui.errors import ResNetGuiError
from resnet_gui.garbage import pass_over_what_is_there

log = logging.getLogger(__name__)

EXIT_FAILED = 1
_LOG_WATCH_MS = 60_000


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window and run until it is closed; return the exit status.

    Qt is imported only once it is known that a window can be shown: where its libraries or a display are
    missing, importing or starting it would end the process without a word the user could use.
    """
    paths.ensure_streams()
    arguments = _parser().parse_args(argv)
    problem = paths.display_problem()
    if problem is not None:
        print(f"resnet-gui: {problem}", file=sys.stderr)
        return EXIT_FAILED
    try:
        _start_log()
        return _run(arguments.runs or paths.runs_folder(), arguments.files)
    except ResNetGuiError as error:
        print(f"resnet-gui: {error}", file=sys.stderr)
        return EXIT_FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="resnet-gui",
        description="Watch an image classifier learn, then drop pictures on it. In a terminal: resnet-gui-cli.",
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="pictures or folders to classify")
    parser.add_argument("--runs", type=Path, metavar="DIR", help="the folder of runs, if it is not the usual one")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


def _start_log() -> None:
    handler = logging.handlers.RotatingFileHandler(
        paths.log_file(), maxBytes=paths.LOG_SIZE, backupCount=1, encoding="utf-8", delay=True
    )
    handler.rotator = paths.empty_log
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _run(runs: Path, files: list[Path]) -> int:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from resnet_gui.gui.error_dialog import install_excepthook, show_fatal_error
    from resnet_gui.gui.main_window import MainWindow
    from resnet_gui.gui.signals import close_on_signals
    from resnet_gui.gui.task import finish_tasks
    from resnet_gui.gui.window_settings import WindowSettings
    from resnet_gui.runs.store import RunStore

    app = QApplication([paths.APP_NAME])
    app.setApplicationName(paths.APP_NAME)
    app.setApplicationDisplayName("ResNet GUI")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName(paths.APP_NAME)
    install_excepthook(app)
    try:
        window = MainWindow(RunStore(runs), WindowSettings(paths.settings_file()))
        close_on_signals(window)
        window.show()
        if files:
            window.classify(files)
        else:
            QTimer.singleShot(0, pass_over_what_is_there)  # when it is painted
    except Exception as error:
        log.critical("The window cannot be opened", exc_info=True)
        show_fatal_error(error)
        finish_tasks()
        return EXIT_FAILED
    log_watch = QTimer(app, interval=_LOG_WATCH_MS)
    log_watch.timeout.connect(paths.short_log)  # C++ libraries and other programs write to it as well
    log_watch.start()
    with paths.native_messages_in_log():
        status = app.exec()
        finish_tasks()  # what was dropped may still run, and Qt aborts if a thread outlives the program
    return status


if __name__ == "__main__":
    sys.exit(main())

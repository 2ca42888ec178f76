"""Folders and everything that differs between operating systems.

Nowhere else in the package asks which system it runs on.
"""

from __future__ import annotations

import os
import re
import socket
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs

from resnet_gui.errors import ResNetGuiError

APP_NAME = "resnet-gui"
LOG_SIZE = 1_000_000
"""How long the log gets, in bytes, before it is emptied; as much of it is kept in a second file."""
_BACKGROUND_NICENESS = 10
# Shared libraries that Qt loads at run time, with the Debian and Ubuntu package of each; packages that these bring
# along are left out. Where libglib2.0-0 is now called libglib2.0-0t64, apt-get still takes the old name.
_DRAWING_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
}
_WINDOW_LIBRARIES = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
}


def resource_path(*parts: str) -> Path:
    """Return the path of a file below `resources/`, from an installed wheel or from a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "resources"
    root = installed if installed.is_dir() else package.parent / "resources"
    return root.joinpath(*parts)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResNetGuiError(
            f"The folder {folder} cannot be made: {error.strerror or error}.",
            "Check that its parent folder exists and that you may write there.",
        ) from error
    return folder


def data_folder() -> Path:
    """Return the folder that holds the user's runs and downloaded data, made if missing."""
    return _made(platformdirs.user_data_path(APP_NAME, appauthor=False))


def runs_folder() -> Path:
    """Return the default folder of runs."""
    return data_folder() / "runs"


def models_folder() -> Path:
    """Return the folder of models that were fetched, made if missing."""
    return _made(data_folder() / "models")


def cache_folder() -> Path:
    """Return the folder of what can be made again, made if missing."""
    return _made(platformdirs.user_cache_path(APP_NAME, appauthor=False))


def settings_file() -> Path:
    """Return the file in which the window remembers its settings."""
    return _made(platformdirs.user_config_path(APP_NAME, appauthor=False)) / "settings.ini"


def log_file() -> Path:
    """Return the program's own log file."""
    return _made(platformdirs.user_log_path(APP_NAME, appauthor=False)) / "resnet-gui.log"


def empty_log(log: str | Path, older: str | Path) -> None:
    """Move the end of a log to another file, and go on with an empty one under the same name.

    It is emptied, not renamed: who else writes to it, C++ libraries above all, would go on with the renamed file, and
    Windows renames nothing that is open.
    """
    with suppress(FileNotFoundError), Path(log).open("rb+") as file:
        file.seek(max(file.seek(0, os.SEEK_END) - LOG_SIZE, 0))
        Path(older).write_bytes(file.read(LOG_SIZE))
        file.truncate(0)


def short_log() -> Path:
    """Return the log for somebody who only appends to it, emptied before if it got too long."""
    log = log_file()
    if log.is_file() and log.stat().st_size > LOG_SIZE:
        empty_log(log, log.with_name(f"{log.name}.1"))
    return log


def sync_folder(folder: Path) -> None:
    """Make a rename inside `folder` survive a power cut, where the system can."""
    if sys.platform == "win32":  # directories cannot be opened there
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def ensure_streams() -> None:
    """Point missing stdout and stderr at the log; call it first.

    A launch without a console (a double click, `pythonw`) leaves them None, and libraries that print crash. It may
    leave their file descriptors closed too: the next file or socket to be opened would get such a number, and be
    written to by whatever prints from C++.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    if sys.stdout is None or sys.stderr is None:
        log = short_log().open("a", encoding="utf-8", buffering=1)
        sys.stdout = sys.stdout or log
        sys.stderr = sys.stderr or log


def give_way() -> None:
    """Let the calling thread, and those it will start, give way to the window's, where the system can.

    TensorFlow keeps every core busy; without this a click waits until the scheduler takes one away from it. Alone
    on the computer a training is no slower for it.
    """
    if sys.platform == "linux":  # where threads have a niceness of their own, and pass it on
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _BACKGROUND_NICENESS)


@contextmanager
def native_messages_in_log() -> Iterator[None]:
    """Write what C++ libraries print to stderr into the log; Python's own stderr stays where it is.

    TensorFlow tells of its build and of absent graphics cards on every start, before any setting can silence it.
    """
    if sys.__stderr__ is None:  # started without a console: there is nothing to divert
        yield
        return
    try:
        log = short_log().open("ab")
    except (OSError, ResNetGuiError):  # nowhere to divert it to
        yield
        return
    terminal = os.dup(2)
    python_stderr = sys.stderr
    with log, os.fdopen(os.dup(terminal), "w", buffering=1, errors="replace") as stand_in:
        if python_stderr is sys.__stderr__:
            sys.stderr = stand_in
        os.dup2(log.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
            sys.stderr = python_stderr


def display_problem() -> ResNetGuiError | None:
    """Return why no window can be shown here, or None if one can.

    Qt ends the process when its display or a library is missing, so both are looked at before Qt is.
    """
    if not has_display():
        return ResNetGuiError(
            "No display was found, so no window can be opened.",
            "Start the program from a desktop, or use the command line: resnet-gui-cli --help.",
        )
    missing = missing_qt_libraries()
    if missing:
        return ResNetGuiError(
            f"Qt, which draws the window, needs system libraries that are missing here: {', '.join(missing)}.",
            f"On Debian or Ubuntu this line installs them: {_install_line(missing.values())}",
        )
    return None


def has_display() -> bool:
    """Return whether there is a desktop to open a window on, or Qt was told to draw elsewhere."""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return _wayland_answers() or _x11_answers()


def missing_qt_libraries(*, window: bool | None = None) -> dict[str, str]:
    """Return those libraries Qt needs that cannot be loaded, each with its Debian package.

    Args:
        window: whether windows are to be shown, which takes more libraries than drawing pictures does; by
            default, if there is a desktop to show them on.
    """
    if sys.platform != "linux":
        return {}
    import ctypes

    if window is None:
        window = has_display() and not os.environ.get("QT_QPA_PLATFORM")
    libraries = _DRAWING_LIBRARIES | _WINDOW_LIBRARIES if window else _DRAWING_LIBRARIES
    missing = {}
    for library, package in libraries.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing[library] = package
    return missing


def applications_folder() -> Path | None:
    """Return the folder below which the desktop looks for the user's programs and icons, None where it has none."""
    if sys.platform != "linux":
        return None
    return platformdirs.user_data_path()


def _install_line(packages: Iterable[str]) -> str:
    line = f"apt-get install {' '.join(packages)}"
    if sys.platform == "linux" and os.geteuid() == 0:
        return line
    return f"sudo {line}"


def _wayland_answers() -> bool:
    name = os.environ.get("WAYLAND_DISPLAY", "")
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    return bool(name) and _listens(os.path.join(folder, name))


def _x11_answers() -> bool:
    display = os.environ.get("DISPLAY", "")
    parts = re.fullmatch(r"([^:]*):(\d+)(?:\.\d+)?", display)
    if not parts:
        return bool(display)  # a form not known here: Qt will say
    host, number = parts[1], int(parts[2])
    if host not in ("", "unix"):  # forwarded by ssh, or another computer's
        try:
            socket.create_connection((host, 6000 + number), timeout=2).close()
        except OSError:
            return False
        return True
    path = f"/tmp/.X11-unix/X{number}"
    return _listens(path) or _listens("\0" + path)


def _listens(address: str) -> bool:
    if sys.platform == "win32":  # its Python knows no such sockets
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        try:
            probe.connect(address)
        except OSError:
            return False
        return True

"""Set up what ResNet GUI needs: its virtual environment, its packages and the system's libraries.

The system's own Python runs this, before anything is installed: it uses the standard library alone. What is
already there is left as it is, so running it again takes a moment.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = Path(sysconfig.get_path("scripts", "venv", {"base": str(VENV)}), "python")
# There while packages are being installed: an installation that was cut off leaves it behind.
UNFINISHED = VENV / "unfinished"
# Where the environment was made: its scripts hold this path, so they do not survive a move.
PLACE = VENV / "place"
# What the tests drive the window with, and the fonts they draw other scripts with.
TEST_PACKAGES = ["desktop-file-utils", "fonts-noto-cjk", "openbox", "xdotool", "xvfb"]


class SetupError(Exception):
    """What cannot be set up, in words for the user."""


def main() -> int:
    """Set up what is missing and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dev", action="store_true", help="set up what the tests and checks need too")
    dev = parser.parse_args().dev
    try:
        with alone():
            prepare_packages(dev)
            prepare_qt_libraries(dev)
            if dev:
                prepare_test_tools()
    except (SetupError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The next start sets up what is missing.", file=sys.stderr)
        return 130
    return 0


@contextmanager
def alone() -> Iterator[None]:
    """Let one set-up at a time work in this checkout: a program double-clicked twice must not fight itself."""
    if fcntl is None:
        yield
        return
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up is at work here; waiting for it.", flush=True)
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def prepare_packages(dev: bool) -> None:
    """Bring the virtual environment to what the lock file says."""
    lock = ROOT / ("requirements-dev.lock" if dev else "requirements.lock")
    stamp = VENV / f"{lock.stem}.installed"
    wanted = hashlib.sha256(lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    usable = is_usable()
    if usable and stamp.is_file() and stamp.read_text() == wanted:
        return

    if not usable:
        print(f"Setting up {VENV}: some minutes and 3 GB, this once.", flush=True)
        make_environment()
    UNFINISHED.touch()
    # Only what the lock file holds, checked by its hashes, from wherever this computer's pip is set to look.
    pip("--require-hashes", "-r", lock)
    pip("--no-deps", "--no-build-isolation", "-e", ROOT)
    stamp.write_text(wanted)
    UNFINISHED.unlink()


def is_usable() -> bool:
    """Return whether the virtual environment is whole, in its place, and the Python it was made from still there."""
    if UNFINISHED.exists() or (PLACE.exists() and PLACE.read_bytes() != os.fsencode(VENV)):
        return False
    try:
        return subprocess.run([PYTHON, "-c", ""], stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


def make_environment() -> None:
    """Make the virtual environment anew."""
    if importlib.util.find_spec("ensurepip") is None:  # Debian and Ubuntu keep it in a package of its own
        package = f"python3.{sys.version_info.minor}-venv"
        if not install([package]):
            raise SetupError(f"Python's venv module is missing. This line installs it:\n    {install_line([package])}")
    if VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    UNFINISHED.touch()
    PLACE.write_bytes(os.fsencode(VENV))
    try:
        venv.create(VENV, with_pip=True, symlinks=os.name != "nt")
    except subprocess.CalledProcessError as error:
        raise SetupError(f"The virtual environment {VENV} cannot be made: {error.output or error}") from error


def pip(*arguments: str | Path) -> None:
    """Install with the environment's pip."""
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", *arguments]
    if subprocess.run(command, check=False).returncode:
        raise SetupError(
            "The packages could not be installed; pip says why above. Check the network and the space on the disk,"
            " then try again: what was downloaded is kept."
        )


def prepare_qt_libraries(dev: bool) -> None:
    """Install the system libraries that Qt needs, or say which are missing."""
    window = "True" if dev else "None"  # the tests open windows on a display of their own
    program = f"""if True:
        from resnet_gui import paths
        for library, package in paths.missing_qt_libraries(window={window}).items():
            print(library, package)
    """
    listed = subprocess.run([PYTHON, "-c", program], stdout=subprocess.PIPE, text=True, check=False)
    if listed.returncode:
        raise SetupError(f"The installation in {VENV} does not work. Delete this folder and try again.")
    missing = dict(line.split() for line in listed.stdout.splitlines())
    packages = list(missing.values())
    if missing and not install(packages):
        raise SetupError(
            f"Qt, which draws the window, needs system libraries that are missing here: {', '.join(missing)}."
            f" On Debian or Ubuntu this line installs them:\n    {install_line(packages)}"
        )


def prepare_test_tools() -> None:
    """Install the programs that some tests need, or say that these tests are left out."""
    if not shutil.which("dpkg-query"):
        return
    missing = [package for package in TEST_PACKAGES if not is_installed(package)]
    if missing and not install(missing):
        print(f"Some tests are left out without {', '.join(missing)}. To run them too:\n    {install_line(missing)}")


def is_installed(package: str) -> bool:
    """Return whether a Debian package is installed."""
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    return subprocess.run(query, capture_output=True, text=True, check=False).stdout == "installed"


def install(packages: list[str]) -> bool:
    """Install Debian packages if root runs this, and return whether they are there now."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return False
    print(f"Installing {' '.join(packages)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    update = ["apt-get", "update", "-q"]
    get = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages]
    return all(subprocess.run(step, env=environment, check=False).returncode == 0 for step in (update, get))


def install_line(packages: list[str]) -> str:
    """Return what a user types to install Debian packages."""
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get install {' '.join(packages)}"


if __name__ == "__main__":
    sys.exit(main())

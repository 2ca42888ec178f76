"""The program as installed from its wheel: what is in it, and how it starts where something is missing."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from resnet_gui import __version__, paths
from resnet_gui.data.scenes import draw_scene

ROOT = Path(__file__).resolve().parents[2]
SIGTERM_BIT = 1 << (signal.SIGTERM - 1)

pytestmark = pytest.mark.slow
linux = pytest.mark.skipif(sys.platform != "linux", reason="about Linux desktops")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel, its dependencies aside, and return the folder."""
    folder = tmp_path_factory.mktemp("installed") / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", folder, wheel]
    subprocess.run(pip, check=True)
    return folder


@pytest.fixture
def environment(site: Path, tmp_path: Path) -> dict[str, str]:
    """Return the variables with which the installed program is the one that is found, and no display is."""
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    variables = {name: value for name, value in os.environ.items() if name not in hidden}
    return {**variables, "PYTHONPATH": str(site)}


def run(command: list[str | Path], environment: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, check=False, timeout=60)


def test_every_resource_the_program_reads_is_in_the_wheel(wheel: Path) -> None:
    """Launchers and screenshots are for a checkout."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "resources/icons", "resources/labels", "resources/models"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if tracked.returncode:
        pytest.skip("not a git checkout")
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    assert {f"resnet_gui/{name}" for name in tracked.stdout.split("\0") if name} <= packed


def test_resources_are_found_where_they_were_installed(site: Path, environment: dict[str, str], tmp_path: Path) -> None:
    program = """if True:
        from resnet_gui.paths import resource_path
        print(resource_path("labels", "imagenet.csv"))
        print(resource_path("icons", "resnet-gui.svg"))
    """
    found = run([sys.executable, "-c", program], environment, tmp_path)
    assert found.returncode == 0, found.stderr
    for path in map(Path, found.stdout.splitlines()):
        assert path.is_relative_to(site)
        assert path.is_file()


def test_the_command_line_starts(site: Path, environment: dict[str, str], tmp_path: Path) -> None:
    started = run([site / "bin" / "resnet-gui-cli", "--help"], environment, tmp_path)
    assert (started.returncode, started.stderr) == (0, "")
    assert "train" in started.stdout
    assert "launcher" in started.stdout
    assert __version__ in run([site / "bin" / "resnet-gui-cli", "--version"], environment, tmp_path).stdout


@linux
def test_a_fresh_installation_classifies_offline(site: Path, environment: dict[str, str], tmp_path: Path) -> None:
    offline = ["unshare", "--map-root-user", "--net"]
    if shutil.which("unshare") is None or subprocess.run([*offline, "true"], check=False).returncode:
        pytest.skip("the network cannot be taken away here")
    draw_scene("orange").save(tmp_path / "drawn.png")
    told = run([*offline, site / "bin" / "resnet-gui-cli", "classify", "drawn.png"], environment, tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.splitlines()[1].endswith("orange - fruit and vegetables")


@linux
@pytest.mark.parametrize("console", ["", ">&- 2>&-"], ids=["console", "no console"])
def test_the_window_opens_and_closes(site: Path, environment: dict[str, str], tmp_path: Path, console: str) -> None:
    with subprocess.Popen(
        ["sh", "-c", f'exec "$0" {console}', site / "bin" / "resnet-gui"],
        env={**environment, "QT_QPA_PLATFORM": "offscreen"},
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    ) as window:
        try:
            wait_for_window(window)
            window.terminate()
            _, errors = window.communicate(timeout=30)
        finally:
            window.kill()
    assert window.returncode == 0
    # Qt's offscreen platform says this of every window.
    assert set(errors.splitlines()) <= {"This plugin does not support propagateSizeHints()"}
    log = paths.log_file()
    assert "Traceback" not in (log.read_text(encoding="utf-8") if log.exists() else "")


def wait_for_window(window: subprocess.Popen[str]) -> None:
    """Wait until the program closes its window on SIGTERM and is done with opening it."""
    deadline = time.monotonic() + 60
    worked = -1
    while window.poll() is None and time.monotonic() < deadline:
        caught = re.search(r"^SigCgt:\s*(\w+)", Path(f"/proc/{window.pid}/status").read_text(), re.M)
        user, system = Path(f"/proc/{window.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        if caught and int(caught[1], 16) & SIGTERM_BIT and worked == int(user) + int(system):
            return
        worked = int(user) + int(system)
        time.sleep(0.3)
    window.kill()
    log = paths.log_file()
    pytest.fail(f"The window did not open: {window.communicate()[1]}{log.read_text() if log.exists() else ''}")


@linux
@pytest.mark.parametrize("display", [None, ":987", "localhost:987.0"], ids=["none", "dead", "dead and far"])
def test_without_a_display_it_says_so(environment: dict[str, str], tmp_path: Path, display: str | None) -> None:
    if display:
        environment["DISPLAY"] = display
    started = run([sys.executable, "-m", "resnet_gui"], environment, tmp_path)
    assert started.returncode == 1
    assert "No display was found" in started.stderr
    assert "resnet-gui-cli" in started.stderr
    assert len(started.stderr.splitlines()) == 1


@linux
def test_without_a_library_it_names_the_package(environment: dict[str, str], tmp_path: Path) -> None:
    program = """if True:
        from resnet_gui import paths
        paths._DRAWING_LIBRARIES["libnowhere.so.9"] = "libnowhere9"
        from resnet_gui.gui.app import main
        raise SystemExit(main([]))
    """
    environment["QT_QPA_PLATFORM"] = "offscreen"
    started = run([sys.executable, "-c", program], environment, tmp_path)
    assert started.returncode == 1
    assert started.stderr.rstrip().endswith("apt-get install libnowhere9")
    assert len(started.stderr.splitlines()) == 1

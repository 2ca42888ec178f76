"""The set-up: which Python it takes, what it installs when, what it says when it cannot."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAUNCHERS = ROOT / "resources" / "launchers"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="make and sh are not at home there")


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """Return a folder that stands for PATH, with no Python in it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "cat", "dirname", "make", "sed", "expand"):
        found = shutil.which(name)
        if not found:
            pytest.skip(f"needs {name}")
        (folder / name).symlink_to(found)
    return folder


def stand_in(path: Path, script: str) -> Path:
    """Write a program that stands for another."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def add_python(commands: Path, name: str, minor: int) -> None:
    """Add a Python of version 3.`minor` that can do nothing but tell whether it suits."""
    stand_in(
        commands / name,
        f'exec {sys.executable} -c "import sys; sys.version_info = (3, {minor}, 0); $(printf %s "$2")"',
    )


def find_python(commands: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LAUNCHERS / "find-python.sh"],
        env={"PATH": str(commands), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_plain_python_is_taken_if_it_suits(commands: Path) -> None:
    add_python(commands, "python3", 12)
    add_python(commands, "python3.13", 13)
    assert find_python(commands).stdout == "python3\n"


@pytest.mark.parametrize("minor", [9, 10, 14])
def test_a_python_too_old_or_too_new_is_passed_over(commands: Path, minor: int) -> None:
    add_python(commands, "python3", minor)
    add_python(commands, "python3.11", 11)
    assert find_python(commands).stdout == "python3.11\n"


def test_a_python_that_does_not_run_is_passed_over(commands: Path) -> None:
    stand_in(commands / "python3", "echo 'command not found' >&2\nexit 127")
    add_python(commands, "python3.12", 12)
    found = find_python(commands)
    assert (found.stdout, found.stderr) == ("python3.12\n", "")


def test_the_named_python_goes_first(commands: Path) -> None:
    add_python(commands, "python3", 11)
    add_python(commands, "my python", 13)
    assert find_python(commands, PYTHON=str(commands / "my python")).stdout == f"{commands}/my python\n"


def test_a_named_python_that_does_not_suit_is_not_passed_over_in_silence(commands: Path) -> None:
    add_python(commands, "python3", 11)
    add_python(commands, "old", 8)
    found = find_python(commands, PYTHON="old")
    assert found.stdout == "python3\n"
    assert "PYTHON=old" in found.stderr


@pytest.mark.parametrize("target", ["run", "dev"])
def test_make_says_what_to_install_without_a_python(commands: Path, target: str) -> None:
    add_python(commands, "python3", 10)
    made = subprocess.run(
        ["make", target], cwd=ROOT, env={"PATH": str(commands)}, capture_output=True, text=True, check=False
    )
    assert made.returncode != 0
    assert "needs Python 3.11, 3.12 or 3.13" in made.stderr
    assert "apt-get install python3 python3-venv" in made.stderr


def test_make_alone_lists_the_commands(commands: Path) -> None:
    listed = subprocess.run(["make"], cwd=ROOT, env={"PATH": str(commands)}, capture_output=True, text=True, check=True)
    for command in ("run", "check", "test", "lock", "clean"):
        assert f"make {command} " in listed.stdout


class Checkout:
    """A copy of the set-up with a stand-in for the environment's Python, which writes down what pip is asked for."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        launchers = folder / "resources" / "launchers"
        shutil.copytree(LAUNCHERS, launchers)
        for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml"):
            (folder / name).touch()
        self.folder = folder
        self.environments_made = 0
        self.prepare = self._imported(launchers / "prepare.py")
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(venv, "create", self._create_environment)
        self.be_root(False)
        self.pip_fails(False)
        self.miss_libraries("")
        self.prepare.TEST_PACKAGES.clear()

    @staticmethod
    def _imported(path: Path) -> ModuleType:
        spec = importlib.util.spec_from_file_location("prepare", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def _create_environment(self, environment: Path, **options: bool) -> None:
        self.environments_made += 1
        folder = shlex.quote(str(self.folder))
        (environment / "bin").mkdir()
        stand_in(
            environment / "bin" / "python",
            f"""
            cd {folder}
            case "$*" in
                *pip*) echo "$@" >>pip-calls; exit "$(cat pip-status)" ;;
                *missing_qt*) cat missing-libraries ;;
            esac
            """,
        )

    def be_root(self, root: bool) -> None:
        """Be root, whose every system package is there, or an ordinary user, who can install none."""
        self._monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)

    def pip_fails(self, fails: bool) -> None:
        (self.folder / "pip-status").write_text(str(int(fails)))

    def miss_libraries(self, lines: str) -> None:
        (self.folder / "missing-libraries").write_text(lines)

    def move(self, folder: Path) -> None:
        self.folder.rename(folder)
        self.folder = folder
        self.prepare = self._imported(folder / "resources" / "launchers" / "prepare.py")

    def pip_calls(self) -> list[str]:
        """Return what pip was asked to install since this was last asked."""
        calls = self.folder / "pip-calls"
        lines = calls.read_text().splitlines() if calls.exists() else []
        calls.unlink(missing_ok=True)
        return [line.removeprefix("-m pip install --disable-pip-version-check ") for line in lines]

    def set_up(self, *options: str) -> int:
        self._monkeypatch.setattr(sys, "argv", ["prepare.py", *options])
        return self.prepare.main()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    return Checkout(tmp_path / "a checkout", monkeypatch)


def test_the_locked_packages_and_the_program_are_installed(checkout: Checkout) -> None:
    assert checkout.set_up() == 0
    assert checkout.pip_calls() == [
        f"--require-hashes -r {checkout.folder}/requirements.lock",
        f"--no-deps --no-build-isolation -e {checkout.folder}",
    ]


def test_the_second_time_there_is_nothing_to_do(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    checkout.set_up()
    checkout.pip_calls()
    capsys.readouterr()
    assert checkout.set_up() == 0
    assert checkout.pip_calls() == []
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_changed_lock_is_installed_into_what_is_there(checkout: Checkout, name: str) -> None:
    checkout.set_up()
    checkout.pip_calls()
    (checkout.folder / name).write_text("changed\n")
    assert checkout.set_up() == 0
    assert len(checkout.pip_calls()) == 2
    assert checkout.environments_made == 1


def test_a_developers_packages_are_installed_on_top(checkout: Checkout) -> None:
    checkout.set_up()
    checkout.pip_calls()
    assert checkout.set_up("--dev") == 0
    assert checkout.pip_calls()[0] == f"--require-hashes -r {checkout.folder}/requirements-dev.lock"
    assert checkout.environments_made == 1


def test_a_failing_pip_is_explained_and_the_next_set_up_starts_over(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout.pip_fails(True)
    assert checkout.set_up() == 1
    assert "could not be installed" in capsys.readouterr().err
    checkout.pip_fails(False)
    assert checkout.set_up() == 0
    assert checkout.environments_made == 2


def test_a_set_up_that_was_cut_off_starts_over(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(*arguments: str | Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(checkout.prepare, "pip", cut_off)
        assert checkout.set_up() == 130
    assert checkout.set_up() == 0
    assert checkout.environments_made == 2


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Checkout) -> None:
    checkout.set_up()
    (checkout.folder / ".venv" / "bin" / "python").unlink()
    assert checkout.set_up() == 0
    assert checkout.environments_made == 2


def test_an_environment_that_was_moved_is_made_anew(checkout: Checkout, tmp_path: Path) -> None:
    checkout.set_up()
    checkout.move(tmp_path / "elsewhere")
    assert checkout.set_up() == 0
    assert checkout.environments_made == 2
    assert checkout.pip_calls()[-1].endswith(f"-e {checkout.folder}")


def test_an_environment_that_was_made_by_hand_is_kept(checkout: Checkout) -> None:
    environment = checkout.prepare.VENV
    environment.mkdir()
    checkout._create_environment(environment)
    assert checkout.set_up() == 0
    assert checkout.environments_made == 1
    assert len(checkout.pip_calls()) == 2


def test_a_second_set_up_waits_for_the_first(checkout: Checkout) -> None:
    checkout.set_up()
    with checkout.prepare.alone():
        second = subprocess.Popen([sys.executable, checkout.prepare.__file__], stdout=subprocess.PIPE, text=True)
        assert second.stdout is not None
        with second.stdout as output:
            assert "waiting" in output.readline()
            assert second.poll() is None
    assert second.wait(timeout=30) == 0


def test_no_place_to_get_packages_from_is_prescribed() -> None:
    for path in [
        ROOT / "requirements.lock",
        ROOT / "requirements-dev.lock",
        LAUNCHERS / "prepare.py",
        ROOT / "Makefile",
    ]:
        assert not re.search(r"https?://|index-url|find-links|trusted-host", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_package_is_pinned_by_hash(name: str) -> None:
    for requirement in re.findall(r"^\w.*(?:\n    --hash.*)*", (ROOT / name).read_text(encoding="utf-8"), re.M):
        assert re.match(r"[\w.-]+==\S+", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement


def test_an_ordinary_user_is_told_the_line_that_installs_the_libraries(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout.miss_libraries("libEGL.so.1 libegl1\nlibxcb-cursor.so.0 libxcb-cursor0\n")
    assert checkout.set_up() == 1
    assert "\n    sudo apt-get install libegl1 libxcb-cursor0\n" in capsys.readouterr().err
    checkout.miss_libraries("")
    assert checkout.set_up() == 0
    assert checkout.environments_made == 1


def test_root_gets_the_libraries_installed(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    apt_get = stand_in(checkout.folder / "bin" / "apt-get", 'echo "$@" >>apt-calls')
    monkeypatch.setenv("PATH", f"{apt_get.parent}:{os.environ['PATH']}")
    monkeypatch.chdir(checkout.folder)
    checkout.be_root(True)
    checkout.miss_libraries("libEGL.so.1 libegl1\nlibGL.so.1 libgl1\n")
    assert checkout.set_up() == 0
    assert (checkout.folder / "apt-calls").read_text().splitlines() == [
        "update -q",
        "install -q -y --no-install-recommends libegl1 libgl1",
    ]


def test_a_missing_venv_module_is_named_by_its_package(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert checkout.set_up() == 1
    assert f"sudo apt-get install python3.{sys.version_info.minor}-venv" in capsys.readouterr().err
    assert not (checkout.folder / ".venv").exists()


def test_missing_test_tools_stop_nothing(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    query = stand_in(checkout.folder / "bin" / "dpkg-query", '[ "$3" = xdotool ] || printf installed')
    monkeypatch.setenv("PATH", f"{query.parent}:{os.environ['PATH']}")
    checkout.prepare.TEST_PACKAGES.extend(["openbox", "xdotool"])
    assert checkout.set_up("--dev") == 0
    assert "without xdotool. To run them too:\n    sudo apt-get install xdotool\n" in capsys.readouterr().out


@pytest.mark.skipif(not shutil.which("desktop-file-validate"), reason="needs desktop-file-utils")
def test_the_double_click_launcher_is_valid() -> None:
    command = ["desktop-file-validate", LAUNCHERS / "ResNet GUI.desktop"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")


@pytest.fixture
def launcher(tmp_path: Path) -> Path:
    """Return the launcher in a checkout that only writes down that it was started."""
    folder = tmp_path / "it's a $HOME of mine"
    folder.mkdir()
    stand_in(folder / "resnet-gui.sh", 'echo started >"$(dirname "$0")/started"')
    launcher = folder / "ResNet GUI.desktop"
    # Without the terminal: none need be installed here.
    text = (LAUNCHERS / launcher.name).read_text(encoding="utf-8").replace("Terminal=true", "Terminal=false")
    launcher.write_text(text, encoding="utf-8")
    return launcher


@pytest.mark.skipif(not shutil.which("gio"), reason="needs gio of libglib2.0-bin")
def test_a_desktop_starts_the_checkout(launcher: Path) -> None:
    # gio leaves the launcher's own path out and starts in the folder that it was started in.
    subprocess.run(["gio", "launch", launcher], cwd=launcher.parent, check=True, timeout=10)
    wait = ["sh", "-c", 'until [ -f "$0" ]; do sleep 0.02; done', launcher.with_name("started")]
    subprocess.run(wait, check=True, timeout=10)


def test_the_checkout_is_found_wherever_it_is(launcher: Path, tmp_path: Path) -> None:
    line = re.search(r"^Exec=(.*)$", launcher.read_text(encoding="utf-8"), re.M)
    assert line is not None
    # Below the backslashes doubled, an Exec line is quoted as the shell's are.
    command = line[1].replace("\\\\", "\\").replace("%k", shlex.quote(str(launcher)))
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
    assert launcher.with_name("started").is_file()


@pytest.mark.parametrize("name", ["resnet-gui.sh", "find-python.sh", "ResNet GUI.command"])
def test_the_scripts_can_be_started(name: str) -> None:
    assert os.access(LAUNCHERS / name, os.X_OK)
    subprocess.run(["sh", "-n", LAUNCHERS / name], check=True)

"""Folders, missing consoles, missing displays and missing libraries."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from resnet_gui import paths
from resnet_gui.errors import ResNetGuiError

linux = pytest.mark.skipif(sys.platform != "linux", reason="about Linux desktops")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Take every display away."""
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(variable, raising=False)
    return monkeypatch


def test_resources_are_found_in_the_checkout() -> None:
    assert paths.resource_path("labels", "cifar100.csv").is_file()
    assert paths.resource_path("icons", "resnet-gui.svg").is_file()


@pytest.mark.parametrize(
    "folder",
    [paths.data_folder, paths.cache_folder, lambda: paths.settings_file().parent, lambda: paths.log_file().parent],
)
def test_folders_are_the_users_own(folder: Callable[[], Path], user_folders: Path) -> None:
    assert folder().is_dir()
    assert folder().is_relative_to(user_folders)


def test_a_folder_that_cannot_be_made_is_explained(user_folders: Path) -> None:
    (user_folders / "data").write_text("in the way")
    with pytest.raises(ResNetGuiError, match="cannot be made") as caught:
        paths.data_folder()
    assert str(user_folders / "data") in caught.value.message
    assert caught.value.advice


@pytest.mark.skipif(sys.platform == "win32", reason="closes the console as a POSIX shell does")
def test_printing_without_a_console_goes_to_the_log() -> None:
    program = """if True:
        import sys
        from resnet_gui import paths
        paths.ensure_streams()
        print("heard")
        print("too", file=sys.stderr)
    """
    subprocess.run(
        ["sh", "-c", 'exec "$0" -c "$1" >&- 2>&-', sys.executable, program],
        cwd=Path(paths.__file__).parent.parent,
        check=True,
    )
    assert paths.log_file().read_text().splitlines() == ["heard", "too"]


def test_a_console_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    paths.ensure_streams()
    print("seen")
    assert capsys.readouterr().out == "seen\n"
    assert not paths.log_file().exists()


@linux
@pytest.mark.parametrize("display", ["", ":987", "unix:987", ":987.0", "localhost:987.0"])
def test_no_display_or_a_dead_one_is_said(bare: pytest.MonkeyPatch, display: str) -> None:
    bare.setenv("DISPLAY", display)
    assert not paths.has_display()
    problem = paths.display_problem()
    assert problem is not None
    assert "No display" in problem.message
    assert "resnet-gui-cli" in problem.advice


@linux
def test_a_forwarded_display_is_asked_over_the_network(bare: pytest.MonkeyPatch) -> None:
    asked = []

    class Answer:
        def close(self) -> None: ...

    def connect(address: tuple[str, int], timeout: float) -> Answer:
        asked.append(address)
        return Answer()

    bare.setattr(socket, "create_connection", connect)
    bare.setenv("DISPLAY", "localhost:10.0")
    assert paths.has_display()
    assert asked == [("localhost", 6010)]


@linux
def test_an_unknown_form_of_display_is_left_to_qt(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("DISPLAY", "/private/tmp/launch/x")
    assert paths.has_display()


@linux
def test_wayland_is_asked(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    bare.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert not paths.has_display()
    with socket.socket(socket.AF_UNIX) as compositor:
        compositor.bind(str(tmp_path / "wayland-0"))
        compositor.listen()
        assert paths.has_display()


@linux
def test_drawing_elsewhere_needs_no_display(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("QT_QPA_PLATFORM", "offscreen")
    assert paths.has_display()
    assert paths.display_problem() is None


@linux
def test_a_missing_library_is_named_by_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(paths._DRAWING_LIBRARIES, "libnowhere.so.9", "libnowhere9")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    problem = paths.display_problem()
    assert problem is not None
    assert "missing here: libnowhere.so.9." in problem.message
    assert "sudo apt-get install libnowhere9" in problem.advice


@linux
def test_root_needs_no_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(paths._DRAWING_LIBRARIES, "libnowhere.so.9", "libnowhere9")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    problem = paths.display_problem()
    assert problem is not None
    assert problem.advice.endswith(": apt-get install libnowhere9")


@linux
def test_drawing_takes_fewer_libraries_than_a_window(bare: pytest.MonkeyPatch) -> None:
    bare.setitem(paths._WINDOW_LIBRARIES, "libnowhere.so.9", "libnowhere9")
    assert "libnowhere.so.9" not in paths.missing_qt_libraries()
    assert paths.missing_qt_libraries(window=True)["libnowhere.so.9"] == "libnowhere9"
    bare.setattr(paths, "has_display", lambda: True)
    assert "libnowhere.so.9" in paths.missing_qt_libraries()


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_are_asked_nothing(bare: pytest.MonkeyPatch, platform: str) -> None:
    bare.setattr(sys, "platform", platform)
    assert paths.has_display()
    assert paths.missing_qt_libraries(window=True) == {}
    assert paths.applications_folder() is None
    assert paths.display_problem() is None

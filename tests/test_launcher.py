"""The program's entry in the applications menu."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from resnet_gui import launcher, paths
from resnet_gui.errors import ResNetGuiError

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux desktops have such a menu")
validated = pytest.mark.skipif(not shutil.which("desktop-file-validate"), reason="needs desktop-file-utils")
AWKWARD = """back\\slash "quoted" 100% $HOME `dir` it's=; 그림"""


@pytest.fixture
def awkward_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program that writes its arguments down where every reserved character is in the path."""
    folder = tmp_path / AWKWARD
    folder.mkdir()
    program = folder / "resnet-gui"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@" >"$OUT.new"\nmv "$OUT.new" "$OUT"\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setenv("OUT", str(tmp_path / "arguments"))
    return program


def entry(path: Path) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(delimiters="=")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path, encoding="utf-8")
    return parser["Desktop Entry"]


@linux
def test_install_and_remove_leave_nothing_behind(user_folders: Path) -> None:
    assert not launcher.is_installed()
    written = launcher.install()
    assert launcher.is_installed()
    assert {path.name for path in written} == {"resnet-gui.desktop", "resnet-gui.svg"}
    assert all(path.is_relative_to(user_folders / "data") for path in written)
    assert sorted(launcher.remove()) == sorted(written)
    assert not launcher.is_installed()
    assert not any(path.exists() for path in written)
    assert launcher.remove() == []


@linux
def test_installing_again_brings_the_entry_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    first = launcher.install()
    monkeypatch.setattr(sys, "executable", "/elsewhere/bin/python")
    assert launcher.install() == first
    desktop = next(path for path in first if path.suffix == ".desktop")
    assert entry(desktop)["Exec"] == "/elsewhere/bin/python -m resnet_gui %F"


@linux
@validated
def test_the_entry_is_valid() -> None:
    desktop = next(path for path in launcher.install() if path.suffix == ".desktop")
    checked = subprocess.run(["desktop-file-validate", desktop], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")
    assert "image/jpeg" in entry(desktop)["MimeType"]
    assert entry(desktop)["Comment[ko]"]


@linux
@validated
def test_an_entry_with_an_awkward_path_is_valid(awkward_program: Path) -> None:
    desktop = next(path for path in launcher.install() if path.suffix == ".desktop")
    checked = subprocess.run(["desktop-file-validate", desktop], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")


@linux
@pytest.mark.skipif(not shutil.which("gio"), reason="needs gio of libglib2.0-bin")
def test_a_desktop_starts_it_from_an_awkward_path(awkward_program: Path, tmp_path: Path) -> None:
    desktop = next(path for path in launcher.install() if path.suffix == ".desktop")
    picture = tmp_path / "a picture.png"
    picture.touch()
    subprocess.run(["gio", "launch", desktop, picture], check=True, timeout=10)
    # gio returns once the program is started, not when it is done.
    arguments = tmp_path / "arguments"
    subprocess.run(["sh", "-c", 'until [ -f "$0" ]; do sleep 0.02; done', arguments], check=True, timeout=10)
    assert arguments.read_text() == f"{picture}\n"


@linux
def test_a_path_that_is_no_utf8_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", os.fsdecode(b"/caf\xe9/python"))
    desktop = next(path for path in launcher.install() if path.suffix == ".desktop")
    assert b"/caf\xe9/python" in desktop.read_bytes()


@linux
def test_a_menu_that_cannot_be_written_is_explained(user_folders: Path) -> None:
    (user_folders / "data").write_text("in the way")
    with pytest.raises(ResNetGuiError, match="applications menu cannot be changed") as caught:
        launcher.install()
    assert str(user_folders) in caught.value.message


def test_elsewhere_it_says_what_to_do_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "applications_folder", lambda: None)
    assert not launcher.is_installed()
    for change in (launcher.install, launcher.remove):
        with pytest.raises(ResNetGuiError, match="Only Linux"):
            change()

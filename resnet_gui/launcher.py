"""Add the program to the desktop's applications menu, and take it away again."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from resnet_gui import paths
from resnet_gui.atomic import write_atomically
from resnet_gui.errors import ResNetGuiError

# StartupWMClass is the class of the window on X11; on Wayland the name of this file is its match.
_ENTRY = """\
[Desktop Entry]
Type=Application
Version=1.1
Name=ResNet GUI
GenericName=Image Classifier
GenericName[ko]=이미지 분류기
Comment=Watch an image classifier learn, then drop pictures on it
Comment[ko]=이미지 분류기가 학습하는 모습을 지켜보고, 사진을 끌어다 놓아 분류합니다
Keywords=image;picture;classify;training;neural network;deep learning;ResNet;CIFAR;ImageNet;
Keywords[ko]=이미지;사진;분류;학습;훈련;신경망;딥러닝;인공지능;
Categories=Education;ArtificialIntelligence;
MimeType=image/jpeg;image/png;image/gif;image/bmp;image/webp;image/tiff;image/avif;
Icon=resnet-gui
Exec={command} %F
TryExec={program}
Terminal=false
StartupNotify=true
StartupWMClass=resnet-gui
"""
# Reserved in an Exec line: an argument with one of these must be quoted.
_RESERVED = frozenset(" \t\n\"'\\><~|&;$*?#()`")


def install() -> list[Path]:
    """Add the program to the applications menu, or bring its entry up to date, and return the files written."""
    entry, icon = _files()
    command = _command()
    text = _ENTRY.format(command=_escaped(_exec_line(command)), program=_escaped(command[0]))
    contents = {
        icon: paths.resource_path("icons", "resnet-gui.svg").read_bytes(),
        entry: text.encode("utf-8", "surrogateescape"),  # a path need not be UTF-8
    }
    try:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
    except OSError as error:
        raise ResNetGuiError(
            f"The applications menu cannot be changed: {error.filename}: {error.strerror}.",
            "Check that you may write there and that the disk is not full.",
        ) from error
    _refresh(entry.parent)
    return list(contents)


def remove() -> list[Path]:
    """Take the program out of the applications menu and return the files deleted."""
    deleted = [path for path in _files() if path.is_file()]
    try:
        for path in deleted:
            path.unlink()
    except OSError as error:
        raise ResNetGuiError(
            f"The applications menu cannot be changed: {error.filename}: {error.strerror}.",
            "Check that you may write there.",
        ) from error
    if deleted:
        _refresh(_files()[0].parent)
    return deleted


def is_installed() -> bool:
    """Return whether the applications menu holds the program."""
    return paths.applications_folder() is not None and _files()[0].is_file()


def _files() -> tuple[Path, Path]:
    """Return where the menu entry and its icon belong."""
    folder = paths.applications_folder()
    if folder is None:
        raise ResNetGuiError(
            "Only Linux desktops have an applications menu that the program can add itself to.",
            "Here, make a shortcut to the program by hand: on Windows from the context menu of resnet-gui.exe, on"
            " macOS by dragging “ResNet GUI.command” to the Dock.",
        )
    return (
        folder / "applications" / "resnet-gui.desktop",
        folder / "icons" / "hicolor" / "scalable" / "apps" / "resnet-gui.svg",
    )


def _command() -> list[str]:
    """Return what starts the window with the interpreter that runs now."""
    script = Path(sys.executable).with_name("resnet-gui")
    return [str(script)] if script.is_file() else [sys.executable, "-m", "resnet_gui"]


def _exec_line(command: list[str]) -> str:
    """Return a command as an Exec line holds it."""
    if "%" in command[0] or "=" in command[0]:  # no desktop takes these in a program's name, only in an argument
        command = ["sh", "-c", 'exec "$0" "$@"', *command]
    return " ".join(_quoted(argument) for argument in command)


def _quoted(argument: str) -> str:
    """Return an argument so that it stays one, character by character."""
    argument = argument.replace("%", "%%")  # a single one would begin a field code such as %F
    if _RESERVED.isdisjoint(argument):
        return argument
    for character in '\\"`$':
        argument = argument.replace(character, "\\" + character)
    return f'"{argument}"'


def _escaped(value: str) -> str:
    """Return a value as a desktop entry's line holds it."""
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def _refresh(folder: Path) -> None:
    """Tell the desktop which picture formats the program opens, where the tool for it exists."""
    tool = shutil.which("update-desktop-database")
    if tool:
        subprocess.run([tool, "-q", str(folder)], check=False)

"""`resnet-gui-cli launcher`."""

from __future__ import annotations

import argparse
import sys

import pytest

from resnet_gui import launcher
from resnet_gui.cli import launcher as command

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux desktops have such a menu")


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(arguments))


def test_install_and_remove_name_the_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("install") == 0
    assert launcher.is_installed()
    written = [line.removeprefix("Written: ") for line in capsys.readouterr().out.splitlines()]
    assert run("remove") == 0
    assert not launcher.is_installed()
    deleted = [line.removeprefix("Deleted: ") for line in capsys.readouterr().out.splitlines()]
    assert sorted(deleted) == sorted(written)


def test_removing_what_is_not_there_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("remove") == 0
    assert "nothing to do" in capsys.readouterr().out


def test_an_unknown_action_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        run("explode")
    assert "install" in capsys.readouterr().err

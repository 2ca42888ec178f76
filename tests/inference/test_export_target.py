"""Where an export goes, what it becomes there, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from resnet_gui.errors import ConfigError
from resnet_gui.inference.export_target import ExportKind, free_place, kind_of, remove_unfinished


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("flowers.keras", ExportKind.KERAS),
        ("FLOWERS.H5", ExportKind.H5),
        ("a.b.onnx", ExportKind.ONNX),
        ("flowers", ExportKind.BUNDLE),
        ("run-1.5", ExportKind.BUNDLE),
    ],
)
def test_the_ending_says_the_kind(tmp_path: Path, name: str, kind: ExportKind) -> None:
    assert kind_of(tmp_path / name) is kind
    assert free_place(tmp_path / name, "run") == tmp_path / name


def test_into_a_folder_that_is_there_goes_a_new_one_named_like_the_run(tmp_path: Path) -> None:
    (tmp_path / "odd.keras").mkdir()
    assert kind_of(tmp_path / "odd.keras") is ExportKind.BUNDLE
    assert free_place(tmp_path / "odd.keras", "run") == tmp_path / "odd.keras" / "run"


@pytest.mark.parametrize("taken", ["a.keras", "a.keras.json", "folder/run"])
def test_what_is_there_is_refused(tmp_path: Path, taken: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / taken).write_text("mine")
    target = tmp_path / ("folder" if taken == "folder/run" else "a.keras")
    with pytest.raises(ConfigError, match="is there already"):
        free_place(target, "run")


def test_a_broken_link_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / "a.h5").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="is there already"):
        free_place(tmp_path / "a.h5", "run")


def test_two_kinds_of_one_name_do_not_meet(tmp_path: Path) -> None:
    for name in ("a.keras", "a.keras.json"):
        (tmp_path / name).touch()
    assert free_place(tmp_path / "a.h5", "run") == tmp_path / "a.h5"


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no folder"):
        free_place(tmp_path / "missing" / "a.h5", "run")


def test_only_the_leftovers_of_this_target_are_removed(tmp_path: Path) -> None:
    for name in (".a.h5.x1.tmp", ".a.h5.json.x2.tmp", ".a.keras.x3.tmp", "a.h5.x4.tmp"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.h5").write_text("half")
    remove_unfinished(tmp_path / "a.h5")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.keras.x3.tmp", "a.h5.x4.tmp"]
    remove_unfinished(tmp_path / "missing" / "a.h5")

"""Runs are made, listed and deleted, and never overwritten."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from resnet_gui.errors import ConfigError, RunError
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.lock import training_lock
from resnet_gui.runs.store import RunStore
from tests.broken_disk import BrokenDisk


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


def test_runs_are_listed_newest_first(store: RunStore) -> None:
    for created, name in ((20.0, "b"), (30.0, "c"), (10.0, "a")):
        store.create(TrainingConfig(), name, now=created)
    assert [run.name for run in store.list().runs] == ["c", "b", "a"]


def test_an_existing_name_is_refused_and_untouched(store: RunStore) -> None:
    first = store.create(TrainingConfig(epochs=7), "mine")
    with pytest.raises(RunError, match="there already"):
        store.create(TrainingConfig(epochs=1), "mine")
    assert store.open("mine").record.config.epochs == 7
    assert first.folder.is_dir()


def test_two_runs_in_one_second_get_two_folders(store: RunStore) -> None:
    names = {store.create(TrainingConfig(), now=1000.0).name for _ in range(3)}
    assert len(names) == 3


def test_the_default_name_tells_time_network_and_data(store: RunStore) -> None:
    run = store.create(TrainingConfig(source="folder", folder="/somewhere/My flowers 꽃", network="resnet50"))
    assert run.name.endswith("_resnet50-My-flowers-꽃")


@pytest.mark.parametrize("name", ["a/b", "..", "a\\b", "/etc", "two\nlines", "caf\udce9", "long" * 60])
def test_a_name_that_cannot_be_a_folder_s_is_refused(store: RunStore, name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        store.create(TrainingConfig(), name)
    assert caught.value.field == "name"
    assert not store.folder.exists()


def test_a_store_that_cannot_be_made_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(RunError, match="cannot be made"):
        RunStore(tmp_path / "file").create(TrainingConfig())


def test_a_run_that_cannot_be_begun_leaves_no_folder(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.create(TrainingConfig(), "before")
    disk = BrokenDisk(monkeypatch, store.folder / "new" / ".run.json")
    disk.error = errno.ENOSPC
    with pytest.raises(RunError, match="cannot be written"):
        store.create(TrainingConfig(), "new")
    disk.error = None
    assert [path.name for path in store.folder.iterdir()] == ["before"]


def test_a_damaged_run_does_not_hide_the_others(store: RunStore) -> None:
    store.create(TrainingConfig(), "good")
    (store.folder / "empty").mkdir()
    (store.folder / "note.txt").write_text("not a run")
    listing = store.list()
    assert [run.name for run in listing.runs] == ["good"]
    assert [path.name for path, _ in listing.damaged] == ["empty"]


def test_a_run_opens_by_name_or_path(store: RunStore) -> None:
    run = store.create(TrainingConfig(), "one")
    assert store.open("one").folder == run.folder
    assert store.open(str(run.folder)).folder == run.folder
    with pytest.raises(RunError, match="no run"):
        store.open("another")


def test_only_runs_of_the_store_are_deleted(store: RunStore, tmp_path: Path) -> None:
    elsewhere = RunStore(tmp_path / "elsewhere").create(TrainingConfig(), "kept")
    with pytest.raises(RunError, match="is not in"):
        store.delete(elsewhere)
    mine = store.create(TrainingConfig(), "gone")
    store.delete(mine)
    assert not mine.folder.exists()
    assert elsewhere.folder.is_dir()


def test_an_empty_or_missing_store_lists_nothing(store: RunStore) -> None:
    assert store.list().runs == ()


def test_a_run_that_is_being_trained_is_not_deleted(tmp_path: Path) -> None:
    run = RunStore(tmp_path).create(TrainingConfig(), "busy")
    with training_lock(run.folder), pytest.raises(RunError, match="being trained"):
        RunStore(tmp_path).delete(run)
    RunStore(tmp_path).delete(run)
    assert not run.folder.exists()

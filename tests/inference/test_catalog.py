"""Which bundles there are, whatever else lies among the runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from resnet_gui.errors import ModelError
from resnet_gui.inference.catalog import default_bundle, open_bundle, run_bundles
from resnet_gui.runs.store import RunStore
from tests.bundles import make_run


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


@pytest.mark.usefixtures("without_shipped_model")
def test_bundles_come_newest_first_and_damaged_ones_not_at_all(store: RunStore) -> None:
    for number, name in enumerate(("old", "new", "damaged")):
        make_run(store, name, float(number))
    make_run(store, "untrained", 9.0, None)
    (store.folder / "damaged" / "model" / "model.json").write_text("{")
    assert [run.name for run, _ in run_bundles(store)] == ["new", "old"]
    assert default_bundle(store).folder == store.folder / "new" / "model"


def test_a_name_that_no_file_can_have_is_no_model(store: RunStore) -> None:
    with pytest.raises(ModelError, match="holds no model"):
        open_bundle("x" * 300, store)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may look everywhere")
def test_a_closed_model_folder_hides_no_other(store: RunStore) -> None:
    make_run(store, "open", 1.0)
    closed = make_run(store, "closed", 2.0).model_folder
    closed.chmod(0)
    try:
        assert [run.name for run, _ in run_bundles(store)] == ["open"]
    finally:
        closed.chmod(0o700)

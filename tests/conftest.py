"""What every test gets: user folders of its own, Qt offscreen, the real data where it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from resnet_gui.inference import catalog
from tests.imagenet_standin import write_standin

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.fixture(autouse=True)
def user_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test, and the programs it starts, empty user folders."""
    home = tmp_path_factory.mktemp("home")
    for variable, name in {
        "XDG_DATA_HOME": "data",
        "XDG_CACHE_HOME": "cache",
        "XDG_CONFIG_HOME": "config",
        "XDG_STATE_HOME": "state",
    }.items():
        monkeypatch.setenv(variable, str(home / name))
    return home


@pytest.fixture
def without_shipped_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the model that comes with the program, so that there are only those that a test makes."""
    monkeypatch.setattr(catalog, "shipped_folder", lambda: Path("nowhere"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real data sets, or skip."""
    folder = os.environ.get("RESNET_GUI_TEST_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("RESNET_GUI_TEST_DATA names no folder of real data")
    return Path(folder)


@pytest.fixture(scope="session")
def resnet50_standin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file like the one of ResNet50's published weights, for slow tests: it takes seconds to write."""
    path = tmp_path_factory.mktemp("published") / "standin.h5"
    write_standin(path)
    return path

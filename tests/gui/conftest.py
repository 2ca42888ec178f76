"""Every test of the window: light colours, and nothing left behind."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from resnet_gui import paths
from resnet_gui.data.dataset import LabelledPictures
from resnet_gui.data.images import Geometry
from resnet_gui.gui import task
from resnet_gui.gui.error_dialog import ExceptionReporter, install_excepthook
from resnet_gui.gui.main_window import MainWindow
from resnet_gui.gui.theme import Appearance, apply_appearance
from resnet_gui.gui.train_tab import data_loader
from resnet_gui.gui.train_tab.actions import Request
from resnet_gui.gui.train_tab.config_form import ConfigForm
from resnet_gui.gui.training_session import TrainingSession
from resnet_gui.gui.window_settings import WindowSettings
from resnet_gui.runs.store import RunStore
from resnet_gui.training.run_training import FitFunction


@pytest.fixture(autouse=True)
def own_models_only(without_shipped_model: None) -> None:
    """Let every model be one that the test made."""


@pytest.fixture(autouse=True)
def nothing_left_behind(qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves a widget behind, or a task that does not end: closing asks it to, and does not wait."""
    apply_appearance(qapp, Appearance.LIGHT)
    before = set(map(id, qapp.topLevelWidgets()))
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    if new_widgets(before):  # cycles only; collecting after every test would take longer than the tests
        gc.collect()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not new_widgets(before), f"left behind: {new_widgets(before)}"
    for unfinished in list(task._unfinished):
        unfinished.wait()


def new_widgets(before: set[int]) -> list[QWidget]:
    """Return the windows that were not there before."""
    return [widget for widget in QApplication.topLevelWidgets() if id(widget) not in before]


@pytest.fixture
def reporter(qapp: QApplication) -> Iterator[ExceptionReporter]:
    """Report what nobody caught, as the program does, for as long as a test lasts."""
    reporter = install_excepthook(qapp)
    yield reporter
    reporter.uninstall()
    reporter.deleteLater()


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    """Return a store of runs in a folder that is not there yet."""
    return RunStore(tmp_path / "runs")


@pytest.fixture
def make_session(qtbot: QtBot, store: RunStore) -> Iterator[Callable[[FitFunction], TrainingSession]]:
    """Return a function that makes a session with a trainer; its training is stopped at the end."""
    sessions: list[TrainingSession] = []

    def make(fit: FitFunction) -> TrainingSession:
        sessions.append(TrainingSession(store, fit))
        return sessions[-1]

    yield make
    for session in sessions:
        session.stop()
        qtbot.waitUntil(lambda session=session: not session.busy)
        session.deleteLater()


@pytest.fixture
def make_window(qtbot: QtBot, store: RunStore) -> Iterator[Callable[[FitFunction], MainWindow]]:
    """Return a function that makes a window, ready to start; its training is stopped at the end."""
    windows: list[MainWindow] = []

    def make(fit: FitFunction) -> MainWindow:
        window = MainWindow(store, WindowSettings(paths.settings_file()), fit)
        windows.append(window)
        window.show()
        start = window.train_tab.actions_by_request[Request.START]
        qtbot.waitUntil(start.isEnabled)
        return window

    yield make
    for window in windows:
        window.stop_and_close()
        qtbot.waitUntil(lambda window=window: not window.session.busy)
        window.close()
        window.deleteLater()
    qtbot.waitUntil(lambda: not task.any_running())  # what was dropped ends by itself; the program waits for it too


def make_pictures(per_class: int = 60, classes: int = 2) -> LabelledPictures:
    """Return a few small pictures, with a test split."""
    labels = np.arange(per_class * classes) % classes
    pixels = np.random.default_rng(0).integers(0, 256, (len(labels), 32, 32, 3), np.uint8)
    return LabelledPictures(
        name="Few pictures",
        class_names=tuple(f"class {number}" for number in range(classes)),
        geometry=Geometry(32),
        pixels=pixels,
        labels=labels,
        test_pixels=pixels[:20],
        test_labels=labels[:20],
    )


@pytest.fixture
def few_pictures(monkeypatch: pytest.MonkeyPatch) -> LabelledPictures:
    """Let every source have the same few pictures at once."""
    pictures = make_pictures()
    monkeypatch.setattr(data_loader, "load_pictures", lambda _request, _report: pictures)
    return pictures


@pytest.fixture
def form(qtbot: QtBot, store: RunStore, few_pictures: LabelledPictures) -> Iterator[ConfigForm]:
    """Return a form on the screen; every source has a few pictures."""
    form = ConfigForm(store)
    qtbot.addWidget(form)
    form.show()
    yield form
    form.shut_down()

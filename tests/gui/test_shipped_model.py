"""The first minute: a new window, a picture dropped on it, an answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from resnet_gui.data.scenes import SCENES, draw_scene
from resnet_gui.gui.classify_tab.tab import ClassifyTab
from resnet_gui.gui.main_window import MainWindow
from resnet_gui.gui.train_tab.actions import Request
from resnet_gui.inference.catalog import CARD_FILE, SHIPPED, SHIPPED_KEY
from resnet_gui.runs.run import Run
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import FitFunction
from tests.bundles import make_bundle, make_run
from tests.fake_trainer import FakeTrainer, OnEvent
from tests.gui.test_classify_tab import classes, shown_tab, wait_for


@pytest.fixture
def own_models_only() -> None:
    """Leave the shipped model where it is."""


def chosen(tab: ClassifyTab) -> str:
    entry = tab.chooser.entry
    assert entry is not None
    return entry.key


def chosen_at_the_next_start(qtbot: QtBot, store: RunStore) -> str:
    tabs = shown_tab(qtbot, store)
    key = chosen(next(tabs))
    next(tabs, None)
    return key


def trainer(with_model: bool = True) -> FitFunction:
    """Return what plays a training that leaves a model, or none."""

    def fit(run: Run, control: TrainingControl, tell: OnEvent) -> None:
        if with_model:
            make_bundle(run.model_folder)
        FakeTrainer()(run, control, tell)

    return fit


def train(qtbot: QtBot, window: MainWindow) -> str:
    """Train; return the run's name."""
    with qtbot.waitSignal(window.session.finished, timeout=20_000):
        window.train_tab.actions_by_request[Request.START].trigger()
    assert window.session.run is not None
    return window.session.run.name


def test_a_new_window_classifies_at_once(qtbot: QtBot, store: RunStore, tmp_path: Path) -> None:
    make_run(store, SHIPPED)  # a run may be called as the model is
    tabs = shown_tab(qtbot, store)
    tab = next(tabs)
    assert chosen(tab) == SHIPPED_KEY
    assert CARD_FILE in tab.chooser.toolTip()
    drawn = [tmp_path / f"{name}.png" for name in SCENES]
    for path in drawn:
        draw_scene(path.stem).save(path)
    tab.open_paths(drawn)
    wait_for(qtbot, tab, len(drawn))
    assert classes(tab) == list(SCENES)
    assert tab._bars.accessibleDescription().startswith("1. sea - large natural outdoor scenes")
    next(tabs, None)


@pytest.mark.usefixtures("few_pictures")
def test_what_was_just_trained_is_chosen_then_and_at_the_next_start(
    qtbot: QtBot, make_window: Callable[[FitFunction], MainWindow], store: RunStore
) -> None:
    window = make_window(trainer())
    assert chosen(window.classify_tab) == SHIPPED_KEY
    name = train(qtbot, window)
    assert chosen(window.classify_tab) == name
    assert chosen_at_the_next_start(qtbot, store) == name


@pytest.mark.usefixtures("few_pictures")
def test_a_training_without_a_model_changes_no_choice(
    qtbot: QtBot, make_window: Callable[[FitFunction], MainWindow], store: RunStore
) -> None:
    window = make_window(trainer(with_model=False))
    train(qtbot, window)
    assert chosen(window.classify_tab) == SHIPPED_KEY
    assert chosen_at_the_next_start(qtbot, store) == SHIPPED_KEY


@pytest.mark.usefixtures("few_pictures")
def test_a_run_that_is_only_shown_is_not_remembered(
    qtbot: QtBot, make_window: Callable[[FitFunction], MainWindow], store: RunStore
) -> None:
    window = make_window(trainer())
    first = train(qtbot, window)
    second = train(qtbot, window)
    with qtbot.waitSignal(window.session.finished, timeout=20_000):
        window.session.show(store.open(first))
    assert chosen_at_the_next_start(qtbot, store) == second


@pytest.mark.usefixtures("few_pictures")
def test_pictures_keep_the_model_they_were_classified_with(
    qtbot: QtBot, make_window: Callable[[FitFunction], MainWindow], store: RunStore, tmp_path: Path
) -> None:
    draw_scene("sea").save(tmp_path / "sea.png")
    window = make_window(trainer())
    window.classify_tab.open_paths([tmp_path / "sea.png"])
    wait_for(qtbot, window.classify_tab, 1)
    train(qtbot, window)
    assert chosen(window.classify_tab) == SHIPPED_KEY
    assert chosen_at_the_next_start(qtbot, store) == SHIPPED_KEY

"""Changing a training's settings from the window while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from resnet_gui.gui.train_tab.wheel_panel import WheelPanel
from resnet_gui.gui.training_session import TrainingSession
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import SettingChanged
from resnet_gui.runs.state import TrainingState
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import FitFunction
from tests.fake_trainer import FakeTrainer

MakeSession = Callable[[FitFunction], TrainingSession]
MakePanel = Callable[..., WheelPanel]


@pytest.fixture
def make_panel(qtbot: QtBot, make_session: MakeSession) -> Iterator[MakePanel]:
    """Return a function that makes the panel of a training that is paused in its second epoch of four steps each."""

    def make(**config: object) -> WheelPanel:
        session = make_session(FakeTrainer(epochs=4, at={6: TrainingControl.pause}))
        panel = WheelPanel(session)
        qtbot.addWidget(panel)
        session.start(TrainingConfig(epochs=4, **config))
        qtbot.waitUntil(lambda: session.state is TrainingState.PAUSED)
        return panel

    return make


def entered(panel: WheelPanel, **values: object) -> None:
    for name, value in values.items():
        if isinstance(value, str):
            panel.fields[name].editor.setText(value)
        else:
            panel.fields[name].set_entry(value)


def shown(panel: WheelPanel) -> dict[str, object]:
    return {name: field.entry() for name, field in panel.fields.items() if not field.isHidden()}


def go_on(qtbot: QtBot, panel: WheelPanel) -> list[SettingChanged]:
    session = panel._session
    with qtbot.waitSignal(session.finished):
        session.resume()
    return list(session.history.changes)


def test_it_is_there_while_something_trains(qtbot: QtBot, make_session: MakeSession) -> None:
    session = make_session(FakeTrainer(at={2: TrainingControl.pause}))
    panel = WheelPanel(session)
    qtbot.addWidget(panel)
    assert panel.isHidden()
    session.start(TrainingConfig())
    qtbot.waitUntil(lambda: session.state is TrainingState.PAUSED)
    assert panel.isVisible()
    assert panel.isEnabled()
    with qtbot.waitSignal(session.finished):
        session.resume()
    assert panel.isHidden()


def test_it_shows_what_is_in_force(make_panel: MakePanel) -> None:
    panel = make_panel(learning_rate=0.003, early_stopping=2)
    assert shown(panel) == {"learning_rate": 0.003, "epochs": 4, "early_stopping": 2}
    assert panel.rate_now.text() == "now 0.001"  # what the trainer says the schedule has made of it
    assert not panel.apply_button.isEnabled()


def test_what_is_applied_is_changed_from_the_next_step_on(qtbot: QtBot, make_panel: MakePanel) -> None:
    panel = make_panel(learning_rate=0.001)
    entered(panel, learning_rate=2e-4, epochs=3)
    qtbot.mouseClick(panel.apply_button, Qt.MouseButton.LeftButton)
    assert panel.note.text() == "From the next step on."
    assert not panel.apply_button.isEnabled()
    changes = go_on(qtbot, panel)
    assert [(change.step, change.name, change.old, change.new) for change in changes] == [
        (6, "learning_rate", 0.001, 2e-4),
        (6, "epochs", 4, 3),
    ]
    assert len(panel._session.history) == 12
    assert panel._session.run is not None
    assert panel._session.run.record.config.learning_rate == 2e-4


def test_keys_do_it_too(qtbot: QtBot, make_panel: MakePanel) -> None:
    panel = make_panel()
    panel.activateWindow()
    editor = panel.fields["learning_rate"].editor
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClicks(editor, "5e-4")
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert shown(panel)["learning_rate"] == 0.001
    editor.selectAll()
    qtbot.keyClicks(editor, "5e-4")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert [(change.name, change.new) for change in go_on(qtbot, panel)] == [("learning_rate", 5e-4)]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("learning_rate", 0.0, "Learning rate must be above 0"),
        ("learning_rate", "high", "Learning rate is a number"),
        ("epochs", 1, "epoch 2 has begun"),
        ("early_stopping", 2000, "Early stopping must be at least 0 and at most 1000"),
    ],
)
def test_what_cannot_be_says_why_and_the_rest_is_done(
    qtbot: QtBot, make_panel: MakePanel, name: str, value: object, words: str
) -> None:
    panel = make_panel()
    other = "epochs" if name != "epochs" else "early_stopping"
    entered(panel, **{name: value, other: 7})
    panel.apply()
    assert words in panel.problem.text
    assert panel.apply_button.isEnabled()
    entered(panel, **{name: getattr(TrainingConfig(epochs=4), name)})
    assert not panel.problem.text
    assert [(change.name, change.new) for change in go_on(qtbot, panel)] == [(other, 7)]


def test_what_is_being_entered_stays_when_something_else_changes(qtbot: QtBot, make_panel: MakePanel) -> None:
    panel = make_panel()
    entered(panel, epochs=3)
    panel._session.change("learning_rate", 0.5)
    with qtbot.waitSignal(panel._session.setting_changed):
        panel._session.resume()
    assert shown(panel) == {"learning_rate": 0.5, "epochs": 3, "early_stopping": 0}


def test_fine_tuning_has_its_own_rate_and_all_epochs_are_counted(qtbot: QtBot, make_panel: MakePanel) -> None:
    panel = make_panel(start_from="imagenet", freeze=True, fine_tune_epochs=3)
    assert shown(panel) == {"learning_rate": 0.001, "epochs": 7, "early_stopping": 0}
    entered(panel, epochs=9)
    panel.apply()
    assert [(change.name, change.old, change.new) for change in go_on(qtbot, panel)] == [("fine_tune_epochs", 3, 5)]


def test_another_training_begins_with_its_own_values(qtbot: QtBot, make_panel: MakePanel) -> None:
    panel = make_panel()
    entered(panel, epochs=9)
    go_on(qtbot, panel)
    panel._session.start(TrainingConfig(epochs=4, learning_rate=0.25))
    qtbot.waitUntil(lambda: panel._session.state is TrainingState.PAUSED)
    assert shown(panel) == {"learning_rate": 0.25, "epochs": 4, "early_stopping": 0}


def test_every_field_says_what_it_is(make_panel: MakePanel) -> None:
    panel = make_panel()
    for field in panel.fields.values():
        assert field.editor.accessibleName()
        assert field.editor.toolTip()
    assert "from the next step on" in panel.fields["learning_rate"].editor.toolTip()

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QSplitter,
    QStyle,
    QStyleOptionComboBox,
)
from pytestqt.qtbot import QtBot

from resnet_gui.errors import TrainingError
from resnet_gui.gui.error_dialog import ErrorDialog
from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab import data_loader
from resnet_gui.gui.train_tab.actions import ENABLED, Request
from resnet_gui.gui.train_tab.arrangement import WIDE
from resnet_gui.gui.train_tab.lock import lock_reason
from resnet_gui.gui.train_tab.settings_column import SettingsColumn
from resnet_gui.gui.train_tab.tab import TrainTab
from resnet_gui.gui.training_session import TrainingSession
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import AnyEvent, TrainingPlanned
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import TrainingState
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import FitFunction
from tests.fake_trainer import FakeTrainer, OnEvent
from tests.gui.conftest import make_pictures

pytestmark = [
    pytest.mark.usefixtures("few_pictures"),
]
MakeTab = Callable[[FitFunction], TrainTab]


@pytest.fixture
def make_tab(qtbot: QtBot, make_session: Callable[[FitFunction], TrainingSession]) -> Iterator[MakeTab]:
    """Return a function that makes a tab, ready to start."""
    tabs: list[TrainTab] = []

    def make(fit: FitFunction) -> TrainTab:
        tab = TrainTab(make_session(fit))
        qtbot.addWidget(tab)
        tab.resize(1000, 700)
        tab.show()
        tab.activateWindow()
        tabs.append(tab)
        qtbot.waitUntil(lambda: tab.form.data.dataset is not None)
        return tab

    yield make
    for tab in tabs:
        tab.shut_down()


def usable(tab: TrainTab) -> set[Request]:
    return {request for request, button in tab.buttons.items() if button.isEnabled() and button.isVisible()}


def wait_for_state(qtbot: QtBot, tab: TrainTab, state: TrainingState) -> None:
    qtbot.waitUntil(lambda: tab._session.state is state)


def wait_for_end(qtbot: QtBot, tab: TrainTab) -> None:
    qtbot.waitUntil(lambda: not tab._session.busy)


def test_every_state_says_what_can_be_asked() -> None:
    assert set(ENABLED) == set(TrainingState)


def test_buttons_follow_the_states(qtbot: QtBot, make_tab: MakeTab) -> None:
    tab = make_tab(FakeTrainer())
    seen: list[tuple[TrainingState, set[Request]]] = []
    tab._session.state_changed.connect(lambda state: seen.append((state, usable(tab))))
    assert usable(tab) == {Request.START}
    with qtbot.waitSignal(tab.run_finished):
        tab.buttons[Request.START].click()
        assert usable(tab) == set()  # asked for, not yet heard of
    for state, buttons in seen[:-1]:
        assert buttons == ENABLED[state]
    assert usable(tab) == {Request.START}


def test_pause_and_resume_share_a_place(qtbot: QtBot, make_tab: MakeTab) -> None:
    tab = make_tab(FakeTrainer(at={2: TrainingControl.pause}))
    tab.buttons[Request.START].click()
    wait_for_state(qtbot, tab, TrainingState.PAUSED)
    assert usable(tab) == {Request.RESUME, Request.STOP, Request.STOP_AFTER_EPOCH}
    assert not tab.buttons[Request.PAUSE].isVisible()
    with qtbot.waitSignal(tab.run_finished):
        tab.buttons[Request.RESUME].click()
    assert len(tab._session.history) == 8
    assert tab.buttons[Request.PAUSE].isVisible()
    assert not tab.buttons[Request.RESUME].isVisible()


def test_stop_ends_the_training(qtbot: QtBot, make_tab: MakeTab) -> None:
    tab = make_tab(FakeTrainer(at={2: TrainingControl.pause}))
    tab.buttons[Request.START].click()
    wait_for_state(qtbot, tab, TrainingState.PAUSED)
    with qtbot.waitSignal(tab.run_finished):
        tab.buttons[Request.STOP].click()
    assert tab.progress.stage.text() == "Stopped"
    assert usable(tab) == {Request.START}


@pytest.mark.parametrize("keys", ["F5", "Ctrl+Return"])
def test_keys_do_what_the_buttons_do(qtbot: QtBot, make_tab: MakeTab, keys: str) -> None:
    tab = make_tab(FakeTrainer(at={2: TrainingControl.pause}))
    editor = tab.form.fields["epochs"].editor
    editor.setFocus()
    combination = QKeySequence(keys)[0]
    qtbot.keyClick(editor, combination.key(), combination.keyboardModifiers())
    wait_for_state(qtbot, tab, TrainingState.PAUSED)
    qtbot.keyClick(tab, Qt.Key.Key_F6)
    wait_for_end(qtbot, tab)
    assert len(tab._session.history) == 8


def test_shift_f5_stops(qtbot: QtBot, make_tab: MakeTab) -> None:
    tab = make_tab(FakeTrainer(at={2: TrainingControl.pause}))
    tab.buttons[Request.START].click()
    wait_for_state(qtbot, tab, TrainingState.PAUSED)
    qtbot.keyClick(tab, Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    wait_for_end(qtbot, tab)
    assert len(tab._session.history) == 2


def test_a_stop_after_the_epoch_can_be_asked_for_and_taken_back(qtbot: QtBot, make_tab: MakeTab) -> None:
    tab = make_tab(FakeTrainer(at={2: TrainingControl.pause, 6: TrainingControl.pause}, epochs=4))
    later = tab.actions_by_request[Request.STOP_AFTER_EPOCH]
    tab.buttons[Request.START].click()
    wait_for_state(qtbot, tab, TrainingState.PAUSED)
    combination = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    for wanted in (True, False):
        qtbot.keyClick(tab, Qt.Key.Key_F5, combination)
        assert later.isChecked() is wanted
    tab.buttons[Request.RESUME].click()
    qtbot.waitUntil(lambda: len(tab._session.history) == 6 and tab._session.state is TrainingState.PAUSED)
    menu = tab.buttons[Request.STOP_AFTER_EPOCH].menu()
    assert [action.text() for action in menu.actions()] == ["Stop", "Stop after this epoch"]
    menu.actions()[1].trigger()
    with qtbot.waitSignal(tab.run_finished):
        tab.buttons[Request.RESUME].click()
    assert tab.progress.stage.text() == "Stopped"
    assert len(tab._session.history) == 8
    assert "Stopping when this epoch is over" in tab.log.toPlainText()
    assert not later.isChecked()
    assert not later.isEnabled()


def test_changes_are_told_and_everything_fits_while_training(qtbot: QtBot, make_tab: MakeTab) -> None:
    tab = make_tab(FakeTrainer(at={2: lambda control: control.change("epochs", 3), 6: TrainingControl.pause}))
    tab.buttons[Request.START].click()
    wait_for_state(qtbot, tab, TrainingState.PAUSED)
    assert "Epochs changed from 2 to 3, from step 3 on." in tab.log.toPlainText()
    assert tab.progress.stage.text() == "Paused, epoch 2/3"
    assert tab.progress.total_bar.value() == round(1000 * 6 / 12)
    assert tab.wheel.isVisible()
    assert tab.coach.isVisible()
    assert tab.minimumSizeHint().width() <= 1280
    assert tab.minimumSizeHint().height() <= 720
    tab.buttons[Request.STOP].click()
    wait_for_end(qtbot, tab)
    assert not tab.wheel.isVisible()
    assert not tab.coach.isVisible()


def test_start_says_why_it_cannot(make_tab: MakeTab) -> None:
    tab = make_tab(FakeTrainer())
    tab.form.fields["epochs"].set_entry(0)
    assert not tab.buttons[Request.START].isEnabled()
    assert "Epochs must be at least 1" in tab.buttons[Request.START].toolTip()
    assert "Epochs must be at least 1" in tab.plots._hint.text()
    tab.form.fields["epochs"].set_entry(3)
    assert tab.buttons[Request.START].isEnabled()
    assert "3 epochs of 3 steps" in tab.plots._hint.text()


def test_form_is_read_only_while_training(qtbot: QtBot, make_tab: MakeTab) -> None:
    tab = make_tab(FakeTrainer(at={2: TrainingControl.pause}))
    tab.buttons[Request.START].click()
    wait_for_state(qtbot, tab, TrainingState.PAUSED)
    assert not tab.form.fields["epochs"].editor.isEnabled()
    tab.buttons[Request.STOP].click()
    wait_for_end(qtbot, tab)
    assert tab.form.fields["epochs"].editor.isEnabled()


def test_what_a_training_disables_says_why(qtbot: QtBot, make_tab: MakeTab) -> None:
    tab = make_tab(FakeTrainer(at={2: TrainingControl.pause}))
    controls = [
        widget
        for kind in (QAbstractButton, QComboBox, QAbstractSpinBox, QLineEdit)
        for widget in tab.form.findChildren(kind)
        if not isinstance(widget.parent(), QComboBox | QAbstractSpinBox)
    ]
    before = [(widget.isEnabled(), widget.toolTip()) for widget in controls]
    tab.buttons[Request.START].click()
    wait_for_state(qtbot, tab, TrainingState.PAUSED)
    disabled = [widget for widget in controls if not widget.isEnabled()]
    assert len(disabled) > 45
    assert [widget for widget in disabled if lock_reason() not in widget.toolTip()] == []
    assert lock_reason() in tab.form.fields["epochs"].label.toolTip()
    assert "training is running" in tab.buttons[Request.START].toolTip()
    tab.buttons[Request.STOP].click()
    wait_for_end(qtbot, tab)
    assert [(widget.isEnabled(), widget.toolTip()) for widget in controls] == before


def test_settings_and_name_reach_the_run(qtbot: QtBot, make_tab: MakeTab, store: RunStore) -> None:
    tab = make_tab(FakeTrainer())
    config = TrainingConfig(epochs=7, learning_rate=3e-4, seed=5)
    tab.set_config(config)
    tab.form.run_name.editor.setText("mine")
    qtbot.waitUntil(tab.buttons[Request.START].isEnabled)
    with qtbot.waitSignal(tab.run_finished) as blocker:
        tab.buttons[Request.START].click()
    assert blocker.args == ["mine"]
    assert store.open("mine").record.config == config == tab.config()
    assert not tab.form.run_name.name
    assert tab.buttons[Request.START].isEnabled()


def test_curves_log_and_result_are_shown(qtbot: QtBot, make_tab: MakeTab) -> None:
    tab = make_tab(FakeTrainer(epochs=2, steps_per_epoch=4))
    with qtbot.waitSignals([tab.run_finished, tab.status_changed]):
        tab.buttons[Request.START].click()
    tab.plots.refresh()
    assert tab.plots._history is tab._session.history
    assert tab.progress.result.text() == "Test: 71.2 % top-1, 93.0 % top-5 on 600 pictures"
    assert tab.progress.stage.text() == "Completed"
    log = tab.log.toPlainText()
    for words in ("Hello from the trainer", "2,800,000 weights", "Epoch 2: validation loss", "Completed."):
        assert words in log


def test_failure_is_left_to_the_window(qtbot: QtBot, make_tab: MakeTab) -> None:
    def fail(_control: TrainingControl) -> None:
        raise TrainingError("The loss is NaN.", "Lower the rate.")

    tab = make_tab(FakeTrainer(at={2: fail}))
    with qtbot.waitSignal(tab._session.failed):
        tab.buttons[Request.START].click()
    wait_for_end(qtbot, tab)
    assert not any(isinstance(widget, ErrorDialog) for widget in QApplication.topLevelWidgets())
    assert tab.progress.stage.text() == "Failed"
    assert tab.progress.failure.isVisible()
    assert tab.progress.failure.text() == "The loss is NaN."
    assert "Lower the rate." in tab.log.toPlainText()
    assert usable(tab) == {Request.START}


def test_start_that_is_refused_is_explained(qtbot: QtBot, make_tab: MakeTab, monkeypatch: pytest.MonkeyPatch) -> None:
    tab = make_tab(FakeTrainer())

    def refuse(*_arguments: object) -> None:
        raise TrainingError("A training is running.", "Stop it.")

    monkeypatch.setattr(tab._session, "start", refuse)
    tab.buttons[Request.START].click()
    (dialog,) = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, ErrorDialog)]
    assert "A training is running." in dialog.text
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_everything_fits_the_screen(qtbot: QtBot, make_tab: MakeTab, size: tuple[int, int]) -> None:
    tab = make_tab(FakeTrainer())
    assert tab.minimumSizeHint().width() <= 1280
    assert tab.minimumSizeHint().height() <= 720
    tab.resize(*size)
    assert tab.plots.width() > 2 * tab.form.width()
    form = tab.form
    form.data.chooser.choose("cifar100")
    form.change({"schedule": "one_cycle", "flip": True, "crop": 0.125, "mixup": 0.2, "cutout": 0.5})
    form.forecast.show_forecast(
        "About 25 minutes an epoch, 4 hours in all.", "That is long.", ["With 32 px: about an hour."]
    )
    for section in form.sections.values():
        section.open()
    shown = [field for field in form.fields.values() if field.isVisible()]
    assert len(shown) > 35

    def nothing_is_cut() -> bool:
        return all(
            field.height() >= max(field.sizeHint().height(), field.heightForWidth(field.width()))
            and field.label.width() >= field.label.sizeHint().width()
            and field.geometry().right() <= field.parentWidget().width()
            for field in shown
        )

    qtbot.waitUntil(nothing_is_cut)
    form.change({"learning_rate": 50.0, "batch_size": 5000, "width": 999, "l2": 2.0, "rotation": 999.0})
    assert form.fields["batch_size"].problem
    qtbot.waitUntil(nothing_is_cut)
    column = tab.findChild(SettingsColumn)
    assert column is not None
    assert column.widget().width() == column.viewport().width()


def test_nothing_is_cut_in_the_narrowest_column(qtbot: QtBot, make_tab: MakeTab) -> None:
    tab = make_tab(FakeTrainer())
    splitter = tab.findChild(QSplitter)
    splitter.setSizes([0, 2000])
    for section in tab.form.sections.values():
        section.open()
    column = tab.findChild(SettingsColumn)
    qtbot.waitUntil(lambda: column.width() < em(27) and column.widget().width() == column.viewport().width())

    def room(box: QComboBox) -> int:
        option = QStyleOptionComboBox()
        box.initStyleOption(option)
        control, part = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        return box.style().subControlRect(control, option, part, box).width()

    boxes = [box for box in tab.form.findChildren(QComboBox) if box.isVisible()]
    texts = [(box, box.itemText(number)) for box in boxes for number in range(box.count())]
    assert len(boxes) > 5
    assert [text for box, text in texts if box.fontMetrics().horizontalAdvance(text) > room(box)] == []


def test_fields_begin_at_one_line(make_tab: MakeTab) -> None:
    tab = make_tab(FakeTrainer())
    for section in tab.form.sections.values():
        section.open()
    QApplication.processEvents()
    fields = [field for field in tab.form.fields.values() if field.isVisible() and field.x() > 0]
    lines = {field.setting.name: field.editor.mapTo(tab, QPoint(0, 0)).x() for field in fields}
    wide = {name: lines.pop(name) for name in WIDE}
    assert len(set(lines.values())) == 1, lines
    assert len(set(wide.values())) == 1, wide


def test_pictures_that_changed_since_they_were_shown_are_told_and_shown_anew(
    qtbot: QtBot, make_tab: MakeTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit(run: Run, control: TrainingControl, on_event: OnEvent) -> None:
        def tell(event: AnyEvent) -> None:
            found = isinstance(event, TrainingPlanned)
            on_event(msgspec.structs.replace(event, fingerprint="now") if found else event)

        FakeTrainer()(run, control, tell)

    tab = make_tab(fit)
    more = replace(make_pictures(per_class=70), fingerprint="now")
    monkeypatch.setattr(data_loader, "load_pictures", lambda _request, _report: more)
    with qtbot.waitSignal(tab.run_finished):
        tab.buttons[Request.START].click()
    assert "The folder has changed since it was shown: 3000 pictures instead of 120." in tab.log.toPlainText()
    qtbot.waitUntil(lambda: not tab.form.data.busy)
    assert tab.form.data.dataset is not None
    assert tab.form.data.dataset.fingerprint == "now"
    with qtbot.waitSignal(tab.run_finished):
        tab.buttons[Request.START].click()
    assert tab.log.toPlainText().count("has changed") <= 1

"""Advice under the progress of a training: shown once, with the button that follows it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from resnet_gui.gui.theme import Appearance, apply_appearance
from resnet_gui.gui.train_tab.coach_line import CoachLine
from resnet_gui.gui.training_session import TrainingSession
from resnet_gui.runs.coach import Advice, Kind
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import AnyEvent, EpochEnded, StepMetrics
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.run_training import FitFunction
from tests.fake_trainer import FakeTrainer

MakeSession = Callable[[FitFunction], TrainingSession]


def steps(first: int, count: int, loss: float, epoch: int = 1) -> StepMetrics:
    same = (0.9,) * count
    return StepMetrics(
        time=time.time(), epoch=epoch, first_step=first, loss=(loss,) * count, top1=same, top5=same,
        rate=(1e-3,) * count, images_per_second=100.0,
    )  # fmt: skip


def ended(epoch: int, step: int, loss: float, top1: float) -> EpochEnded:
    return EpochEnded(
        time=time.time(), epoch=epoch, step=step, val_loss=loss, val_top1=top1, val_top5=1.0, complete=True, best=False
    )


@pytest.fixture
def line(qtbot: QtBot, make_session: MakeSession) -> Iterator[CoachLine]:
    """Return the line of a training that is paused after its first step; more steps are fed to the session."""
    session = make_session(FakeTrainer(epochs=20, at={1: TrainingControl.pause}))
    line = CoachLine(session)
    holder = QWidget()
    qtbot.addWidget(holder)
    layout = QVBoxLayout(holder)
    layout.addWidget(line)
    layout.addStretch()
    holder.resize(900, 100)  # beside the form in a window 1280 wide
    holder.show()
    session.start(TrainingConfig(epochs=20))
    qtbot.waitUntil(lambda: session.state is TrainingState.PAUSED)
    yield line
    holder.close()


def feed(line: CoachLine, *events: AnyEvent) -> None:
    for event in events:
        line._session._on_event(event)


def diverge(line: CoachLine) -> None:
    feed(line, steps(2, 99, 1.0), steps(101, 200, 9.0))


def overfit(line: CoachLine, first: int = 1) -> None:
    for epoch in range(first, first + 8):
        step = len(line._session.history)
        val_loss = 1.0 / epoch if epoch - first < 3 else 2.0
        feed(line, steps(step + 1, 20, 1.0 / epoch, epoch), ended(epoch, step + 20, val_loss, 0.5 - 0.01 * epoch))


def shown(line: CoachLine) -> str:
    return "" if line.words.isHidden() else line.words.text()


def test_nothing_is_said_of_a_young_training(line: CoachLine) -> None:
    feed(line, steps(2, 60, 2.0))
    assert shown(line) == ""
    assert line.isVisible()


def test_advice_is_followed_by_its_button(line: CoachLine, qtbot: QtBot) -> None:
    diverge(line)
    assert "The loss is rising" in shown(line)
    assert line.act_button.text() == "&Use a rate of 0.0001"
    assert line.act_button.toolTip()
    assert line.words.toolTip()
    line.act_button.setFocus()
    qtbot.keyClick(line.act_button, Qt.Key.Key_Space)
    assert shown(line) == ""
    session = line._session
    with qtbot.waitSignal(session.setting_changed) as changed:
        session.resume()
    assert (changed.args[0].name, changed.args[0].new) == ("learning_rate", 1e-4)


def test_stopping_keeps_the_best(line: CoachLine, qtbot: QtBot) -> None:
    overfit(line)
    assert "It overfits" in shown(line)
    assert line.act_button.text() == "Stop and &keep the best"
    with qtbot.waitSignal(line._session.finished) as end:
        line.act_button.click()
    assert end.args[0].reason is FinishReason.STOPPED
    assert line.isHidden()


def test_closed_advice_is_not_given_again_but_another_one_is(line: CoachLine, qtbot: QtBot) -> None:
    diverge(line)
    qtbot.mouseClick(line.close_button, Qt.MouseButton.LeftButton)
    assert shown(line) == ""
    feed(line, steps(301, 100, 9.0))
    assert shown(line) == ""
    feed(line, ended(1, 400, 1.0, 0.5))
    assert shown(line) == ""
    assert line.advice is None
    feed(line, steps(401, 300, 1.0, 2))
    overfit(line, first=2)
    assert line.advice is not None
    assert line.advice.kind is Kind.OVERFITS


def test_advice_stays_between_epochs_and_goes_when_it_is_no_longer_given(line: CoachLine) -> None:
    diverge(line)
    feed(line, steps(301, 120, 1.0))
    assert shown(line)
    feed(line, ended(1, 420, 1.0, 0.5))
    assert shown(line) == ""


def test_advice_that_came_too_late_says_so(line: CoachLine) -> None:
    line._show(Advice(Kind.STILL_LEARNING, "It is still learning.", ("epochs", 0), 1))
    line.act_button.click()
    assert "Epochs must be at least 1" in shown(line)
    assert line.act_button.isHidden()


def test_its_room_is_the_same_with_and_without_advice(line: CoachLine) -> None:
    before = line.geometry()
    overfit(line)
    assert shown(line)
    QApplication.processEvents()
    assert line.geometry() == before
    assert line.words.heightForWidth(line.words.width()) <= line.height()


def test_the_sign_follows_the_colours(line: CoachLine, qapp: QApplication, qtbot: QtBot) -> None:
    diverge(line)
    light = line._sign.pixmap().toImage()
    apply_appearance(qapp, Appearance.DARK)
    qtbot.waitUntil(lambda: line._sign.pixmap().toImage() != light)


def test_a_run_that_is_only_shown_gets_no_advice(line: CoachLine, qtbot: QtBot) -> None:
    overfit(line)
    session = line._session
    with qtbot.waitSignal(session.finished):
        session.stop()
    assert session.run is not None
    with qtbot.waitSignal(session.finished):
        session.show(session.run)
    assert line.isHidden()
    assert line.advice is None

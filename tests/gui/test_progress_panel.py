from __future__ import annotations

import re
import time

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from resnet_gui.gui.train_tab.estimate import Estimate, format_duration
from resnet_gui.gui.train_tab.log_pane import MOST_LINES, LogPane
from resnet_gui.gui.train_tab.progress_panel import ProgressPanel
from resnet_gui.gui.train_tab.steady_label import SteadyLabel
from resnet_gui.gui.training_session import TrainingSession
from resnet_gui.runs.events import AnyEvent, EpochEnded, Progress, StateChanged, TrainingPlanned
from resnet_gui.runs.state import TrainingState
from resnet_gui.runs.store import RunStore
from resnet_gui.training.recipes import RECIPES
from tests.fake_trainer import FakeTrainer, make_epoch, make_steps

PLAN = TrainingPlanned(
    time=0.0, run="", class_names=("a",), steps_per_epoch=100, epochs=3, train_count=3200, validation_count=800,
    test_count=0, parameters=1, environment={},
)  # fmt: skip


def at(time: float, event: AnyEvent) -> AnyEvent:
    return msgspec.structs.replace(event, time=time)


def state(time: float, state: TrainingState) -> StateChanged:
    return StateChanged(time=time, state=state)


def followed(*events: AnyEvent) -> Estimate:
    estimate = Estimate()
    for event in (PLAN, *events):
        estimate.follow(event)
    return estimate


def test_nothing_is_known_before_the_second_batch() -> None:
    assert Estimate().seconds_left() is None
    assert followed(state(0, TrainingState.RUNNING), at(9.0, make_steps(1, 1))).seconds_left() is None


def test_slow_first_step_does_not_count() -> None:
    estimate = followed(
        state(0, TrainingState.RUNNING),
        at(9.0, make_steps(1, 1)),
        at(10.0, make_steps(2, 10)),
        at(11.0, make_steps(12, 10)),
    )
    assert estimate.seconds_left() == pytest.approx((300 - 21) * 0.1)


def test_what_was_trained_before_counts_as_made_but_tells_nothing_of_the_speed() -> None:
    before = [at(1.0, make_steps(1, 50)), at(90_000.0, make_steps(51, 50)), at(90_050.0, make_epoch(1, 100))]
    goes_on = [state(200_000, TrainingState.PREPARING), state(200_010, TrainingState.RUNNING)]
    assert followed(*before, *goes_on).seconds_left() is None
    slow_first_step = at(200_050.0, make_steps(101, 1, 2))
    assert followed(*before, *goes_on, slow_first_step).seconds_left() is None
    estimate = followed(*before, *goes_on, slow_first_step, at(200_051.0, make_steps(102, 10, 2)))
    assert estimate.seconds_left() == pytest.approx((300 - 111) * 0.1)


def test_the_speed_of_the_head_says_nothing_of_fine_tuning() -> None:
    head = [state(0, TrainingState.RUNNING), at(1.0, make_steps(1, 1)), at(2.0, make_steps(2, 99))]
    fine_tuning = [state(3, TrainingState.PREPARING), state(9, TrainingState.RUNNING), at(20.0, make_steps(101, 1, 2))]
    assert followed(*head, *fine_tuning).seconds_left() is None
    assert followed(*head, *fine_tuning, at(40.0, make_steps(102, 10, 2))).seconds_left() == pytest.approx(189 * 2)


def test_pause_does_not_count() -> None:
    estimate = followed(
        state(0, TrainingState.RUNNING), at(9.0, make_steps(1, 1)), at(10.0, make_steps(2, 10)),
        state(10.0, TrainingState.PAUSED), state(5000.0, TrainingState.RUNNING), at(5001.0, make_steps(12, 10)),
    )  # fmt: skip
    assert estimate.seconds_left() == pytest.approx((300 - 21) * 0.1)


def test_validations_count() -> None:
    estimate = followed(
        state(0, TrainingState.RUNNING), at(9.0, make_steps(1, 1)), at(18.9, make_steps(2, 99)),
        state(18.9, TrainingState.VALIDATING), at(25.9, make_epoch(1, 100)), state(26.0, TrainingState.RUNNING),
    )  # fmt: skip
    assert estimate.seconds_left() == pytest.approx(200 * 0.1 + 2 * 7.0)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (5.4, "0:05"), (760, "12:40"), (3600, "1:00:00"), (11100, "3:05:00")]
)
def test_durations_read_like_a_clock(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.fixture
def session(store: RunStore) -> TrainingSession:
    return TrainingSession(store, FakeTrainer())


@pytest.fixture
def panel(qtbot: QtBot, session: TrainingSession) -> ProgressPanel:
    panel = ProgressPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    session.started.emit()
    return panel


def feed(session: TrainingSession, *events: AnyEvent) -> None:
    for event in events:
        session._on_event(event)


def test_preparing_says_what_is_done(panel: ProgressPanel, session: TrainingSession) -> None:
    feed(session, state(0, TrainingState.PREPARING), Progress(0.0, "Reading pictures", 312, 5000))
    assert panel.stage.text() == "Preparing"
    assert panel.values.text() == "Reading pictures"
    assert panel.stage_count.text().replace(",", "") == "312/5000"
    assert panel.stage_bar.value() == 62
    panel._on_second_passed()
    assert panel.values.text() == "Reading pictures, 1 s"


def test_training_says_how_far_it_is(panel: ProgressPanel, session: TrainingSession, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.status_changed) as blocker:
        feed(
            session, PLAN, state(0, TrainingState.RUNNING), at(9.0, make_steps(1, 100)), at(10.0, make_epoch(1, 100)),
            at(10.0, make_steps(101, 1, 2)), at(11.0, make_steps(102, 11, 2)),
        )  # fmt: skip
    assert blocker.signal_triggered
    qtbot.waitUntil(lambda: panel.stage_count.text() == "step 12/100")
    assert panel.stage.text() == "Epoch 2/3"
    assert panel.stage_bar.value() == 120
    assert panel.total_bar.value() == round(1000 * 112 / 300)
    assert panel.time_left.text().endswith("left")
    assert panel.values.text().startswith("100 images/s")
    assert "Best validation" in panel.result.text()


def test_numbers_change_slowly_enough_to_be_read(panel: ProgressPanel, session: TrainingSession, qtbot: QtBot) -> None:
    times: list[float] = []
    feed(session, PLAN, state(0, TrainingState.RUNNING))
    panel.status_changed.connect(lambda _words: times.append(time.monotonic()))

    def feed_one() -> bool:
        feed(session, make_steps(len(session.history) + 1, 1))
        return len(times) >= 4

    qtbot.waitUntil(feed_one)
    assert min(np.diff(times)) >= 0.18
    feed(session, state(1, TrainingState.VALIDATING))
    assert panel.total_bar.value() == round(1000 * len(session.history) / 300)


def test_validating_keeps_the_numbers(panel: ProgressPanel, session: TrainingSession) -> None:
    feed(
        session, PLAN, state(0, TrainingState.RUNNING), at(9.0, make_steps(1, 1)), at(10.0, make_steps(2, 1)),
        state(11, TrainingState.VALIDATING),
    )  # fmt: skip
    assert panel.values.text().startswith("100 images/s")
    assert panel.time_left.text()
    feed(session, state(12, TrainingState.FINISHING))
    assert not panel.time_left.text()


def test_nothing_is_arranged_anew_for_other_numbers(
    panel: ProgressPanel, session: TrainingSession, qtbot: QtBot
) -> None:
    feed(session, PLAN, state(0, TrainingState.RUNNING), at(9.0, make_steps(1, 1)), at(10.0, make_steps(2, 1)))
    panel._show_steps()
    QApplication.processEvents()
    arranged: list[QEvent.Type] = []

    class Watch(QObject):
        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
            if event.type() is QEvent.Type.LayoutRequest:
                arranged.append(event.type())
            return False

    watch = Watch()
    panel.installEventFilter(watch)
    for step in range(3, 9):
        words = panel.values.text()
        feed(session, at(8.0 + step, make_steps(step, 1)))
        panel._show_steps()
        QApplication.processEvents()
        assert panel.values.text() != words
    assert not arranged


def test_a_label_grows_for_longer_words_and_stays(qtbot: QtBot) -> None:
    label = SteadyLabel(["step 1/1"])
    qtbot.addWidget(label)
    label.show_words("step 1000/1000")
    wide = label.width()
    assert wide >= label.fontMetrics().horizontalAdvance("step 1000/1000")
    label.show_words("1")
    assert label.width() == wide


@pytest.mark.parametrize(("changed", "compared"), [({}, True), ({"epochs": 3}, False)])
def test_a_recipe_of_a_document_is_compared_with_it(
    qtbot: QtBot, store: RunStore, changed: dict[str, int], compared: bool
) -> None:
    session = TrainingSession(store, FakeTrainer())
    panel = ProgressPanel(session)
    qtbot.addWidget(panel)
    panel.resize(920, 100)  # beside the form in a window 1280 wide
    panel.show()
    with qtbot.waitSignal(session.finished):
        session.start(msgspec.structs.replace(RECIPES["cifar100-resnet50"].config, **changed))
    words = panel.result.text()
    assert ("Document 1: 38.3 / 68.6 %, yours: 71.2 / 93.0 %" in words) is compared
    assert words.startswith("Test: 71.2 %") is not compared
    assert session.run is not None
    with qtbot.waitSignal(session.finished):
        session.show(session.run)
    assert panel.result.text() == words
    QApplication.processEvents()
    assert panel.minimumSizeHint().width() < 900
    assert panel.result.height() >= panel.result.heightForWidth(panel.result.width())
    session.deleteLater()


def test_first_step_does_not_keep_the_words_of_preparing(panel: ProgressPanel, session: TrainingSession) -> None:
    feed(session, PLAN, Progress(0.0, "Compiling the first step", 0, 0), state(1, TrainingState.RUNNING))
    assert panel.stage.text() == "Training"
    assert not panel.values.text()


def test_paused_says_so(panel: ProgressPanel, session: TrainingSession) -> None:
    feed(session, PLAN, state(0, TrainingState.RUNNING), make_steps(1, 5), state(1, TrainingState.PAUSED))
    assert panel.stage.text() == "Paused, epoch 1/3"
    assert panel.stage_count.text() == "step 5/100"


def test_unfinished_validation_is_no_best(panel: ProgressPanel, session: TrainingSession) -> None:
    cut = EpochEnded(time=0.0, epoch=1, step=5, val_loss=None, val_top1=None, val_top5=None, complete=False, best=False)
    feed(session, PLAN, make_steps(1, 5), cut)
    assert not panel.result.text()


@pytest.fixture
def log(qtbot: QtBot) -> LogPane:
    log = LogPane()
    log.resize(300, 100)
    qtbot.addWidget(log)
    log.show()
    return log


def test_log_says_the_day_of_what_happened_on_another(log: LogPane) -> None:
    log.add_line("then", time.mktime((2025, 3, 9, 14, 30, 12, 0, 0, -1)))
    log.add_line("now", time.time())
    then, now = log.toPlainText().splitlines()
    assert then == "2025-03-09 14:30:12  then"
    assert re.fullmatch(r"\d\d:\d\d:\d\d  now", now)


def test_log_follows_its_end(log: LogPane) -> None:
    for number in range(100):
        log.add_line(f"line {number}", 0.0)
    bar = log.verticalScrollBar()
    assert bar.value() == bar.maximum()


def test_log_stays_where_the_user_reads(log: LogPane) -> None:
    for number in range(100):
        log.add_line(f"line {number}", 0.0)
    log.verticalScrollBar().setValue(3)
    log.add_line("one more", 0.0)
    assert log.verticalScrollBar().value() == 3


def test_log_forgets_its_oldest_lines(log: LogPane) -> None:
    for number in range(MOST_LINES + 10):
        log.add_line(f"line {number}", 0.0)
    assert log.blockCount() == MOST_LINES
    assert "line 9\n" not in log.toPlainText()

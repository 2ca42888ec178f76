"""Jobs off the GUI thread: exactly one outcome, on the GUI thread, and nothing lost."""

from __future__ import annotations

import gc
import threading
import weakref

from PySide6.QtCore import QCoreApplication, QObject
from pytestqt.qtbot import QtBot

from resnet_gui.errors import ModelError
from resnet_gui.gui import task as task_module
from resnet_gui.gui.task import Task, finish_tasks
from resnet_gui.progress import Report


class Outcomes:
    """Writes down what a task tells, and on which thread; plain functions, no QObject."""

    def __init__(self, task: Task) -> None:
        self.told: list[tuple[object, ...]] = []
        self.threads: set[int] = set()
        task.succeeded.connect(lambda result: self._note("succeeded", result))
        task.failed.connect(lambda error: self._note("failed", error))
        task.cancelled.connect(lambda: self._note("cancelled"))
        task.progressed.connect(lambda *progress: self._note("progressed", *progress))

    def _note(self, *what: object) -> None:
        self.told.append(what)
        self.threads.add(threading.get_ident())

    @property
    def outcomes(self) -> list[tuple[object, ...]]:
        return [entry for entry in self.told if entry[0] != "progressed"]


def test_the_result_comes_back_on_the_gui_thread(qtbot: QtBot) -> None:
    worker: list[int] = []

    def work(report: Report) -> str:
        worker.append(threading.get_ident())
        return "done"

    task = Task(work)
    outcomes = Outcomes(task)
    with qtbot.waitSignal(task.succeeded):
        task.start()
    assert outcomes.told == [("succeeded", "done")]
    assert outcomes.threads == {threading.get_ident()}
    assert worker != [threading.get_ident()]
    assert not task.isRunning()


def test_an_exception_is_handed_over_whole(qtbot: QtBot) -> None:
    error = ModelError("It broke.", "Mend it.")

    def work(report: Report) -> None:
        raise error

    task = Task(work)
    outcomes = Outcomes(task)
    with qtbot.waitSignal(task.failed):
        task.start()
    assert outcomes.outcomes == [("failed", error)]
    assert error.__traceback__ is not None


def test_a_failure_nobody_listens_to_is_raised(qtbot: QtBot) -> None:
    def work(report: Report) -> None:
        raise ZeroDivisionError("lost?")

    task = Task(work)
    with qtbot.captureExceptions() as exceptions:
        task.start()
        qtbot.waitUntil(lambda: bool(exceptions))
    assert [str(error) for _, error, _ in exceptions] == ["lost?"]


def test_cancelling_ends_the_work_at_its_next_report(qtbot: QtBot) -> None:
    working = threading.Event()

    def work(report: Report) -> None:
        while True:
            report("Turning", 1, 0)
            working.set()

    task = Task(work)
    outcomes = Outcomes(task)
    with qtbot.waitSignal(task.cancelled):
        task.start()
        assert working.wait(5)
        task.cancel()
    assert outcomes.outcomes == [("cancelled",)]


def test_a_result_after_cancelling_is_dropped(qtbot: QtBot) -> None:
    may_end = threading.Event()

    def work(report: Report) -> str:
        may_end.wait(5)
        return "too late"

    task = Task(work)
    outcomes = Outcomes(task)
    with qtbot.waitSignal(task.cancelled):
        task.start()
        task.cancel()
        may_end.set()
    assert outcomes.outcomes == [("cancelled",)]


def test_progress_is_throttled_but_every_stage_is_told(qtbot: QtBot) -> None:
    def work(report: Report) -> None:
        for stage in ("Reading", "Sorting"):
            for done in range(10_000):
                report(stage, done, 10_000)

    task = Task(work)
    outcomes = Outcomes(task)
    with qtbot.waitSignal(task.succeeded):
        task.start()
    progress = [entry[1:] for entry in outcomes.told if entry[0] == "progressed"]
    assert ("Reading", 0, 10_000) in progress
    assert ("Sorting", 0, 10_000) in progress
    assert len(progress) < 100


def test_a_running_task_outlives_its_last_reference(qtbot: QtBot) -> None:
    may_end = threading.Event()
    told: list[object] = []

    def begin() -> weakref.ref[Task]:
        task = Task(lambda report: may_end.wait(5))
        task.succeeded.connect(told.append)
        task.start()
        return weakref.ref(task)

    reference = begin()
    gc.collect()
    assert reference() is not None
    may_end.set()
    qtbot.waitUntil(lambda: told == [True])
    qtbot.waitUntil(lambda: gc.collect() >= 0 and reference() is None)


def test_a_receiver_that_is_gone_hears_nothing(qtbot: QtBot) -> None:
    may_end = threading.Event()

    class Receiver(QObject):
        told: list[object] = []

        def on_succeeded(self, result: object) -> None:
            self.told.append(result)

    receiver = Receiver()
    task = Task(lambda report: may_end.wait(5))
    task.succeeded.connect(receiver.on_succeeded)
    task.start()
    del receiver
    may_end.set()
    with qtbot.waitSignal(task.succeeded):
        pass
    assert Receiver.told == []


def test_waiting_tells_the_outcome_at_once_and_only_once(qtbot: QtBot) -> None:
    task = Task(lambda report: "done")
    outcomes = Outcomes(task)
    task.start()
    assert task.wait()
    assert outcomes.told == [("succeeded", "done")]
    QCoreApplication.processEvents()
    assert task.wait()
    assert outcomes.told == [("succeeded", "done")]


def test_waiting_for_a_task_that_was_never_started_returns(qtbot: QtBot) -> None:
    task = Task(lambda report: "done")
    outcomes = Outcomes(task)
    assert task.wait()
    assert outcomes.told == []


def test_finishing_tasks_cancels_and_waits(qtbot: QtBot) -> None:
    def work(report: Report) -> None:
        while True:
            report("Turning", 1, 0)

    tasks = [Task(work), Task(work)]
    for task in tasks:
        task.start()
    finish_tasks()
    assert not any(task.isRunning() for task in tasks)
    assert not task_module._unfinished

"""RunActions: what can be done with the runs there are, from the offer to go on with one and from File > Runs."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from resnet_gui.errors import ResNetGuiError
from resnet_gui.gui.error_dialog import show_error
from resnet_gui.gui.run_offer import RunOffer
from resnet_gui.gui.task import Task
from resnet_gui.gui.training_session import TrainingSession
from resnet_gui.gui.window_settings import WindowSettings
from resnet_gui.runs.lock import is_being_trained
from resnet_gui.runs.overview import Condition, RunEntry, interrupted_runs
from resnet_gui.runs.run import Interruption, Run

_MOST_DECLINED = 100
_AFTER_START_MS = 200  # the window is painted first


class RunActions(QObject):
    """Resumes, shows and lists runs.

    Args:
        window: what its dialogs stand on.
        session: what goes on with runs and shows them.
        settings: where it is remembered what was declined.
    """

    train_tab_wanted = Signal()  # there is something to see
    settings_chosen = Signal(object)  # TrainingConfig, for the form
    deleted = Signal()  # some runs are no more

    def __init__(self, window: QWidget, session: TrainingSession, settings: WindowSettings) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._settings = settings
        self._interrupted: tuple[RunEntry, ...] = ()
        self._looking: Task | None = None
        self._started = QTimer(self, singleShot=True, interval=_AFTER_START_MS)
        self._started.timeout.connect(self._look)
        self.offer = RunOffer()
        self.offer.resume_requested.connect(self.resume)
        self.offer.list_requested.connect(self.show_list)
        self.offer.declined.connect(self._on_declined)
        self.offer.leave_requested.connect(session.leave)
        self.action = QAction(self.tr("&Runs…"), self)
        self.action.setShortcut(QKeySequence("Ctrl+R"))
        self.action.setToolTip(self.tr("List what was trained: show it, go on with it, delete it"))
        self.action.triggered.connect(self.show_list)
        session.started.connect(self.offer.hide)
        session.elsewhere_changed.connect(self._on_elsewhere_changed)
        session.interrupted.connect(self._on_interrupted)

    def look_for_interrupted(self) -> None:
        """Offer to go on with what was interrupted, in a moment, if there is something."""
        self._started.start()

    def resume(self, run: Run, epochs: int | None = None) -> None:
        """Go on with a run, to so many epochs in all, or to those that were planned; one trained elsewhere is shown."""
        if is_being_trained(run.folder):  # since it was listed
            self.show_run(run)
            return
        try:
            self._session.resume_run(run, epochs)
        except ResNetGuiError as error:
            show_error(self._window, error.message, error.advice)
            return
        self.train_tab_wanted.emit()

    def show_run(self, run: Run) -> None:
        """Show a run's curves."""
        try:
            self._session.show(run)
        except ResNetGuiError as error:
            show_error(self._window, error.message, error.advice)
            return
        self.train_tab_wanted.emit()

    def show_list(self) -> None:
        """Open the list of runs; imported when it is first opened, so that the window is there sooner."""
        from resnet_gui.gui.runs_dialog.dialog import RunsDialog

        dialog = RunsDialog(self._session, self._window)
        dialog.show_requested.connect(self.show_run)
        dialog.resume_requested.connect(self.resume)
        dialog.settings_requested.connect(lambda run: self.settings_chosen.emit(run.record.config))
        dialog.deleted.connect(self._on_deleted)
        dialog.open()

    def shut_down(self) -> None:
        """End the looking for runs."""
        self._started.stop()
        looking, self._looking = self._looking, None
        if looking is not None:
            looking.cancel()
            looking.wait()

    def _look(self) -> None:
        store = self._session.store
        self._looking = Task(lambda _report: interrupted_runs(store))
        self._looking.succeeded.connect(self._on_found)
        self._looking.start()

    def _on_found(self, interrupted: tuple[RunEntry, ...]) -> None:
        self._looking = None
        declined = self._settings.declined
        self._interrupted = tuple(entry for entry in interrupted if _key(entry) not in declined)
        # Somebody who was quicker knows what he wants.
        if self._interrupted and not self._session.busy and self._session.run is None:
            self.offer.offer(self._interrupted)

    def _on_declined(self) -> None:
        offered = [_key(entry) for entry in self._interrupted]
        earlier = [key for key in self._settings.declined if key not in offered]
        self._settings.declined = (*offered, *earlier)[:_MOST_DECLINED]
        self.offer.hide()

    def _on_elsewhere_changed(self, elsewhere: bool) -> None:
        run = self._session.run
        if elsewhere and run is not None:
            self.offer.tell_elsewhere(run)
        else:
            self.offer.hide()

    def _on_interrupted(self, place: Interruption) -> None:
        run = self._session.run
        assert run is not None
        self._interrupted = (RunEntry(run, Condition.INTERRUPTED, place),)
        self.offer.offer(self._interrupted)

    def _on_deleted(self) -> None:
        self.offer.hide()  # it may be about one of them
        self.deleted.emit()


def _key(entry: RunEntry) -> str:
    """Return what a refusal to resume a run is remembered by: cut again elsewhere, it is offered again."""
    return f"{entry.run.name}@{entry.reached.step}"

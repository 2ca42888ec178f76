"""RunsDialog: everything that was trained, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QSize, QSortFilterProxyModel, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QInputDialog,
    QLabel,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from resnet_gui.gui.runs_dialog.buttons import RunButtons
from resnet_gui.gui.runs_dialog.deleter import RunDeleter
from resnet_gui.gui.runs_dialog.table_model import SORT_ROLE, Column, Row, RunsModel
from resnet_gui.gui.task import Task
from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.dialogs.window_size import resize_within_screen
from resnet_gui.gui.train_tab.form_parts import small_label
from resnet_gui.gui.training_session import TrainingSession
from resnet_gui.runs.overview import RunEntry, all_runs

_MOST_EPOCHS = 10_000


class RunsDialog(QDialog):
    """A table of all runs, read off the GUI thread. Deletes itself when closed.

    Args:
        session: knows where the runs are, and whether one is being trained here.
        parent: the window it stands on.
    """

    show_requested = Signal(object)  # Run
    resume_requested = Signal(object, object)  # Run, epochs or None
    settings_requested = Signal(object)  # Run
    deleted = Signal()

    def __init__(self, session: TrainingSession, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Runs"))
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self._session = session
        self._task: Task | None = None
        self._model = RunsModel()
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._model)
        self._sorted.setSortRole(SORT_ROLE)
        self.table = self._make_table()
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.details = small_label()
        self.buttons = RunButtons()
        self._deleter = RunDeleter(session.store, self)
        self._lay_out()
        self._connect()
        resize_within_screen(self, QSize(em(94), em(36)))
        self.refresh()

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self._sorted)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setAlternatingRowColors(True)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)  # Tab goes on to the buttons
        table.setWordWrap(False)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setAccessibleName(self.tr("Runs"))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(em(1.9))
        table.setSortingEnabled(True)
        table.sortByColumn(Column.STARTED, Qt.SortOrder.DescendingOrder)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setMinimumSectionSize(em(4))
        for column, width in ((Column.DATA, 8), (Column.STATE, 24)):  # which can be as long as one likes
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(column, em(width))
        header.setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)
        return table

    def _lay_out(self) -> None:
        pages = QWidget()
        self._pages = QStackedLayout(pages)
        self._pages.addWidget(self.table)
        self._pages.addWidget(self.words)
        layout = QHBoxLayout(self)
        layout.setSpacing(em(0.8))
        left = QVBoxLayout()
        left.addWidget(pages, stretch=1)
        left.addWidget(self.details)
        layout.addLayout(left, stretch=1)
        layout.addWidget(self.buttons)

    def _connect(self) -> None:
        self.table.activated.connect(self._on_show)
        self.table.selectionModel().selectionChanged.connect(self._show_selected)
        self.buttons.show_button.clicked.connect(self._on_show)
        self.buttons.resume_button.clicked.connect(self._on_resume)
        self.buttons.more_button.clicked.connect(self._on_more)
        self.buttons.settings_button.clicked.connect(self._on_settings)
        self.buttons.folder_button.clicked.connect(self._on_folder)
        self.buttons.delete_button.clicked.connect(self._on_delete)
        self.buttons.refresh_button.clicked.connect(self.refresh)
        self.buttons.close_button.clicked.connect(self.reject)
        QShortcut(QKeySequence.StandardKey.Delete, self.table, self._on_delete)
        QShortcut(QKeySequence.StandardKey.Refresh, self, self.refresh)
        self._deleter.deleted.connect(self._on_deleted)
        self._session.state_changed.connect(self._show_selected)
        self._session.finished.connect(self.refresh)

    def refresh(self) -> None:
        """Read the runs again."""
        if self._task is not None:
            return
        if not self._model.rowCount():
            self._say(self.tr("Reading the runs…"))
        store = self._session.store
        self._task = Task(lambda report: all_runs(store, report))
        self._task.succeeded.connect(self._on_read)
        self._task.start()

    def done(self, result: int) -> None:
        """Close, and end the reading."""
        task, self._task = self._task, None
        if task is not None:
            task.succeeded.disconnect(self._on_read)
            task.cancel()
            task.wait()  # for the run that it looks at, no more
        self._deleter.shut_down()
        super().done(result)

    def selected(self) -> list[Row]:
        """Return the rows that are selected."""
        indexes = self.table.selectionModel().selectedRows()
        return [self._model.row(self._sorted.mapToSource(index).row()) for index in indexes]

    def _entry(self) -> RunEntry | None:
        """Return the run that is selected; None if it is none, damaged, or one of several."""
        rows = self.selected()
        return rows[0] if len(rows) == 1 and isinstance(rows[0], RunEntry) else None

    def _on_read(self, rows: tuple[Row, ...]) -> None:
        self._task = None
        chosen = {row.folder for row in self.selected()}
        self._model.set_rows(rows)
        if rows:
            self._pages.setCurrentWidget(self.table)
            self._select([number for number, row in enumerate(rows) if row.folder in chosen])
        else:
            self._say(
                self.tr(
                    "There are no runs yet.\n\nEvery training is kept as a run: its settings, its curves, and the best "
                    "model. Start one on the Train tab, and find it here."
                )
            )
        self._show_selected()

    def _select(self, numbers: list[int]) -> None:
        """Select rows of the model, the first one in the table if there are none, so that the keys have a place."""
        places = [self._sorted.mapFromSource(self._model.index(number, 0)) for number in numbers]
        places = places or [self._sorted.index(0, 0)]
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        self.table.selectionModel().setCurrentIndex(places[0], QItemSelectionModel.SelectionFlag.NoUpdate)
        for place in places:
            self.table.selectionModel().select(place, flags)
        self.table.scrollTo(places[0])
        self.table.setFocus()

    def _say(self, words: str) -> None:
        self.words.setText(words)
        self._pages.setCurrentWidget(self.words)

    def _show_selected(self) -> None:
        rows = self.selected()
        self.buttons.offer(rows, busy=self._session.busy)
        self.details.setText(_details(rows[0]) if len(rows) == 1 else "")

    def _on_show(self) -> None:
        entry = self._entry()
        if entry is not None and self.buttons.show_button.isEnabled():
            self.accept()
            self.show_requested.emit(entry.run)

    def _on_resume(self) -> None:
        entry = self._entry()
        if entry is not None:
            self.accept()
            self.resume_requested.emit(entry.run, None)

    def _on_more(self) -> None:
        entry = self._entry()
        if entry is None:
            return
        planned = entry.run.record.config.all_epochs
        ask = QInputDialog(self)
        ask.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        ask.setWindowTitle(self.tr("More epochs"))
        ask.setLabelText(
            self.tr("How many epochs shall {run} have in all? It has {reached} of {planned}.").format(
                run=entry.run.name, reached=entry.reached.epoch, planned=planned
            )
        )
        ask.setInputMode(QInputDialog.InputMode.IntInput)
        ask.setIntRange(min(entry.reached.epoch + 1, _MOST_EPOCHS), _MOST_EPOCHS)
        ask.setIntValue(planned + 10)
        ask.setOkButtonText(self.tr("Train"))
        ask.intValueSelected.connect(lambda epochs: self._on_epochs_chosen(entry, epochs))
        ask.open()

    def _on_epochs_chosen(self, entry: RunEntry, epochs: int) -> None:
        self.accept()
        self.resume_requested.emit(entry.run, epochs)

    def _on_settings(self) -> None:
        entry = self._entry()
        if entry is not None:
            self.accept()
            self.settings_requested.emit(entry.run)

    def _on_folder(self) -> None:
        for row in self.selected():
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(row.folder)))

    def _on_delete(self) -> None:
        runs = [row.run for row in self.selected() if isinstance(row, RunEntry)]
        if runs and self.buttons.delete_button.isEnabled():
            self._deleter.ask(runs)

    def _on_deleted(self) -> None:
        self.deleted.emit()
        self.refresh()


def _details(row: Row) -> str:
    """Return what there is to say about a run that has no room in the table."""
    if not isinstance(row, RunEntry):
        return row.reason
    return " ".join(filter(None, [row.run.record.message, str(row.folder)]))

"""ClassifyTab: drop pictures, see the five most probable classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QHideEvent,
    QImage,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from resnet_gui.data.dataset import FileProblem
from resnet_gui.errors import ResNetGuiError
from resnet_gui.gui.classify_tab.classifier import NumberedResult, PictureClassifier
from resnet_gui.gui.classify_tab.drops import may_be_dropped
from resnet_gui.gui.classify_tab.finder import PictureFinder
from resnet_gui.gui.classify_tab.intake import Intake
from resnet_gui.gui.classify_tab.model_chooser import ModelChooser
from resnet_gui.gui.classify_tab.model_opener import ModelOpener
from resnet_gui.gui.classify_tab.notice import Notice
from resnet_gui.gui.classify_tab.picture import NewPicture
from resnet_gui.gui.classify_tab.picture_browser import PictureBrowser
from resnet_gui.gui.classify_tab.picture_model import PictureModel
from resnet_gui.gui.classify_tab.picture_panel import PicturePanel
from resnet_gui.gui.classify_tab.prediction_bars import PredictionBars
from resnet_gui.gui.classify_tab.progress_row import ProgressRow, counted
from resnet_gui.gui.classify_tab.saving import Saving
from resnet_gui.gui.classify_tab.toolbar import ClassifyToolbar
from resnet_gui.gui.classify_tab.web_link import WebLinks
from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.problems_dialog import ProblemsDialog
from resnet_gui.gui.window_settings import WindowSettings
from resnet_gui.inference.catalog import ModelEntry
from resnet_gui.inference.classify import PictureResult
from resnet_gui.runs.store import RunStore

_PREPARE_AFTER_MS = 300  # the window is painted by then, and who only passes by is gone again


class ClassifyTab(QWidget):
    """Takes pictures in whatever way they come and shows what a model says about them.

    Args:
        store: the runs whose models are offered.
        settings: where it is remembered which one the user chose.
        parent: the owner, which calls `shut_down` before it goes away.
    """

    status_changed = Signal(str)
    """A line for the status bar."""

    def __init__(self, store: RunStore, settings: WindowSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selects_next = False
        self._shown_result: PictureResult | None = None
        self._model = PictureModel(self)
        self._finder = PictureFinder(self)
        self._web = WebLinks(self)
        self._classifier = PictureClassifier(self)
        self._preparation = QTimer(self, singleShot=True, interval=_PREPARE_AFTER_MS)
        self._saving = Saving(self._model, self)
        self._toolbar = ClassifyToolbar(self, settings)
        self._opener = ModelOpener(self, store, settings, self._toolbar.chooser)
        self._intake = Intake(self._finder, self._web, self._opener, self)
        self._notice = Notice()
        self._browser = PictureBrowser(self._model, settings.not_sure_below)
        self._list = self._browser.list
        self._view = PicturePanel()
        self._bars = PredictionBars()
        self._progress = ProgressRow()
        self.setAcceptDrops(True)
        self._lay_out()
        self._connect()
        self._update_actions()
        self.refresh_models()

    # For the window

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Classify files and folders."""
        self.add_sources(paths)

    @property
    def is_empty(self) -> bool:
        """Whether no pictures are listed."""
        return len(self._model.records) == 0

    @property
    def chooser(self) -> ModelChooser:
        """Where the model is chosen."""
        return self._toolbar.chooser

    def add_model_action(self, action: QAction) -> None:
        """Add a button beside the chooser, for something that is done with the chosen model."""
        self._toolbar.add_beside_chooser(action)

    def refresh_models(self, select: str | None = None) -> None:
        """Offer the models that there are now.

        Args:
            select: the run whose model to choose; None keeps the choice.
        """
        self._opener.refresh(select)

    def ask_for_model(self) -> None:
        """Let the user open a model from elsewhere."""
        self._opener.ask()

    def shut_down(self) -> None:
        """End all work and wait for its threads; call it before the tab goes away."""
        self._preparation.stop()
        for worker in (
            self._finder,
            self._web,
            self._classifier,
            self._view,
            self._model,
            self._saving,
            self._opener,
        ):
            worker.shut_down()

    # Pictures come in

    def add_sources(self, sources: Sequence[Path | QImage]) -> None:
        """List and classify files, folders and pictures without a file."""
        self._intake.add_sources(sources)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept what may be a picture, as a copy."""
        if may_be_dropped(event.mimeData()):
            self._list.set_drop_near(True)
            _accept_as_copy(event)
        else:
            event.ignore()

    def showEvent(self, event: QShowEvent) -> None:
        """Open the network once the window is drawn, so that the first picture does not wait for it."""
        super().showEvent(event)
        self._preparation.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Leave it to the next time."""
        super().hideEvent(event)
        self._preparation.stop()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Go on accepting it as a copy."""
        _accept_as_copy(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Forget about it."""
        self._list.set_drop_near(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Take it."""
        self._list.set_drop_near(False)
        _accept_as_copy(event)
        self._intake.drop(event.mimeData())

    def _on_begun(self) -> None:
        self._notice.hide()
        self._selects_next = True

    def _add(self, pictures: Sequence[NewPicture]) -> None:
        added = self._model.add(pictures)
        if self._selects_next and added:
            self._selects_next = False
            row = self._model.row_of(added[0].number)
            if row is not None:
                self._list.setCurrentIndex(self._model.index(row))
        self._classifier.add(added)
        self._update_progress()

    # Pictures are classified

    def _on_model_changed(self, entry: ModelEntry | None) -> None:
        bundle = entry.bundle if entry else None
        self._classifier.set_bundle(bundle)
        self._view.set_bundle(bundle)
        if entry is not None:
            self._browser.filters.class_chooser.choose_any()  # the other model's
            self._model.start_anew(entry.bundle.description.class_names)
            self._classify_rest()

    def _classify_rest(self) -> None:
        self._notice.hide()
        self._classifier.add(self._model.records.unclassified())
        self._update_progress()

    def _on_classified(self, results: list[NumberedResult]) -> None:
        self._model.set_results(results)

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, ResNetGuiError):
            raise error  # a mistake of the program's own is reported as such
        self._notice.say(str(error))

    def _on_cancel_requested(self) -> None:
        self._finder.cancel()
        self._web.cancel()
        self._classifier.cancel()

    def _on_clear_triggered(self) -> None:
        self._on_cancel_requested()
        self._model.clear()
        self._notice.hide()
        self._update_progress()

    # What is shown

    def _show_current(self) -> None:
        index = self._list.currentIndex()
        row = index.row()
        shown = index.isValid()
        result = self._model.result(row) if shown else None
        if result is not self._shown_result:
            self._shown_result = result
            self._bars.show_result(result)
        picture, true_class = (self._model.picture(row), self._model.true_class(row)) if shown else (None, "")
        self._view.show_picture(picture, result, self._bars.chosen, true_class)

    def _on_progressed(self, done: int, total: int, rate: float) -> None:
        self._progress.show_classified(done, total, rate, finding=self._finder.is_busy)

    def _update_progress(self) -> None:
        if self._classifier.is_busy:
            return  # it tells itself
        if self._finder.is_busy:
            self._progress.show_looking()
        elif self._web.is_busy:
            self._progress.show_fetching()
        else:
            unclassified = len(self._model.records) > self._model.records.done
            can_continue = unclassified and self._toolbar.chooser.entry is not None
            self._progress.show_idle(self._summary(), can_continue=can_continue)

    def _summary(self) -> str:
        records = self._model.records
        total, done, unreadable = len(records), records.done, records.unreadable
        if not total:
            return ""
        if not done and self._toolbar.chooser.entry is None:
            return self.tr("These pictures are classified as soon as there is a model")
        words = self.tr("Classified {done} of {total}").format(done=counted(done), total=counted(total))
        if unreadable:
            words = self.tr("{words}, {count} could not be read").format(words=words, count=counted(unreadable))
        return words

    def _update_actions(self) -> None:
        done = self._model.records.done > 0
        self._toolbar.clear.setEnabled(not self.is_empty)
        self._toolbar.export.setEnabled(done and not self._saving.table.is_busy)
        self._toolbar.copy.setEnabled(done and not self._saving.folders.is_busy)

    def _on_left_out(self, words: str, problems: list[FileProblem]) -> None:
        self._notice.say(words, self.tr("Which?"), lambda: ProblemsDialog(problems, self).open())

    # Construction

    def _lay_out(self) -> None:
        splitter = QSplitter(Qt.Orientation.Horizontal)
        for widget in (self._browser, self._view, self._bars):
            splitter.addWidget(widget)
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(em(0.6))
        layout = QVBoxLayout(self)
        margin = em(0.8)
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(em(0.6))
        layout.addWidget(self._toolbar)
        layout.addWidget(self._notice)
        layout.addWidget(splitter, stretch=1)
        layout.addWidget(self._saving.row)
        layout.addWidget(self._progress)

    def _connect(self) -> None:
        self._toolbar.chooser.model_changed.connect(self._on_model_changed)
        self._opener.status_changed.connect(self.status_changed)
        self._opener.failed.connect(self._on_failed)
        self._toolbar.open.triggered.connect(self._intake.choose_files)
        self._toolbar.open_folder.triggered.connect(self._intake.choose_folder)
        self._toolbar.paste.triggered.connect(self._intake.paste)
        self._toolbar.clear.triggered.connect(self._on_clear_triggered)
        self._toolbar.export.triggered.connect(self._saving.export_table)
        self._toolbar.copy.triggered.connect(self._saving.copy_pictures)
        self._progress.cancel_requested.connect(self._on_cancel_requested)
        self._progress.continue_requested.connect(self._classify_rest)
        QShortcut("Esc", self, self._on_cancel_requested, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._intake.begun.connect(self._on_begun)
        self._intake.found.connect(self._add)
        self._intake.declined.connect(self._notice.say)
        self._intake.model_taken.connect(self._notice.hide)
        self._web.begun.connect(self._update_progress)
        self._web.failed.connect(self._on_failed)
        self._web.ended.connect(self._update_progress)
        self._finder.begun.connect(self._update_progress)
        self._finder.failed.connect(self._on_failed)
        self._finder.ended.connect(self._update_progress)
        self._preparation.timeout.connect(self._classifier.prepare)
        self._classifier.classified.connect(self._on_classified)
        self._classifier.progressed.connect(self._on_progressed)
        self._classifier.failed.connect(self._on_failed)
        self._classifier.ended.connect(self._update_progress)
        self._saving.busy_changed.connect(self._update_actions)
        self._saving.saved.connect(self.status_changed)
        self._saving.left_out.connect(self._on_left_out)
        self._saving.failed.connect(self._on_failed)
        self._model.counts_changed.connect(self._update_actions)
        for changed in (self._model.dataChanged, self._model.modelReset):
            changed.connect(self._show_current)
        self._list.selectionModel().currentChanged.connect(self._show_current)
        self._bars.class_chosen.connect(self._view.choose_class)
        self._bars.explanation_requested.connect(self._view.ask_for_heat)
        self._view.heat_toggled.connect(self._bars.show_choice)


def _accept_as_copy(event: QDropEvent) -> None:
    """Accept a drop so that no file manager takes it for a move and deletes the user's file."""
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()

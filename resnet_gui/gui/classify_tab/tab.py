"""ClassifyTab: drop pictures, see the five most probable classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QShortcut,
)
from PySide6.QtWidgets import QFileDialog, QSplitter, QVBoxLayout, QWidget

from resnet_gui.data.images import PICTURE_SUFFIXES
from resnet_gui.errors import ResNetGuiError
from resnet_gui.gui.classify_tab.classifier import NumberedResult, PictureClassifier
from resnet_gui.gui.classify_tab.drops import encoded, may_be_dropped, read_mime
from resnet_gui.gui.classify_tab.finder import PictureFinder
from resnet_gui.gui.classify_tab.model_chooser import ModelChooser, ModelEntry, run_entries
from resnet_gui.gui.classify_tab.notice import Notice
from resnet_gui.gui.classify_tab.picture_list import PictureList
from resnet_gui.gui.classify_tab.picture_model import PictureModel
from resnet_gui.gui.classify_tab.picture_panel import PicturePanel
from resnet_gui.gui.classify_tab.prediction_bars import PredictionBars
from resnet_gui.gui.classify_tab.progress_row import ProgressRow, counted
from resnet_gui.gui.classify_tab.table_export import TableExport
from resnet_gui.gui.classify_tab.toolbar import ClassifyToolbar
from resnet_gui.gui.theme import em
from resnet_gui.gui.window_settings import WindowSettings
from resnet_gui.inference.classify import PictureSource
from resnet_gui.runs.store import RunStore


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
        self._store = store
        self._pasted = 0
        self._selects_next = False
        self._model = PictureModel(self)
        self._finder = PictureFinder(self)
        self._classifier = PictureClassifier(self)
        self._export = TableExport(self)
        self._toolbar = ClassifyToolbar(self, settings)
        self._notice = Notice()
        self._list = PictureList(self._model)
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
        return self._model.rowCount() == 0

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
        self._toolbar.chooser.set_entries(run_entries(self._store), select)

    def shut_down(self) -> None:
        """End all work and wait for its threads; call it before the tab goes away."""
        for worker in (self._finder, self._classifier, self._view, self._model, self._export):
            worker.shut_down()

    # Pictures come in

    def add_sources(self, sources: Sequence[Path | QImage]) -> None:
        """List and classify files, folders and pictures without a file: the one way in for all of them."""
        self._notice.hide()
        self._selects_next = True
        paths = [source for source in sources if isinstance(source, Path)]
        if paths:
            self._finder.look_through(paths)
        for pixels in sources:
            if isinstance(pixels, QImage):
                self._pasted += 1
                self._add([(self.tr("Pasted picture {number}").format(number=self._pasted), encoded(pixels))])
        self._update_progress()

    def add_mime(self, mime: QMimeData) -> None:
        """List and classify what was dropped or pasted, or say why not."""
        dropped = read_mime(mime)
        if dropped.paths:
            self.add_sources(dropped.paths)
        elif dropped.pixels is not None:
            self.add_sources([dropped.pixels])
        elif dropped.links:
            self._notice.say(
                self.tr(
                    "This is a link, and nothing is fetched from the web. "
                    "Save the picture on this computer first, then drop the file here."
                )
            )
        else:
            self._notice.say(self.tr("There is no picture to paste. Copy a picture or a file first."))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept what may be a picture, as a copy."""
        if may_be_dropped(event.mimeData()):
            self._list.set_drop_near(True)
            _accept_as_copy(event)
        else:
            event.ignore()

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
        self.add_mime(event.mimeData())

    def _on_open_triggered(self) -> None:
        dialog = self._make_dialog(self.tr("Open pictures"), QFileDialog.FileMode.ExistingFiles)
        patterns = " ".join(f"*{suffix}" for suffix in sorted(PICTURE_SUFFIXES))
        dialog.setNameFilters([self.tr("Pictures ({patterns})").format(patterns=patterns), self.tr("All files (*)")])
        dialog.filesSelected.connect(self._on_files_selected)
        dialog.open()

    def _on_open_folder_triggered(self) -> None:
        dialog = self._make_dialog(self.tr("Open a folder of pictures"), QFileDialog.FileMode.Directory)
        dialog.filesSelected.connect(self._on_files_selected)
        dialog.open()

    def _make_dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        return dialog

    def _on_files_selected(self, names: list[str]) -> None:
        self.add_sources([Path(name) for name in names])

    def _on_paste_triggered(self) -> None:
        self.add_mime(QGuiApplication.clipboard().mimeData())

    def _on_found(self, paths: list[Path]) -> None:
        self._add([(path.name or str(path), path) for path in paths])

    def _on_nothing_found(self, paths: tuple[Path, ...]) -> None:
        self._notice.say(self.tr("There are no pictures in {folder}.").format(folder=", ".join(map(str, paths))))

    def _add(self, named_sources: Sequence[tuple[str, PictureSource]]) -> None:
        first = self._model.rowCount()
        added = self._model.add(named_sources)
        if self._selects_next and added:
            self._selects_next = False
            self._list.setCurrentIndex(self._model.index(first))
        self._classifier.add(added)

    # Pictures are classified

    def _on_model_changed(self, entry: ModelEntry | None) -> None:
        bundle = entry.bundle if entry else None
        self._classifier.set_bundle(bundle)
        self._view.set_bundle(bundle)
        if entry is not None:
            self._model.forget_results()
            self._classify_rest()

    def _classify_rest(self) -> None:
        self._notice.hide()
        self._classifier.add(self._model.unclassified())
        self._update_progress()

    def _on_classified(self, results: list[NumberedResult]) -> None:
        self._model.set_results(results)

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, ResNetGuiError):
            raise error  # a mistake of the program's own is reported as such
        self._notice.say(str(error))

    def _on_cancel_requested(self) -> None:
        self._finder.cancel()
        self._classifier.cancel()

    def _on_clear_triggered(self) -> None:
        self._on_cancel_requested()
        self._model.clear()
        self._notice.hide()
        self._update_progress()

    # What is shown

    def _show_current(self) -> None:
        index = self._list.currentIndex()
        shown = index.isValid()
        result = self._model.result(index.row()) if shown else None
        self._bars.show_result(result)
        picture = self._model.picture(index.row()) if shown else None
        self._view.show_picture(picture, result, self._bars.chosen)

    def _on_progressed(self, done: int, total: int, rate: float) -> None:
        self._progress.show_classified(done, total, rate)

    def _update_progress(self) -> None:
        if self._classifier.is_busy:
            return  # it tells itself
        if self._finder.is_busy:
            self._progress.show_looking()
        else:
            unclassified = self._model.rowCount() > self._model.done
            can_continue = unclassified and self._toolbar.chooser.entry is not None
            self._progress.show_idle(self._summary(), can_continue=can_continue)

    def _summary(self) -> str:
        total, done, unreadable = self._model.rowCount(), self._model.done, self._model.unreadable
        if not total:
            return ""
        if not done and self._toolbar.chooser.entry is None:
            return self.tr("These pictures are classified as soon as there is a model")
        words = self.tr("Classified {done} of {total}").format(done=counted(done), total=counted(total))
        if unreadable:
            words = self.tr("{words}, {count} could not be read").format(words=words, count=counted(unreadable))
        return words

    def _update_actions(self) -> None:
        self._toolbar.clear.setEnabled(self._model.rowCount() > 0)
        self._toolbar.export.setEnabled(self._model.done > 0 and not self._export.is_busy)

    # The table

    def _on_export_triggered(self) -> None:
        dialog = self._make_dialog(self.tr("Export the predictions"), QFileDialog.FileMode.AnyFile)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([self.tr("Tables (*.csv)"), self.tr("All files (*)")])
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(self.tr("predictions.csv"))
        dialog.fileSelected.connect(self._on_export_selected)
        dialog.open()

    def _on_export_selected(self, name: str) -> None:
        self._export.write(Path(name), self._model.classified())
        self._update_actions()

    def _on_exported(self, path: Path) -> None:
        self._update_actions()
        self.status_changed.emit(self.tr("The predictions were saved to {file}").format(file=path))

    def _on_export_failed(self, error: Exception) -> None:
        self._update_actions()
        self._on_failed(error)

    # Construction

    def _lay_out(self) -> None:
        splitter = QSplitter(Qt.Orientation.Horizontal)
        for widget in (self._list, self._view, self._bars):
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
        layout.addWidget(self._progress)

    def _connect(self) -> None:
        self._toolbar.chooser.model_changed.connect(self._on_model_changed)
        self._toolbar.open.triggered.connect(self._on_open_triggered)
        self._toolbar.open_folder.triggered.connect(self._on_open_folder_triggered)
        self._toolbar.paste.triggered.connect(self._on_paste_triggered)
        self._toolbar.clear.triggered.connect(self._on_clear_triggered)
        self._toolbar.export.triggered.connect(self._on_export_triggered)
        self._progress.cancel_requested.connect(self._on_cancel_requested)
        self._progress.continue_requested.connect(self._classify_rest)
        QShortcut("Esc", self, self._on_cancel_requested, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._finder.found.connect(self._on_found)
        self._finder.nothing_found.connect(self._on_nothing_found)
        self._finder.failed.connect(self._on_failed)
        self._finder.ended.connect(self._update_progress)
        self._classifier.classified.connect(self._on_classified)
        self._classifier.progressed.connect(self._on_progressed)
        self._classifier.failed.connect(self._on_failed)
        self._classifier.ended.connect(self._update_progress)
        self._export.exported.connect(self._on_exported)
        self._export.failed.connect(self._on_export_failed)
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

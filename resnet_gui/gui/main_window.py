"""The window: its tabs, menus and the way it closes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QDesktopServices,
    QIcon,
    QKeySequence,
)
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QMessageBox, QTabWidget, QVBoxLayout, QWidget

from resnet_gui import __version__, launcher, paths
from resnet_gui.errors import ConfigError, ResNetGuiError
from resnet_gui.gui.classify_tab.tab import ClassifyTab
from resnet_gui.gui.error_dialog import show_error
from resnet_gui.gui.launcher_offer import LauncherOffer
from resnet_gui.gui.model_export import ModelExport
from resnet_gui.gui.recent_folders import RecentFolders
from resnet_gui.gui.run_actions import RunActions
from resnet_gui.gui.theme import Appearance, apply_appearance, em
from resnet_gui.gui.train_tab.tab import TrainTab
from resnet_gui.gui.train_tab.words import remedy_words
from resnet_gui.gui.training_session import TrainingSession
from resnet_gui.gui.window_settings import WindowSettings
from resnet_gui.inference.catalog import bundle_place
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.events import Finished
from resnet_gui.runs.store import RunStore
from resnet_gui.training.run_training import FitFunction, fit_with_keras

_TRAIN, _CLASSIFY = "train", "classify"  # how the tabs are remembered


class MainWindow(QMainWindow):
    """The program's window.

    Args:
        store: where runs are made and found.
        settings: what it remembers.
        fit: what trains.
    """

    def __init__(self, store: RunStore, settings: WindowSettings, fit: FitFunction = fit_with_keras) -> None:
        super().__init__()
        self._store = store
        self._settings = settings
        self._close_when_finished = False
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._app = app
        apply_appearance(app, settings.appearance)
        self.setWindowTitle("ResNet GUI")
        self.setWindowIcon(QIcon(str(paths.resource_path("icons", "resnet-gui.svg"))))

        self.session = TrainingSession(store, fit, self)
        self.train_tab = TrainTab(self.session)
        self.classify_tab = ClassifyTab(store, settings)
        self.model_export = ModelExport(self, self.classify_tab.chooser)
        self.classify_tab.add_model_action(self.model_export.action)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.train_tab, self.tr("&Train"))
        self.tabs.addTab(self.classify_tab, self.tr("&Classify"))
        self.runs = RunActions(self, self.session, settings)
        self._offer = self._make_offer()
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._offer)
        layout.addWidget(self.runs.offer)
        layout.addWidget(self.tabs, stretch=1)
        self.setCentralWidget(content)
        self._make_menus()

        self.session.failed.connect(self._on_training_failed)
        self.session.trained.connect(self._on_trained)
        self.session.finished.connect(self._on_training_finished)
        self.session.started.connect(self._remember)  # a crash shall not cost what was entered
        self.runs.train_tab_wanted.connect(partial(self.tabs.setCurrentWidget, self.train_tab))
        self.runs.settings_chosen.connect(self._on_settings_chosen)
        self.runs.deleted.connect(self.classify_tab.refresh_models)
        self.train_tab.status_changed.connect(self.statusBar().showMessage)
        self.classify_tab.status_changed.connect(self.statusBar().showMessage)
        self._restore()
        self.runs.look_for_interrupted()

    def _restore(self) -> None:
        """Look as the last window did when it was closed."""
        self.resize(em(92), em(58))
        self.restoreGeometry(self._settings.geometry)
        entries = self._settings.form
        if entries is not None:
            self.train_tab.form.restore(entries)
        if self._settings.tab == _CLASSIFY:
            self.tabs.setCurrentWidget(self.classify_tab)

    def _remember(self) -> None:
        settings = self._settings
        settings.geometry = self.saveGeometry()
        settings.form = self.train_tab.entries
        settings.tab = _CLASSIFY if self.tabs.currentWidget() is self.classify_tab else _TRAIN
        settings.save()

    def classify(self, files: Sequence[Path]) -> None:
        """Show the Classify tab and classify pictures and folders."""
        self.tabs.setCurrentWidget(self.classify_tab)
        self.classify_tab.open_paths(files)

    def stop_and_close(self) -> None:
        """Close without asking; a running training is stopped and saved first."""
        if self.session.busy:
            self._close_when_finished = True
            self.session.stop()
            self.statusBar().showMessage(self.tr("Stopping the training; the window closes when it is saved."))
        else:
            self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close at once, or ask first while a training is running."""
        if self.session.busy:
            event.ignore()
            if not self._close_when_finished:
                self._ask_before_closing()
            return
        self._remember()
        self.hide()  # before waiting for threads: a window that is closed and stays looks frozen
        self.model_export.shut_down()
        self.runs.shut_down()
        self.session.shut_down()
        self.train_tab.shut_down()
        self.classify_tab.shut_down()
        event.accept()

    def _ask_before_closing(self) -> None:
        question = QMessageBox(self)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.setIcon(QMessageBox.Icon.Question)
        question.setWindowTitle(self.tr("A training is running"))
        question.setText(self.tr("Stop the training and close the window?"))
        question.setInformativeText(
            self.tr("The best model so far is kept for Classify; the training can be resumed later.")
        )
        stop = question.addButton(self.tr("&Stop and close"), QMessageBox.ButtonRole.AcceptRole)
        question.addButton(self.tr("&Keep training"), QMessageBox.ButtonRole.RejectRole)
        stop.clicked.connect(self.stop_and_close)
        question.open()

    def _on_training_failed(self, end: Finished) -> None:
        self._close_when_finished = False  # the failure would go with the window
        dialog = show_error(self, end.message, end.advice, end.details, remedy_words(end.remedy))
        dialog.remedy_requested.connect(partial(self._on_remedy_requested, end.remedy))

    def _on_remedy_requested(self, remedy: Mapping[str, Any]) -> None:
        self.tabs.setCurrentWidget(self.train_tab)
        self.train_tab.use(remedy)

    def _on_training_finished(self, _end: Finished) -> None:
        if self._close_when_finished:
            self.close()
            return
        # What was just trained is what one wants to try next, unless pictures lie there under another model.
        run = self.session.run
        select = run.name if run and self.classify_tab.is_empty else None
        self.classify_tab.refresh_models(select)

    def _on_trained(self) -> None:
        """Let the next start choose what was just trained, as `_on_training_finished` does now."""
        run = self.session.run
        if run is not None and self.classify_tab.is_empty and bundle_place(run.folder) is not None:
            self._settings.model = run.name

    def _on_settings_chosen(self, config: TrainingConfig) -> None:
        self.tabs.setCurrentWidget(self.train_tab)
        try:
            self.train_tab.set_config(config)
        except ConfigError as error:
            show_error(self, error.message, error.advice)

    def _make_offer(self) -> LauncherOffer:
        offer = LauncherOffer()
        offer.setVisible(not self._settings.launcher_offered and LauncherOffer.makes_sense())
        offer.answered.connect(self._on_offer_answered)
        return offer

    def _on_offer_answered(self, wanted: bool) -> None:
        self._settings.launcher_offered = True
        self._offer.hide()
        if not wanted:
            return
        try:
            launcher.install()
        except ResNetGuiError as error:
            show_error(self, error.message, error.advice)
        else:
            self.statusBar().showMessage(self.tr("ResNet GUI is in your applications menu now."))

    def _make_menus(self) -> None:
        menu = self.menuBar().addMenu(self.tr("&File"))
        menu.addAction(self.runs.action)
        folders = RecentFolders(self.train_tab.form.data, self._settings, self)
        folders.folder_chosen.connect(partial(self.tabs.setCurrentWidget, self.train_tab))
        menu.addMenu(folders)
        menu.addSeparator()
        self._add_action(menu, self.tr("Open &model…"), self._on_open_model)
        menu.addAction(self.model_export.action)
        self._add_action(menu, self.tr("Open runs &folder"), self._on_open_runs_folder)
        menu.addSeparator()
        self._add_action(menu, self.tr("&Quit"), self.close, QKeySequence.StandardKey.Quit)
        view = self.menuBar().addMenu(self.tr("&View"))
        for number in range(self.tabs.count()):
            title = self.tabs.tabText(number)
            select = self._add_action(view, title, lambda _=False, n=number: self.tabs.setCurrentIndex(n))
            select.setShortcut(QKeySequence(f"Alt+{number + 1}"))
        view.addSeparator()
        self._add_appearance_menu(view)
        about = self.menuBar().addMenu(self.tr("&Help"))
        self._add_action(about, self.tr("Open &log file"), self._on_open_log)
        self._add_action(about, self.tr("&About ResNet GUI"), self._on_about)

    def _add_appearance_menu(self, view: QMenu) -> None:
        appearance = view.addMenu(self.tr("&Appearance"))
        group = QActionGroup(self)
        titles = {
            Appearance.SYSTEM: self.tr("As the &system"),
            Appearance.LIGHT: self.tr("&Light"),
            Appearance.DARK: self.tr("&Dark"),
        }
        for choice, title in titles.items():
            action = self._add_action(appearance, title, lambda _=False, c=choice: self._on_appearance_chosen(c))
            action.setCheckable(True)
            action.setChecked(choice is self._settings.appearance)
            group.addAction(action)

    def _add_action(
        self,
        menu: QMenu,
        title: str,
        slot: Callable[..., object],
        shortcut: QKeySequence.StandardKey | None = None,
    ) -> QAction:
        action = menu.addAction(title)
        action.triggered.connect(slot)
        if shortcut is not None:
            action.setShortcut(shortcut)
        return action

    def _on_appearance_chosen(self, appearance: Appearance) -> None:
        self._settings.appearance = appearance
        apply_appearance(self._app, appearance)

    def _on_open_model(self) -> None:
        self.tabs.setCurrentWidget(self.classify_tab)
        self.classify_tab.ask_for_model()

    def _on_open_runs_folder(self) -> None:
        try:
            self._store.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            show_error(self, self.tr("The folder {path} cannot be made.").format(path=self._store.folder), str(error))
            return
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._store.folder)))

    def _on_open_log(self) -> None:
        log = paths.log_file()
        log.touch()
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(log)))

    def _on_about(self) -> None:
        about = QMessageBox(self)
        about.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        about.setWindowTitle(self.tr("About ResNet GUI"))
        about.setIconPixmap(self.windowIcon().pixmap(em(4)))
        about.setText(self.tr("ResNet GUI {version}").format(version=__version__))
        about.setInformativeText(
            self.tr(
                "Watch an image classifier learn, then drop pictures on it. Everything stays on this computer: "
                "no picture is ever uploaded.\n\nRuns are kept in {folder}."
            ).format(folder=self._store.folder)
        )
        about.open()

"""ModelOpener: where the models come from that the chooser offers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from resnet_gui.cli.fetch import Fetched
from resnet_gui.gui.classify_tab.fetch_dialog import FetchDialog
from resnet_gui.gui.classify_tab.model_chooser import ModelChooser
from resnet_gui.gui.command import PROGRAM
from resnet_gui.gui.task import Task
from resnet_gui.gui.window_settings import WindowSettings
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.catalog import (
    bundle_place,
    is_foreign_model,
    model_entries,
    models_to_fetch,
    open_elsewhere,
)
from resnet_gui.inference.imagenet import ImageNetModel
from resnet_gui.inference.predictor import Predictor
from resnet_gui.progress import Report
from resnet_gui.runs.store import RunStore


class ModelOpener(QObject):
    """Fills the chooser, opens models from elsewhere after a check, and fetches those that are not here yet.

    Args:
        owner: what its dialogs stand on; it calls `shut_down` before it goes away.
        store: the runs whose models are offered.
        settings: where it is remembered what was opened or fetched last.
        chooser: what is filled.
        program: what runs the command that fetches.
    """

    status_changed = Signal(str)
    """A line for the status bar."""
    failed = Signal(Exception)

    def __init__(
        self,
        owner: QWidget,
        store: RunStore,
        settings: WindowSettings,
        chooser: ModelChooser,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        super().__init__(owner)
        self._owner = owner
        self._store = store
        self._settings = settings
        self._chooser = chooser
        self._program = program
        remembered = Path(settings.model)
        self._elsewhere = [remembered] if remembered.is_absolute() else []  # a run or a named model has no path
        self._task: Task | None = None
        self._dialog: FetchDialog | None = None
        chooser.fetch_requested.connect(self.fetch)

    def refresh(self, select: str | None = None) -> None:
        """Offer the models that there are now.

        Args:
            select: the key of the one to choose; None keeps the choice.
        """
        self._chooser.set_entries(list(model_entries(self._store, self._elsewhere)), select, models_to_fetch())

    def take(self, paths: Sequence[Path]) -> bool:
        """Open what was dropped if it is a model; return False if it is something else, pictures perhaps."""
        if len(paths) != 1:
            return False
        (path,) = paths
        folder = bundle_place(path)
        if folder is None and not is_foreign_model(path):
            return False
        self.open_model(folder or path)
        return True

    def ask(self) -> None:
        """Ask for the folder of a model and open it."""
        dialog = QFileDialog(self._owner, self.tr("Open a model: choose its folder, which holds model.json"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda name: self.open_model(Path(name)))
        dialog.open()

    def open_model(self, path: Path) -> None:
        """Check a model off the GUI thread, then choose it; `failed` tells why not."""
        place = path.absolute()

        def work(_report: Report) -> ModelBundle:
            bundle = open_elsewhere(place)
            Predictor(bundle)  # that it fits its description shows when it is compiled
            return bundle

        task = Task(work)
        task.succeeded.connect(partial(self._on_opened, task, place))
        task.failed.connect(partial(self._on_failed, task))
        self._task = task  # an earlier one may end, but nobody waits for its model any more
        self.status_changed.emit(self.tr("Opening {name}…").format(name=place.name))
        task.start()

    def fetch(self, model: ImageNetModel) -> None:
        """Ask whether to fetch a model, and fetch it."""
        self._dialog = FetchDialog(model, self._program, self._owner.window())
        self._dialog.fetched.connect(self._on_fetched)
        self._dialog.finished.connect(self._on_dialog_finished)
        self._dialog.open()

    def shut_down(self) -> None:
        """End all work and wait for it."""
        if self._dialog is not None:
            self._dialog.reject()
        task, self._task = self._task, None
        if task is not None:
            task.wait()

    def _on_opened(self, task: Task, place: Path, bundle: ModelBundle) -> None:
        if task is not self._task:
            return
        self._task = None
        known = [entry.key for entry in model_entries(self._store) if entry.bundle.folder == bundle.folder]
        if not known and place not in self._elsewhere:
            self._elsewhere.append(place)
        self._choose(known[0] if known else str(place))

    def _on_failed(self, task: Task, error: Exception) -> None:
        if task is self._task:
            self._task = None
            self.status_changed.emit("")
            self.failed.emit(error)

    def _on_fetched(self, fetched: Fetched) -> None:
        self._choose(fetched.model)

    def _on_dialog_finished(self) -> None:
        self._dialog = None

    def _choose(self, key: str) -> None:
        self._settings.model = key
        self.refresh(key)
        if self._chooser.entry is not None:
            self.status_changed.emit(self.tr("{title} is chosen").format(title=self._chooser.entry.title))

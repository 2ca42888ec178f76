"""DataPanel: the choice of pictures, and what is in them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QLocale, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
)

from resnet_gui.data.dataset import ImageDataset
from resnet_gui.data.download import CIFAR100, downloaded_path
from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.data_loader import DataLoader, data_key
from resnet_gui.gui.train_tab.editors import wrapped
from resnet_gui.gui.train_tab.loading_bar import LoadingBar
from resnet_gui.gui.train_tab.lock import lock
from resnet_gui.gui.train_tab.problem_label import ProblemLabel
from resnet_gui.gui.train_tab.problems_dialog import ProblemsDialog
from resnet_gui.gui.train_tab.source_chooser import SourceChooser
from resnet_gui.gui.train_tab.thumbnails import ThumbnailStrip
from resnet_gui.runs.config import TrainingConfig

_SETTLE_MS = 200  # while a path or a number is typed, nothing is read yet


class DataPanel(QGroupBox):
    """Source, counts, examples and left-out files of the data; reads it in the background whenever it changes.

    CIFAR-100 is downloaded only when its button is pressed.
    """

    changed = Signal()  # the user chose other data
    check_requested = Signal()
    data_changed = Signal()  # `dataset` or `problem` is another one

    def __init__(self) -> None:
        super().__init__()
        self.setTitle(self.tr("Data"))
        self.setAcceptDrops(True)
        self.dataset: ImageDataset | None = None
        self.problem = ""
        self._wanted: TrainingConfig | None = None
        self._settled = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settled.timeout.connect(self._on_settled)
        self._loader = DataLoader(self)
        self._loader.progressed.connect(self._on_progressed)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self._loader.cancelled.connect(self._on_cancelled)
        self.chooser = SourceChooser()
        self.chooser.changed.connect(self.changed)
        self._make_widgets()

    def _make_widgets(self) -> None:
        self.download_button = QPushButton(self.tr("Download ({size} MB)").format(size=round(CIFAR100.size / 1e6)))
        self.download_button.setToolTip(self.tr("Fetch CIFAR-100 once from the University of Toronto"))
        self.download_button.clicked.connect(self._load)
        self.counts = QLabel()
        self.counts.setWordWrap(True)
        self.counts.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.reload_button = QToolButton()
        self.reload_button.setAccessibleName(self.tr("Read the pictures again"))
        self.reload_button.setToolTip(self.tr("Read the pictures again, if they changed"))
        self.reload_button.setAutoRaise(True)
        self.reload_button.clicked.connect(self.reload)
        set_icon(self.reload_button, "reset")
        self.thumbnails = ThumbnailStrip()
        self.check_button = QPushButton(self.tr("Chec&k pictures…"))
        self.check_button.setToolTip(
            wrapped(
                self.tr("Look for copies, wrong classes, empty pictures and more, and say what can be done about them")
            )
        )
        self.check_button.clicked.connect(self.check_requested)
        set_icon(self.check_button, "find")
        self.left_out_button = QPushButton()
        self.left_out_button.setToolTip(self.tr("List the files that cannot be used, each with its reason"))
        self.left_out_button.clicked.connect(self._on_left_out_clicked)
        set_icon(self.left_out_button, "warning")
        self._problem_label = ProblemLabel()
        self.progress = LoadingBar(self.tr("Stop reading the pictures"))
        self.progress.hide()
        self.progress.cancel_button.clicked.connect(self._loader.cancel)
        words = QVBoxLayout()
        words.addWidget(self.counts)
        words.addWidget(self._problem_label)
        words_row = QHBoxLayout()
        words_row.addLayout(words, stretch=1)
        words_row.addWidget(self.reload_button, alignment=Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setSpacing(em(0.4))
        layout.addWidget(self.chooser)
        layout.addWidget(self.download_button)
        layout.addLayout(words_row)
        layout.addWidget(self.thumbnails)
        checks = QHBoxLayout()
        checks.addWidget(self.check_button)
        checks.addWidget(self.left_out_button)
        checks.addStretch()
        layout.addLayout(checks)
        layout.addWidget(self.progress)
        self._show_state()

    @property
    def busy(self) -> bool:
        """Whether pictures are being read, or will be in a moment."""
        return self._loader.busy or self._settled.isActive()

    def show_data_of(self, config: TrainingConfig) -> None:
        """Read and count the pictures of these settings, unless they are the ones shown."""
        if self._wanted is not None and data_key(config) == data_key(self._wanted):
            self._wanted = config
            return
        self._wanted = config
        if self._loader.is_reading(config):  # only their split is another: minutes of reading are not thrown away
            self._loader.load(config)
            return
        self._loader.drop()
        self._settled.start()
        self._set_result(None, self.tr("The pictures are being read."))

    def reload(self) -> None:
        """Read the pictures shown again, for they may have changed."""
        self._loader.forget()
        self._load()

    def show_nothing(self, problem: str) -> None:
        """Take the data away while the settings that choose it are not complete."""
        self._wanted = None
        self._settled.stop()
        self._loader.drop()
        self._set_result(None, problem)

    def set_read_only(self, read_only: bool) -> None:
        """Keep the choice from being changed, or allow it again."""
        self.chooser.set_read_only(read_only)
        self.setAcceptDrops(not read_only)
        for button in (self.download_button, self.reload_button, self.check_button):
            lock(button, read_only)

    def shut_down(self) -> None:
        """End all background work."""
        self._settled.stop()
        self._loader.shut_down()

    def _on_settled(self) -> None:
        if self._needs_download():
            self._set_result(
                None, self.tr("CIFAR-100 is not on this computer yet: download it, or choose its archive.")
            )
        else:
            self._load()

    def _needs_download(self) -> bool:
        config = self._wanted
        plain = config is not None and config.source == "cifar100" and not config.archive
        return plain and not downloaded_path(CIFAR100).is_file()

    def _load(self) -> None:
        assert self._wanted is not None
        self._settled.stop()
        self._loader.load(self._wanted)
        self._set_result(None, self.tr("The pictures are being read."))

    def _on_progressed(self, stage: str, done: int, total: int) -> None:
        self.progress.show_progress(stage, done, total)

    def _on_loaded(self, dataset: ImageDataset) -> None:
        self._set_result(dataset, "")

    def _on_failed(self, error: Exception) -> None:
        self._set_result(None, str(error))

    def _on_cancelled(self) -> None:
        self._set_result(None, self.tr("Reading the pictures was cancelled."))

    def _set_result(self, dataset: ImageDataset | None, problem: str) -> None:
        self.dataset, self.problem = dataset, problem
        self._show_state()
        self.data_changed.emit()

    def _show_state(self) -> None:
        dataset, busy = self.dataset, self.busy
        if dataset is not None:
            self.counts.setText(self._words_about(dataset))
        elif busy:
            self.counts.setText(self.problem)
        self.counts.setVisible(dataset is not None or busy)
        self.reload_button.setVisible(not busy and self._wanted is not None and not self._needs_download())
        self.download_button.setVisible(not busy and self._needs_download())
        self.thumbnails.show_dataset(dataset)
        problems = dataset.problems if dataset is not None else ()
        self.check_button.setVisible(dataset is not None)
        one, many = self.tr("1 file left out — Show…"), self.tr("{count} files left out — Show…")
        self.left_out_button.setText(one if len(problems) == 1 else many.format(count=len(problems)))
        self.left_out_button.setVisible(bool(problems))
        self._problem_label.show_problem("" if busy else self.problem)
        if not self._loader.busy:
            self.progress.hide()

    def _words_about(self, dataset: ImageDataset) -> str:
        number = QLocale().toString
        train, validation = len(dataset.train), len(dataset.validation)
        parts = [self.tr("{n} to train").format(n=number(train))]
        if validation:
            parts.append(self.tr("{n} to validate").format(n=number(validation)))
        if dataset.test is not None:
            parts.append(self.tr("{n} to test").format(n=number(len(dataset.test))))
        return self.tr("{classes} classes, {pictures} pictures: {parts}").format(
            classes=number(len(dataset.class_names)), pictures=number(train + validation), parts=", ".join(parts)
        )

    def _on_left_out_clicked(self) -> None:
        if self.dataset is not None:
            ProblemsDialog(self.dataset.problems, self.window()).open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome one folder, or an archive."""
        if _dropped_path(event) is not None:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """Choose what is dropped. Always as a copy: after a move, a file manager would delete the original."""
        path = _dropped_path(event)
        if path is not None and self.chooser.accept_path(path):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()


def _dropped_path(event: QDropEvent) -> Path | None:
    urls = event.mimeData().urls()
    local = urls[0].toLocalFile() if len(urls) == 1 else ""
    return Path(local) if local else None

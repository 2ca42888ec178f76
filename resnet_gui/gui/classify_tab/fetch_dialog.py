"""FetchDialog: what would be fetched, from where and how large, and then how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from resnet_gui.cli.fetch import Fetched, FetchProgress
from resnet_gui.data.download import downloaded_path, part_path
from resnet_gui.gui.error_dialog import show_error
from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.dialogs.command_dialog import CommandDialog
from resnet_gui.gui.train_tab.dialogs.window_size import resize_within_screen
from resnet_gui.gui.train_tab.problem_label import ProblemLabel
from resnet_gui.inference.export_target import remove_unfinished
from resnet_gui.inference.imagenet import ImageNetModel, is_downloaded


class FetchDialog(CommandDialog):
    """Asks before anything is fetched, then fetches and converts in a process of its own.

    Args:
        model: which one.
        program: what runs the command.
        parent: the window it stands on.
    """

    fetched = Signal(object)
    """What was Fetched."""

    def __init__(self, model: ImageNetModel, program: Sequence[str], parent: QWidget | None) -> None:
        super().__init__((), program, parent)
        self.setWindowTitle(self.tr("Fetch {title}").format(title=model.title))
        self._model = model
        self._fetched: Fetched | None = None
        self._details = ""
        self.words = QLabel(self._explanation())
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.problem = ProblemLabel()
        self.stage = QLabel()
        self.stage.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of fetching"))
        size_policy = self.bar.sizePolicy()
        size_policy.setRetainSizeWhenHidden(True)  # the buttons must not jump
        self.bar.setSizePolicy(size_policy)
        layout = QVBoxLayout(self)
        layout.setSpacing(em(0.8))
        layout.addWidget(self.words)
        layout.addWidget(self.problem)
        layout.addStretch()
        layout.addWidget(self.stage)
        layout.addWidget(self.bar)
        layout.addWidget(self._make_buttons())
        resize_within_screen(self, QSize(em(40), em(22)))
        self.runner.line_arrived.connect(self._on_line_arrived)
        self.runner.failed.connect(self._on_failed)
        self.runner.finished.connect(self._on_finished)
        self._show_state()

    def _explanation(self) -> str:
        file = self._model.file
        about = self.tr(
            "{title} tells 1000 kinds of things apart: animals, plants, food, vehicles, tools and more. "
            "It learned them from the pictures of ImageNet, and is published with Keras."
        ).format(title=self._model.title)
        if is_downloaded(self._model):
            how = self.tr(
                "Its weights are on this computer already. They are turned into a model for this program now; "
                "nothing is fetched."
            )
        else:
            how = self.tr(
                "{size} MB are fetched once from {server} and turned into a model for this program. "
                "Both stay in {folder}, and after that it works offline."
            ).format(size=file.megabytes, server=urlsplit(file.url).hostname, folder=self._model.folder.parent.parent)
        never = self.tr("None of your pictures leaves this computer.")
        otherwise = self.tr("If you have {name} already, choose that file instead.").format(name=file.name)
        return f"{about}\n\n{how} {never}\n\n{otherwise}"

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.cancel_button = buttons.button(QDialogButtonBox.StandardButton.Cancel)
        self.cancel_button.setToolTip(self.tr("Fetch nothing more; what has arrived is kept for another time (Esc)"))
        self.fetch_button = QPushButton()
        self.fetch_button.setToolTip(self.tr("Fetch the weights from the web and make the model"))
        self.fetch_button.clicked.connect(self._on_fetch_clicked)
        self.fetch_button.setDefault(True)
        set_icon(self.fetch_button, "save")
        self.file_button = QPushButton(self.tr("Use a &file…"))
        self.file_button.setToolTip(self.tr("Choose a file of these weights on this computer; nothing is fetched"))
        self.file_button.clicked.connect(self._on_file_clicked)
        set_icon(self.file_button, "open")
        self.details_button = QPushButton(self.tr("&Details…"))
        self.details_button.setToolTip(self.tr("Show everything the command said"))
        self.details_button.clicked.connect(self._on_details_clicked)
        buttons.addButton(self.details_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.file_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.fetch_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        return buttons

    def done(self, result: int) -> None:
        """Close the window and end the command; a model that was being written is deleted."""
        cancelled = self.runner.running
        super().done(result)
        if cancelled:
            remove_unfinished(self._model.folder)

    def _begin(self, *arguments: str) -> None:
        network = f"--network={self._model.network}"
        self._arguments = ("fetch", "imagenet", network, *arguments, "--json")
        self._fetched, self._details = None, ""
        self.problem.show_problem("")
        self.bar.setRange(0, 0)
        self.stage.setText(self.tr("Starting…"))
        self.start()
        self._show_state()

    def _on_fetch_clicked(self) -> None:
        self._begin()

    def _on_file_clicked(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose a file of weights"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Weights (*.h5 *.hdf5)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(self._on_file_selected)
        dialog.open()

    def _on_file_selected(self, name: str) -> None:
        self._begin(f"--from={Path(name)}")

    def _on_line_arrived(self, line: object) -> None:
        try:
            told = msgspec.convert(line, FetchProgress | Fetched)
        except msgspec.ValidationError as error:
            self.runner.cancel()
            self._on_failed(self.tr("The command told something that is no progress."), str(error))
            return
        if isinstance(told, Fetched):
            self._fetched = told
        else:
            self._show_progress(told)

    def _show_progress(self, told: FetchProgress) -> None:
        words = f"{told.stage}…"
        if told.total:
            words = self.tr("{stage}: {done} of {total} MB").format(
                stage=told.stage, done=round(told.done / 1e6), total=round(told.total / 1e6)
            )
        self.stage.setText(words)
        # In thousandths: bytes of a download exceed Qt's 32 bits.
        self.bar.setRange(0, 1000 if told.total else 0)
        self.bar.setValue(round(1000 * told.done / told.total) if told.total else 0)

    def _on_finished(self) -> None:
        if self._fetched is None:
            self._on_failed(self.tr("The command ended without having made a model."), "")
            return
        self.accept()
        self.fetched.emit(self._fetched)

    def _on_failed(self, message: str, details: str) -> None:
        self._details = details
        self.problem.show_problem(message)
        self._show_state()
        self.fetch_button.setFocus()  # which lost it while it could not be pressed

    def _on_details_clicked(self) -> None:
        show_error(self, self.problem.text, "", self._details)

    def _show_state(self) -> None:
        busy = self.runner.running
        self.stage.setVisible(busy)
        self.bar.setVisible(busy)
        self.fetch_button.setText(self._fetch_words())
        self.fetch_button.setEnabled(not busy)
        self.file_button.setEnabled(not busy)
        self.details_button.setVisible(bool(self._details) and not busy)
        layout = self.layout()
        assert layout is not None
        needed = QSize(self.width(), max(self.height(), layout.totalHeightForWidth(self.width())))
        resize_within_screen(self, needed)  # or words that came would be cut

    def _fetch_words(self) -> str:
        if is_downloaded(self._model):
            return self.tr("&Convert")
        if part_path(downloaded_path(self._model.file)).exists():
            return self.tr("&Go on fetching")
        return self.tr("&Fetch ({size} MB)").format(size=self._model.file.megabytes)

"""ModelDialog: the layers of the chosen network, as a table and as a diagram."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import QLocale, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from resnet_gui.errors import ResNetGuiError
from resnet_gui.gui.command import PROGRAM
from resnet_gui.gui.error_dialog import show_error
from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.picture_file import ask_for_picture_file, encoded_png, write_picture
from resnet_gui.gui.task import Task
from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.dialogs.command_dialog import CommandDialog, Failure, Waiting
from resnet_gui.gui.train_tab.dialogs.diagram import NetworkDiagram
from resnet_gui.gui.train_tab.dialogs.layer_table import LayerTable
from resnet_gui.gui.train_tab.dialogs.window_size import resize_within_screen
from resnet_gui.models.registry import find_network
from resnet_gui.models.summary import ModelSummary
from resnet_gui.runs.config import TrainingConfig


class ModelDialog(CommandDialog):
    """Layers, output shapes, parameters and connections of the network that settings ask for.

    Building it takes TensorFlow, which a command does in a process of its own. Selecting a row marks its box in the
    diagram, clicking a box selects its row.

    Args:
        config: the settings.
        native_size: pixels a side of the pictures.
        classes: how many there are.
        program: what runs the command.
        parent: the window it stays above.
    """

    picture_saved = Signal(str)

    def __init__(
        self,
        config: TrainingConfig,
        native_size: int,
        classes: int,
        program: Sequence[str] = PROGRAM,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(model_arguments(config, native_size, classes), program, parent)
        self._title = find_network(config.network).title
        self._circumstances = self.tr("for {classes} classes and pictures of {size} pixels").format(
            classes=QLocale().toString(classes), size=native_size
        )
        self.setWindowTitle(self.tr("Model: {network}").format(network=self._title))
        self.summary: ModelSummary | None = None
        self.totals = QLabel()
        self.totals.setWordWrap(True)
        self.totals.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.table = LayerTable()
        self.diagram = NetworkDiagram()
        self.waiting = Waiting()
        self.failure = Failure()
        self.pages = QStackedWidget()
        for page in (self.waiting, self.failure, self._make_content()):
            self.pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.addWidget(self.pages, stretch=1)
        layout.addWidget(self._make_buttons())
        resize_within_screen(self, QSize(em(90), em(52)))

        self.table.layer_selected.connect(self.diagram.select)
        self.diagram.layer_clicked.connect(self.table.select)
        self.waiting.cancel_requested.connect(self.reject)
        self.failure.retry_requested.connect(self.start)
        self.runner.line_arrived.connect(self._on_line_arrived)
        self.runner.failed.connect(self._show_failure)
        self.runner.finished.connect(self._on_finished)
        self.start()

    def _make_content(self) -> QWidget:
        right = QWidget()
        drawing = QVBoxLayout(right)
        drawing.setContentsMargins(0, 0, 0, 0)
        drawing.addLayout(self._make_tools())
        drawing.addWidget(self.diagram, stretch=1)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.table)
        splitter.addWidget(right)
        splitter.setSizes([em(46), em(44)])
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.totals)
        layout.addWidget(splitter, stretch=1)
        return content

    def _make_tools(self) -> QHBoxLayout:
        tools = QHBoxLayout()
        tools.addWidget(QLabel(self.tr("Tinted layers hold weights")), stretch=1)
        for icon, name, tip, handler in (
            ("zoom-in", self.tr("Zoom in"), self.tr("Enlarge the diagram (+)"), self.diagram.zoom_in),
            ("zoom-out", self.tr("Zoom out"), self.tr("Reduce the diagram (-)"), self.diagram.zoom_out),
            ("fit", self.tr("Whole network"), self.tr("Show the whole network (0)"), self.diagram.show_whole),
            ("reset", self.tr("Readable size"), self.tr("Back to a size that can be read (1)"),
             self.diagram.show_readable),
        ):  # fmt: skip
            tools.addWidget(_tool_button(icon, name, tip, handler))
        return tools

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy_button = QPushButton(self.tr("&Copy table"))
        self.copy_button.setToolTip(self.tr("Copy the rows that are selected, or all that are shown (Ctrl+C)"))
        self.copy_button.clicked.connect(self.table.copy)
        set_icon(self.copy_button, "copy")
        self.save_button = QPushButton(self.tr("Save p&icture…"))
        self.save_button.setToolTip(self.tr("Save the whole diagram as PNG or SVG"))
        self.save_button.clicked.connect(self._on_save_clicked)
        set_icon(self.save_button, "save")
        for button in (self.copy_button, self.save_button):
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
            button.setEnabled(False)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        for button in (close, self.copy_button, self.save_button):
            button.setAutoDefault(False)  # Return in the search line must not press one
        buttons.rejected.connect(self.reject)
        return buttons

    def start(self) -> None:
        """Build the network, again if need be."""
        self.summary = None
        self.waiting.show_words(
            self.tr("Building {network}. Starting TensorFlow takes some seconds.").format(network=self._title)
        )
        self.pages.setCurrentWidget(self.waiting)
        super().start()

    def _on_line_arrived(self, line: object) -> None:
        try:
            summary = msgspec.convert(line, ModelSummary)
            self.diagram.show_summary(summary)
        except ValueError as error:
            self.runner.cancel()
            self._show_failure(self.tr("The command told something that is no network."), str(error))
            return
        self.table.show_summary(summary)
        self.totals.setText(self._totals(summary))
        self.summary = summary

    def _totals(self, summary: ModelSummary) -> str:
        number = QLocale().toString
        return self.tr(
            "{network} {circumstances}: {layers} layers, {parameters} parameters, {trainable} of them trainable"
        ).format(
            network=summary.title,
            circumstances=self._circumstances,
            layers=number(len(summary.layers)),
            parameters=number(summary.parameters),
            trainable=number(summary.trainable_parameters),
        )

    def _on_finished(self) -> None:
        if self.summary is None or not self.summary.layers:
            self._show_failure(self.tr("The command ended without telling of a network."), "")
            return
        self.waiting.stop()
        self.pages.setCurrentIndex(self.pages.count() - 1)
        self.table.select(self.summary.layers[0].name)
        self.table.table.setFocus()
        for button in (self.copy_button, self.save_button):
            button.setEnabled(True)

    def _show_failure(self, message: str, details: str) -> None:
        self.waiting.stop()
        self.failure.show_failure(message, details)
        self.pages.setCurrentWidget(self.failure)

    def _on_save_clicked(self) -> None:
        try:
            path = ask_for_picture_file(self, f"{Path(self._title).name}.png")
            if path is not None:
                self.save_picture(path)
        except ResNetGuiError as error:
            show_error(self, error.message, error.advice)

    def save_picture(self, path: Path) -> None:
        """Save the whole diagram; `.svg` makes a drawing, anything else a PNG. `picture_saved` or an error follows."""
        content: Callable[[], bytes]
        if path.suffix.lower() == ".svg":
            content = partial(bytes, self.diagram.svg())
        else:  # twenty megapixels take a second to encode
            content = partial(encoded_png, self.diagram.image())
        task = Task(lambda _report: write_picture(path, content()))
        task.succeeded.connect(partial(self._on_saved, path))
        task.failed.connect(self._on_save_failed)
        self.save_button.setEnabled(False)
        task.start()

    def _on_saved(self, path: Path, _result: object) -> None:
        self.save_button.setEnabled(True)
        self.picture_saved.emit(str(path))

    def _on_save_failed(self, error: Exception) -> None:
        self.save_button.setEnabled(True)
        if not isinstance(error, ResNetGuiError):
            raise error
        show_error(self, error.message, error.advice)


def model_arguments(config: TrainingConfig, native_size: int, classes: int) -> list[str]:
    """Return the command that tells the layers of the network that settings ask for."""
    flags = {
        "classes": classes,
        "native-size": native_size,
        "input-size": config.input_size,
        "stem": config.stem,
        "width": config.width,
        "preprocessing": config.preprocessing,
        "head": config.head,
    }
    return ["model", config.network, *(f"--{name}={value}" for name, value in flags.items()), "--json"]


def _tool_button(icon: str, name: str, tip: str, handler: Callable[[], None]) -> QToolButton:
    button = QToolButton()
    button.setAutoRaise(True)
    button.setAccessibleName(name)
    button.setToolTip(tip)
    button.clicked.connect(handler)
    set_icon(button, icon)
    return button

"""RateFinderDialog: tries rising learning rates on the user's pictures and lets one be chosen."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QDialogButtonBox, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from resnet_gui.cli.settings_flags import flags_of
from resnet_gui.gui.command import PROGRAM
from resnet_gui.gui.error_dialog import show_error
from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.dialogs.command_dialog import CommandDialog
from resnet_gui.gui.train_tab.dialogs.rate_plot import RatePlot
from resnet_gui.gui.train_tab.dialogs.window_size import resize_within_screen
from resnet_gui.runs.config import SETTINGS, TrainingConfig


class TriedRate(msgspec.Struct, frozen=True):
    """What `find-rate --json` tells of a step; a loss that is no number is null."""

    step: int
    rate: float
    loss: float | None
    smoothed: float | None


class Suggestion(msgspec.Struct, frozen=True):
    """What `find-rate --json` tells last: the rate it suggests, null for none, and why."""

    suggestion: float | None
    words: str


class RateFinderDialog(CommandDialog):
    """Plots the loss while the rate rises; then the line at the suggestion can be moved and its rate used.

    Args:
        config: the settings the rate is for.
        program: what runs the command.
        parent: the window it stays above.
    """

    rate_chosen = Signal(float)

    def __init__(self, config: TrainingConfig, program: Sequence[str] = PROGRAM, parent: QWidget | None = None) -> None:
        super().__init__(["find-rate", *flags_of(config), "--json"], program, parent)
        self.setWindowTitle(self.tr("Find a learning rate"))
        # Smaller rates would be 0 in the form.
        self._lowest = 10.0 ** -int(SETTINGS["learning_rate"].extra["decimals"])
        self._suggestion: Suggestion | None = None
        self._details = ""
        self.words, self.readout = QLabel(), QLabel()
        self.words.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(em(0.8))
        self.bar.setAccessibleName(self.tr("Working"))
        size_policy = self.bar.sizePolicy()
        size_policy.setRetainSizeWhenHidden(True)  # the plot must not jump
        self.bar.setSizePolicy(size_policy)
        self.plot = RatePlot()
        self.plot.setToolTip(self.tr("Drag the line, or move it with the arrow keys, to choose another rate"))
        layout = QVBoxLayout(self)
        for widget in (self.words, self.bar):
            layout.addWidget(widget)
        layout.addWidget(self.plot, stretch=1)
        layout.addLayout(self._make_bottom())
        resize_within_screen(self, QSize(em(62), em(42)))

        self.plot.rate_changed.connect(self._show_rate)
        self.runner.line_arrived.connect(self._on_line_arrived)
        self.runner.failed.connect(self._show_failure)
        self.runner.finished.connect(self._on_finished)
        self.start()

    def _make_bottom(self) -> QHBoxLayout:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.cancel_button = buttons.button(QDialogButtonBox.StandardButton.Cancel)
        self.cancel_button.setToolTip(self.tr("Stop and leave the learning rate as it is (Esc)"))
        self.use_button = QPushButton(self.tr("&Use this rate"))
        self.use_button.setToolTip(self.tr("Enter the rate at the line as the learning rate"))
        self.use_button.clicked.connect(self._on_use_clicked)
        self.retry_button = QPushButton(self.tr("Try &again"))
        self.retry_button.setToolTip(self.tr("Run the search once more"))
        self.retry_button.clicked.connect(self.start)
        set_icon(self.retry_button, "reset")
        self.details_button = QPushButton(self.tr("&Details…"))
        self.details_button.setToolTip(self.tr("Show everything the command said"))
        self.details_button.clicked.connect(self._on_details_clicked)
        for button in (self.details_button, self.retry_button):
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.use_button, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.rejected.connect(self.reject)
        bottom = QHBoxLayout()
        bottom.addWidget(self.readout, stretch=1)
        bottom.addWidget(buttons)
        return bottom

    def start(self) -> None:
        """Search, again if need be."""
        self._suggestion, self._details = None, ""
        self.words.setText(self.tr("Starting TensorFlow and reading the pictures…"))
        self.readout.clear()
        self.plot.clear_points(
            self.tr("The loss of each rate is drawn here while the rate rises. A good rate is where it falls fastest.")
        )
        self._show_buttons(busy=True)
        super().start()

    def _show_buttons(self, *, busy: bool) -> None:
        self.bar.setVisible(busy)
        self.use_button.setEnabled(self.plot.rate is not None)
        self.retry_button.setVisible(not busy and self._suggestion is None)
        self.details_button.setVisible(bool(self._details))

    def _on_line_arrived(self, line: object) -> None:
        try:
            if isinstance(line, dict) and "suggestion" in line:
                self._suggestion = msgspec.convert(line, Suggestion)
            else:
                self._show_tried(msgspec.convert(line, TriedRate))
        except msgspec.ValidationError as error:
            self.runner.cancel()
            self._show_failure(self.tr("The command told something that is no learning rate."), str(error))

    def _show_tried(self, told: TriedRate) -> None:
        loss = math.nan if told.loss is None else told.loss
        smoothed = math.nan if told.smoothed is None else told.smoothed
        self.plot.add_point(told.rate, loss, smoothed)
        self.words.setText(
            self.tr("Step {step}: rate {rate}, loss {loss}").format(
                step=told.step, rate=f"{told.rate:.3g}", loss=_loss_words(smoothed)
            )
        )

    def _on_finished(self) -> None:
        if self._suggestion is None or not self.plot.points:
            self._show_failure(self.tr("The command ended without having tried a rate."), "")
            return
        self.words.setText(self._suggestion.words)
        self.plot.allow_choice(self._suggestion.suggestion, self._lowest)
        self._show_buttons(busy=False)
        self.use_button.setDefault(self._suggestion.suggestion is not None)
        self.plot.setFocus()

    def _show_failure(self, message: str, details: str) -> None:
        self._suggestion, self._details = None, details
        self.words.setText(message)
        if not self.plot.points:
            self.plot.clear_points(self.tr("There is nothing to show."))
        self._show_buttons(busy=False)

    def _show_rate(self, rate: float) -> None:
        loss = self.plot.smoothed_loss()
        words = self.tr("Rate {rate}, loss {loss}").format(
            rate=f"{rate:.3g}", loss=_loss_words(math.nan if loss is None else loss)
        )
        self.readout.setText(words)
        self.plot.canvas.setAccessibleDescription(words)

    def _on_use_clicked(self) -> None:
        rate = self.plot.rate
        assert rate is not None, "the button is enabled only with a rate"
        self.rate_chosen.emit(rate)
        self.accept()

    def _on_details_clicked(self) -> None:
        show_error(self, self.words.text(), "", self._details)


def _loss_words(loss: float) -> str:
    return f"{loss:.3g}" if math.isfinite(loss) else "–"  # noqa: RUF001  a dash, as in tables

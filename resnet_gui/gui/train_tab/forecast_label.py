"""ForecastLabel: what the training will take, just above Start."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.editors import wrapped
from resnet_gui.gui.train_tab.form_parts import make_tool_button, small_label
from resnet_gui.gui.train_tab.lock import lock
from resnet_gui.gui.train_tab.problem_label import ProblemLabel


class ForecastLabel(QWidget):
    """Warnings first, then a forecast and what would take less; a button measures instead. Hidden until it is fed.

    What keeps Start from working takes the forecast's place.

    Attributes:
        warning: what the user had better know before Start; it has the warning sign, advice has none.
        words: the forecast.
        advice: what would take less, a line each.
        measure_button: asks for a measurement, and while there is one for its end.
    """

    measure_requested = Signal()
    cancel_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.warning = ProblemLabel()
        self.words, self.advice = small_label(), small_label()
        for label in (self.words, self.advice):
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.measure_button = make_tool_button("measure", "", "")
        self.measure_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.measure_button.clicked.connect(self._on_measure_clicked)
        self.set_measuring(False)
        row = QHBoxLayout()
        row.addWidget(self.words, stretch=1)
        row.addWidget(self.measure_button, alignment=Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, em(0.3), 0, 0)
        layout.setSpacing(em(0.3))
        layout.addWidget(self.warning)
        layout.addLayout(row)
        layout.addWidget(self.advice)
        self.hide()

    def show_forecast(self, words: str, warning: str = "", advice: Sequence[str] = ()) -> None:
        """Show what is expected, what there is to warn of and what would take less; nothing at all hides it."""
        self.words.setText(words)
        self.warning.show_problem(warning)
        self.advice.setText("\n".join(advice))
        self.advice.setVisible(bool(advice))
        self.measure_button.show()
        self.setVisible(bool(words or warning))

    def show_blocker(self, reason: str) -> None:
        """Say what is missing for a training; its field may be out of sight, and so may the empty plot that says it."""
        self.show_forecast(self.tr("Before Start: {reason}").format(reason=reason))
        self.measure_button.hide()

    def set_measuring(self, measuring: bool) -> None:
        """Let the button end a measurement, or ask for one."""
        self._measuring = measuring
        title = self.tr("Cancel") if measuring else self.tr("Measure")
        explanation = (
            self.tr("Stop measuring, and show the forecast as it was")
            if measuring
            else self.tr(
                "Train a few steps with these settings and measure how long they take; nothing is kept of them"
            )
        )
        self.measure_button.setText(title)
        self.measure_button.setAccessibleName(title)
        self.measure_button.setToolTip(wrapped(explanation))

    def set_read_only(self, read_only: bool) -> None:
        """Keep it from being measured, or allow it again."""
        lock(self.measure_button, read_only)

    def _on_measure_clicked(self) -> None:
        if self._measuring:
            self.cancel_requested.emit()
        else:
            self.measure_requested.emit()

"""ForecastLabel: what the training will take, just above Start."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.form_parts import make_tool_button, small_label
from resnet_gui.gui.train_tab.problem_label import ProblemLabel


class ForecastLabel(QWidget):
    """A forecast in small words, a warning under it, and a button that measures instead; hidden until it is fed."""

    measure_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.words = small_label()
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.measure_button = make_tool_button(
            "measure",
            self.tr("Measure"),
            self.tr("Train a few steps with these settings and measure how long they take; nothing is kept of them"),
        )
        self.measure_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.measure_button.clicked.connect(self.measure_requested)
        self.warning = ProblemLabel()
        row = QHBoxLayout()
        row.addWidget(self.words, stretch=1)
        row.addWidget(self.measure_button, alignment=Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, em(0.3), 0, 0)
        layout.setSpacing(em(0.3))
        layout.addLayout(row)
        layout.addWidget(self.warning)
        self.hide()

    def show_forecast(self, words: str, warning: str) -> None:
        """Show what is expected, and what there is to warn of; both empty hide it."""
        self.words.setText(words)
        self.warning.show_problem(warning)
        self.setVisible(bool(words or warning))

    def set_read_only(self, read_only: bool) -> None:
        """Keep it from being measured, or allow it again."""
        self.measure_button.setEnabled(not read_only)

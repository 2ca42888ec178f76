"""LoadingBar: what is being done with the pictures, how far it is, and a way to end it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout


class LoadingBar(QFrame):
    """A stage in words over a bar and Cancel.

    Args:
        cancel_explanation: what Cancel does, its tooltip.
    """

    def __init__(self, cancel_explanation: str) -> None:
        super().__init__()
        self.stage = QLabel()
        self.bar = QProgressBar()
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setToolTip(cancel_explanation)
        row = QHBoxLayout()
        row.addWidget(self.bar, stretch=1)
        row.addWidget(self.cancel_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.stage)
        layout.addLayout(row)

    def show_progress(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is; total 0 means unknown."""
        self.stage.setText(stage)
        self.bar.setAccessibleName(stage)
        # In thousandths: bytes of a download exceed Qt's 32 bits.
        self.bar.setRange(0, 1000 if total else 0)
        self.bar.setValue(round(1000 * done / total) if total else 0)
        self.show()

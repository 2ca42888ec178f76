"""ProblemsDialog: which files were left out of the data, and why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHeaderView, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from resnet_gui.data.dataset import FileProblem
from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.theme import em


class ProblemsDialog(QDialog):
    """A table of files and reasons that can be copied; deletes itself when closed."""

    def __init__(self, problems: Sequence[FileProblem], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Files left out"))
        self._problems = problems
        self.table = QTreeWidget()
        self.table.setHeaderLabels([self.tr("File"), self.tr("Reason")])
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setAlternatingRowColors(True)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.setAccessibleName(self.tr("Files left out"))
        self.table.addTopLevelItems([_row(problem) for problem in problems])
        self.table.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(self.tr("&Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.setToolTip(self.tr("Copy the list"))
        copy.clicked.connect(self._on_copy_clicked)
        set_icon(copy, "copy")
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.table)
        layout.addWidget(buttons)
        self.resize(em(56), em(28))

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(
            "\n".join(f"{problem.path}\t{problem.reason}" for problem in self._problems)
        )


def _row(problem: FileProblem) -> QTreeWidgetItem:
    row = QTreeWidgetItem([problem.path, problem.reason])
    row.setToolTip(0, problem.path)
    row.setToolTip(1, problem.reason)
    return row

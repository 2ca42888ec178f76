"""LeftOutEditor: how many pictures are left out, and the list of them with a way back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLocale, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.theme import em


class LeftOutEditor(QPushButton):
    """A button that says how many pictures are left out, and opens the list of them."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clicked.connect(self._on_clicked)
        self._show_count()

    def entry(self) -> tuple[str, ...]:
        """Return the names of the pictures left out."""
        return self._names

    def set_entry(self, names: Sequence[str]) -> None:
        """Show other names."""
        names = tuple(names)
        if names != self._names:
            self._names = names
            self._show_count()
            self.changed.emit()

    def _show_count(self) -> None:
        one, many = self.tr("1 picture — Show…"), self.tr("{count} pictures — Show…")
        count = len(self._names)
        self.setText(one if count == 1 else many.format(count=QLocale().toString(count)))

    def _on_clicked(self) -> None:
        dialog = LeftOutDialog(self._names, self.window())
        dialog.names_changed.connect(self.set_entry)
        dialog.open()


class LeftOutDialog(QDialog):
    """The pictures left out, some or all of which can be taken in again; deletes itself when closed.

    Args:
        names: theirs.
        parent: the window it stands on.
    """

    names_changed = Signal(object)
    """The names still left out."""

    def __init__(self, names: Sequence[str], parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Pictures left out"))
        words = QLabel(self.tr("These pictures are not used. Their files are where they were."))
        words.setWordWrap(True)
        self.list = QListWidget()
        self.list.addItems(list(names))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setUniformItemSizes(True)
        self.list.setAlternatingRowColors(True)
        self.list.setAccessibleName(self.tr("Pictures left out"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.use_button = self._button(
            buttons, self.tr("&Use selected again"), self.tr("Take the selected pictures in again")
        )
        self.use_button.clicked.connect(self._on_use_clicked)
        self.all_button = self._button(buttons, self.tr("Use &all again"), self.tr("Leave out no picture"))
        self.all_button.clicked.connect(self._on_all_clicked)
        set_icon(self.all_button, "reset")
        buttons.rejected.connect(self.reject)
        self.list.itemSelectionChanged.connect(self._show_what_can_be_done)
        layout = QVBoxLayout(self)
        for widget in (words, self.list, buttons):
            layout.addWidget(widget)
        self._show_what_can_be_done()

    def sizeHint(self) -> QSize:
        """Return a size that shows paths of usual length."""
        return QSize(em(40), em(28))

    def _button(self, buttons: QDialogButtonBox, text: str, explanation: str) -> QPushButton:
        button = buttons.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)
        button.setToolTip(explanation)
        button.setAutoDefault(False)
        return button

    def _show_what_can_be_done(self) -> None:
        self.use_button.setEnabled(bool(self.list.selectedItems()))
        self.all_button.setEnabled(self.list.count() > 0)

    def _on_use_clicked(self) -> None:
        for item in self.list.selectedItems():
            self.list.takeItem(self.list.row(item))
        self._tell()

    def _on_all_clicked(self) -> None:
        self.list.clear()
        self._tell()

    def _tell(self) -> None:
        self._show_what_can_be_done()
        self.names_changed.emit([self.list.item(row).text() for row in range(self.list.count())])

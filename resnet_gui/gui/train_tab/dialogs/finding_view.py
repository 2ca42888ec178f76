"""FindingView: what was found wrong with the pictures, why it matters, the pictures, and the buttons that help."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLocale, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from resnet_gui.data.dataset import ImageDataset
from resnet_gui.data.doctor.findings import Concerned, Finding, Kind, Side
from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.dialogs.finding_pictures import picture_icon
from resnet_gui.gui.train_tab.editors import wrapped
from resnet_gui.gui.train_tab.words import remedy_words

SHOWN = 200
_NAME = Qt.ItemDataRole.UserRole


class FindingView(QWidget):
    """One finding. Of the pictures that had better be left out each has a tick, which can be taken away."""

    leave_out_requested = Signal(object)
    """The names of the pictures."""
    settings_requested = Signal(object)
    """Other values of settings, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.finding: Finding | None = None
        self._hidden: tuple[str, ...] = ()  # names to leave out too, of pictures beyond those shown
        self._busy = False
        self.title, self.words, self.more = (QLabel() for _ in range(3))
        for label in (self.title, self.words, self.more):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.words.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.pictures = QListWidget()
        self.pictures.setAccessibleName(self.tr("Pictures concerned"))
        self.pictures.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.pictures.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.pictures.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.pictures.setWordWrap(False)
        self.pictures.itemChanged.connect(self._show_buttons)
        self.leave_out_button = self._button("clear", self.tr("Leave the ticked pictures out; files are not changed"))
        self.leave_out_button.clicked.connect(self._on_leave_out_clicked)
        self.settings_button = self._button("", "")
        self.settings_button.clicked.connect(self._on_settings_clicked)
        buttons = QHBoxLayout()
        buttons.addWidget(self.more, stretch=1)
        buttons.addWidget(self.settings_button)
        buttons.addWidget(self.leave_out_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(em(0.5), 0, 0, 0)
        for widget in (self.title, self.words):
            layout.addWidget(widget)
        layout.addWidget(self.pictures, stretch=1)
        layout.addLayout(buttons)

    def _button(self, icon: str, explanation: str) -> QPushButton:
        button = QPushButton()
        button.setToolTip(wrapped(explanation))
        button.setAutoDefault(False)
        if icon:
            set_icon(button, icon)
        return button

    def show_finding(self, finding: Finding, dataset: ImageDataset) -> None:
        """Show a finding about a dataset."""
        self.finding = finding
        self.title.setText(finding.title)
        self.words.setText(finding.explanation)
        with QSignalBlocker(self.pictures):
            self._fill(finding, dataset)
        self._show_buttons()

    def set_busy(self, busy: bool) -> None:
        """Keep the buttons from being pressed while what they did is being worked out."""
        self._busy = busy
        self._show_buttons()

    def ticked(self) -> list[str]:
        """Return the names of the pictures that Leave out means."""
        items = [self.pictures.item(row) for row in range(self.pictures.count())]
        return [*(item.data(_NAME) for item in items if item.checkState() is Qt.CheckState.Checked), *self._hidden]

    def _fill(self, finding: Finding, dataset: ImageDataset) -> None:
        self.pictures.clear()
        with_pictures = any(one.position >= 0 for one in finding.pictures)
        self.pictures.setViewMode(QListView.ViewMode.IconMode if with_pictures else QListView.ViewMode.ListMode)
        self.pictures.setMovement(QListView.Movement.Static)
        self.pictures.setResizeMode(QListView.ResizeMode.Adjust)
        side = em(7)
        self.pictures.setIconSize(QSize(side, side))
        lines = 3.6 * self.pictures.fontMetrics().lineSpacing()
        self.pictures.setGridSize(QSize(em(12), side + round(lines)) if with_pictures else QSize())
        wanted, shown = set(finding.leave_out), 0
        for number, together in enumerate(finding.sets):
            if shown >= SHOWN:
                break
            for one in together:
                item = QListWidgetItem(_words_about(one, self._side(one.side)))
                item.setToolTip(wrapped("\n".join(filter(None, [one.name, one.note]))))
                item.setData(_NAME, one.name)
                if one.position >= 0:
                    item.setIcon(picture_icon(dataset, one.position, side, self.devicePixelRatioF()))
                if number % 2 and len(finding.pictures) > len(finding.sets):
                    item.setBackground(QBrush(self.palette().color(QPalette.ColorRole.Midlight)))
                if wanted and one.side is not Side.TEST:
                    checked = one.name in wanted
                    item.setCheckState(Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked)
                self.pictures.addItem(item)
                shown += 1
        seen = {self.pictures.item(row).data(_NAME) for row in range(shown)}
        self._hidden = tuple(name for name in finding.leave_out if name not in seen)
        left = len(finding.pictures) - shown
        words = self.tr("{count} more are not shown; what is done here is done with them too.")
        self.more.setText(words.format(count=QLocale().toString(left)) if left > 0 else "")

    def _side(self, side: Side) -> str:
        words = {
            Side.TRAINING: self.tr("to train"),
            Side.VALIDATION: self.tr("to validate"),
            Side.TEST: self.tr("to test"),
            Side.NOWHERE: "",
        }
        return words[side]

    def _show_buttons(self) -> None:
        finding = self.finding
        if finding is None:
            return
        count = len(self.ticked())
        one, many = self.tr("&Leave out 1 picture"), self.tr("&Leave out {count} pictures")
        self.leave_out_button.setText(one if count == 1 else many.format(count=QLocale().toString(count)))
        self.leave_out_button.setVisible(bool(finding.leave_out))
        self.leave_out_button.setEnabled(count > 0 and not self._busy)
        words, explanation = self._words_of_settings(finding)
        self.settings_button.setText(words)
        self.settings_button.setToolTip(wrapped(explanation))
        self.settings_button.setVisible(bool(finding.settings))
        self.settings_button.setEnabled(not self._busy)

    def _words_of_settings(self, finding: Finding) -> tuple[str, str]:
        if finding.kind is Kind.GROUPS:
            explanation = self.tr("Write the pattern into the form, so that each group is on one side of the split")
            return self.tr("&Keep together"), explanation
        return remedy_words(finding.settings), self.tr("Choose this in the form")

    def _on_leave_out_clicked(self) -> None:
        self.leave_out_requested.emit(self.ticked())

    def _on_settings_clicked(self) -> None:
        assert self.finding is not None
        self.settings_requested.emit(dict(self.finding.settings))


def _words_about(one: Concerned, side: str) -> str:
    """Return what stands under a picture: its name, its class and side, and what there is to say about it."""
    if one.position < 0:
        return ": ".join(filter(None, [one.name, one.note]))
    name = one.name.rsplit("/", 1)[-1]
    about: Sequence[str] = [one.note] if name == one.class_name else [one.class_name, side]
    rest = one.note if one.note and name != one.class_name else ""
    return "\n".join(filter(None, [name, ", ".join(filter(None, about)), rest]))

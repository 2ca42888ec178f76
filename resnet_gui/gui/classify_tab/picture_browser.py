"""PictureBrowser: the list of pictures with what chooses among them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from resnet_gui.gui.classify_tab.filter_bar import FilterBar
from resnet_gui.gui.classify_tab.picture_filter import Kind, PictureFilter
from resnet_gui.gui.classify_tab.picture_list import PictureList
from resnet_gui.gui.classify_tab.picture_model import PictureModel, percent_text
from resnet_gui.gui.classify_tab.progress_row import counted
from resnet_gui.gui.theme import em
from resnet_gui.inference.classify import TOP

_MISTAKES_KEYS = "Ctrl+M"


class PictureBrowser(QWidget):
    """The filters above the list; below it how many pictures are shown, and how often the model is right.

    Args:
        model: the pictures.
        not_sure_below: below which probability the model is called not sure at first, 0-1.
    """

    def __init__(self, model: PictureModel, not_sure_below: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.list = PictureList(model)
        self.filters = FilterBar(model.records.class_counts, not_sure_below)
        self.count = QLabel()
        self.show_all = QPushButton(self.tr("Show &all"))
        self.accuracy = QLabel()
        self.accuracy.setWordWrap(True)
        self.mistakes = QPushButton()
        self.mistakes.setCheckable(True)
        self._lay_out()
        self._connect()
        self._on_filter_changed(self.filters.filter)

    def _on_filter_changed(self, wanted: PictureFilter) -> None:
        self._model.set_filter(wanted)
        self.mistakes.setChecked(wanted.kind is Kind.MISTAKES)
        self._show_counts()

    def _on_mistakes_clicked(self, wanted: bool) -> None:
        self.filters.set_kind(Kind.MISTAKES if wanted else Kind.ALL)
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)  # the arrow keys go from one mistake to the next

    def _show_counts(self) -> None:
        records, shown = self._model.records, self._model.rowCount()
        total = len(records)
        words = self.tr("{shown} of {total}").format(shown=counted(shown), total=counted(total))
        if shown == total:
            words = self.tr("1 picture") if total == 1 else self.tr("{count} pictures").format(count=counted(total))
        self.count.setText(words)
        for widget in (self.filters, self.count):
            widget.setVisible(total > 0)
        self.show_all.setVisible(self._model.filter.hides_some)
        self._show_accuracy()

    def _show_accuracy(self) -> None:
        records = self._model.records
        accuracy = records.accuracy()
        known = accuracy.pictures > 0
        self.accuracy.setVisible(known)
        self.mistakes.setVisible(known)
        if not known:
            return
        words = self.tr("Right: {percent} of {count} in class folders").format(
            percent=percent_text(accuracy.right / accuracy.pictures), count=counted(accuracy.pictures)
        )
        if len(records.class_names) > TOP:
            words = self.tr("{words}; true class among the first {top}: {percent}").format(
                words=words, top=TOP, percent=percent_text(accuracy.among / accuracy.pictures)
            )
        self.accuracy.setText(words)
        wrong = accuracy.pictures - accuracy.right
        self.mistakes.setText(self.tr("Mistakes ({count})").format(count=counted(wrong)))

    # Construction

    def _lay_out(self) -> None:
        self.count.setAccessibleName(self.tr("How many pictures are shown"))
        self.show_all.setToolTip(self.tr("Leave no picture out any more"))
        self.mistakes.setToolTip(
            self.tr("Show only pictures that the model takes for another class than their folder says ({keys})").format(
                keys=QKeySequence(_MISTAKES_KEYS).toString(QKeySequence.SequenceFormat.NativeText)
            )
        )
        counts, rightness = QHBoxLayout(), QHBoxLayout()
        counts.addWidget(self.count, stretch=1)
        counts.addWidget(self.show_all)
        rightness.addWidget(self.accuracy, stretch=1)
        rightness.addWidget(self.mistakes)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(em(0.5))
        layout.addWidget(self.filters)
        layout.addWidget(self.list, stretch=1)
        layout.addLayout(counts)
        layout.addLayout(rightness)

    def _connect(self) -> None:
        self.filters.filter_changed.connect(self._on_filter_changed)
        self.show_all.clicked.connect(self.filters.show_all)
        self.mistakes.clicked.connect(self._on_mistakes_clicked)
        self._model.counts_changed.connect(self._show_counts)
        QShortcut(QKeySequence(_MISTAKES_KEYS), self.mistakes, self.mistakes.click)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self.filters, self.filters.start_search)

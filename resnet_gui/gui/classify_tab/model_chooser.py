"""ModelChooser: which network classifies."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QStandardItemModel, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QWidget

from resnet_gui.gui.theme import em
from resnet_gui.gui.window_settings import WindowSettings
from resnet_gui.inference.catalog import CARD_FILE, ModelEntry
from resnet_gui.inference.imagenet import ImageNetModel


class ModelChooser(QComboBox):
    """Offers models, and remembers from one start to the next which one the user chose.

    Below them stand models that could be fetched. Such a one can be picked, but not be the chosen one.

    Args:
        settings: where it is remembered.
    """

    model_changed = Signal(object)
    """The ModelEntry, or None if there is none left."""
    fetch_requested = Signal(object)
    """The ImageNetModel that was picked."""

    def __init__(self, settings: WindowSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._rows: list[ModelEntry | ImageNetModel | None] = []  # None: nothing that can be picked
        self._told: ModelEntry | None = None
        self._is_browsing = False
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setAccessibleName(self.tr("Model"))
        self.currentIndexChanged.connect(self._on_current_index_changed)
        self.set_entries([])

    @property
    def entry(self) -> ModelEntry | None:
        """The chosen model."""
        picked = self._rows[self.currentIndex()]
        return picked if isinstance(picked, ModelEntry) else None

    def sizeHint(self) -> QSize:
        """Return a size that shows a run's name."""
        return super().sizeHint().expandedTo(QSize(em(30), 0))

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        """Show a long title with an ellipsis, not cut."""
        super().initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self).width()
        option.currentText = self.fontMetrics().elidedText(
            option.currentText, Qt.TextElideMode.ElideMiddle, room - em(0.4)
        )

    def set_entries(
        self, entries: Sequence[ModelEntry], select: str | None = None, to_fetch: Sequence[ImageNetModel] = ()
    ) -> None:
        """Offer these models.

        Args:
            entries: the best choice for somebody who has not chosen first.
            select: the key to choose, for now; None keeps the choice, or goes back to the remembered one.
            to_fetch: models that are not here yet.
        """
        wanted = [select, self._told.key if self._told else None, self._settings.model]
        with QSignalBlocker(self):
            self._rows = []
            self.clear()
            for entry in entries:
                self._add_row(entry.title, str(entry.bundle.folder), entry)
            if not entries:
                self._add_hint(bool(to_fetch))
            if to_fetch:
                self.insertSeparator(self.count())
                self._rows.append(None)
            for model in to_fetch:
                size = model.file.megabytes
                title = self.tr("{title} (fetch, {size} MB)…").format(title=model.title, size=size)
                tip = self.tr("Tells 1000 kinds of things apart. It is fetched once, after you are asked.")
                self._add_row(title, tip, model)
            keys = [entry.key for entry in entries]
            self.setCurrentIndex(next((keys.index(key) for key in wanted if key in keys), 0))
            self.setEnabled(bool(entries or to_fetch))
        self._tell()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go through the models; those to be fetched are picked from the open list only."""
        self._is_browsing = True
        super().keyPressEvent(event)
        self._is_browsing = False

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Go through the models."""
        self._is_browsing = True
        super().wheelEvent(event)
        self._is_browsing = False

    def _add_row(self, title: str, tip: str, row: ModelEntry | ImageNetModel | None) -> None:
        self.addItem(title)
        self.setItemData(self.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self._rows.append(row)

    def _add_hint(self, can_fetch: bool) -> None:
        """Say what to do where there is no model; nothing that can be picked."""
        if can_fetch:
            self._add_row(self.tr("No model yet: train one, or pick one to fetch"), "", None)
        else:
            self._add_row(self.tr("No model yet: train one on the Train tab"), "", None)
        rows = self.model()
        assert isinstance(rows, QStandardItemModel)
        rows.item(self.count() - 1).setEnabled(False)

    def _on_current_index_changed(self, row: int) -> None:
        picked = self._rows[row]
        if isinstance(picked, ModelEntry):
            self._settings.model = picked.key
            self._tell()
            return
        with QSignalBlocker(self):
            self.setCurrentIndex(self._rows.index(self._told))
        if isinstance(picked, ImageNetModel) and not self._is_browsing:
            self.fetch_requested.emit(picked)

    def _tell(self) -> None:
        entry = self.entry
        if entry is None:
            self.setToolTip(
                self.tr("Models that were trained on the Train tab are listed here, and some that can be fetched")
            )
        else:
            told = self.tr("What classifies the pictures:\n{folder}").format(folder=entry.bundle.folder)
            card = entry.bundle.folder.with_name(CARD_FILE)
            if os.path.isfile(card):
                told += "\n" + self.tr("What it can do, and what not:\n{card}").format(card=card)
            self.setToolTip(told)
        if entry != self._told:
            self._told = entry
            self.model_changed.emit(entry)

"""ModelChooser: which network classifies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QWidget

from resnet_gui.gui.theme import em
from resnet_gui.gui.window_settings import WindowSettings
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.catalog import run_bundles
from resnet_gui.runs.store import RunStore


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model that can be chosen.

    Attributes:
        title: as shown.
        key: what it is remembered and selected by: the run's name.
        bundle: the model.
        written: when it was written, so that a model made anew is told from the one before.
    """

    title: str
    key: str
    bundle: ModelBundle
    written: int


def run_entries(store: RunStore) -> list[ModelEntry]:
    """Return an entry for each run that has a model, newest first."""
    entries = []
    for run, bundle in run_bundles(store):
        title = bundle.description.title
        shown = title if title in ("", run.name) else f"{title} ({run.name})"
        try:
            written = bundle.network_file.stat().st_mtime_ns
        except OSError:  # deleted just now
            continue
        entries.append(ModelEntry(shown or run.name, run.name, bundle, written))
    return entries


class ModelChooser(QComboBox):
    """Offers models and remembers from one start to the next which one the user chose.

    Args:
        settings: where it is remembered.
    """

    model_changed = Signal(object)
    """The ModelEntry, or None if there is none left."""

    def __init__(self, settings: WindowSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._entries: list[ModelEntry] = []
        self._told: ModelEntry | None = None
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setAccessibleName(self.tr("Model"))
        self.currentIndexChanged.connect(self._on_current_index_changed)
        self.set_entries([])

    @property
    def entry(self) -> ModelEntry | None:
        """The chosen model."""
        return self._entries[self.currentIndex()] if self._entries else None

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

    def set_entries(self, entries: Sequence[ModelEntry], select: str | None = None) -> None:
        """Offer these models.

        Args:
            entries: the best choice for somebody who has not chosen first.
            select: the key to choose, for now; None keeps the choice, or goes back to the remembered one.
        """
        wanted = [select, self._told.key if self._told else None, self._settings.model]
        self.blockSignals(True)
        self._entries = list(entries)
        self.clear()
        for row, entry in enumerate(entries):
            self.addItem(entry.title)
            self.setItemData(row, str(entry.bundle.folder), Qt.ItemDataRole.ToolTipRole)
        keys = [entry.key for entry in entries]
        self.setCurrentIndex(next((keys.index(key) for key in wanted if key in keys), 0))
        if not entries:
            self.addItem(self.tr("No model yet: train one on the Train tab"))
        self.setEnabled(bool(entries))
        self.blockSignals(False)
        self._tell()

    def _on_current_index_changed(self) -> None:
        if self.entry is not None:
            self._settings.model = self.entry.key
        self._tell()

    def _tell(self) -> None:
        entry = self.entry
        if entry is None:
            self.setToolTip(self.tr("Models that were trained on the Train tab are listed here"))
        else:
            self.setToolTip(self.tr("What classifies the pictures:\n{folder}").format(folder=entry.bundle.folder))
        if entry != self._told:
            self._told = entry
            self.model_changed.emit(entry)

"""ClassChooser: one of the classes that came out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QComboBox, QWidget

from resnet_gui.data.labels import class_words
from resnet_gui.gui.classify_tab.progress_row import counted


class ClassChooser(QComboBox):
    """Offers "any class" and every class that is the most probable one of a picture, with how many they are.

    Args:
        count_classes: returns how often each class came out; asked when the user looks at the classes.
    """

    def __init__(self, count_classes: Callable[[], Mapping[str, int]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count_classes = count_classes
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.choose_any()

    @property
    def class_name(self) -> str:
        """The chosen class, empty for any."""
        return str(self.currentData())

    def choose_any(self) -> None:
        """Go back to any class."""
        self.clear()
        self.addItem(self.tr("Any class"), "")

    def showPopup(self) -> None:
        """Offer the classes that there are now."""
        self._refill()
        super().showPopup()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Offer them to the arrow keys too."""
        self._refill()
        super().focusInEvent(event)

    def _refill(self) -> None:
        chosen = self.class_name
        counts = dict(self._count_classes())
        if chosen:
            counts.setdefault(chosen, 0)
        self.blockSignals(True)
        self.choose_any()
        for name in sorted(counts, key=str.casefold):
            self.addItem(self.tr("{name} ({count})").format(name=class_words(name), count=counted(counts[name])), name)
        self.setCurrentIndex(max(0, self.findData(chosen)))
        self.blockSignals(False)

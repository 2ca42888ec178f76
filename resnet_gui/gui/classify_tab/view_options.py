"""ViewOptions: how the selected picture is shown."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSlider, QWidget

from resnet_gui.gui.theme import em

_OPACITY = 60  # per cent: the picture shines through


class ViewOptions(QWidget):
    """The heat map with its opacity, and the picture as the network sees it."""

    changed = Signal()
    opacity_changed = Signal(float)
    """0-1."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heat = QCheckBox(self.tr("He&at map"))
        self._heat.setToolTip(
            self.tr(
                "Show where the model found what speaks for a class: bright parts speak for it, dark ones do not. "
                "Click one of the classes, or choose it with the arrow keys, to see its map."
            )
        )
        self._heat.toggled.connect(self._on_heat_toggled)
        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._opacity.setRange(0, 100)
        self._opacity.setPageStep(20)
        self._opacity.setValue(_OPACITY)
        self._opacity.setMinimumWidth(em(6))
        self._opacity.setMaximumWidth(em(12))
        self._opacity.setAccessibleName(self.tr("Opacity of the heat map"))
        self._opacity.setToolTip(self.tr("How much the heat map covers the picture"))
        self._opacity.valueChanged.connect(lambda percent: self.opacity_changed.emit(percent / 100))
        self._opacity_label = QLabel(self.tr("O&pacity"))
        self._opacity_label.setBuddy(self._opacity)
        self._seen = QCheckBox(self.tr("What the network &sees"))
        self._seen.setToolTip(
            self.tr(
                "Show the picture as it goes into the network: cut or pressed into a square of few pixels, each drawn "
                "as a square here. What cannot be made out here, the network cannot make out either."
            )
        )
        self._seen.toggled.connect(self.changed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(em(0.6))
        for widget in (self._heat, self._opacity_label, self._opacity):
            layout.addWidget(widget)
        layout.addStretch()
        layout.addWidget(self._seen)
        self._on_heat_toggled(on=False)

    @property
    def heat(self) -> bool:
        """Whether a heat map is wanted."""
        return self._heat.isChecked()

    @property
    def seen(self) -> bool:
        """Whether the picture is wanted as the network sees it."""
        return self._seen.isChecked()

    @property
    def opacity(self) -> float:
        """Of the heat map, 0-1."""
        return self._opacity.value() / 100

    def ask_for_heat(self) -> None:
        """Switch the heat map on."""
        self._heat.setChecked(True)

    def _on_heat_toggled(self, on: bool) -> None:
        self._opacity.setEnabled(on)
        self._opacity_label.setEnabled(on)
        self.changed.emit()

"""Section: a part of the form that is shown on request, and says what is set in it while it is closed."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QGroupBox,
    QHBoxLayout,
    QSizePolicy,
    QStyle,
    QStyleOptionToolButton,
    QStylePainter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.editors import wrapped
from resnet_gui.gui.train_tab.form_parts import FieldStack, small_label
from resnet_gui.gui.train_tab.setting_field import SettingField
from resnet_gui.runs.settings import Group


class _Header(QToolButton):
    """A title with an arrow. It is a checked button to a screen reader, and looks like a title all the same."""

    def __init__(self) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setAutoRaise(True)
        self.setArrowType(Qt.ArrowType.RightArrow)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint no pressed button while the section is open."""
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        if not self.isDown():
            option.state &= ~QStyle.StateFlag.State_On
        QStylePainter(self).drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)


class Section(QWidget):
    """A header with an arrow, and fields under it. It starts closed.

    Attributes:
        title: what the header says, without the mark of its key.
        header: the button that shows and hides the fields.
        stack: the layout of the fields.
        fields: those added, by name.

    Args:
        title: what the header says; a letter after & goes to it with Alt.
        name: what it is called where its title alone would not tell.
        explanation: what the section is for, its tooltip.
        usual: what the header says while nothing is set.
        framed: whether the fields stand in a frame of their own; else they line up with those around.
    """

    opened = Signal()  # by the user

    def __init__(self, title: str, name: str, explanation: str, usual: str, *, framed: bool = True) -> None:
        super().__init__()
        self.title = title.replace("&", "")
        self._usual = usual
        self.fields: dict[str, SettingField] = {}
        self.header = self._make_header(title, name, explanation)
        self._summary = small_label()
        self._summary.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._summary.setAlignment(Qt.AlignmentFlag.AlignTop)
        # Its first line stands on the title's.
        title_font, font = self.header.fontMetrics(), self._summary.fontMetrics()
        space = (self.header.sizeHint().height() - title_font.height()) // 2 + title_font.ascent() - font.ascent()
        self._summary.setContentsMargins(0, space, 0, 0)
        self._row = QHBoxLayout()
        self._row.addWidget(self.header, alignment=Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._row.addWidget(self._summary, stretch=1)
        self._body = QGroupBox() if framed else QWidget()
        self.stack = FieldStack(self._body)
        if not framed:
            self.stack.setContentsMargins(0, 0, 0, 0)
        self._body.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(em(0.3))
        layout.addLayout(self._row)
        layout.addWidget(self._body)

    def _make_header(self, title: str, name: str, explanation: str) -> _Header:
        header = _Header()
        header.setText(title)
        header.setAccessibleName(name)
        header.setToolTip(wrapped(explanation))
        header.toggled.connect(self._on_header_toggled)
        header.clicked.connect(self._on_header_clicked)
        return header

    @property
    def is_open(self) -> bool:
        """Whether the fields are shown."""
        return self.header.isChecked()

    @property
    def summary(self) -> str:
        """What the header says beside the title while the section is closed."""
        return self._summary.text()

    def open(self) -> None:
        """Show the fields."""
        self.header.setChecked(True)

    def add_field(self, field: SettingField) -> None:
        """Append a setting."""
        field.add_to(self.stack)
        self.fields[field.setting.name] = field

    def add_button(self, button: QAbstractButton) -> None:
        """Put a button at the end of the header."""
        self._row.addWidget(button, alignment=Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        self.setTabOrder(self.header, button)

    def show_summary(self, words: str) -> None:
        """Say what is set here; an empty text says that nothing is."""
        self._summary.setText(words or self._usual)
        self.header.setAccessibleDescription(self.summary)

    def _on_header_toggled(self, shown: bool) -> None:
        self.header.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        self._body.setVisible(shown)
        self._summary.setVisible(not shown)

    def _on_header_clicked(self, shown: bool) -> None:
        if shown:
            self.opened.emit()


def make_sections() -> dict[Group, Section]:
    """Return the section of each group of settings but the data, which has its own panel; still without fields."""
    translate = QCoreApplication.translate
    more = translate("Section", "More")
    rarely = translate("Section", "Settings that are rarely changed.")
    usual = translate("Section", "as usual")
    return {
        Group.NETWORK: Section(more, translate("Section", "More about the network"), rarely, usual, framed=False),
        Group.TRAINING: Section(more, translate("Section", "More about the training"), rarely, usual, framed=False),
        Group.TRANSFER: Section(
            translate("Section", "Start fro&m"),
            translate("Section", "Start from"),
            translate("Section", "Begin with what a network has learned elsewhere: that takes less time and pictures."),
            translate("Section", "nothing"),
        ),
        Group.AUGMENTATION: Section(
            translate("Section", "A&ugmentation"),
            translate("Section", "Augmentation"),
            translate(
                "Section",
                "Alter every picture a little each time it is seen, so that the network learns what is in it and not "
                "the picture by heart.",
            ),
            translate("Section", "none"),
        ),
        Group.REGULARIZATION: Section(
            translate("Section", "Regularization"),
            translate("Section", "Regularization"),
            translate("Section", "Means against overfitting: learning the training pictures by heart."),
            translate("Section", "none"),
        ),
    }

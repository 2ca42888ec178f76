"""FilterBar: which pictures are shown, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QSpinBox, QToolButton, QWidget

from resnet_gui.gui.classify_tab.class_chooser import ClassChooser
from resnet_gui.gui.classify_tab.picture_filter import Kind, Order, PictureFilter
from resnet_gui.gui.theme import em

_ALWAYS_SHOWN = 2  # rows below the search


class FilterBar(QWidget):
    """A field to search in, what kind of pictures to show, their order, and more on request.

    Args:
        count_classes: returns how often each class came out.
        not_sure_below: below which probability the model is called not sure at first, 0-1.
    """

    filter_changed = Signal(PictureFilter)

    def __init__(
        self, count_classes: Callable[[], Mapping[str, int]], not_sure_below: float, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.search = QLineEdit(clearButtonEnabled=True)
        self.kind = _chooser(self._kind_titles())
        self.order = _chooser(self._order_titles())
        self.class_chooser = ClassChooser(count_classes)
        self.least = _percent_box(0)
        self.most = _percent_box(100)
        self.not_sure = _percent_box(round(100 * not_sure_below))
        self.more = QToolButton(autoRaise=True)
        self.more.setCheckable(True)
        self._shown_on_request: list[QWidget] = []
        self._lay_out()
        self._explain()
        self._connect()
        self._show_more(False)

    @property
    def filter(self) -> PictureFilter:
        """What is asked for."""
        return PictureFilter(
            kind=Kind(self.kind.currentData()),
            text=self.search.text().strip(),
            class_name=self.class_chooser.class_name,
            least=self.least.value() / 100,
            most=self.most.value() / 100,
            order=Order(self.order.currentData()),
            not_sure_below=self.not_sure.value() / 100,
        )

    def set_kind(self, kind: Kind) -> None:
        """Show pictures of this kind."""
        self.kind.setCurrentIndex(self.kind.findData(kind))

    def show_all(self) -> None:
        """Leave nothing out any more; the order stays."""
        self.blockSignals(True)
        self.search.clear()
        self.set_kind(Kind.ALL)
        self.class_chooser.choose_any()
        self.least.setValue(0)
        self.most.setValue(100)
        self.blockSignals(False)
        self._tell()

    def start_search(self) -> None:
        """Let the user type what to search."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _tell(self) -> None:
        self.filter_changed.emit(self.filter)

    def _on_least_changed(self, least: int) -> None:
        self.most.setMinimum(least)
        self._tell()

    def _show_more(self, shown: bool) -> None:
        self.more.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        for widget in self._shown_on_request:
            widget.setVisible(shown)

    # Construction

    def _kind_titles(self) -> dict[StrEnum, str]:
        return {
            Kind.ALL: self.tr("All pictures"),
            Kind.MISTAKES: self.tr("Mistakes"),
            Kind.NOT_SURE: self.tr("Not sure"),
            Kind.UNREADABLE: self.tr("Could not be read"),
            Kind.WAITING: self.tr("Not classified yet"),
        }

    def _order_titles(self) -> dict[StrEnum, str]:
        return {
            Order.FOUND: self.tr("As they came"),
            Order.NAME: self.tr("Name"),
            Order.CLASS: self.tr("Class"),
            Order.LEAST_SURE: self.tr("Least sure first"),
            Order.MOST_SURE: self.tr("Surest first"),
            Order.UNREADABLE: self.tr("Could not be read first"),
        }

    def _lay_out(self) -> None:
        confidence = QWidget()
        row = QHBoxLayout(confidence)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.least, stretch=1)
        row.addWidget(QLabel(self.tr("to")))
        row.addWidget(self.most, stretch=1)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(em(0.4))
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.search, 0, 0, 1, 2)
        grid.addWidget(self.more, 0, 2)
        rows: tuple[tuple[str, QWidget, QWidget], ...] = (
            (self.tr("Sho&w"), self.kind, self.kind),
            (self.tr("Or&der"), self.order, self.order),
            (self.tr("C&lass"), self.class_chooser, self.class_chooser),
            (self.tr("Con&fidence"), confidence, self.least),
            (self.tr("Not sure &below"), self.not_sure, self.not_sure),
        )
        for number, (title, field, buddy) in enumerate(rows, 1):
            label = QLabel(title)
            label.setBuddy(buddy)
            grid.addWidget(label, number, 0)
            grid.addWidget(field, number, 1, 1, 2)
            if number > _ALWAYS_SHOWN:
                self._shown_on_request += [label, field]

    def _explain(self) -> None:
        self.search.setPlaceholderText(self.tr("Search names and classes"))
        keys = QKeySequence(QKeySequence.StandardKey.Find).toString(QKeySequence.SequenceFormat.NativeText)
        self.more.setText(self.tr("More"))
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for widget, name, tip in (
            (
                self.search,
                self.tr("Search"),
                self.tr("Show pictures whose file name, class or true class contains this ({keys})").format(keys=keys),
            ),
            (
                self.kind,
                self.tr("Which pictures are shown"),
                self.tr(
                    "Mistakes are known where the pictures lie in folders that are called like the model's classes"
                ),
            ),
            (self.order, self.tr("Order of the pictures"), self.tr("Which pictures come first")),
            (
                self.class_chooser,
                self.tr("Class"),
                self.tr("Show pictures that the model takes for this class"),
            ),
            (
                self.least,
                self.tr("Least confidence"),
                self.tr("Show pictures whose likeliest class has at least this probability"),
            ),
            (
                self.most,
                self.tr("Greatest confidence"),
                self.tr("Show pictures whose likeliest class has at most this probability"),
            ),
            (
                self.not_sure,
                self.tr("Not sure below"),
                self.tr("Pictures whose likeliest class is less probable are marked with a question mark"),
            ),
            (
                self.more,
                self.tr("More filters"),
                self.tr("Choose by class and by how sure the model is"),
            ),
        ):
            widget.setAccessibleName(name)
            widget.setToolTip(tip)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._tell)
        for chooser in (self.kind, self.order, self.class_chooser):
            chooser.currentIndexChanged.connect(self._tell)
        self.least.valueChanged.connect(self._on_least_changed)
        self.most.valueChanged.connect(self._tell)
        self.not_sure.valueChanged.connect(self._tell)
        self.more.toggled.connect(self._show_more)


def _chooser(titles: Mapping[StrEnum, str]) -> QComboBox:
    chooser = QComboBox()
    for value, title in titles.items():
        chooser.addItem(title, value)
    return chooser


def _percent_box(value: int) -> QSpinBox:
    box = QSpinBox(minimum=0, maximum=100, value=value, suffix=" %", singleStep=5)
    box.setKeyboardTracking(False)
    return box

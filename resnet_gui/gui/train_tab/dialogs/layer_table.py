"""LayerTable: the layers of a network as a table that can be searched and copied."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractTableModel,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QLabel, QLineEdit, QTableView, QVBoxLayout, QWidget

from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.dialogs.layer_words import shape_words
from resnet_gui.models.summary import LayerRow, ModelSummary

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_PARAMETERS = 3
_WIDTHS = (13, 11.5, 9, 7.5, 14)


class LayerTable(QWidget):
    """A line to search with, and under it the table."""

    layer_selected = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._layers = LayerModel(self)
        self._found = QSortFilterProxyModel(self)
        self._found.setSourceModel(self._layers)
        self._found.setFilterKeyColumn(-1)  # all of them
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Find a layer: name, kind or shape (Ctrl+F)"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(self.tr("Find a layer"))
        self.search.setToolTip(self.tr("Only layers with these words in their row are shown"))
        self.search.textChanged.connect(self._on_search_changed)
        self.table = self._make_table()
        self.nothing = QLabel(self.tr("No layer has these words."))
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.search)
        layout.addWidget(self.table, stretch=1)
        layout.addWidget(self.nothing)
        self._add_action(QKeySequence.StandardKey.Find, self._on_find_triggered)
        self._add_action(QKeySequence.StandardKey.Copy, self.copy)

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self._found)
        table.setAccessibleName(self.tr("Layers"))
        table.setAlternatingRowColors(True)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(em(1.7))
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setStretchLastSection(True)
        for column, width in enumerate(_WIDTHS):
            table.setColumnWidth(column, em(width))
        table.selectionModel().currentRowChanged.connect(self._on_current_changed)
        return table

    def _add_action(self, key: QKeySequence.StandardKey, handler: object) -> None:
        action = QAction(self)
        action.setShortcuts(key)
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(handler)
        self.addAction(action)

    def show_summary(self, summary: ModelSummary) -> None:
        """Show a network's layers."""
        self._layers.show_layers(summary.layers)

    def select(self, name: str) -> None:
        """Select a layer's row; a search that hides it ends."""
        row = self._layers.row_of(name)
        index = self._found.mapFromSource(self._layers.index(row, 0))
        if not index.isValid():
            self.search.clear()
            index = self._found.mapFromSource(self._layers.index(row, 0))
        self.table.setCurrentIndex(index)
        self.table.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def copy(self) -> None:
        """Copy the selected rows, all that are shown if there is at most one, as text that spreadsheets take."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        if len(rows) < 2:
            rows = list(range(self._found.rowCount()))
        columns = range(self._found.columnCount())
        lines = [[self._layers.headerData(column, Qt.Orientation.Horizontal) for column in columns]]
        lines += [[self._found.index(row, column).data() for column in columns] for row in rows]
        QGuiApplication.clipboard().setText("\n".join("\t".join(map(str, line)) for line in lines))

    def _on_search_changed(self, text: str) -> None:
        self._found.setFilterFixedString(text.strip())
        self.nothing.setVisible(not self._found.rowCount())

    def _on_find_triggered(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _on_current_changed(self, index: QModelIndex) -> None:
        if index.isValid():
            self.layer_selected.emit(self._layers.layer(self._found.mapToSource(index).row()).name)


class LayerModel(QAbstractTableModel):
    """One row a layer."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._layers: tuple[LayerRow, ...] = ()
        self._headers = (
            self.tr("Layer"), self.tr("Kind"), self.tr("Output shape"), self.tr("Parameters"), self.tr("Connected to"),
        )  # fmt: skip

    def show_layers(self, layers: tuple[LayerRow, ...]) -> None:
        """Hold other layers."""
        self.beginResetModel()
        self._layers = layers
        self.endResetModel()

    def layer(self, row: int) -> LayerRow:
        """Return the layer of a row."""
        return self._layers[row]

    def row_of(self, name: str) -> int:
        """Return the row of a layer.

        Raises:
            StopIteration: there is no such layer.
        """
        return next(row for row, layer in enumerate(self._layers) if layer.name == name)

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        """Return the number of layers."""
        return 0 if parent.isValid() else len(self._layers)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._headers)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the words of a cell."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._words(self._layers[index.row()])[index.column()]
        return _alignment(index.column()) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the title of a column."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headers[section]
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _words(self, layer: LayerRow) -> tuple[str, ...]:
        parameters = QLocale().toString(layer.parameters)
        if layer.parameters and not layer.trainable:
            parameters = self.tr("{count} frozen").format(count=parameters)
        return layer.name, layer.kind, shape_words(layer), parameters, ", ".join(layer.inputs)


def _alignment(column: int) -> Qt.AlignmentFlag:
    across = Qt.AlignmentFlag.AlignRight if column == _PARAMETERS else Qt.AlignmentFlag.AlignLeft
    return across | Qt.AlignmentFlag.AlignVCenter

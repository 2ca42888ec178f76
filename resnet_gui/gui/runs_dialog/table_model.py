"""RunsModel: the runs as a table that can be sorted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from resnet_gui.gui.run_words import condition_words, data_words, network_words, share_words, start_words
from resnet_gui.runs.overview import DamagedRun, RunEntry

Row = RunEntry | DamagedRun
_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()

SORT_ROLE = Qt.ItemDataRole.UserRole
"""What rows are compared by: the value itself where the words would sort otherwise."""


class Column(IntEnum):
    """The columns, from left to right."""

    NAME = 0
    STARTED = 1
    NETWORK = 2
    DATA = 3
    STATE = 4
    EPOCHS = 5
    BEST = 6
    TEST = 7


@dataclass(frozen=True, slots=True)
class _Cell:
    """How a column is made from a run."""

    words: Callable[[RunEntry], str]
    key: Callable[[RunEntry], str | float]


def _best(entry: RunEntry) -> float | None:
    return entry.run.record.best.val_top1 if entry.run.record.best else None


def _test(entry: RunEntry) -> float | None:
    return entry.run.record.test.top1 if entry.run.record.test else None


def _number(share: float | None) -> float:
    return -1.0 if share is None else share


_CELLS = {
    Column.NAME: _Cell(lambda entry: entry.run.name, lambda entry: entry.run.name.casefold()),
    Column.STARTED: _Cell(start_words, lambda entry: entry.run.record.created),
    Column.NETWORK: _Cell(
        lambda entry: network_words(entry.run.record.config), lambda entry: network_words(entry.run.record.config)
    ),
    Column.DATA: _Cell(
        lambda entry: data_words(entry.run.record.config), lambda entry: data_words(entry.run.record.config).casefold()
    ),
    Column.STATE: _Cell(condition_words, condition_words),
    Column.EPOCHS: _Cell(
        lambda entry: f"{entry.reached.epoch}/{entry.run.record.config.all_epochs}", lambda entry: entry.reached.epoch
    ),
    Column.BEST: _Cell(lambda entry: share_words(_best(entry)), lambda entry: _number(_best(entry))),
    Column.TEST: _Cell(lambda entry: share_words(_test(entry)), lambda entry: _number(_test(entry))),
}
_TO_THE_RIGHT = (Column.EPOCHS, Column.BEST, Column.TEST)


class RunsModel(QAbstractTableModel):
    """One row a run; of a damaged one the name and the reason."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[Row, ...] = ()

    def set_rows(self, rows: tuple[Row, ...]) -> None:
        """Show these runs."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def row(self, number: int) -> Row:
        """Return what a row shows."""
        return self._rows[number]

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """Return how many runs there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the title of a column."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = Column(section)
        if role == Qt.ItemDataRole.TextAlignmentRole and column in _TO_THE_RIGHT:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            return {
                Column.EPOCHS: self.tr("The epoch it came to, of those planned"),
                Column.BEST: self.tr(
                    "The best validation's top-1: the share of pictures whose class was guessed right"
                ),
                Column.TEST: self.tr("The best model's top-1 on pictures it was neither trained nor chosen with"),
            }.get(column)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return {
            Column.NAME: self.tr("Run"),
            Column.STARTED: self.tr("Started"),
            Column.NETWORK: self.tr("Network"),
            Column.DATA: self.tr("Data"),
            Column.STATE: self.tr("State"),
            Column.EPOCHS: self.tr("Epoch"),
            Column.BEST: self.tr("Validation"),
            Column.TEST: self.tr("Test"),
        }[column]

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the words, the tooltip, the alignment or what is sorted by."""
        row, column = self._rows[index.row()], Column(index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole and column in _TO_THE_RIGHT:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if isinstance(row, DamagedRun):
            return self._damaged(row, column, role)
        if role == Qt.ItemDataRole.DisplayRole:
            return _CELLS[column].words(row)
        if role == SORT_ROLE:
            return _CELLS[column].key(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.run.record.message or str(row.folder)
        return None

    def _damaged(self, row: DamagedRun, column: Column, role: int) -> Any:
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.reason
        words = {Column.NAME: row.folder.name, Column.STATE: self.tr("damaged: {reason}").format(reason=row.reason)}
        if role == Qt.ItemDataRole.DisplayRole:
            return words.get(column, "")
        if role == SORT_ROLE:
            numbers = (Column.STARTED, Column.EPOCHS, Column.BEST, Column.TEST)
            return -1.0 if column in numbers else words.get(column, "").casefold()
        return None

"""Predictions as a CSV table that a spreadsheet opens."""

from __future__ import annotations

import csv
import os
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from resnet_gui.errors import ResNetGuiError
from resnet_gui.inference.classify import PictureResult
from resnet_gui.inference.predictor import ClassProbability

# A spreadsheet takes a cell that starts with one of these for a formula, and would run it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class PredictionTable:
    """A CSV file in the making: one row a picture. A context manager.

    The rows go to a file beside it, which takes the place of `path` at the end; so an older table stays whole
    until the new one is.

    Args:
        path: the table.
        top: how many classes a row has.
        not_sure_below: rows whose most probable class is less probable are marked; None marks none.
        superclasses: whether each class has a column for what kind of thing it is.

    Raises:
        ResNetGuiError: it cannot be written; at once, before any work is done for it.
    """

    def __init__(
        self, path: Path, top: int, not_sure_below: float | None = None, *, superclasses: bool = False
    ) -> None:
        self.path = path
        self._top = top
        self._not_sure_below = not_sure_below
        self._columns = ("class", "superclass", "probability") if superclasses else ("class", "probability")
        target = path.resolve()  # a link stays a link
        # What is no file, a pipe or /dev/stdout, cannot be replaced and is written to directly.
        self._direct = target.exists() and not target.is_file()
        self._target = target
        self._partial = target if self._direct else target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            if target.exists() and not os.access(target, os.W_OK):
                raise PermissionError(0, "permission denied")
            # The byte order mark tells spreadsheets that it is UTF-8; file names that are none keep their bytes.
            self._file = self._partial.open(
                "w", encoding="utf-8-sig", errors=sys.getfilesystemencodeerrors(), newline=""
            )
        except OSError as error:
            raise self._unwritable(error) from error
        self._writer = csv.writer(self._file)

    def __enter__(self) -> Self:
        try:
            numbered = [f"{column}_{rank}" for rank in range(1, self._top + 1) for column in self._columns]
            self._write_row(["path", *numbered, "error", "true_class", "right", "not_sure", "unlike_training"])
        except BaseException:
            self._discard()
            raise
        return self

    def add(self, name: str, result: PictureResult, true_class: str = "") -> None:
        """Write a picture's row under this name, with its true class if that is known.

        Raises:
            ResNetGuiError: it cannot be written.
        """
        ranked = result.prediction.ranked[: self._top] if result.prediction else ()
        cells = [cell for entry in ranked for cell in self._cells(entry)]
        blanks = [""] * (len(self._columns) * self._top - len(cells))
        right = not_sure = strange = ""
        if result.prediction is not None:
            best, unfamiliar = result.prediction.best, result.prediction.unfamiliar
            right = _yes_or_no(best.class_name == true_class) if true_class else ""
            not_sure = _yes_or_no(best.probability < self._not_sure_below) if self._not_sure_below is not None else ""
            strange = _yes_or_no(unfamiliar) if unfamiliar is not None else ""
        told = (result.error, true_class, right, not_sure, strange)
        self._write_row([_safe(name), *cells, *blanks, *map(_safe, told)])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None:
            self._discard()
            return
        try:
            self._file.close()
            if not self._direct:
                self._partial.replace(self._target)
        except OSError as failure:
            self._discard()
            raise self._unwritable(failure) from failure

    def _cells(self, entry: ClassProbability) -> list[str]:
        known = {
            "class": _safe(entry.class_name),
            "superclass": _safe(entry.superclass),
            "probability": f"{entry.probability:.6f}",
        }
        return [known[column] for column in self._columns]

    def _write_row(self, cells: list[str]) -> None:
        try:
            self._writer.writerow(cells)
        except OSError as error:
            raise self._unwritable(error) from error

    def _discard(self) -> None:
        with suppress(OSError):  # closing writes what is buffered, which fails again on a full disk
            self._file.close()
        if not self._direct:
            with suppress(OSError):
                self._partial.unlink(missing_ok=True)

    def _unwritable(self, error: OSError) -> ResNetGuiError:
        return ResNetGuiError(
            f"The table {self.path} cannot be written: {(error.strerror or str(error)).lower()}.",
            "Choose another name or folder, close the table where it is open, or free disk space.",
        )


def _yes_or_no(answer: bool) -> str:
    return "yes" if answer else "no"


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell

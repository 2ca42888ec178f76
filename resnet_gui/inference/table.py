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

# A spreadsheet takes a cell that starts with one of these for a formula, and would run it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class PredictionTable:
    """A CSV file in the making: one row a picture. A context manager.

    The rows go to a file beside it, which takes the place of `path` at the end; so an older table stays whole
    until the new one is.

    Args:
        path: the table.
        top: how many classes a row has.

    Raises:
        ResNetGuiError: it cannot be written; at once, before any work is done for it.
    """

    def __init__(self, path: Path, top: int) -> None:
        self.path = path
        self._top = top
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
            self._write_row(["path", *_columns(self._top), "error", "unlike_training"])
        except BaseException:
            self._discard()
            raise
        return self

    def add(self, name: str, result: PictureResult) -> None:
        """Write a picture's row under this name.

        Raises:
            ResNetGuiError: it cannot be written.
        """
        ranked = result.prediction.ranked[: self._top] if result.prediction else ()
        cells = [cell for entry in ranked for cell in (_safe(entry.class_name), f"{entry.probability:.6f}")]
        blanks = [""] * (2 * self._top - len(cells))
        self._write_row([_safe(name), *cells, *blanks, _safe(result.error), _unfamiliar(result)])

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


def _columns(top: int) -> list[str]:
    return [f"{column}_{rank}" for rank in range(1, top + 1) for column in ("class", "probability")]


def _unfamiliar(result: PictureResult) -> str:
    """Return whether a picture looks unlike the training data, nothing where that is not known."""
    known = result.prediction.unfamiliar if result.prediction else None
    return "" if known is None else ("yes" if known else "no")


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell

"""Predictions in the terminal: in words, or as JSON lines for other programs."""

from __future__ import annotations

import json
import sys
from typing import Any, TextIO

from resnet_gui.data.labels import class_words
from resnet_gui.inference.classify import TOP, PictureResult
from resnet_gui.inference.copies import Copies
from resnet_gui.inference.find import printable_name
from resnet_gui.inference.predictor import ClassProbability
from resnet_gui.inference.true_class import Accuracy


class PredictionDisplay:
    """Prints what came out of each picture, and at the end what there is to say of all.

    Args:
        as_json: as one JSON object a line, the last one being a summary if there is something in it.
        top: how many classes of each picture are told.
        not_sure_below: pictures whose likeliest class is less probable are marked; None marks none.
        class_count: how many classes the model has.
    """

    def __init__(self, *, as_json: bool, top: int, not_sure_below: float | None, class_count: int) -> None:
        self._as_json = as_json
        self._top = top
        self._not_sure_below = not_sure_below
        self._class_count = class_count

    def show(self, result: PictureResult, true_class: str) -> None:
        """Print a picture's result; its true class is empty if nothing is known of it."""
        if self._as_json:
            print(json.dumps(self._entry(result, true_class)), flush=True)
            return
        name = printable_name(str(result.source))
        if result.prediction is None:
            _print(f"{name} {result.error}", sys.stderr)
            return
        marks = "".join(f"  [{mark}]" for mark in self._marks(result, true_class))
        ranked = result.prediction.ranked[: self._top]
        lines = [f"{entry.probability:8.1%}  {entry.words}" for entry in ranked]
        _print("\n".join([name + marks, *lines]), sys.stdout)

    def show_summary(self, accuracy: Accuracy, copies: Copies | None) -> None:
        """Print how often the model was right, where that is known, and what was copied."""
        if self._as_json:
            self._print_json_summary(accuracy, copies)
            return
        if accuracy.pictures:
            words = f"Right: {accuracy.right / accuracy.pictures:.1%} of {accuracy.pictures} pictures in class folders"
            if self._class_count > TOP:
                words += f"; true class among the first {TOP}: {accuracy.among / accuracy.pictures:.1%}"
            _print(words, sys.stdout)
        if copies is not None:
            for problem in copies.problems:
                _print(f"{printable_name(problem.path)} {problem.reason}", sys.stderr)
            present = f", {copies.present} were there already" if copies.present else ""
            failed = f", {len(copies.problems)} could not be copied" if copies.problems else ""
            _print(
                f"{copies.copied} pictures copied to {printable_name(str(copies.folder))}{present}{failed}", sys.stdout
            )

    def _entry(self, result: PictureResult, true_class: str) -> dict[str, Any]:
        ranked = result.prediction.ranked[: self._top] if result.prediction else ()
        return {
            "path": str(result.source),
            "predictions": [_json_entry(entry) for entry in ranked],
            "error": result.error or None,
            "unlike_training": result.prediction.unfamiliar if result.prediction else None,
            "true_class": true_class or None,
            "not_sure": None if self._not_sure_below is None else self._is_not_sure(result),
        }

    def _print_json_summary(self, accuracy: Accuracy, copies: Copies | None) -> None:
        summary: dict[str, Any] = {}
        if accuracy.pictures:
            summary |= {
                "in_class_folders": accuracy.pictures,
                "top1": accuracy.right / accuracy.pictures,
                "top5": accuracy.among / accuracy.pictures,
            }
        if copies is not None:
            problems = [{"path": problem.path, "error": problem.reason} for problem in copies.problems]
            summary |= {"copied": copies.copied, "present": copies.present, "not_copied": problems}
        if summary:
            print(json.dumps({"summary": summary}), flush=True)

    def _marks(self, result: PictureResult, true_class: str) -> list[str]:
        marks = []
        if result.prediction is not None and true_class and result.prediction.best.class_name != true_class:
            marks.append(f"wrong, should be {class_words(true_class)}")
        if self._is_not_sure(result):
            marks.append("not sure")
        if result.prediction is not None and result.prediction.unfamiliar:
            marks.append("looks unlike the pictures that the model was trained on: do not rely on the answer")
        return marks

    def _is_not_sure(self, result: PictureResult) -> bool:
        return (
            self._not_sure_below is not None
            and result.prediction is not None
            and result.prediction.best.probability < self._not_sure_below
        )


def _json_entry(entry: ClassProbability) -> dict[str, str | float]:
    told: dict[str, str | float] = {"class": entry.class_name, "probability": entry.probability}
    return told | {"superclass": entry.superclass} if entry.superclass else told


def _print(text: str, stream: TextIO) -> None:
    """Print what the stream's encoding has no letter for as an escape, instead of failing."""
    encoding = stream.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)

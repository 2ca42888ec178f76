"""Explainer: finds out, while the window goes on, what the network sees of a picture and what spoke for a class."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from resnet_gui.data.images import read_image
from resnet_gui.gui.classify_tab.picture import Picture
from resnet_gui.gui.task import Task
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.explain import HeatMap, explain
from resnet_gui.inference.predictor import Predictor
from resnet_gui.progress import Report

_KEPT = 60  # explanations; 150 kB each at 224 pixels


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a picture, and a class or nothing for what the network sees of it."""

    picture: Picture
    class_name: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer: the picture (N, N, 3) as the network sees it, and what spoke for the class, if one was named."""

    question: Question
    pixels: NDArray[np.uint8]
    heat: HeatMap | None


class Explainer(QObject):
    """Answers the latest question; what was answered is kept for the next time.

    Args:
        parent: the owner, which must call `shut_down` before it goes away.
    """

    explained = Signal(Explanation)
    progressed = Signal(int, int)
    """Done, total of an answer that takes longer."""
    failed = Signal(Exception)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._bundle: ModelBundle | None = None
        self._open: Callable[[], Predictor] | None = None
        self._question: Question | None = None
        self._worked_on: Question | None = None
        self._task: Task | None = None
        self._kept: OrderedDict[Question, Explanation] = OrderedDict()

    def set_bundle(self, bundle: ModelBundle | None) -> None:
        """Use another network from now on; what was asked and answered is forgotten."""
        self.forget()
        self._kept.clear()
        self._bundle = bundle
        # Opened by the first task that needs it, and a network of its own: the one that classifies is at work.
        self._open = None if bundle is None else cache(partial(Predictor, bundle, inside=True))

    def ask(self, question: Question) -> None:
        """Find out; `explained`, at once if it is known, or `failed` follows, unless another question comes before."""
        known = self._kept.get(question)
        if known is not None:
            self.forget()
            self._kept.move_to_end(question)
            self.explained.emit(known)
        elif question != self._question:
            self.forget()
            self._question = question
            self._start_if_idle()

    def forget(self) -> None:
        """Drop the question."""
        self._question = None
        if self._task is not None:
            self._task.cancel()

    def shut_down(self) -> None:
        """Drop the question and wait for the thread."""
        self.forget()
        if self._task is not None:
            self._task.wait()

    def _start_if_idle(self) -> None:
        question, bundle, open_network = self._question, self._bundle, self._open
        if self._task is not None or question is None or bundle is None or open_network is None:
            return

        def work(report: Report) -> Explanation:
            report("", 0, 0)
            pixels = read_image(question.picture.source, bundle.description.geometry)
            if not question.class_name:
                return Explanation(question, pixels, None)
            predictor = open_network()
            place = _class_index(predictor, pixels, question.class_name)
            return Explanation(question, pixels, explain(predictor, pixels, place, report))

        self._worked_on = question
        self._task = Task(work)
        self._task.progressed.connect(self._on_progressed)
        self._task.succeeded.connect(self._on_succeeded)
        self._task.failed.connect(self._on_failed)
        self._task.cancelled.connect(self._on_ended)
        self._task.start()

    def _on_progressed(self, _stage: str, done: int, total: int) -> None:
        if total:
            self.progressed.emit(done, total)

    def _on_succeeded(self, explanation: Explanation) -> None:
        self._kept[explanation.question] = explanation
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        self._question = None
        self._on_ended()
        self.explained.emit(explanation)

    def _on_failed(self, error: Exception) -> None:
        asked_still = self._question is self._worked_on
        if asked_still:
            self._question = None
        self._on_ended()
        if asked_still:
            self.failed.emit(error)

    def _on_ended(self) -> None:
        self._task = self._worked_on = None
        self._start_if_idle()  # what was asked while the thread was ending


def _class_index(predictor: Predictor, pixels: NDArray[np.uint8], class_name: str) -> int:
    """Return the class of this name; of several with the same name, the one that was shown: the likeliest."""
    names = predictor.bundle.description.class_names
    same = [place for place, name in enumerate(names) if name == class_name]
    if len(same) == 1:
        return same[0]
    probabilities = predictor.uncalibrated(pixels[None])[0]
    return max(same, key=lambda place: float(probabilities[place]))

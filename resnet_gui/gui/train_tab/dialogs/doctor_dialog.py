"""DoctorDialog: what is wrong with the pictures, before a training is wasted on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLocale, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from resnet_gui.data.dataset import ImageDataset, Pixels
from resnet_gui.data.doctor.diagnosis import diagnose
from resnet_gui.data.doctor.facts import Facts, examine
from resnet_gui.data.doctor.findings import Finding, Severity
from resnet_gui.errors import ResNetGuiError
from resnet_gui.gui.icons import set_icon, tinted_pixmap
from resnet_gui.gui.task import Task
from resnet_gui.gui.theme import em, problem_colour
from resnet_gui.gui.train_tab.dialogs.finding_view import FindingView
from resnet_gui.gui.train_tab.dialogs.window_size import resize_within_screen
from resnet_gui.gui.train_tab.loading_bar import LoadingBar
from resnet_gui.progress import Report
from resnet_gui.runs.config import TrainingConfig

Examine = Callable[[ImageDataset, Path | None, Report], Facts]
_Diagnosed = tuple[Pixels, Facts, list[Finding]]


class DoctorDialog(QDialog):
    """Looks through the pictures of a form, off the GUI thread, and lists the findings. Deletes itself when closed.

    What the user decides is asked of the form; its answer, other settings and another split, comes back through
    `show_dataset`. The pictures are looked at once, and every split is judged by that.

    Args:
        config: the form's settings.
        dataset: its pictures.
        look: what looks at them, see facts.examine.
        parent: the window it stands on.
    """

    change_requested = Signal(object)
    """Other values of settings, by name."""

    def __init__(
        self,
        config: TrainingConfig,
        dataset: ImageDataset,
        look: Examine = examine,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.setWindowTitle(self.tr("Check pictures: {name}").format(name=dataset.name))
        self._config, self._dataset = config, dataset
        self._look = look
        self._facts: tuple[Pixels, Facts] | None = None
        self._task: Task | None = None
        self._stale = False
        self._before: list[dict[str, Any]] = []  # what Undo brings back, the latest last
        self.findings: list[Finding] = []
        self._make_widgets()
        resize_within_screen(self, QSize(em(84), em(50)))
        self._work()

    def _make_widgets(self) -> None:
        self.words = QLabel()
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.progress = LoadingBar(self.tr("Stop looking and close this window (Esc)"))
        self.progress.cancel_button.clicked.connect(self.reject)
        self.progress.cancel_button.setAutoDefault(False)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Findings"))
        self.list.setWordWrap(True)
        self.list.setIconSize(QSize(em(1.4), em(1.4)))
        self.list.setSpacing(em(0.2))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentRowChanged.connect(self._on_row_changed)
        self.view = FindingView()
        self.view.leave_out_requested.connect(self._on_leave_out_requested)
        self.view.settings_requested.connect(self._request)
        self._content = QSplitter(Qt.Orientation.Horizontal)
        self._content.setChildrenCollapsible(False)
        self._content.addWidget(self.list)
        self._content.addWidget(self.view)
        self._content.setStretchFactor(1, 1)
        self._content.setSizes([em(24), em(60)])
        waiting = QWidget()
        layout = QVBoxLayout(waiting)
        layout.addStretch()
        layout.addWidget(self.progress)
        layout.addStretch()
        self.pages = QStackedWidget()
        self._waiting, self.nothing = waiting, QLabel()
        self.nothing.setTextFormat(Qt.TextFormat.PlainText)
        self.nothing.setWordWrap(True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for page in (waiting, self._content, self.nothing):
            self.pages.addWidget(page)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self.undo_button = QPushButton(self.tr("&Undo"))
        self.undo_button.setToolTip(self.tr("Take back what was last done here"))
        self.undo_button.setAutoDefault(False)
        self.undo_button.clicked.connect(self._on_undo_clicked)
        set_icon(self.undo_button, "reset")
        buttons.addButton(self.undo_button, QDialogButtonBox.ButtonRole.ActionRole)
        layout = QVBoxLayout(self)
        layout.addWidget(self.words)
        layout.addWidget(self.pages, stretch=1)
        layout.addWidget(buttons)

    def show_dataset(self, config: TrainingConfig, dataset: ImageDataset | None, problem: str = "") -> None:
        """Judge another split of the form's pictures, or other pictures.

        Args:
            config: the form's settings.
            dataset: its pictures; None while they are being read, or if they cannot be used.
            problem: why they cannot be used.
        """
        judged_by = _judged_by(self._config, self._dataset)
        self._config = config
        if dataset is None:
            self.words.setText(problem)
            return
        self._dataset = dataset
        if _judged_by(config, dataset) == judged_by:
            return
        if self._task is None:
            self._work()
        else:
            self._stale = True

    def done(self, result: int) -> None:
        """Close the window; the work is dropped."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        super().done(result)

    def _work(self) -> None:
        """Look at the pictures, unless they are known, and judge the split."""
        config, dataset, look = self._config, self._dataset, self._look
        pixels = dataset.train.pixels
        known = self._facts[1] if self._facts is not None and self._facts[0] is pixels else None

        def work(report: Report) -> _Diagnosed:
            folder = Path(config.folder) if config.source == "folder" else None
            facts = known or look(dataset, folder, report)
            return pixels, facts, diagnose(facts, dataset, config.group_pattern, config.class_weights == "balanced")

        self._stale = False
        self._task = task = Task(work)
        # Partials remember which task they belong to: one that was dropped may still have an outcome on its way.
        task.progressed.connect(partial(self._on_progressed, task))
        task.succeeded.connect(partial(self._on_succeeded, task))
        task.failed.connect(partial(self._on_failed, task))
        if known is None:
            self.words.setText(self.tr("Every picture is looked at and compared with the others. Nothing is changed."))
            self.progress.show_progress(self.tr("Looking at pictures"), 0, 0)
            self.pages.setCurrentWidget(self._waiting)
        self._show_busy()
        task.start()

    def _on_progressed(self, task: Task, stage: str, done: int, total: int) -> None:
        if task is self._task:
            self.progress.show_progress(stage, done, total)

    def _on_succeeded(self, task: Task, result: _Diagnosed) -> None:
        if task is not self._task:
            return
        self._task = None
        pixels, facts, self.findings = result
        self._facts = pixels, facts
        if self._stale:
            self._work()
        else:
            self._show_findings()

    def _on_failed(self, task: Task, error: Exception) -> None:
        if task is not self._task:
            return
        self._task = None
        if not isinstance(error, ResNetGuiError):
            raise error
        self._show_words_alone(str(error))
        self._show_busy()

    def _show_findings(self) -> None:
        row = max(self.list.currentRow(), 0)
        with QSignalBlocker(self.list):
            self.list.clear()
            for finding in self.findings:
                self.list.addItem(self._item(finding))
        if not self.findings:
            self._show_words_alone(self._summary())
        else:
            self.words.setText(self._summary())
            self.pages.setCurrentWidget(self._content)
        self.list.setCurrentRow(min(row, len(self.findings) - 1))
        self._on_row_changed(self.list.currentRow())
        self._show_busy()
        if self.findings and not self.view.isAncestorOf(self.focusWidget() or self):
            self.list.setFocus()

    def _show_words_alone(self, words: str) -> None:
        self.words.clear()
        self.nothing.setText(words)
        self.pages.setCurrentWidget(self.nothing)

    def _item(self, finding: Finding) -> QListWidgetItem:
        item = QListWidgetItem(f"{finding.title}\n{self._severity(finding.severity)}")
        palette = self.list.palette()
        serious = finding.severity is Severity.SERIOUS
        colour = problem_colour(palette) if serious else palette.color(palette.ColorRole.Text)
        icon = "find" if finding.severity is Severity.NOTE else "warning"
        size = round(em(1.4) * self.devicePixelRatioF())
        sign = QIcon(tinted_pixmap(icon, colour, size))
        sign.addPixmap(tinted_pixmap(icon, palette.color(palette.ColorRole.HighlightedText), size), QIcon.Mode.Selected)
        item.setIcon(sign)
        return item

    def _severity(self, severity: Severity) -> str:
        words = {
            Severity.SERIOUS: self.tr("Serious"),
            Severity.WARNING: self.tr("Worth a look"),
            Severity.NOTE: self.tr("Good to know"),
        }
        return words[severity]

    def _summary(self) -> str:
        number = QLocale().toString
        dataset, left_out = self._dataset, len(self._config.left_out)
        count = number(len(dataset.train) + len(dataset.validation))
        words = self.tr("Nothing wrong was found with {count} pictures.")
        if self.findings:
            words = self.tr("This was found with {count} pictures, the most serious first.")
        parts = [words.format(count=count)]
        if left_out:
            parts.append(self.tr("{count} are left out.").format(count=number(left_out)))
        return " ".join(parts)

    def _show_busy(self) -> None:
        busy = self._task is not None
        self.view.set_busy(busy)
        self.undo_button.setEnabled(bool(self._before) and not busy)

    def _on_row_changed(self, row: int) -> None:
        if 0 <= row < len(self.findings):
            self.view.show_finding(self.findings[row], self._dataset)

    def _on_leave_out_requested(self, names: list[str]) -> None:
        self._request({"left_out": tuple(sorted({*self._config.left_out, *names}))})

    def _request(self, values: Mapping[str, Any]) -> None:
        self._before.append({name: getattr(self._config, name) for name in values})
        self._show_busy()
        self.view.set_busy(True)  # until the form's answer has been judged
        self.change_requested.emit(dict(values))

    def _on_undo_clicked(self) -> None:
        before = self._before.pop()
        self._show_busy()
        self.change_requested.emit(before)


def _judged_by(config: TrainingConfig, dataset: ImageDataset) -> tuple[object, ...]:
    """Return what decides about the findings."""
    return id(dataset), config.group_pattern, config.class_weights

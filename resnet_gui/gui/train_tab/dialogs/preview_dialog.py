"""AugmentationPreview: the user's own pictures as a training would see them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPushButton, QVBoxLayout, QWidget

from resnet_gui.data.dataset import ImageDataset, Pixels
from resnet_gui.data.labels import class_words
from resnet_gui.errors import ResNetGuiError
from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.task import Task
from resnet_gui.gui.train_tab.dialogs.picture_grid import PictureGrid
from resnet_gui.gui.train_tab.dialogs.window_size import resize_within_screen
from resnet_gui.gui.train_tab.editors import translate_setting
from resnet_gui.progress import Report
from resnet_gui.runs.config import SETTINGS, TrainingConfig
from resnet_gui.runs.settings import Group
from resnet_gui.training import augment
from resnet_gui.training.augment import Augmentation

PICTURES = 6
VERSIONS = 5

Preview = Callable[[Pixels, Augmentation, int, int], Pixels]
_Drawn = tuple[Pixels, Pixels, list[str]]


class AugmentationPreview(QDialog):
    """Six pictures of different classes, and below each how the first epochs would alter it. Not modal.

    The pictures are altered off the GUI thread; while that is going on, of several changes only the last counts.

    Args:
        config: the settings.
        dataset: whose training pictures are shown; None until there is one.
        preview: what alters pictures, see augment.preview.
        parent: the window it stays above.
    """

    def __init__(
        self,
        config: TrainingConfig,
        dataset: ImageDataset | None,
        preview: Preview = augment.preview,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.setWindowTitle(self.tr("Augmentation preview"))
        self._config = config
        self._dataset = dataset
        self._preview = preview
        self._seed = config.seed
        self._task: Task | None = None
        self._stale = False
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.grid = PictureGrid()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.shuffle_button = QPushButton(self.tr("&Shuffle"))
        self.shuffle_button.setToolTip(self.tr("Show other pictures, altered in other ways"))
        self.shuffle_button.clicked.connect(self.shuffle)
        set_icon(self.shuffle_button, "shuffle")
        buttons.addButton(self.shuffle_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.words)
        layout.addWidget(self.grid, stretch=1)
        layout.addWidget(buttons)
        resize_within_screen(self, self.sizeHint())
        self._redraw()

    def show(self, config: TrainingConfig | None = None) -> None:
        """Show the window; with settings, the pictures as these alter them."""
        if config is not None and config != self._config:
            self._config = config
            self._redraw()
        super().show()

    def show_dataset(self, dataset: ImageDataset | None) -> None:
        """Show the pictures of a dataset; None if there is none for now."""
        if dataset is not self._dataset:
            self._dataset = dataset
            self._redraw()

    def shuffle(self) -> None:
        """Go on to the next seed."""
        self._seed += 1
        self._redraw()

    def done(self, result: int) -> None:
        """Close the window; pictures that are still being altered are dropped."""
        self._drop_task()
        super().done(result)

    def _redraw(self) -> None:
        self.shuffle_button.setEnabled(self._dataset is not None)
        self.words.setText(self._words_about(self._config))
        if self._dataset is None:
            self._drop_task()
            self.grid.show_words(self.tr("Your pictures are shown here as soon as they have been read."))
        elif self._task is not None:
            self._stale = True
        else:
            self._start(self._dataset)

    def _start(self, dataset: ImageDataset) -> None:
        augmentation, seed, preview = Augmentation.of(self._config), self._seed, self._preview

        def work(_report: Report) -> _Drawn:
            pictures, labels = dataset.train.batch(chosen_positions(dataset, seed))
            altered = preview(pictures, augmentation, seed, VERSIONS)
            return pictures, altered, [class_words(dataset.class_names[label]) for label in labels]

        self._stale = False
        self._task = task = Task(work)
        # Partials remember which task they belong to: one that was dropped may still have an outcome on its way.
        task.succeeded.connect(partial(self._on_succeeded, task))
        task.failed.connect(partial(self._on_failed, task))
        task.start()

    def _drop_task(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _on_succeeded(self, task: Task, drawn: _Drawn) -> None:
        if task is not self._task:
            return
        self._task = None
        self.grid.show_pictures(*drawn)
        if self._stale:
            self._redraw()

    def _on_failed(self, task: Task, error: Exception) -> None:
        if task is not self._task:
            return
        self._task = None
        if self._stale:
            self._redraw()
        elif isinstance(error, ResNetGuiError):
            self.grid.show_words(str(error))
        else:
            raise error

    def _words_about(self, config: TrainingConfig) -> str:
        active = [
            translate_setting(setting.label)
            for setting in SETTINGS.values()
            if setting.group is Group.AUGMENTATION and getattr(config, setting.name) != setting.default
        ]
        if not active:
            return self.tr("No augmentation is on: every epoch shows the pictures as they are.")
        return self.tr("Each epoch alters every picture anew: {settings}.").format(settings=", ".join(active))


def chosen_positions(dataset: ImageDataset, seed: int) -> NDArray[np.int64]:
    """Return where in the training split PICTURES pictures are: of different classes as far as there are enough."""
    labels = dataset.train.labels[dataset.train.indices]
    order = np.random.default_rng(seed).permutation(len(labels))
    _, first = np.unique(labels[order], return_index=True)
    others = np.delete(np.arange(len(order)), first)
    first = np.random.default_rng(seed).permutation(first)
    chosen = np.concatenate([first, others])[:PICTURES]
    positions: NDArray[np.int64] = order[chosen[np.argsort(labels[order[chosen]], kind="stable")]]
    return positions

"""FormDialogs: opens the windows that the form's buttons ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from resnet_gui.errors import ConfigError
from resnet_gui.gui.command import PROGRAM
from resnet_gui.gui.error_dialog import show_error
from resnet_gui.gui.train_tab.config_form import ConfigForm
from resnet_gui.models.registry import NATIVE_SIZES
from resnet_gui.runs.config import TrainingConfig

if TYPE_CHECKING:
    from resnet_gui.gui.train_tab.dialogs.doctor_dialog import DoctorDialog
    from resnet_gui.gui.train_tab.dialogs.preview_dialog import AugmentationPreview

_USUAL_CLASSES = 100  # as CIFAR-100; as long as there is no data that tells


class FormDialogs(QObject):
    """Opens the windows for what the form holds, and hands what is decided there back to it.

    Each is imported when it is first opened: the program's own window is there sooner.

    Args:
        form: whose buttons; owns this.
        program: what runs the windows' commands.
    """

    def __init__(self, form: ConfigForm, program: Sequence[str] = PROGRAM) -> None:
        super().__init__(form)
        self._form = form
        self._program = program
        self._preview: AugmentationPreview | None = None
        self._doctor: DoctorDialog | None = None
        form.model_requested.connect(self._on_model_requested)
        form.preview_requested.connect(self._on_preview_requested)
        form.rate_requested.connect(self._on_rate_requested)
        form.data.check_requested.connect(self._on_check_requested)
        form.changed.connect(self._on_form_changed)

    def _config(self) -> TrainingConfig | None:
        """Return the form's settings; None, after having said why, if they cannot be used."""
        try:
            return self._form.config()
        except ConfigError as error:
            show_error(self._form.window(), error.message, error.advice)
            return None

    def _on_model_requested(self) -> None:
        from resnet_gui.gui.train_tab.dialogs.model_dialog import ModelDialog

        config, dataset = self._config(), self._form.data.dataset
        if config is None:
            return
        if dataset is None:
            size, classes = NATIVE_SIZES.get(config.source, config.input_size), _USUAL_CLASSES
        else:
            size, classes = dataset.geometry.size, len(dataset.class_names)
        ModelDialog(config, size, classes, self._program, self._form.window()).show()

    def _on_preview_requested(self) -> None:
        from resnet_gui.gui.train_tab.dialogs.preview_dialog import AugmentationPreview

        config = self._config()
        if config is None:
            return
        if self._preview is None:
            self._preview = AugmentationPreview(config, self._form.data.dataset, parent=self._form.window())
            self._preview.destroyed.connect(self._on_preview_destroyed)
        self._preview.show(config)
        self._preview.activateWindow()

    def _on_preview_destroyed(self) -> None:
        self._preview = None

    def _on_form_changed(self) -> None:
        """Let the windows follow; settings that cannot be used are told of by the form itself."""
        if self._preview is not None:
            self._preview.show_dataset(self._form.data.dataset)
        if self._preview is None and self._doctor is None:
            return
        try:
            config = self._form.config()
        except ConfigError:
            return
        if self._preview is not None:
            self._preview.show(config)
        if self._doctor is not None:
            data = self._form.data
            self._doctor.show_dataset(config, data.dataset, "" if data.busy else data.problem)

    def _on_check_requested(self) -> None:
        from resnet_gui.gui.train_tab.dialogs.doctor_dialog import DoctorDialog

        config, dataset = self._config(), self._form.data.dataset
        if config is None or dataset is None:
            return
        self._doctor = DoctorDialog(config, dataset, parent=self._form.window())
        self._doctor.change_requested.connect(self._on_change_requested)
        self._doctor.destroyed.connect(self._on_doctor_destroyed)
        self._doctor.open()  # modal to its window: it is about the pictures as they are

    def _on_doctor_destroyed(self) -> None:
        self._doctor = None

    def _on_change_requested(self, values: Mapping[str, Any]) -> None:
        self._form.change(values)

    def _on_rate_requested(self) -> None:
        from resnet_gui.gui.train_tab.dialogs.rate_dialog import RateFinderDialog

        config = self._config()
        if config is not None:
            dialog = RateFinderDialog(config, self._program, self._form.window())
            dialog.rate_chosen.connect(self._on_rate_chosen)
            dialog.open()  # modal to its window: the rate is for the settings as they are

    def _on_rate_chosen(self, rate: float) -> None:
        self._form.change({"learning_rate": rate})

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from pytestqt.qtbot import QtBot

from resnet_gui.gui.error_dialog import ErrorDialog
from resnet_gui.gui.task import any_running
from resnet_gui.gui.train_tab.config_form import ConfigForm
from resnet_gui.gui.train_tab.dialogs.form_dialogs import FormDialogs
from resnet_gui.gui.train_tab.dialogs.model_dialog import ModelDialog
from resnet_gui.gui.train_tab.dialogs.preview_dialog import AugmentationPreview
from resnet_gui.gui.train_tab.dialogs.rate_dialog import RateFinderDialog
from tests.gui.diagram_networks import residual_network
from tests.gui.fake_commands import program_printing

pytestmark = pytest.mark.usefixtures("few_pictures")

Dialog = TypeVar("Dialog")

RATE = [{"step": 1, "rate": 1e-4, "loss": 2.0, "smoothed": 2.0}, {"step": 2, "rate": 1.0, "loss": 1.0, "smoothed": 1.0}]
END = {"suggestion": 0.0125, "words": "Here."}


@pytest.fixture
def ready_form(form: ConfigForm, qtbot: QtBot) -> ConfigForm:
    qtbot.waitUntil(lambda: form.data.dataset is not None)
    return form


def opened(form: ConfigForm, kind: type[Dialog]) -> Dialog:
    (dialog,) = form.window().findChildren(kind)
    return dialog


def test_the_model_is_shown_for_the_data_that_is_there(ready_form: ConfigForm, qtbot: QtBot) -> None:
    FormDialogs(ready_form, program_printing([residual_network()]))
    ready_form.model_button.click()
    dialog = opened(ready_form, ModelDialog)
    with qtbot.waitSignal(dialog.runner.finished):
        pass
    assert "for 2 classes and pictures of 32 pixels" in dialog.totals.text()


def test_the_rate_that_is_chosen_comes_into_the_form(ready_form: ConfigForm, qtbot: QtBot) -> None:
    FormDialogs(ready_form, program_printing([*RATE, END]))
    ready_form.rate_requested.emit()
    dialog = opened(ready_form, RateFinderDialog)
    with qtbot.waitSignal(dialog.runner.finished):
        pass
    dialog.use_button.click()
    assert ready_form.config().learning_rate == 0.0125


def test_the_preview_is_opened_once_and_follows_the_form(ready_form: ConfigForm, qtbot: QtBot) -> None:
    FormDialogs(ready_form)
    for _ in range(2):
        ready_form.preview_requested.emit()
    preview = opened(ready_form, AugmentationPreview)
    ready_form.change({"rotation": 30.0})
    assert "Rotation" in preview.words.text()
    ready_form.change({"epochs": 0})
    assert "Rotation" in preview.words.text()
    with qtbot.waitSignal(preview.destroyed):
        preview.close()
    ready_form.change({"rotation": 0.0, "epochs": 1})  # nobody is left to be told
    ready_form.preview_requested.emit()
    assert opened(ready_form, AugmentationPreview) is not preview
    qtbot.waitUntil(lambda: not any_running())


@pytest.mark.parametrize("request_it", [
    lambda form: form.model_requested, lambda form: form.preview_requested, lambda form: form.rate_requested,
])  # fmt: skip
def test_settings_that_cannot_be_used_are_told(
    ready_form: ConfigForm, request_it: Callable[[ConfigForm], object]
) -> None:
    FormDialogs(ready_form)
    ready_form.change({"epochs": 0})
    request_it(ready_form).emit()
    dialog = opened(ready_form, ErrorDialog)
    assert "Epochs" in dialog.text
    dialog.close()

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from resnet_gui.gui.error_dialog import ErrorDialog
from resnet_gui.gui.train_tab.config_form import ConfigForm
from resnet_gui.gui.train_tab.forecaster import Forecaster
from resnet_gui.runs.store import RunStore
from tests.gui.fake_commands import program_failing, program_hanging, program_printing


@pytest.fixture
def ready_form(form: ConfigForm, qtbot: QtBot) -> ConfigForm:
    qtbot.waitUntil(lambda: form.data.dataset is not None)
    return form


@pytest.fixture
def forecasters(ready_form: ConfigForm, store: RunStore) -> Iterator[dict[str, Forecaster]]:
    """Hold the forecaster of a test, and end it."""
    made: dict[str, Forecaster] = {}
    yield made
    for forecaster in made.values():
        forecaster.shut_down()


def forecast_with(
    made: dict[str, Forecaster], form: ConfigForm, store: RunStore, qtbot: QtBot, program: Sequence[str]
) -> Forecaster:
    """Return a forecaster that has shown a first forecast."""
    made["one"] = forecaster = Forecaster(form, store, program)
    forecaster.update()
    qtbot.waitUntil(lambda: "an epoch" in form.forecast.words.text())
    return forecaster


def test_the_forecast_follows_the_form(
    forecasters: dict[str, Forecaster], ready_form: ConfigForm, store: RunStore, qtbot: QtBot
) -> None:
    forecast_with(forecasters, ready_form, store, qtbot, program_printing([]))
    before = ready_form.forecast.words.text()
    ready_form.change({"network": "resnet50", "input_size": 224, "epochs": 500})
    qtbot.waitUntil(lambda: ready_form.forecast.words.text() not in (before, ""))
    ready_form.change({"learning_rate": 50.0})
    qtbot.waitUntil(lambda: "Before Start: Learning rate must" in ready_form.forecast.words.text())
    assert not ready_form.forecast.measure_button.isVisible()
    ready_form.change({"learning_rate": 0.1})
    assert ready_form.forecast.measure_button.isVisible()  # as soon as Start can be pressed


def test_days_are_a_warning_and_what_takes_less_is_advice(
    forecasters: dict[str, Forecaster], ready_form: ConfigForm, store: RunStore, qtbot: QtBot
) -> None:
    forecast_with(forecasters, ready_form, store, qtbot, program_printing([]))
    ready_form.change({"network": "resnet152", "input_size": 224, "epochs": 10_000})
    qtbot.waitUntil(lambda: "takes about" in ready_form.forecast.warning.text)
    advice = ready_form.forecast.advice.text().splitlines()
    assert advice
    assert all(line.startswith("With ") and "instead of" in line for line in advice)
    assert "instead of" not in ready_form.forecast.warning.text


def test_a_measurement_can_be_cancelled(
    forecasters: dict[str, Forecaster], ready_form: ConfigForm, store: RunStore, qtbot: QtBot
) -> None:
    forecast_with(forecasters, ready_form, store, qtbot, program_hanging())
    shown = ready_form.forecast.words.text()
    ready_form.forecast.measure_button.click()
    assert ready_form.forecast.words.text() != shown
    assert forecasters["one"]._timing.running
    ready_form.forecast.measure_button.click()
    assert not forecasters["one"]._timing.running
    assert ready_form.forecast.words.text() == shown


def test_a_failed_measurement_says_why_and_the_forecast_comes_back(
    forecasters: dict[str, Forecaster], ready_form: ConfigForm, store: RunStore, qtbot: QtBot
) -> None:
    forecast_with(forecasters, ready_form, store, qtbot, program_failing("resnet-gui-cli forecast: Too hot today.\n"))
    shown = ready_form.forecast.words.text()
    ready_form.forecast.measure_button.click()

    def dialogs() -> list[ErrorDialog]:
        return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, ErrorDialog)]

    qtbot.waitUntil(lambda: len(dialogs()) == 1)
    assert "Too hot today." in dialogs()[0].text
    assert ready_form.forecast.words.text() == shown
    with qtbot.waitSignal(dialogs()[0].destroyed):
        dialogs()[0].close()

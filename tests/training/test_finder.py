"""The search for a learning rate."""

from __future__ import annotations

import json
import math

import pytest

from resnet_gui.cli.main import main
from resnet_gui.progress import unreported
from resnet_gui.training.finder import HIGHEST, LOWEST, STEPS, RateTried, find_rate, suggest_rate
from tests.training.conftest import TINY


def tried(losses: list[float]) -> list[RateTried]:
    return [
        RateTried(step, LOWEST * (HIGHEST / LOWEST) ** ((step - 1) / (STEPS - 1)), loss, loss)
        for step, loss in enumerate(losses, 1)
    ]


def test_the_suggestion_lies_a_third_below_the_lowest_loss() -> None:
    losses = [2.0 + abs(step - 80) / 50 for step in range(1, STEPS + 1)]
    rates = tried(losses)
    found = suggest_rate(rates)
    assert found.suggestion == pytest.approx(rates[79].rate / 3, rel=0.35)
    assert found.suggestion == float(f"{found.suggestion:.1g}")
    assert f"{found.suggestion:g}" in found.words


@pytest.mark.parametrize("losses", [[2.3] * STEPS, [2.3 + step / 10 for step in range(STEPS)]])
def test_a_loss_that_never_falls_gives_no_rate_but_words(losses: list[float]) -> None:
    found = suggest_rate(tried(losses))
    assert found.suggestion is None
    assert "fell at no rate" in found.words


def test_a_search_that_breaks_off_at_once_gives_no_rate() -> None:
    assert suggest_rate(tried([2.0, 1.0, 0.5])).suggestion is None
    assert suggest_rate([]).suggestion is None


@pytest.mark.slow
def test_the_rate_found_trains_and_every_step_is_told(tmp_path) -> None:
    steps: list[RateTried] = []
    found = find_rate(TINY, tmp_path, unreported, steps.append)
    assert found.suggestion is not None
    assert 1e-5 < found.suggestion < 1.0
    assert [step.step for step in steps] == list(range(1, len(steps) + 1))
    assert all(math.isfinite(step.loss) for step in steps)
    assert [step.rate for step in steps] == sorted(step.rate for step in steps)


@pytest.mark.slow
def test_the_command_tells_steps_and_suggestion_as_json(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--data", "shapes", "--limit", "120", "--batch-size", "16", "--precision", "float32", "--width", "8"]
    assert main(["find-rate", *flags, "--runs", str(tmp_path), "--json"]) == 0
    *steps, end = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert set(steps[0]) == {"step", "rate", "loss", "smoothed"}
    assert set(end) == {"suggestion", "words"}

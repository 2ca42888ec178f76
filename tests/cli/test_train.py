"""`train` and `runs` as a user or a script calls them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from resnet_gui.cli.main import build_parser, main
from resnet_gui.cli.settings_flags import config_from
from resnet_gui.cli.train import EXIT_STATUS, show
from resnet_gui.cli.training_display import TrainingDisplay
from resnet_gui.data.scenes import SCENES
from resnet_gui.runs.config import SETTINGS, TrainingConfig
from resnet_gui.runs.events import AnyEvent, Finished, Message, SettingChanged, StateChanged, StepMetrics
from resnet_gui.runs.lock import training_lock
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.runs.store import RunStore
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.recipes import RECIPES
from resnet_gui.training.run_training import run_training
from tests.fake_trainer import FakeTrainer, OnEvent

ARCHIVE, FLOWERS = os.path.abspath("a.tar.gz"), os.path.abspath("flowers")
TINY = ["train", "--data", "shapes", "--limit", "120", "--batch-size", "16", "--epochs", "1"]


def parsed(*words: str) -> TrainingConfig:
    return config_from(build_parser().parse_args(["train", *words]))


def test_without_flags_the_defaults_are_trained() -> None:
    assert parsed() == TrainingConfig()


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        (
            ["--data", "cifar100", "--archive", "a.tar.gz"],
            {"source": "cifar100", "archive": ARCHIVE},
        ),
        (
            ["--data", "flowers", "--input-size", "96"],
            {"source": "folder", "folder": FLOWERS, "input_size": 96},
        ),
        (
            ["--data", "flowers", "--network", "resnet50"],
            {"source": "folder", "folder": FLOWERS, "network": "resnet50", "input_size": 224},
        ),
        (["--learning-rate", "3e-4", "--optimizer", "sgd"], {"learning_rate": 3e-4, "optimizer": "sgd"}),
        (
            ["--validation-share", "0", "--limit", "10", "--seed", "7"],
            {"validation_share": 0.0, "limit": 10, "seed": 7},
        ),
    ],
)
def test_flags_change_the_settings(words: list[str], changes: dict[str, object]) -> None:
    config = parsed(*words)
    for name in SETTINGS:
        assert getattr(config, name) == changes.get(name, SETTINGS[name].default), name


def test_a_recipe_fills_the_settings_and_flags_change_them() -> None:
    recipe = RECIPES["cifar100-resnet50"].config
    assert parsed("--recipe", "cifar100-resnet50") == recipe
    assert parsed("--recipe", "cifar100-resnet50", "--epochs", "1").epochs == 1
    assert parsed("--recipe", "cifar100-resnet50", "--epochs", "1").learning_rate == recipe.learning_rate


@pytest.mark.parametrize(
    "words",
    [["--learning-rate", "0"], ["--learning-rate", "-1"], ["--learning-rate", "1e30"], ["--learning-rate", "nan"],
     ["--epochs", "0"], ["--input-size", "16"], ["--validation-share", "2"]],
)  # fmt: skip
def test_settings_out_of_range_are_wrong_usage_in_words(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *words, "--runs", str(tmp_path)]) == 2
    assert "must be" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [["--network", "resnet51"], ["--epochs", "many"], ["--no-such-flag"]])
def test_wrong_usage_ends_with_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["train", *words])
    assert caught.value.code == 2


def test_a_runs_folder_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("no folder")
    assert main([*TINY, "--runs", str(tmp_path / "file")]) == 1
    assert "cannot be made" in capsys.readouterr().err


def test_an_existing_name_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    RunStore(tmp_path).create(TrainingConfig(), "mine")
    assert main([*TINY, "--runs", str(tmp_path), "--name", "mine"]) == 1
    assert "there already" in capsys.readouterr().err


def test_runs_are_listed_as_table_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "--runs", str(tmp_path / "none")]) == 0
    assert "No runs yet" in capsys.readouterr().out
    RunStore(tmp_path).create(TrainingConfig(), "one", now=5.0)
    (tmp_path / "broken").mkdir()
    assert main(["runs", "--runs", str(tmp_path), "--json"]) == 0
    told = capsys.readouterr()
    (line,) = told.out.splitlines()
    assert json.loads(line)["name"] == "one"
    assert "broken" in told.err
    assert main(["runs", "--runs", str(tmp_path)]) == 0
    assert "one" in capsys.readouterr().out


def test_changed_settings_are_listed_and_shown_in_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = RunStore(tmp_path).create(TrainingConfig(epochs=3), "one")
    run.append(SettingChanged(time=1.0, step=8, name="epochs", old=3, new=5))
    run.append(Finished(time=2.0, reason=FinishReason.COMPLETED))
    assert main(["runs", "--runs", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["changes"] == [{"step": 8, "setting": "epochs", "old": 3, "new": 5}]
    assert main(["runs", "--runs", str(tmp_path)]) == 0
    assert "completed, 1" in capsys.readouterr().out
    with TrainingDisplay(run) as display:
        for event in run.read_events():
            display.show(event)
    assert "Epochs changed from 3 to 5, from step 9 on." in capsys.readouterr().out


def test_an_interrupted_run_is_listed_as_such(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = RunStore(tmp_path).create(TrainingConfig(), "cut")
    run.append(StateChanged(time=1.0, state=TrainingState.RUNNING))
    values = (0.5,) * 212
    run.append(
        StepMetrics(
            time=1.0, epoch=4, first_step=1, loss=values, top1=values, top5=values, rate=values, images_per_second=1.0
        )
    )
    assert main(["runs", "--runs", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["interrupted"] == {"epoch": 4, "step": 212}
    assert main(["runs", "--runs", str(tmp_path)]) == 0
    assert "interrupted" in capsys.readouterr().out
    with training_lock(run.folder):
        assert main(["runs", "--runs", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["interrupted"] is None


@pytest.mark.slow
def test_training_prints_what_is_in_metrics_jsonl(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TINY, "--runs", str(tmp_path), "--name", "json", "--json"]) == 0
    printed = capsys.readouterr().out
    assert printed == (tmp_path / "json" / "metrics.jsonl").read_text()
    assert Run.open(tmp_path / "json").record.finish_reason is FinishReason.COMPLETED
    assert main(["classify", str(tmp_path), "--runs", str(tmp_path), "--model", "json"]) == 1  # no pictures


@pytest.mark.slow
def test_training_shows_a_bar_and_where_the_run_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TINY, "--runs", str(tmp_path), "--name", "bar"]) == 0
    printed = capsys.readouterr().out
    assert "96 pictures to train, 24 to validate, 120 to test" in printed
    assert "Test: top-1" in printed
    assert "bar" in printed


@pytest.mark.slow
def test_a_failed_training_ends_with_1_and_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "--data", str(tmp_path / "missing"), "--runs", str(tmp_path / "runs"), "--json"]
    assert main(words) == 1
    assert "missing" in capsys.readouterr().err
    (run,) = RunStore(tmp_path / "runs").list().runs
    assert run.record.finish_reason is FinishReason.FAILED


@pytest.mark.slow
def test_ctrl_c_stops_and_saves(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "resnet_gui.cli.main", "train", "--data", "shapes", "--runs", str(tmp_path)]
    with subprocess.Popen(
        [*command, "--json", "--name", "cut"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        for line in program.stdout:
            if '"loss"' in line:
                program.send_signal(signal.SIGINT)
                break
        _, errors = program.communicate(timeout=120)
    assert program.returncode == 130, errors
    assert "Stopping after this batch" in errors
    run = Run.open(tmp_path / "cut")
    assert run.record.finish_reason is FinishReason.STOPPED
    assert (run.model_folder / "model.keras").is_file()


@pytest.mark.slow
def test_the_terminal_job_for_a_computer_without_a_display(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    assert main(["demo", "--epochs", "1", "--runs", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    pictures = [Path(line) for line in printed.splitlines() if line.endswith(".png") and Path(line).is_absolute()]
    assert [path.name for path in pictures] == ["train-light.png", "classify-light.png"]
    assert all(path.is_file() for path in pictures)
    assert printed.count("%  ") >= 30  # three times five classes of the shipped model, and of the new one
    told = printed.split("Now a model of your own")[0].splitlines()
    for name in SCENES:
        best = told[told.index(f"{name}.png") + 1].split("%  ")[1]
        assert best.split(" - ")[0] == name


@pytest.mark.slow
def test_the_cli_knows_no_qt_and_starts_without_tensorflow() -> None:
    script = (
        "import sys\n"
        "from resnet_gui.cli.main import main\n"
        "main(['runs', '--runs', 'nowhere'])\n"
        "assert not {'tensorflow', 'keras', 'PySide6', 'openvino'} & set(sys.modules), sorted(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


@pytest.mark.slow
@pytest.mark.realdata
def test_cifar_100_trains_and_then_classifies_photos(
    real_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = str(real_data / "cifar-100-python.tar.gz")
    words = ["--limit", "1500", "--epochs", "1", "--batch-size", "64", "--runs", str(tmp_path), "--name", "cifar"]
    assert main(["train", "--data", "cifar100", "--archive", archive, *words]) == 0
    record = Run.open(tmp_path / "cifar").record
    assert record.split is not None
    assert (record.split.train + record.split.validation, len(record.class_names)) == (1500, 100)
    capsys.readouterr()
    photos = real_data / "photos"
    assert main(["classify", str(photos), "--model", "cifar", "--runs", str(tmp_path), "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(told) == len(list(photos.iterdir()))
    for entry in told:
        assert entry["error"] is None
        probabilities = [guess["probability"] for guess in entry["predictions"]]
        assert len(probabilities) == 5
        assert probabilities == sorted(probabilities, reverse=True)


def test_a_folder_that_is_gone_is_waited_for_until_ctrl_c(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = RunStore(tmp_path).create(TrainingConfig(), "one")
    fit = FakeTrainer(at={3: lambda _control: shutil.rmtree(run.folder)})

    def train(control: TrainingControl, tell: OnEvent) -> Finished:
        def tell_and_interrupt(event: AnyEvent) -> None:
            tell(event)
            if isinstance(event, Message) and "is paused" in event.text:
                signal.raise_signal(signal.SIGINT)

        return run_training(run, control, tell_and_interrupt, fit)

    end = show(run, train, as_json=False)
    assert EXIT_STATUS[end.reason] == 130
    out = "".join(capsys.readouterr().out.split())  # it wraps anywhere
    assert "isgone.Thetrainingispaused." in out
    assert "Stopped:Therun'sfolder" in out
    assert "canberesumed" in out

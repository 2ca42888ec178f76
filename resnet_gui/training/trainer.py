"""Trainer: from a run's settings to its finished model."""

from __future__ import annotations

import logging
import platform
import time
from collections.abc import Callable
from importlib.metadata import version

import keras
import msgspec

from resnet_gui import __version__
from resnet_gui.data.dataset import ImageDataset
from resnet_gui.data.sources import load_pictures
from resnet_gui.errors import CancelledError, ConfigError, ResNetGuiError, TrainingError
from resnet_gui.models.registry import check_network
from resnet_gui.models.starting_weights import KeptNetwork
from resnet_gui.runs.config import steps_per_epoch, validated
from resnet_gui.runs.events import AnyEvent, Finished, TrainingPlanned
from resnet_gui.runs.run import Run, SplitCounts
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.training.checkpoint import Checkpoint, Checkpoints
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.finish import export_run, judge_bundle, test_bundle
from resnet_gui.training.loop import TrainingLoop
from resnet_gui.training.monitor import TrainingMonitor
from resnet_gui.training.persistence import StoppedUnwritten
from resnet_gui.training.start import build_network

log = logging.getLogger(__name__)

_PROBLEMS_TOLD = 20
_EXPORTING = "Saving the model for Classify, and model.keras for other programs."


def fit(run: Run, control: TrainingControl, on_event: Callable[[AnyEvent], None]) -> None:
    """Train a run from its settings to its finished model, on the calling thread, which then owns Keras.

    Args:
        run: a new run, or one with a checkpoint, from whose newest the training goes on.
        control: pause, resume and stop, from other threads.
        on_event: is given every event, on this thread; the last is Finished.

    Raises:
        CancelledError: stopped before there was anything to keep.
        ResNetGuiError: it cannot go on; the best epoch so far, if there is one, was exported.
        Exception: likewise, for what was not foreseen.
    """
    monitor = TrainingMonitor(control, on_event)
    try:
        outcome = Trainer(run, control, monitor).train()
    except CancelledError:
        monitor.enter(TrainingState.STOPPING)
        raise
    finally:
        keras.backend.clear_session()
    monitor.emit(Finished(time=time.time(), reason=outcome))


class Trainer:
    """One training under way.

    Args:
        run: its settings and folder.
        control: the requests of other threads.
        monitor: is told what happens.
    """

    def __init__(self, run: Run, control: TrainingControl, monitor: TrainingMonitor) -> None:
        self._run = run
        self._config = validated(run.record.config)
        check_network(self._config)
        self._control = control
        self._monitor = monitor
        self._checkpoints = Checkpoints(run.checkpoint_folder)
        state, _ = self._checkpoints.find()
        self._start = self._checkpoints.load(state) if state else None

    def train(self) -> FinishReason:
        """Prepare, train, export and test.

        Raises:
            CancelledError: stopped before there was anything to keep.
            ResNetGuiError: it cannot go on.
        """
        dataset = self._load()
        network = self._build(dataset)
        loop = TrainingLoop(self._run, self._config, self._control, self._monitor, self._checkpoints, self._start)
        self._start = None  # as large as the network: it goes when the loop has taken it in
        try:
            loop.run(network, dataset)
        except StoppedUnwritten:
            raise  # no model can be written either
        except Exception:
            self._keep_best(network, dataset)
            raise
        stopped = self._control.stop_requested
        if stopped and not loop.step:
            raise CancelledError
        self._finish(network, dataset)
        return FinishReason.STOPPED if stopped else FinishReason.COMPLETED

    def _keep_best(self, network: keras.Model, dataset: ImageDataset) -> None:
        """Export the best epoch of a training that failed; if that fails too, the first failure is the one told."""
        try:
            if self._checkpoints.restore_best(KeptNetwork(network)):
                self._monitor.say(_EXPORTING)
                export_run(self._run, network, dataset)
        except ResNetGuiError as error:
            log.warning("The best epoch could not be exported. %s", error)
        except Exception:
            log.exception("The best epoch could not be exported")

    def _load(self) -> ImageDataset:
        config, monitor = self._config, self._monitor
        monitor.report("Reading pictures", 0, 0)
        pictures = load_pictures(config.data_request(), monitor.report)
        dataset = config.split(pictures)
        self._tell_problems(dataset)
        if config.validation_share and not len(dataset.validation):
            monitor.say("There are too few pictures to hold any back: nothing is validated, the last epoch is kept.")
        if config.batch_size > len(dataset.train):
            raise ConfigError(
                f"The batch size of {config.batch_size} is larger than the {len(dataset.train)} training pictures.",
                "batch_size",
                "Choose a smaller batch size.",
            )
        if self._start:
            self._require_same_data(dataset)
        return dataset

    def _require_same_data(self, dataset: ImageDataset) -> None:
        """Raise TrainingError if a training that goes on would not find what it began with."""
        record = self._run.record
        now = SplitCounts(*_counts(dataset))
        if record.class_names != dataset.class_names or record.split != now:
            raise TrainingError(
                "The pictures are not those that this run began with: their number or their classes changed.",
                "Bring back the pictures as they were, or start a new training that begins from this run.",
            )

    def _tell_problems(self, dataset: ImageDataset) -> None:
        if self._config.left_out:
            self._monitor.say(f"Left out as set: {len(self._config.left_out)} pictures.")
        for problem in dataset.problems[:_PROBLEMS_TOLD]:
            self._monitor.say(f"Left out {problem.path}: {problem.reason}")
        untold = len(dataset.problems) - _PROBLEMS_TOLD
        if untold > 0:
            self._monitor.say(f"Left out {untold} other files.")

    def _build(self, dataset: ImageDataset) -> keras.Model:
        config, monitor = self._config, self._monitor
        # A training that goes on needs no starting weights, which may be gone by now.
        begins = msgspec.structs.replace(config, start_from="") if self._start else config
        network, start = build_network(begins, dataset, self._run.folder.parent, monitor.report)
        if self._start:
            _restore(network, self._start)
        train_count, validation_count, test_count = _counts(dataset)
        monitor.emit(
            TrainingPlanned(
                time=time.time(),
                run=str(self._run.folder),
                class_names=dataset.class_names,
                steps_per_epoch=steps_per_epoch(len(dataset.train), config.batch_size),
                epochs=config.all_epochs,
                train_count=train_count,
                validation_count=validation_count,
                test_count=test_count,
                parameters=network.count_params(),
                environment=_environment(),
                fingerprint=dataset.fingerprint,
            )
        )
        if start:
            monitor.say(start)
        return network

    def _finish(self, network: keras.Model, dataset: ImageDataset) -> None:
        monitor = self._monitor
        if not self._control.stop_requested:
            monitor.enter(TrainingState.FINISHING)
        if not self._checkpoints.restore_best(KeptNetwork(network)):
            monitor.say("Stopped before the first validation: the weights of the last step are kept.")
        monitor.say(_EXPORTING)
        bundle = monitor.keep(self._run, lambda: export_run(self._run, network, dataset))
        try:
            bundle = monitor.keep(self._run, lambda: judge_bundle(bundle, dataset, self._config.seed, monitor))
            if dataset.test is not None:
                test_bundle(bundle, self._run.record, dataset.test, monitor)
        except CancelledError:
            monitor.enter(TrainingState.STOPPING)
            if dataset.test is not None:
                monitor.say("Stopped before the test was complete, so there is no test result.")


def _restore(network: keras.Model, start: Checkpoint) -> None:
    try:
        network.set_weights(start.weights)
    except ValueError as error:
        raise TrainingError(
            "The checkpoint does not fit the network: another version of the program built it differently.",
            "Start a new training.",
        ) from error


def _counts(dataset: ImageDataset) -> tuple[int, int, int]:
    """Return how many pictures are trained on, validated on and tested on."""
    return len(dataset.train), len(dataset.validation), len(dataset.test) if dataset.test else 0


def _environment() -> dict[str, str]:
    packages = ("tensorflow", "keras", "numpy", "openvino", "pillow")
    return {
        "resnet-gui": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        **{name: version(name) for name in packages},
    }

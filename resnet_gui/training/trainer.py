"""Trainer: from a run's settings to its finished model."""

from __future__ import annotations

import logging
import platform
import time
from collections.abc import Callable
from contextlib import closing
from importlib.metadata import version

import keras
import numpy as np
from numpy.typing import NDArray

from resnet_gui import __version__
from resnet_gui.data.dataset import ImageDataset, split_dataset
from resnet_gui.data.sources import load_pictures
from resnet_gui.errors import CancelledError, ConfigError, TrainingError
from resnet_gui.models.registry import check_network
from resnet_gui.runs.config import steps_per_epoch, validated
from resnet_gui.runs.events import AnyEvent, EpochEnded, Finished, TrainingPlanned
from resnet_gui.runs.run import Run
from resnet_gui.runs.state import FinishReason, TrainingState
from resnet_gui.training.batches import training_batches, validation_batches
from resnet_gui.training.checkpoint import BestCheckpoint
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.engine import BatchValues
from resnet_gui.training.finish import export_run, test_bundle
from resnet_gui.training.monitor import TrainingMonitor
from resnet_gui.training.phases import Phase, plan_phases
from resnet_gui.training.start import build_network

log = logging.getLogger(__name__)

_PROBLEMS_TOLD = 20


def fit(run: Run, control: TrainingControl, on_event: Callable[[AnyEvent], None]) -> None:
    """Train a run from its settings to its finished model, on the calling thread, which then owns Keras.

    Args:
        run: a new run.
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
        self._best = BestCheckpoint(run.checkpoint_folder)
        self._best_top1 = -1.0
        self._epochs_since_best = 0
        self._epoch = 0
        self._step = 0
        self._rate = 0.0

    def train(self) -> FinishReason:
        """Prepare, train, export and test.

        Raises:
            CancelledError: stopped before there was anything to keep.
            ResNetGuiError: it cannot go on.
        """
        dataset = self._load()
        network = self._build(dataset)
        try:
            self._run_phases(network, dataset)
        except Exception:
            self._keep_best(network, dataset)
            raise
        stopped = self._control.stop_requested
        if stopped and not self._step:
            raise CancelledError
        self._finish(network, dataset)
        return FinishReason.STOPPED if stopped else FinishReason.COMPLETED

    def _keep_best(self, network: keras.Model, dataset: ImageDataset) -> None:
        """Export the best epoch of a training that failed; if that fails too, the first failure is the one told."""
        try:
            if self._best.restore(network):
                export_run(self._run, network, dataset, self._monitor)
        except Exception:
            log.exception("The best epoch could not be exported")

    def _load(self) -> ImageDataset:
        config, monitor = self._config, self._monitor
        monitor.report("Reading pictures", 0, 0)
        pictures = load_pictures(config.data_request(), monitor.report)
        dataset = split_dataset(pictures, config.validation_share, config.limit, config.seed)
        self._tell_problems(dataset)
        if config.validation_share and not len(dataset.validation):
            monitor.say("There are too few pictures to hold any back: nothing is validated, the last epoch is kept.")
        if config.batch_size > len(dataset.train):
            raise ConfigError(
                f"The batch size of {config.batch_size} is larger than the {len(dataset.train)} training pictures.",
                "batch_size",
                "Choose a smaller batch size.",
            )
        return dataset

    def _tell_problems(self, dataset: ImageDataset) -> None:
        for problem in dataset.problems[:_PROBLEMS_TOLD]:
            self._monitor.say(f"Left out {problem.path}: {problem.reason}")
        untold = len(dataset.problems) - _PROBLEMS_TOLD
        if untold > 0:
            self._monitor.say(f"Left out {untold} other files.")

    def _build(self, dataset: ImageDataset) -> keras.Model:
        config, monitor = self._config, self._monitor
        network, start = build_network(config, dataset, self._run.folder.parent, monitor.report)
        monitor.emit(
            TrainingPlanned(
                time=time.time(),
                run=str(self._run.folder),
                class_names=dataset.class_names,
                steps_per_epoch=steps_per_epoch(len(dataset.train), config.batch_size),
                epochs=config.all_epochs,
                train_count=len(dataset.train),
                validation_count=len(dataset.validation),
                test_count=len(dataset.test) if dataset.test else 0,
                parameters=network.count_params(),
                environment=_environment(),
                fingerprint=dataset.fingerprint,
            )
        )
        if start:
            monitor.say(start)
        return network

    def _run_phases(self, network: keras.Model, dataset: ImageDataset) -> None:
        for make_phase in plan_phases(self._config, network, dataset, self._monitor.report):
            self._monitor.enter(TrainingState.PREPARING)
            phase = make_phase()
            if self._control.stop_requested:
                return
            self._epochs_since_best = 0
            self._run_epochs(phase, network)
            if self._control.stop_requested:
                return

    def _run_epochs(self, phase: Phase, network: keras.Model) -> None:
        steps = 0
        for number in range(phase.epochs):
            self._epoch += 1
            complete = self._train_epoch(phase, number, first_step=steps)
            steps += steps_per_epoch(len(phase.views[0]), self._config.batch_size)
            with phase.engine.averaged_weights():
                values = self._validate(phase) if complete and len(phase.validation) else None
                self._end_epoch(phase, network, complete, values)
            phase.schedule.on_epoch_end(values.loss if values else None)
            if self._control.stop_requested:
                return
            if self._config.early_stopping and self._epochs_since_best >= self._config.early_stopping:
                self._monitor.say(f"Stopped early: no better validation for {self._epochs_since_best} epochs.")
                return

    def _train_epoch(self, phase: Phase, number: int, first_step: int) -> bool:
        """Go through the training split once; return whether it was not cut by a stop.

        Args:
            phase: what learns.
            number: of the epoch within the phase, from 0.
            first_step: the number within the phase, from 0, of its first step.
        """
        config, monitor = self._config, self._monitor
        monitor.enter(TrainingState.RUNNING)
        train = phase.views[number % len(phase.views)]
        last = steps_per_epoch(len(train), config.batch_size)
        batches = training_batches(train, config.batch_size, config.seed, self._epoch, phase.augmentation)
        with closing(batches):
            for position, batch in enumerate(batches):
                self._rate = phase.schedule.rate(first_step + position)
                values = phase.engine.train_batch(batch, self._rate)
                self._step += 1
                monitor.on_train_batch_end(self._epoch, self._step, values, self._rate, len(batch.labels))
                self._require_numbers(phase, values.loss)
                if monitor.should_stop():
                    return position + 1 == last
        return True

    def _validate(self, phase: Phase) -> BatchValues | None:
        """Return the means over the validation split, or None if a stop cut it."""
        monitor, split = self._monitor, phase.validation
        if monitor.should_stop():
            return None
        monitor.enter(TrainingState.VALIDATING)
        sums, done = np.zeros(3), 0
        with closing(validation_batches(split, max(self._config.batch_size, 32))) as batches:
            for images, labels in batches:
                sums += np.multiply(phase.engine.validate_batch(images, labels), len(labels))
                done += len(labels)
                if monitor.should_stop() and done < len(split):
                    return None
                monitor.tell_progress("Validating", done, len(split))
        values = BatchValues(*(sums / done).tolist())
        self._require_numbers(phase, values.loss)  # the last step's update may have ruined the weights
        return values

    def _require_numbers(self, phase: Phase, *values: float | NDArray[np.generic]) -> None:
        if not all(np.isfinite(value).all() for value in values):
            rate = getattr(self._config, phase.rate_setting)
            raise TrainingError(
                f"The loss is no longer a number at step {self._step} (learning rate {self._rate:g}).",
                "Start again with a lower learning rate, a tenth of it for a try.",
                remedy={phase.rate_setting: float(f"{rate / 10:.3g}")},
            )

    def _end_epoch(self, phase: Phase, network: keras.Model, complete: bool, values: BatchValues | None) -> None:
        """Keep the weights if they are the best, the earlier on ties; without validation, those of the last epoch."""
        best = values.top1 > self._best_top1 if values else complete and not len(phase.validation)
        self._epochs_since_best = 0 if best else self._epochs_since_best + 1
        phase.collect()
        if best and values is None:  # no validation has shown what the last step made of the weights
            self._require_numbers(phase, *network.get_weights())
        if best:
            self._best_top1 = values.top1 if values else self._best_top1
            self._best.save(network, self._step)
        self._monitor.emit(
            EpochEnded(
                time=time.time(),
                epoch=self._epoch,
                step=self._step,
                val_loss=values.loss if values else None,
                val_top1=values.top1 if values else None,
                val_top5=values.top5 if values else None,
                complete=complete and (values is not None or not len(phase.validation)),
                best=best,
            )
        )

    def _finish(self, network: keras.Model, dataset: ImageDataset) -> None:
        monitor = self._monitor
        if not self._control.stop_requested:
            monitor.enter(TrainingState.FINISHING)
        if not self._best.restore(network):
            monitor.say("Stopped before the first validation: the weights of the last step are kept.")
        bundle = export_run(self._run, network, dataset, monitor)
        if dataset.test is None:
            return
        try:
            test_bundle(bundle, self._config, dataset.test, monitor)
        except CancelledError:
            monitor.enter(TrainingState.STOPPING)
            monitor.say("Stopped before the test was complete, so there is no test result.")


def _environment() -> dict[str, str]:
    packages = ("tensorflow", "keras", "numpy", "openvino", "pillow")
    return {
        "resnet-gui": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        **{name: version(name) for name in packages},
    }

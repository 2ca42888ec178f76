"""TrainingLoop: the epochs of a training, from its first step or from a checkpoint."""

from __future__ import annotations

import time
from contextlib import closing

import keras
import msgspec
import numpy as np
from numpy.typing import NDArray

from resnet_gui.data.dataset import ImageDataset
from resnet_gui.errors import ConfigError, RunError, TrainingError
from resnet_gui.runs.changes import check_change, least_value
from resnet_gui.runs.config import SETTINGS, TrainingConfig, steps_per_epoch
from resnet_gui.runs.events import Changeable, EpochEnded, SettingChanged
from resnet_gui.runs.run import BestEpoch, Run
from resnet_gui.runs.state import TrainingState
from resnet_gui.training.batches import training_batches, validation_batches
from resnet_gui.training.checkpoint import Checkpoint, Checkpoints, CheckpointState
from resnet_gui.training.control import TrainingControl
from resnet_gui.training.engine import BatchValues
from resnet_gui.training.monitor import TrainingMonitor
from resnet_gui.training.phases import Phase, plan_phases
from resnet_gui.training.schedules import Constant, Schedule


class TrainingLoop:
    """Goes through the phases, epochs and steps of a training, validates, and keeps checkpoints.

    Settings are changed between two steps only, the one after a checkpoint if there is one. So a change belongs to the
    number of steps before it, and whoever goes on from a checkpoint makes all changes from its step on again.

    Args:
        run: whose folder it is written to, and whose record says which changes are to be made again.
        config: its settings.
        control: the requests of other threads.
        monitor: is told what happens.
        checkpoints: where it can go on from.
        start: what it goes on from; None begins at the first step.
    """

    def __init__(
        self,
        run: Run,
        config: TrainingConfig,
        control: TrainingControl,
        monitor: TrainingMonitor,
        checkpoints: Checkpoints,
        start: Checkpoint | None,
    ) -> None:
        self._run = run
        self._config = config
        self._control = control
        self._monitor = monitor
        self._checkpoints = checkpoints
        self._start = start
        state = start.state if start else None
        self._phase = state.phase if state else 0
        self._phase_epochs = state.phase_epochs if state else 0
        self._position = state.position if state else 0
        self._epochs = state.epochs if state else 0
        self._epochs_since_best = state.epochs_since_best if state else 0
        self._step = state.step if state else 0
        self._rate = 0.0
        self._schedule: Schedule = Constant(0.0)  # of the phase under way

    @property
    def step(self) -> int:
        """How many steps were made, those before the checkpoint too."""
        return self._step

    def run(self, network: keras.Model, dataset: ImageDataset) -> None:
        """Train until the end of the last phase, or until a stop.

        Args:
            network: the network that is kept, with the weights it starts from.
            dataset: what is learned from.

        Raises:
            CancelledError: stopped while something was prepared.
            ResNetGuiError: it cannot go on.
        """
        config = self._config
        if self._start:  # whatever "auto" would choose now: going on must not change it
            config = msgspec.structs.replace(config, precision=self._start.state.precision)
        for make_phase in plan_phases(config, network, dataset, self._monitor.report)[self._phase :]:
            self._monitor.enter(TrainingState.PREPARING)
            phase = make_phase()
            if self._control.stop_requested:
                return
            self._schedule = phase.schedule(self._config)
            self._take_up(phase)
            self._run_epochs(phase, network)
            if self._control.stop_requested:
                return
            self._phase += 1
            self._phase_epochs = self._epochs_since_best = 0

    def _take_up(self, phase: Phase) -> None:
        """Bring a phase to where the checkpoint was made, if the training goes on from one."""
        if self._start is None:
            return
        phase.engine.restore(self._start.engine)
        self._schedule.restore(self._start.state.schedule)
        if self._start.state.planned != phase.epochs(self._config):  # extended: early stopping gives another chance
            self._epochs_since_best = 0
        self._start = None

    def _run_epochs(self, phase: Phase, network: keras.Model) -> None:
        per_epoch = steps_per_epoch(len(phase.views[0]), self._config.batch_size)
        while self._position or self._another_epoch(phase):  # one that was begun before a checkpoint is ended
            self._train_epoch(phase, per_epoch)
            all_steps = self._position == per_epoch
            with phase.engine.averaged_weights():
                values = self._validate(phase) if all_steps and len(phase.validation) else None
                complete = all_steps and (values is not None or not len(phase.validation))
                self._end_epoch(phase, network, complete, values)
            if complete:
                self._schedule.on_epoch_end(values.loss if values else None)
            self._save(phase)
            if complete and self._control.stop_after_epoch_requested and self._epochs < self._config.all_epochs:
                self._control.stop()
            if self._monitor.should_stop():
                self._make_changes(phase)  # asked for during a pause perhaps: whoever goes on finds them
                return

    def _another_epoch(self, phase: Phase) -> bool:
        """Return whether the phase has another epoch, by the settings then in force."""
        if self._phase_epochs or not self._phase:  # else they were asked for in the phase before: after the first step
            self._make_changes(phase)
        if self._phase_epochs >= phase.epochs(self._config):
            return False
        if self._config.early_stopping and self._epochs_since_best >= self._config.early_stopping:
            self._monitor.say(f"Stopped early: no better validation for {self._epochs_since_best} epochs.")
            return False
        return True

    def _make_changes(self, phase: Phase) -> None:
        """Change the settings that are to be changed before the next step: again, or because somebody asks for it."""
        for change in self._run.record.to_repeat:
            if change.step <= self._step:
                self._change(phase, change.name, change.new)
        begun = self._epochs + (1 if self._position else 0)
        for name, asked in self._control.take_changes().items():
            value = SETTINGS[name].kind(least_value(self._config, name, asked, begun))
            try:
                if name == "learning_rate" and phase.rate_setting != name:
                    raise ConfigError("The head is trained already: now the fine-tuning rate counts.", name)
                check_change(self._config, name, value, begun)
            except ConfigError as error:
                self._monitor.say(f"{SETTINGS[name].label} was not changed. {error}")
                continue
            if value != getattr(self._config, name):
                self._change(phase, name, value)

    def _change(self, phase: Phase, name: Changeable, value: float) -> None:
        """Change a setting; a schedule goes on as if it had been made with the new one from the beginning."""
        old = getattr(self._config, name)
        self._config = msgspec.structs.replace(self._config, **{name: value})
        if name in (phase.rate_setting, phase.epochs_setting):
            before = self._schedule
            self._schedule = phase.schedule(self._config)
            self._schedule.restore(before.state())
        if name == phase.epochs_setting:
            self._epochs_since_best = 0  # as when a run is extended
        self._monitor.emit(SettingChanged(time=time.time(), step=self._step, name=name, old=old, new=value))

    def _train_epoch(self, phase: Phase, per_epoch: int) -> None:
        """Go through the training split, from the position reached to its end or to a stop.

        Args:
            phase: what learns.
            per_epoch: steps of an epoch.
        """
        config, monitor = self._config, self._monitor
        monitor.enter(TrainingState.RUNNING)
        epoch = self._epochs + 1
        train = phase.views[self._phase_epochs % len(phase.views)]
        batches = training_batches(train, config.batch_size, config.seed, epoch, phase.augmentation, self._position)
        with closing(batches):
            for batch in batches:
                if self._position:  # those before the first step of an epoch were made before it was begun
                    self._make_changes(phase)
                self._rate = self._schedule.rate(self._phase_epochs * per_epoch + self._position)
                values = phase.engine.train_batch(batch, self._rate)
                self._step += 1
                self._position += 1
                monitor.on_train_batch_end(epoch, self._step, values, self._rate, len(batch.labels))
                self._require_numbers(phase, values.loss)
                if monitor.should_stop():
                    return
                if self._position < per_epoch and self._checkpoints.due:
                    self._save(phase)

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
        """Keep the weights if they are the best, the earlier on ties; without validation, those of the last epoch.

        An epoch that was cut by a stop is told, but does not count: it is still under way for whoever goes on.
        """
        epoch, step = self._epochs + 1, self._step
        best = complete and (values is None or values.top1 > self._best_top1)
        phase.collect()
        if best and values is None:  # no validation has shown what the last step made of the weights
            self._require_numbers(phase, *network.get_weights())
        if best:
            top1, top5 = (values.top1, values.top5) if values else (None, None)
            best_epoch = BestEpoch(epoch, step, top1, top5)
            self._monitor.keep(self._run, lambda: self._checkpoints.save_best(network, best_epoch))
        if complete:
            self._epochs_since_best = 0 if best else self._epochs_since_best + 1
            self._epochs, self._phase_epochs, self._position = epoch, self._phase_epochs + 1, 0
        self._monitor.emit(
            EpochEnded(
                time=time.time(),
                epoch=epoch,
                step=step,
                val_loss=values.loss if values else None,
                val_top1=values.top1 if values else None,
                val_top5=values.top5 if values else None,
                complete=complete,
                best=best,
            )
        )

    @property
    def _best_top1(self) -> float:
        best = self._checkpoints.best
        return -1.0 if best is None or best.epoch.val_top1 is None else best.epoch.val_top1

    def _save(self, phase: Phase) -> None:
        """Write a checkpoint.

        It holds for a disk that is full or a folder that is gone; for another failure it goes on without, and says so.
        """
        self._monitor.flush()
        state = CheckpointState(
            phase=self._phase,
            phase_epochs=self._phase_epochs,
            planned=phase.epochs(self._config),
            position=self._position,
            epochs=self._epochs,
            step=self._step,
            epochs_since_best=self._epochs_since_best,
            best=self._checkpoints.best,
            schedule=self._schedule.state(),
            precision=phase.precision,
        )
        checkpoint = Checkpoint(state, phase.weights(), phase.engine.state())

        def write() -> None:
            self._run.sync()
            self._checkpoints.save(checkpoint)

        try:
            self._monitor.keep(self._run, write, mendable_only=True)
        except (OSError, RunError) as error:
            self._monitor.say(f"{error} The training goes on; an earlier checkpoint has to do meanwhile.")

"""The coach: looks at the curves of a training under way and gives one piece of advice, or none.

Its rules compare medians over many steps and several validations with each other, so that no single batch and no
single validation decides, and they say nothing before there is enough to go by. What came before the last change of
rate or epochs does not count: a change is given time to work.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from resnet_gui.runs.changes import epochs_setting, rate_setting
from resnet_gui.runs.config import SETTINGS, TrainingConfig
from resnet_gui.runs.events import Changeable
from resnet_gui.runs.history import History, Values

BLOCK = 50
"""Steps whose median counts as one value of the loss."""
RISE = 0.25
"""A loss that is so much above its start, as a share of it, ..."""
LOST_GAIN = 0.6
"""... or that has lost this share of what it had gained, diverges."""
LEAST_RISE = 0.2
"""A rise of less than this, in the loss's own unit, is none."""
ENOUGH_STEPS = 300
"""Made at half the highest rate or more, after which a network has learned something or does not learn."""
AFTER_LOWEST = 3
"""So many validations after the lowest loss show that it rises."""
OVERFIT_RISE = 0.05
"""Share by which it must have risen; three times its noise, where that is more."""
FLAT = 5
"""So many epochs without progress are a plateau, if there were three others before them."""
KNOWS_ALL = 0.98
"""Validation top-1 from which on there is hardly anything left to learn."""


class Kind(StrEnum):
    """What the coach has seen, the most pressing first."""

    DIVERGES = "diverges"
    NOT_LEARNING = "not learning"
    OVERFITS = "overfits"
    PLATEAUS = "plateaus"
    STILL_LEARNING = "still learning"


@dataclass(frozen=True, slots=True)
class Advice:
    """One piece of advice.

    Attributes:
        kind: what was seen.
        words: the same in a sentence or two.
        change: the setting that had better be changed, and its new value; None: better stop and keep the best epoch.
        occasion: with `kind` the same for as long as the advice is about the same thing.
    """

    kind: Kind
    words: str
    change: tuple[Changeable, float] | None
    occasion: int


@dataclass(frozen=True, slots=True)
class _Validation:
    """An epoch that was validated, and the mean loss of its training steps."""

    epoch: int
    step: int
    loss: float
    top1: float
    train: float


@dataclass(frozen=True, slots=True)
class _View:
    """What the rules look at.

    Attributes:
        phase: the loss of every step of the phase under way.
        since: steps made when rate or epochs were last changed, or the phase began.
        validations: those since then.
    """

    history: History
    config: TrainingConfig
    classes: int
    phase: Values
    since: int
    validations: list[_Validation]

    @property
    def rate_name(self) -> Changeable:
        return rate_setting(self.config, self.history.epochs_ended)

    @property
    def rate(self) -> float:
        rate: float = getattr(self.config, self.rate_name)
        return rate

    def times(self, factor: float) -> tuple[Changeable, float]:
        """Return the rate changed by a factor, in few digits and within its limits."""
        highest = SETTINGS[self.rate_name].maximum
        assert highest is not None
        return self.rate_name, min(float(f"{self.rate * factor:.3g}"), highest)

    def recent(self, column: str) -> Values:
        """Return a column's values since then."""
        return self.history.column(column)[self.since :]


def advise(history: History, config: TrainingConfig, classes: int) -> Advice | None:
    """Return the most pressing advice on a training under way, None if there is nothing to say.

    Args:
        history: its curves so far.
        config: the settings in force.
        classes: how many there are to tell apart.
    """
    view = _view(history, config, classes)
    for rule in (_diverges, _does_not_learn, _overfits, _plateaus, _still_learns):
        advice = rule(view)
        if advice is not None:
            return advice
    return None


def _view(history: History, config: TrainingConfig, classes: int) -> _View:
    begin = 0
    if rate_setting(config, history.epochs_ended) == "fine_tune_rate":
        begin = max(epoch.step for epoch in history.epochs if epoch.epoch <= config.epochs)
    changes = [change.step for change in history.changes if change.name != "early_stopping"]
    since = max([begin, *changes])
    loss = history.column("loss")
    validations, before = [], 0
    for epoch in history.epochs:
        if epoch.val_loss is not None and epoch.val_top1 is not None and epoch.complete and before >= since:
            train = float(np.mean(loss[before : epoch.step]))
            validations.append(_Validation(epoch.epoch, epoch.step, epoch.val_loss, epoch.val_top1, train))
        before = epoch.step
    return _View(history, config, classes, loss[begin:], since, validations)


def _diverges(view: _View) -> Advice | None:
    """The medians of the last two blocks of steps are well above the start, or have lost most of what was gained.

    Two blocks, so that a spike of some batches is none; and not while the loss is falling again. The lowest block
    counts as gain only if it is a third below the start. Needs three blocks, two of them since the last change.
    """
    loss = view.phase
    if len(loss) < 3 * BLOCK or len(view.recent("loss")) < 2 * BLOCK:
        return None
    whole = loss[: len(loss) - len(loss) % BLOCK].reshape(-1, BLOCK)
    medians = np.median(whole, axis=1)
    before, last = float(np.median(loss[-2 * BLOCK : -BLOCK])), float(np.median(loss[-BLOCK:]))
    start, lowest = float(medians[0]), float(medians[:-1].min())
    now = min(before, last)
    above_start = now > start + max(RISE * start, LEAST_RISE)
    gain = start - lowest
    gain_lost = gain > 0.3 * start and now > lowest + max(LOST_GAIN * gain, LEAST_RISE)
    if not (above_start or gain_lost) or last < 0.97 * before:
        return None
    words = f"The loss is rising: {last:.3g}, after {lowest:.3g}. The learning rate is probably too high."
    return Advice(Kind.DIVERGES, words, view.times(0.1), view.since)


def _does_not_learn(view: _View) -> Advice | None:
    """The answers are about as good as guessing, and the loss has not fallen by 2 %, after enough steps.

    Steps count from half the highest rate on, so that a warm-up is none of them. About as good as guessing is half as
    good again, five points better at most, and two standard errors of counting; validations must say so too. With
    classes of very different sizes guessing the largest is better than that and goes unnoticed.
    """
    rates, chance = view.recent("rate"), 1 / view.classes
    count = 2 * BLOCK
    if view.classes < 2 or np.count_nonzero(rates >= 0.5 * view.rate) < ENOUGH_STEPS:
        return None
    guessing = min(1.5 * chance, chance + 0.05)
    error = 2 * math.sqrt(chance * (1 - chance) / (count * view.config.batch_size))
    if view.recent("top1")[-count:].mean() > guessing + error:
        return None
    if any(validation.top1 > guessing + 0.02 for validation in view.validations):
        return None
    if np.median(view.phase[-count:]) < 0.98 * np.median(view.phase[:BLOCK]):
        return None
    too_high = view.rate > (3e-3 if view.config.optimizer == "sgd" else 3e-4)
    words = (
        f"It does not learn: after {len(rates)} steps its answers are no better than guessing. The learning rate is "
        f"probably too {'high' if too_high else 'low'}."
    )
    return Advice(Kind.NOT_LEARNING, words, view.times(0.1 if too_high else 10.0), view.since)


def _overfits(view: _View) -> Advice | None:
    """The validation loss rises while the training loss falls.

    The lowest validation loss is three epochs ago or more, and so is the best top-1, which may still rise for a while;
    the median of the last three losses is 5 % and three times their noise above the lowest; the training loss is 5 %
    below what it was then. Needs five validations since the last change.
    """
    validations = view.validations
    losses = np.array([validation.loss for validation in validations])
    if len(losses) < AFTER_LOWEST + 2:
        return None
    lowest = validations[int(losses.argmin())]
    best = max(validations, key=lambda validation: validation.top1)
    latest = validations[-AFTER_LOWEST:]
    if lowest in latest or best in latest:
        return None
    now = float(np.median(losses[-AFTER_LOWEST:]))
    if now < lowest.loss + max(OVERFIT_RISE * lowest.loss, 3 * _noise(losses)):
        return None
    if latest[-1].train > 0.95 * lowest.train:
        return None
    words = (
        f"It overfits: since epoch {lowest.epoch} the validation loss has risen from {lowest.loss:.3g} to {now:.3g}, "
        "while the training loss falls."
    )
    return Advice(Kind.OVERFITS, words, None, lowest.step)


def _plateaus(view: _View) -> Advice | None:
    """Five epochs have brought nothing: not 2 % of either loss, no more top-1 than half a point and twice its noise.

    Not with cosine and one_cycle, which lower the rate by themselves, nor with plateau before it has done so twice.
    Needs three validations before the five. Lowering the rate once more after that has not helped is not proposed.
    """
    config, validations = view.config, view.validations
    fallen = config.schedule == "plateau" and view.history.column("rate")[-1:] < 0.05 * view.rate
    if len(validations) < FLAT + 3 or not (config.schedule == "constant" or fallen):
        return None
    before, latest = validations[:-FLAT], validations[-FLAT:]
    if min(entry.loss for entry in latest) < 0.98 * min(entry.loss for entry in before):
        return None
    shares = np.array([entry.top1 for entry in validations])
    if np.median(shares[-FLAT:]) > np.median(shares[-FLAT - 3 : -FLAT]) + max(0.005, 2 * _noise(shares)):
        return None
    if latest[-1].train + latest[-2].train < 0.98 * (latest[0].train + before[-1].train):
        return None
    lowered = any(change.name == view.rate_name and change.new < change.old for change in view.history.changes)
    words = f"No progress for {FLAT} epochs."
    if shares.max() >= KNOWS_ALL:
        return Advice(Kind.PLATEAUS, f"{words} There is hardly anything left to learn.", None, view.since)
    if fallen or lowered:
        return Advice(Kind.PLATEAUS, f"{words} A lower rate has not helped either.", None, view.since)
    return Advice(Kind.PLATEAUS, f"{words} Smaller steps may find more.", view.times(0.2), view.since)


def _still_learns(view: _View) -> Advice | None:
    """The last epoch is under way and the ones before it still made it clearly better.

    Of four validations the last two have a mean loss 5 % lower and a mean top-1 half a point higher than the others,
    and the last one's loss is 3 % below that of the one before.
    Not with cosine and one_cycle, whose rate is nearly 0 by then: with more epochs it would rise again.
    """
    config, validations = view.config, view.validations[-4:]
    if config.schedule not in ("constant", "plateau") or len(validations) < 4:
        return None
    if view.history.epochs_begun < config.all_epochs or validations[-1].epoch >= config.all_epochs:
        return None
    first, second = validations[:2], validations[2:]
    if sum(entry.loss for entry in second) > 0.95 * sum(entry.loss for entry in first):
        return None
    if second[1].loss > 0.97 * second[0].loss:
        return None
    if sum(entry.top1 for entry in second) < sum(entry.top1 for entry in first) + 0.01:
        return None
    more = max(math.ceil(config.all_epochs / 2), 2)
    name, beside = epochs_setting(config)
    words = "This is the last epoch, and it is still learning."
    return Advice(Kind.STILL_LEARNING, words, (name, config.all_epochs + more - beside), config.all_epochs)


def _noise(curve: Values) -> float:
    """Return the standard deviation of a curve around its course, from how sharply it bends from point to point."""
    return 1.4826 * float(np.median(np.abs(np.diff(curve[-10:], 2)))) / math.sqrt(6)

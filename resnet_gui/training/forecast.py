"""What a training will take, told before it is started, and what to change if that is much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import msgspec

from resnet_gui.models.registry import find_network
from resnet_gui.runs.config import TrainingConfig
from resnet_gui.runs.run import SplitCounts
from resnet_gui.runs.store import RunStore
from resnet_gui.training.durations import duration_in_words
from resnet_gui.training.past_runs import PastRuns
from resnet_gui.training.room import (
    checkpoints_needed,
    decoded_pictures,
    free_disk,
    free_memory,
    memory_needed,
    model_needed,
)
from resnet_gui.training.step_cost import StepForm
from resnet_gui.training.training_time import Basis, Counts, pictures_with_features, training_time

QUICK_NETWORK = "resnet18"
"""What is proposed in the place of a slow network."""

_SMALLEST_SIZE = 32
_SIZE_STEP = 32
_LONG = 3600.0
"""Seconds from which on there is advice; fewer pictures are proposed so that it takes half of that."""
_DAY = 86400.0
_WORTH_TELLING = 0.7
"""A change is told if it takes at most this share of the time."""
_ADVICE = 2
_PER_CLASS = 10
"""Fewer pictures of each class than this are never proposed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a training will take.

    Attributes:
        seconds_per_epoch: validation included; with a frozen network of a fine-tuning epoch if there are any.
        seconds: from Start to the finished model.
        memory_bytes: at its peak, the program with it.
        disk_bytes: written in all, a folder's decoded pictures and cached features with them.
        checkpoint_bytes: how many of these the checkpoints take, at most.
        basis: where the speed comes from.
        source: the same in words, with the run's name.
        warnings: sentences on what takes days or will not fit.
        advice: sentences on what takes less, the best first; none for a training of less than an hour.
    """

    seconds_per_epoch: float
    seconds: float
    memory_bytes: int
    disk_bytes: int
    checkpoint_bytes: int
    basis: Basis
    source: str
    warnings: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Change:
    """Something that takes less: in words, and the training it leads to."""

    words: str
    config: TrainingConfig
    counts: Counts


def forecast(
    config: TrainingConfig, counts: Counts, classes: int, native_size: int, store: RunStore | PastRuns
) -> Forecast:
    """Return what a training will take.

    Args:
        config: its settings, valid ones.
        counts: pictures in each split.
        classes: how many.
        native_size: pixels a side of the pictures.
        store: whose runs tell how fast this computer is. A store is read at every call, PastRuns only once.

    Raises:
        ConfigError: there is no such network.
    """
    past = store if isinstance(store, PastRuns) else PastRuns(store)
    told = _without_advice(config, counts, classes, native_size, past)
    if told.seconds <= _LONG:
        return told
    changes = [*_smaller_size(config, counts, native_size), *_quick_network(config, counts)]
    changes += _fewer_pictures(config, counts, classes, told.seconds)
    return replace(told, advice=_advice(changes, classes, told.seconds, past))


def in_words(told: Forecast) -> str:
    """Return a forecast as the text of a small label."""
    return (
        f"About {duration_in_words(told.seconds)}: {duration_in_words(told.seconds_per_epoch)} an epoch. "
        f"{_gigabytes(told.memory_bytes)} memory, {_gigabytes(told.disk_bytes)} disk, "
        f"{_gigabytes(told.checkpoint_bytes)} of it checkpoints. {told.source}."
    )


def _without_advice(config: TrainingConfig, counts: Counts, classes: int, native_size: int, past: PastRuns) -> Forecast:
    time = training_time(config, counts, classes, past)
    form = StepForm.of(config, past.auto)
    work = form.operations(classes)
    memory = memory_needed(config, form, work)
    checkpoints = checkpoints_needed(config, form, work)
    written = checkpoints + model_needed(work, pictures_with_features(config, counts))
    decoded = decoded_pictures(config, counts.train + counts.validation + counts.test, native_size)
    warnings = (
        *_time_warning(time.seconds),
        *_memory_warning(memory),
        # Decoded pictures are there already if their number is known.
        *_disk_warning(written, free_disk(past.store.folder)),
    )
    return Forecast(
        seconds_per_epoch=time.seconds_per_epoch,
        seconds=time.seconds,
        memory_bytes=memory,
        disk_bytes=written + decoded,
        checkpoint_bytes=checkpoints,
        basis=time.basis,
        source=time.source,
        warnings=warnings,
    )


def _time_warning(seconds: float) -> Iterator[str]:
    if seconds > _DAY:
        yield f"This takes about {duration_in_words(seconds)}, and the computer is busy all that time."


def _memory_warning(needed: int) -> Iterator[str]:
    free = free_memory()
    if needed > free:
        yield (
            f"It needs about {_gigabytes(needed)} of memory, but only {_gigabytes(free)} are free. "
            "Choose a smaller batch or input size, or close other programs."
        )


def _disk_warning(needed: int, free: int) -> Iterator[str]:
    if needed > free:
        yield (
            f"It needs about {_gigabytes(needed)} on disk, but only {_gigabytes(free)} are free. "
            "Free some space, or choose a smaller network or input size."
        )


def _advice(changes: list[_Change], classes: int, seconds: float, past: PastRuns) -> tuple[str, ...]:
    """Return the changes that bring the most, in words, the quickest first."""
    timed = [(training_time(change.config, change.counts, classes, past).seconds, change.words) for change in changes]
    worth = sorted(pair for pair in timed if pair[0] <= _WORTH_TELLING * seconds)
    return tuple(f"{words}: about {duration_in_words(less)}." for less, words in worth[:_ADVICE])


def _smaller_size(config: TrainingConfig, counts: Counts, native_size: int) -> Iterator[_Change]:
    """Propose the pictures' own size, or half the size of pictures that have none."""
    size = config.input_size
    smaller = round(size / 2 / _SIZE_STEP) * _SIZE_STEP if config.source == "folder" else native_size
    smaller = max(smaller, _SMALLEST_SIZE)
    if smaller < size:
        changed = msgspec.structs.replace(config, input_size=smaller)
        yield _Change(f"{smaller} px instead of {size}", changed, counts)


def _quick_network(config: TrainingConfig, counts: Counts) -> Iterator[_Change]:
    """Propose the quick network, unless what is trained begins with something that only the chosen one knows."""
    if config.network != QUICK_NETWORK and not config.start_from:
        changed = msgspec.structs.replace(config, network=QUICK_NETWORK, stem="auto", width=0, head="own")
        words = f"{find_network(QUICK_NETWORK).title} instead of {find_network(config.network).title}"
        yield _Change(words, changed, counts)


def _fewer_pictures(config: TrainingConfig, counts: Counts, classes: int, seconds: float) -> Iterator[_Change]:
    """Propose so few pictures that it takes about half an hour."""
    pictures = counts.train + counts.validation
    limit = max(int(pictures * _LONG / 2 / seconds), _PER_CLASS * classes)
    limit = round(limit, -3) or round(limit, -2)
    if 0 < limit < pictures:
        share = limit / pictures
        fewer = SplitCounts(round(counts.train * share), round(counts.validation * share), min(counts.test, limit))
        changed = msgspec.structs.replace(config, limit=limit)
        yield _Change(f"{_spaced(limit)} pictures instead of {_spaced(pictures)}", changed, fewer)


def _spaced(count: int) -> str:
    return f"{count:,}".replace(",", " ")


def _gigabytes(count: int) -> str:
    return f"{max(count / 1e9, 0.1):.1f} GB" if count < 9.95e9 else f"{count / 1e9:.0f} GB"

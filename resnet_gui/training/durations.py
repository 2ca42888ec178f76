"""Durations in words, no more exact than a forecast is."""

from __future__ import annotations

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_HALVES_BELOW = 10


def duration_in_words(seconds: float) -> str:
    """Return a duration as "40 seconds", "2.5 minutes", "25 minutes", "3.5 hours" or "2 days"."""
    if seconds < 1.5 * _MINUTE:
        return _counted(max(round(seconds), 1), "second")
    for length, unit, following in ((_MINUTE, "minute", _HOUR), (_HOUR, "hour", _DAY)):
        if seconds < 1.5 * following:
            return _counted(_rounded(seconds / length), unit)
    return _counted(_rounded(seconds / _DAY), "day")


def _rounded(number: float) -> float:
    return round(number * 2) / 2 if number < _HALVES_BELOW else round(number)


def _counted(number: float, unit: str) -> str:
    return f"{number:g} {unit}" if number == 1 else f"{number:g} {unit}s"

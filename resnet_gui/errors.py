"""Everything a user can be told: what happened, and what to do about it."""

from __future__ import annotations


class ResNetGuiError(Exception):
    """A failure in words for the user.

    Args:
        message: what happened, one sentence.
        advice: what the user can do about it, one or two sentences; may be empty.
    """

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message, advice)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class DataError(ResNetGuiError):
    """The pictures or labels cannot be used."""


class ImageError(DataError):
    """One picture cannot be read; the message is the reason shown beside it."""


class DownloadError(DataError):
    """Something could not be fetched."""


class ConfigError(ResNetGuiError):
    """Settings that are out of range or do not fit together.

    Args:
        message: what is wrong.
        field: the setting it stands beside, a field name of TrainingConfig; empty for none.
        advice: what to choose instead.
    """

    def __init__(self, message: str, field: str = "", advice: str = "") -> None:
        super().__init__(message, advice)
        self.field = field


class RunError(ResNetGuiError):
    """A run's folder cannot be made, read or written."""


class ModelError(ResNetGuiError):
    """A model cannot be built, opened or used."""


class TrainingError(ResNetGuiError):
    """A training had to end.

    Args:
        message: why.
        advice: what to do.
        remedy: settings with which it would have gone better, by name.
    """

    def __init__(self, message: str, advice: str = "", remedy: dict[str, int | float | str] | None = None) -> None:
        super().__init__(message, advice)
        self.remedy = remedy or {}


class CancelledError(ResNetGuiError):
    """The user asked to stop; no failure."""

    def __init__(self) -> None:
        super().__init__("Stopped.")

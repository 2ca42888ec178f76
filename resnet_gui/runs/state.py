"""What a training is doing, and why it ended: two different questions, two enums."""

from __future__ import annotations

from enum import StrEnum


class TrainingState(StrEnum):
    """What a training is doing now."""

    IDLE = "idle"
    PREPARING = "preparing"
    RUNNING = "running"
    VALIDATING = "validating"
    PAUSED = "paused"
    STOPPING = "stopping"
    FINISHING = "finishing"  # choosing the best model, testing it, exporting it

    @property
    def busy(self) -> bool:
        """Whether a training is under way."""
        return self is not TrainingState.IDLE


class FinishReason(StrEnum):
    """Why a training ended."""

    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"

"""Progress: how long steps tell where they are, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told where a long step is: ``progress("sampling", done, total)``."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Step ``stage`` has ``done`` of ``total`` parts."""


def silent(stage: str, done: int, total: int) -> None:
    """Listen to nothing."""
    del stage, done, total

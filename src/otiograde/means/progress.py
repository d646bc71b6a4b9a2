"""Progress: how a long step reports where it is, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Callback of a long step: ``progress("sampling", done, total)``."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Step ``stage`` has finished ``done`` of its ``total`` parts."""


def silent(stage: str, done: int, total: int) -> None:
    """Ignore the report."""
    del stage, done, total

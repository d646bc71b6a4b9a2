"""Finding: one check of one shot, with its figure and its limit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of one shot (or of a whole scene, whose id then stands in ``shot``).

    ``passed`` is None where the check could not be made ("unverifiable", never "passed"). ``limit`` is None for a
    figure that is reported without judgment.
    """

    shot: str
    check: str
    value: float
    limit: float | None
    unit: str
    passed: bool | None
    note: str = ""

"""Finding: one check of one shot, with its figure and its limit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of a shot or of a scene."""

    #: Id of the shot, or of the scene.
    shot: str
    #: Name of the check.
    check: str
    #: The figure in ``unit``, and the limit for it. Without a limit the figure is reported, not judged.
    value: float
    limit: float | None
    unit: str
    #: None where the check could not be made: that is "unverifiable", never "passed".
    passed: bool | None
    #: For people.
    note: str = ""

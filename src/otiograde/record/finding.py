"""Finding: one check of one shot, with its figure and its limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

#: Why an encoding is in doubt, as checks name it. Such shots share a scene with their own format alone.
DoubtKind: TypeAlias = Literal["encoding_unknown", "encoding_contradiction", "looks_log", "looks_hdr", "range_doubt"]
DOUBTS: tuple[str, ...] = get_args(DoubtKind)

#: Name of the check that finds another picture inside a shot, and what to do about it.
CUT_INSIDE = "cut_inside"
SPLIT = "split the shot there; `otiograde cut` finds the cuts of a file, and `--cuts always` takes media files apart"


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

"""Reason: why a grade or a scene is what it is. The kind is for programs, the text is for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

#: What a reason speaks of:
#: ``wish`` what the editor asked for;
#: ``carried`` the earlier cut that a grade or a shot comes from;
#: ``anchor`` what the solve held on to, or aimed at;
#: ``evidence`` what the correction rests on;
#: ``moved`` how far the colors move;
#: ``restrained`` what the solver held back;
#: ``settled`` what "do no harm" took back;
#: ``left`` why nothing was corrected;
#: ``drift`` a change within the shot;
#: ``look`` where the look comes from;
#: ``bolder`` what a bolder setting would do;
#: ``unproven`` how much of the correction nothing proves;
#: ``grouped`` why a shot is in its scene;
#: ``slate`` the slate that puts a shot into its scene;
#: ``assumed`` a scene that is taken as one without proof;
#: ``against`` evidence that speaks against a scene;
#: ``note`` a text of format 1 or 2, which had no kinds.
ReasonKind: TypeAlias = Literal[
    "wish",
    "carried",
    "anchor",
    "evidence",
    "moved",
    "restrained",
    "settled",
    "left",
    "drift",
    "look",
    "bolder",
    "unproven",
    "grouped",
    "slate",
    "assumed",
    "against",
    "note",
]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a grade or a scene.

    Programs decide by ``kind`` and ``shot``; nothing reads ``text`` but people. ``shot`` is the shot that a scene's
    reason speaks of; it is empty in a grade, which has a shot.
    """

    kind: ReasonKind
    text: str
    shot: str = ""

    @property
    def sentence(self) -> str:
        """The reason as it is printed: the text, after the shot that it speaks of."""
        return f"{self.shot}: {self.text}" if self.shot else self.text

    def __str__(self) -> str:
        return self.sentence

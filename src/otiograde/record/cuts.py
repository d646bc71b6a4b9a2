"""The color differences across the cuts of a record, and between other shots of one scene: the worst first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from math import isfinite

from otiograde.color.difference import BANDS, seen_as
from otiograde.record.edit import Edit
from otiograde.record.evidence import Evidence
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Shot
from otiograde.record.twins import twins_of

#: The kind of evidence that compares the frames at a cut (a key of ``survey.kinds.KINDS``).
AT_CUT = "joins"


@dataclass(frozen=True, slots=True)
class Difference:
    """A color difference before and after grading; NaN if it was not measured."""

    before: float
    after: float
    #: ΔE00 or ΔE ITP.
    unit: str = "ΔE00"

    @property
    def measured(self) -> bool:
        """Whether the difference was measured."""
        return isfinite(self.before) and isfinite(self.after)

    def word(self, after: bool = True) -> str:
        """Return how the value after or before is seen; empty for HDR, which has no bands."""
        value = self.after if after else self.before
        return seen_as(value) if self.unit == "ΔE00" and isfinite(value) else ""

    def level(self, after: bool = True) -> int:
        """Return the number of the band, 0 for imperceptible; -1 if it was not measured."""
        value = self.after if after else self.before
        return sum(value >= end for _, end in BANDS) if isfinite(value) else -1


@dataclass(frozen=True, slots=True)
class Pair:
    """Two shots that show the same surfaces."""

    first: str
    second: str
    difference: Difference
    #: Whether the second shot follows the first in the edit.
    cut: bool
    #: The media frames to show.
    at: tuple[int, int]
    #: Whether the clip continues across the cut: the frames there were compared.
    continues: bool = False


def worst_pairs(record: GradedTimeline) -> list[Pair]:
    """Return the measured pairs: first those at cuts, then others of one scene, by the difference after grading.

    Where the frames at a cut were compared, other evidence of the two shots says nothing more of the cut.
    """
    owner = twins_of(record.edit.shots)
    scene_of = {grade.shot: grade.scene for grade in record.grades}
    cuts = {(a.id, b.id): (a, b) for a, b in neighbors(record.edit.shots)}
    by_owners = {(owner[a], owner[b]): key for key in cuts for a, b in (key,)}
    joined = {frozenset((item.a, item.b)) for item in record.evidence if item.kind == AT_CUT and isfinite(item.after)}
    pairs = []
    for evidence in record.evidence:
        if evidence.a not in scene_of or evidence.b not in scene_of or not isfinite(evidence.after):
            continue
        if evidence.kind != AT_CUT and frozenset((evidence.a, evidence.b)) in joined:
            continue
        for directed in (evidence, reversed_evidence(evidence)):
            if (key := by_owners.get((directed.a, directed.b))) is not None:
                first, second = cuts[key]
                at = first.source.end - 1, second.source.start
                pairs.append(Pair(*key, difference_of(directed), True, at, evidence.kind == AT_CUT))
                break
        else:
            if scene_of[evidence.a] == scene_of[evidence.b]:
                pairs.append(Pair(evidence.a, evidence.b, difference_of(evidence), False, evidence.at))
    return sorted(pairs, key=lambda pair: (not pair.cut, -pair.difference.after))


def neighbors(shots: Iterable[Shot]) -> list[tuple[Shot, Shot]]:
    """Return pairs of consecutive shots of one track."""
    ordered = sorted(shots, key=lambda shot: (shot.track, shot.record.start))
    return [(a, b) for a, b in pairwise(ordered) if a.track == b.track and a.record.end >= b.record.start]


def abutting(edit: Edit) -> list[tuple[Shot, Shot]]:
    """Return the pairs of shots that meet in a plain cut: consecutive on a track, without a transition between them.

    A dissolve that is in the media itself counts as a transition.
    """
    transitions = {(join.where[:1], join.cut) for join in edit.joins if not join.sound}
    return [
        (a, b)
        for a, b in neighbors(edit.shots)
        if a.record.end == b.record.start
        and not a.shared[1]
        and not b.shared[0]
        and transitions.isdisjoint({(a.where[:1], a.record.end), (b.where[:1], a.record.end)})
    ]


def reversed_evidence(evidence: Evidence) -> Evidence:
    """Return the same evidence with its two shots exchanged."""
    places = tuple((xb, yb, xa, ya) for xa, ya, xb, yb in evidence.places)
    at = evidence.at[1], evidence.at[0]
    return replace(evidence, a=evidence.b, b=evidence.a, at=at, places=places)


def difference_of(evidence: Evidence) -> Difference:
    """Return the difference between the two shots of a piece of evidence."""
    return Difference(evidence.before, evidence.after, evidence.unit)

"""Bring together the parts of a scene that no common surface joins, by their reach and by what a network reads in them.

Evidence that such a correction was not made from must confirm it: the resemblance of the pictures must grow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.color.cubic import Cubic
from otiograde.color.difference import code_difference, mean_change
from otiograde.color.encodings import Encoding
from otiograde.color.guard import guarded
from otiograde.color.solver import solve
from otiograde.color.transform import Chain, Identity, Transform
from otiograde.decide.match.edges import faint_edges
from otiograde.decide.match.readings import with_readings
from otiograde.record.boldness import applied_share, restraint
from otiograde.record.grade import Confidence, Grade
from otiograde.record.reason import Reason
from otiograde.survey.link import Link
from otiograde.survey.reach import Reach, Reaches, reach
from otiograde.survey.resemblance import COLORS, Cloud, cloud, in_common
from otiograde.survey.sample import Sample

#: Rounds of reweighting.
ROUNDS = 8

#: Difference of two parts' reaches, in units of chance: up to ``LIKELY`` it may be chance, from ``CERTAIN`` it is not.
LIKELY, CERTAIN = 0.6, 1.0

#: Mean ΔE00 between the applied move and the full one from which a preview speaks of it.
SEEN = 1.0

#: Growth of the common mass with another part from which a correction is fully believed.
GROWN = 0.08
#: Common mass after the correction: up to ``UNLIKE`` it proves nothing, from ``ALIKE`` it is full proof.
UNLIKE, ALIKE = 0.1, 0.3


class Manner(NamedTuple):
    """How parts are brought together, and what holds moves back that no surface proves."""

    #: Mean ΔE00 that the part that moves farthest must reach at usual boldness, or none moves.
    imperceptible: float
    #: How much of what nothing proves is applied, in [0, 1].
    boldness: float
    #: Whether what the network reads counts beside reach.
    readings: bool = True

    @property
    def least(self) -> float:
        """The mean ΔE00 that must be reached at this boldness."""
        return self.imperceptible * restraint(self.boldness)


class _Doubt(NamedTuple):
    """How much of a move is believed and how much is applied, both in [0, 1]."""

    belief: float
    share: float
    boldness: float

    @property
    def is_beyond(self) -> bool:
        """Whether more is applied than is believed."""
        return self.share > self.belief

    @property
    def words(self) -> str:
        """What is unproven, for people."""
        return (
            f"unproven: {self.share:.0%} of the correction is applied and {self.belief:.0%} was confirmed "
            f"(boldness {self.boldness:g})"
        )


class _Part(NamedTuple):
    """Linked shots of a scene, which move as one."""

    #: Shot ids.
    shots: Sequence[str]
    #: Their colors after the balances that their links gave them.
    cloud: Cloud
    #: The reach of these colors.
    reach: Reach


def bring_together(
    parts: Sequence[Sequence[str]],
    grades: Mapping[str, Grade],
    samples: Mapping[str, Sample],
    faint: Sequence[Link],
    fixed: frozenset[str],
    manner: Manner,
) -> dict[str, Grade]:
    """Return the grades of the shots in ``parts``. Each part moves as one, on top of the balances from its links.

    ``faint`` links count next to the reach of the parts that they join. A part with a ``fixed`` shot does not move, and
    neither does one that is not informative (gray, or of one color). ``manner`` says how much of a move is applied.
    """
    usable = [part for shots in parts if (part := _part(shots, grades, samples)) is not None]
    if len(usable) < 2:
        return {}
    anchors = frozenset(k for k, part in enumerate(usable) if not fixed.isdisjoint(part.shots))
    reaches = Reaches([part.reach for part in usable])
    index = {shot: k for k, part in enumerate(usable) for shot in part.shots}
    edges = faint_edges(faint, index, {shot: grades[shot].balance for shot in index})
    pictures = [[(samples[shot], grades[shot].balance) for shot in part.shots] for part in usable]
    compared = with_readings(reaches, pictures) if manner.readings else reaches
    coefficients = solve(len(usable), edges, anchors, ROUNDS, compared=compared).coefficients
    clouds = [part.cloud for part in usable]
    before, after = (in_common(clouds, reaches.pairs, cubics) for cubics in (np.zeros_like(coefficients), coefficients))
    proof = np.clip((after - before) / GROWN, 0, 1) * np.clip((after - UNLIKE) / (ALIKE - UNLIKE), 0, 1)
    belief = _belief(len(usable), reaches, proof)
    shares = applied_share(belief, manner.boldness)
    moves = [_move(share * cubic, part.cloud) for share, cubic, part in zip(shares, coefficients, usable, strict=True)]
    seen = samples[usable[0].shots[0]].encoding
    visible = max(mean_change(move, part.cloud.colors, seen) for part, move in zip(usable, moves, strict=True))
    moved: dict[str, Grade] = {}
    for k, (part, move) in enumerate(zip(usable, moves, strict=True)):
        likeness = _most_alike(k, usable, reaches.pairs, before, after)
        applied = move if visible >= manner.least and k not in anchors else Identity()
        doubt = _Doubt(float(belief[k]), float(shares[k]), manner.boldness)
        preview = () if k in anchors else _preview(_move(coefficients[k], part.cloud), applied, part, seen)
        for shot in part.shots:
            moved[shot] = _with_move(grades[shot], applied, likeness, doubt, preview)
    return moved


def _preview(full: Transform, applied: Transform, part: _Part, seen: Encoding | None) -> tuple[Reason, ...]:
    """Say how far a part would move at full size, if anybody would see the difference to what is applied."""
    now, bold = (np.clip(move(part.cloud.colors), 0, 1) for move in (applied, full))
    if float(np.mean(code_difference(now, bold, seen, seen))) < SEEN:
        return ()
    what = "it" if len(part.shots) == 1 else "the linked shots together"
    change = mean_change(full, part.cloud.colors, seen)
    return (Reason("bolder", f"boldness 1 would move {what} by ΔE00 {change:.1f}, unproven"),)


def _part(shots: Sequence[str], grades: Mapping[str, Grade], samples: Mapping[str, Sample]) -> _Part | None:
    """Make a part of a scene, with its colors after the balances. Return None if they are not informative."""
    farthest = reach([(samples[shot], grades[shot].balance) for shot in shots])
    if farthest is None:
        return None
    clouds = [cloud(samples[shot], max(COLORS // len(shots), 1)) for shot in shots]
    colors = [np.clip(grades[shot].balance(drawn.colors), 0, 1) for shot, drawn in zip(shots, clouds, strict=True)]
    return _Part(shots, Cloud(np.concatenate(colors), np.concatenate([drawn.kinds for drawn in clouds])), farthest)


def _belief(count: int, reaches: Reaches, proof: Float64) -> Float64:
    """Return the belief in each part's correction, in [0, 1].

    It is the product of two maxima over the pairs of the part: how clearly the reaches differ, and the proof.
    """
    difference = np.clip((reaches.differ() - LIKELY) / (CERTAIN - LIKELY), 0, 1)
    most = np.zeros((2, count))
    for pair, *values in zip(reaches.pairs, difference, proof, strict=True):
        for k in pair:
            most[:, k] = np.maximum(most[:, k], values)
    return np.asarray(most.prod(axis=0))


def _move(coefficients: Float64, cloud: Cloud) -> Transform:
    if not coefficients.any():
        return Identity()
    return guarded(Cubic(tuple(map(tuple, coefficients.tolist()))), cloud.colors)


def _most_alike(
    k: int, parts: Sequence[_Part], pairs: Sequence[tuple[int, int]], before: Float64, after: Float64
) -> str:
    """Say which part has most in common with part ``k``, before and after the correction."""
    shares = [
        (now, was, parts[i + j - k].shots[0])
        for (i, j), was, now in zip(pairs, before, after, strict=True)
        if k in (i, j)
    ]
    now, was, other = max(shares)
    return f"looks like {other} ({was:.0%} of colors and textures in common, {now:.0%} when corrected)"


def _with_move(grade: Grade, move: Transform, likeness: str, doubt: _Doubt, preview: tuple[Reason, ...]) -> Grade:
    """Add a move on top of the grade's balance, and a reason that starts with the ``likeness``."""
    if isinstance(move, Identity):
        left = Reason("left", f"{likeness}, which is not enough to correct by")
        return replace(grade, reasons=(*grade.reasons, *preview, left))
    confidence: Confidence = "none" if doubt.is_beyond else "low"
    words = likeness if doubt.is_beyond else f"{likeness}, no surface proves it: low confidence"
    unproven = (Reason("unproven", doubt.words),) if doubt.is_beyond else ()
    reasons = (Reason("evidence", words), *unproven, *preview)
    if isinstance(grade.balance, Identity):
        return replace(grade, balance=move, confidence=confidence, reasons=reasons)
    balance = Chain((grade.balance, move))
    return replace(grade, balance=balance, confidence=confidence, reasons=(*grade.reasons, *reasons))

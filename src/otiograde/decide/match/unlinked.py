"""Bring together the parts of a scene that no common surface joins, by the reach of their colors.

Evidence that such a correction was not made from must confirm it: the resemblance of the pictures must grow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.color.cubic import Cubic
from otiograde.color.difference import mean_change
from otiograde.color.guard import guarded
from otiograde.color.solver import solve
from otiograde.color.transform import Chain, Identity, Transform
from otiograde.decide.match.edges import faint_edges
from otiograde.record.grade import Grade
from otiograde.record.reason import Reason
from otiograde.survey.link import Link
from otiograde.survey.reach import Reach, Reaches, reach
from otiograde.survey.resemblance import COLORS, Cloud, cloud, in_common
from otiograde.survey.sample import Sample

#: Rounds of reweighting.
ROUNDS = 8

#: Difference of two parts' reaches, in units of chance: up to ``LIKELY`` it may be chance, from ``CERTAIN`` it is not.
LIKELY, CERTAIN = 0.6, 1.0

#: Growth of the common mass with another part from which a correction is fully believed.
GROWN = 0.08
#: Common mass after the correction: up to ``UNLIKE`` it proves nothing, from ``ALIKE`` it is full proof.
UNLIKE, ALIKE = 0.1, 0.3


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
    imperceptible: float,
) -> dict[str, Grade]:
    """Return the grades of the shots in ``parts``. Each part moves as one, on top of the balances from its links.

    ``faint`` links count next to the reach of the parts that they join. A part with a ``fixed`` shot does not move, and
    neither does one that is not informative (gray, or of one color). If no part would move by ``imperceptible`` (mean
    ΔE00), none does.
    """
    usable = [part for shots in parts if (part := _part(shots, grades, samples)) is not None]
    if len(usable) < 2:
        return {}
    anchors = frozenset(k for k, part in enumerate(usable) if not fixed.isdisjoint(part.shots))
    reaches = Reaches([part.reach for part in usable])
    index = {shot: k for k, part in enumerate(usable) for shot in part.shots}
    edges = faint_edges(faint, index, {shot: grades[shot].balance for shot in index})
    coefficients = solve(len(usable), edges, anchors, ROUNDS, compared=reaches).coefficients
    clouds = [part.cloud for part in usable]
    before, after = (in_common(clouds, reaches.pairs, cubics) for cubics in (np.zeros_like(coefficients), coefficients))
    proof = np.clip((after - before) / GROWN, 0, 1) * np.clip((after - UNLIKE) / (ALIKE - UNLIKE), 0, 1)
    belief = _belief(len(usable), reaches, proof)
    moves = [_move(share * cubic, part.cloud) for share, cubic, part in zip(belief, coefficients, usable, strict=True)]
    seen = samples[usable[0].shots[0]].encoding
    visible = max(mean_change(move, part.cloud.colors, seen) for part, move in zip(usable, moves, strict=True))
    moved: dict[str, Grade] = {}
    for k, (part, move) in enumerate(zip(usable, moves, strict=True)):
        likeness = _most_alike(k, usable, reaches.pairs, before, after)
        applied = move if visible >= imperceptible and k not in anchors else Identity()
        moved |= {shot: _with_move(grades[shot], applied, likeness) for shot in part.shots}
    return moved


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


def _with_move(grade: Grade, move: Transform, likeness: str) -> Grade:
    """Add a move on top of the grade's balance, and a reason that starts with the ``likeness``."""
    if isinstance(move, Identity):
        left = Reason("left", f"{likeness}, which is not enough to correct by")
        return replace(grade, reasons=(*grade.reasons, left))
    evidence = Reason("evidence", f"{likeness}, no surface proves it: low confidence")
    if isinstance(grade.balance, Identity):
        return replace(grade, balance=move, confidence="low", reasons=(evidence,))
    return replace(grade, balance=Chain((grade.balance, move)), confidence="low", reasons=(*grade.reasons, evidence))

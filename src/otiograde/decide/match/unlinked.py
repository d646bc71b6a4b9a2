"""Bring together the parts of a scene that no surface joins, by how far their colors reach.

Such a correction is proved by evidence that it was not made from: what the pictures resemble each other in must grow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.color.cubic import Cubic
from otiograde.color.difference import delta_e00
from otiograde.color.guard import guarded
from otiograde.color.solver import solve
from otiograde.color.spaces import srgb_to_lab
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

#: The reaches of two parts differ by no more than chance up to the first, in deviations of chance, and certainly from
#: the second on.
LIKELY, CERTAIN = 0.6, 1.0

#: A correction that makes the mass common with another part grow by so much is believed as a whole, if in the end so
#: much is common; with less than the first it says nothing.
GROWN = 0.08
UNLIKE, ALIKE = 0.1, 0.3


class _Part(NamedTuple):
    """Shots that move as one: colors as their links have made them, and how far these reach."""

    shots: Sequence[str]
    cloud: Cloud
    reach: Reach


def bring_together(
    parts: Sequence[Sequence[str]],
    grades: Mapping[str, Grade],
    samples: Mapping[str, Sample],
    faint: Sequence[Link],
    fixed: frozenset[str],
    imperceptible: float,
) -> dict[str, Grade]:
    """The grades of the shots in ``parts``, each part moved as one, on top of what its links gave it.

    ``faint`` links count beside the reach of the parts that they join.
    A part with a ``fixed`` shot stays, and so does one whose colors tell nothing (gray, or all one). When no part would
    move by ``imperceptible`` (mean ΔE00), none does.
    """
    found = [part for shots in parts if (part := _part(shots, grades, samples)) is not None]
    if len(found) < 2:
        return {}
    held = frozenset(k for k, part in enumerate(found) if not fixed.isdisjoint(part.shots))
    reaches = Reaches([part.reach for part in found])
    place = {shot: k for k, part in enumerate(found) for shot in part.shots}
    edges = faint_edges(faint, place, {shot: grades[shot].balance for shot in place})
    coefficients = solve(len(found), edges, held, ROUNDS, compared=reaches).coefficients
    clouds = [part.cloud for part in found]
    began, common = (in_common(clouds, reaches.pairs, own) for own in (np.zeros_like(coefficients), coefficients))
    proof = np.clip((common - began) / GROWN, 0, 1) * np.clip((common - UNLIKE) / (ALIKE - UNLIKE), 0, 1)
    belief = _belief(len(found), reaches, proof)
    moves = [_move(share * own, part.cloud) for share, own, part in zip(belief, coefficients, found, strict=True)]
    enough = max(_moved(part.cloud, move) for part, move in zip(found, moves, strict=True)) >= imperceptible
    done = {}
    for k, (part, move) in enumerate(zip(found, moves, strict=True)):
        words = _words(k, found, reaches.pairs, began, common)
        for shot in part.shots:
            done[shot] = _after(grades[shot], move if enough and k not in held else Identity(), words)
    return done


def _part(shots: Sequence[str], grades: Mapping[str, Grade], samples: Mapping[str, Sample]) -> _Part | None:
    """A part of a scene, its colors as the grades have made them; None where they tell nothing."""
    own = reach([(samples[shot], grades[shot].balance) for shot in shots])
    if own is None:
        return None
    drawn = [cloud(samples[shot], max(COLORS // len(shots), 1)) for shot in shots]
    colors = [np.clip(grades[shot].balance(each.colors), 0, 1) for shot, each in zip(shots, drawn, strict=True)]
    return _Part(shots, Cloud(np.concatenate(colors), np.concatenate([each.kinds for each in drawn])), own)


def _belief(count: int, reaches: Reaches, proof: Float64) -> Float64:
    """How far each part's correction is believed, in [0, 1].

    As far as its reach differed more than by chance from another's, and as the pair that proves it best says.
    """
    reason = np.clip((reaches.differ() - LIKELY) / (CERTAIN - LIKELY), 0, 1)
    most = np.zeros((2, count))
    for pair, *said in zip(reaches.pairs, reason, proof, strict=True):
        for k in pair:
            most[:, k] = np.maximum(most[:, k], said)
    return np.asarray(most.prod(axis=0))


def _move(coefficients: Float64, own: Cloud) -> Transform:
    if not coefficients.any():
        return Identity()
    return guarded(Cubic(tuple(map(tuple, coefficients.tolist()))), own.colors)


def _moved(own: Cloud, move: Transform) -> float:
    return float(delta_e00(srgb_to_lab(own.colors), srgb_to_lab(np.clip(move(own.colors), 0, 1))).mean())


def _words(k: int, parts: Sequence[_Part], pairs: Sequence[tuple[int, int]], began: Float64, common: Float64) -> str:
    """With which part this one has most in common."""
    own = [
        (share, was, parts[i + j - k].shots[0])
        for (i, j), was, share in zip(pairs, began, common, strict=True)
        if k in (i, j)
    ]
    share, was, other = max(own)
    return f"looks like {other} ({was:.0%} of colors and textures in common, {share:.0%} when corrected)"


def _after(grade: Grade, move: Transform, words: str) -> Grade:
    """The grade with a move on top of its balance, and words on the evidence."""
    if isinstance(move, Identity):
        left = Reason("left", f"{words}, which is not enough to correct by")
        return replace(grade, reasons=(*grade.reasons, left))
    likeness = Reason("evidence", f"{words}, no surface proves it: low confidence")
    if isinstance(grade.balance, Identity):
        return replace(grade, balance=move, confidence="low", reasons=(likeness,))
    return replace(grade, balance=Chain((grade.balance, move)), confidence="low", reasons=(*grade.reasons, likeness))

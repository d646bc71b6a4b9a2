"""Bring together the parts of a scene that no surface joins: by resemblance, no further than it proves itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from otiograde.color.cubic import Cubic
from otiograde.color.difference import delta_e00
from otiograde.color.guard import guarded
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Chain, Identity, Transform
from otiograde.grade import Grade
from otiograde.link import Link
from otiograde.match.hints import beyond_chance, hints
from otiograde.match.resemblance import COLORS, Cloud, Resemblance, cloud
from otiograde.match.solver import Array, solve
from otiograde.sample import Sample

#: Each part is compared with so many parts before and after it in the edit.
REACH = 4

#: Rounds of finding what is in common and fitting to it.
ROUNDS = 8


def bring_together(
    parts: Sequence[Sequence[str]],
    grades: Mapping[str, Grade],
    samples: Mapping[str, Sample],
    faint: Sequence[Link],
    fixed: frozenset[str],
    imperceptible: float,
) -> dict[str, Grade]:
    """The grades of the shots in ``parts``, each part moved as one, on top of what its links gave it.

    ``faint`` links count beside the resemblance of the parts that they join.
    A part with a ``fixed`` shot stays, and so does one whose colors tell nothing (gray, or all one). When no part would
    move by ``imperceptible`` (mean ΔE00), none does.
    """
    found = [(part, _cloud(part, grades, samples)) for part in parts]
    parts, clouds = [part for part, own in found if own.telling], [own for _, own in found if own.telling]
    if len(parts) < 2:
        return {}
    pairs = [(i, j) for i in range(len(parts)) for j in range(max(0, i - REACH), i)]
    held = frozenset(k for k, part in enumerate(parts) if not fixed.isdisjoint(part))
    resemblance = Resemblance(clouds, pairs)
    edges = hints(faint, parts, grades)
    coefficients = solve(len(parts), edges, held, ROUNDS, resemblance=resemblance).coefficients
    belief, common = resemblance.belief(coefficients)
    if edges:
        whole = [_move(own, 1.0, each) for own, each in zip(coefficients, clouds, strict=True)]
        belief *= [beyond_chance(_moved(each, move)) for each, move in zip(clouds, whole, strict=True)]
    moves = [_move(own, share, each) for own, share, each in zip(coefficients, belief, clouds, strict=True)]
    enough = max(_moved(each, move) for each, move in zip(clouds, moves, strict=True)) >= imperceptible
    done = {}
    for k, (part, move) in enumerate(zip(parts, moves, strict=True)):
        words = _words(k, parts, pairs, resemblance.began, common)
        for shot in part:
            done[shot] = _after(grades[shot], move if enough and k not in held else Identity(), words)
    return done


def _cloud(part: Sequence[str], grades: Mapping[str, Grade], samples: Mapping[str, Sample]) -> Cloud:
    """Colors of a part's shots as their links have made them."""
    drawn = [cloud(samples[shot], max(COLORS // len(part), 1)) for shot in part]
    colors = [np.clip(grades[shot].balance(each.colors), 0, 1) for shot, each in zip(part, drawn, strict=True)]
    return Cloud(np.concatenate(colors), np.concatenate([each.kinds for each in drawn]))


def _move(coefficients: Array, share: float, each: Cloud) -> Transform:
    if share == 0 or not coefficients.any():
        return Identity()
    return guarded(Cubic(tuple(map(tuple, (share * coefficients).tolist()))), each.colors)


def _moved(each: Cloud, move: Transform) -> float:
    return float(delta_e00(srgb_to_lab(each.colors), srgb_to_lab(np.clip(move(each.colors), 0, 1))).mean())


def _words(
    k: int, parts: Sequence[Sequence[str]], pairs: Sequence[tuple[int, int]], began: Array, common: Array
) -> str:
    """With which part this one has most in common."""
    own = [
        (share, was, parts[i + j - k][0])
        for (i, j), was, share in zip(pairs, began, common, strict=True)
        if k in (i, j)
    ]
    share, was, other = max(own)
    return f"looks like {other} ({was:.0%} of colors and textures in common, {share:.0%} when corrected)"


def _after(grade: Grade, move: Transform, words: str) -> Grade:
    """The grade with a move on top of its balance, and words on the evidence."""
    if isinstance(move, Identity):
        return replace(grade, reasons=(*grade.reasons, f"{words}, which is not enough to correct by"))
    said = f"{words}, no surface proves it: low confidence"
    if isinstance(grade.balance, Identity):
        return replace(grade, balance=move, confidence="low", reasons=(said,))
    return replace(grade, balance=Chain((grade.balance, move)), confidence="low", reasons=(*grade.reasons, said))

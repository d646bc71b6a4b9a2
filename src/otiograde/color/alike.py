"""How alike the shots of an edit are, as learned log-odds of one place against two.

``benchmarks/make_grouping.py`` made the weights from reframed and graded clips. It fits them on clips of other sources
than those that the metric is learned on, so the log-odds are calibrated and not what the metric knows by heart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float64
from otiograde.color.shipped import read_shipped

#: The weights, beside this file.
WEIGHTS = "alike.npz"

#: Log-odds of a pair are cut off at these: no pair of shots decides alone.
LOWEST, HIGHEST = -6.0, 5.0

#: Rows of pairs whose terms are computed at a time: those of all pairs would take ten times as much as their odds.
BLOCK = 64

#: Neighbors whose mean distance says how near shots come in this edit.
NEAR = 5

#: Terms of a pair's log-odds, in the order of ``Weights.pair``; the last is a constant.
PAIR = ("distance", "nearest", "middle", "colors asked", "colors", "colors over usual", "content asked", "content",
        "content over usual", "constant")  # fmt: skip

#: Terms of a merge's log-odds, in the order of ``Weights.merge`` (``decide.merging``).
MERGE = ("pairs", "mean", "best", "mean by pairs", "best by pairs", "places", "matched", "cohesion", "constant")


class Traits(NamedTuple):
    """What shots look like, casts aside: one row for each shot, zeros for a shot without a picture."""

    #: Texture patterns ``(n, 768)``.
    patterns: Float64
    #: Palettes ``(n, 576)``.
    palettes: Float64


class Weights(NamedTuple):
    """What was learned from drawn edits."""

    #: ``(1344,)``: what traits are compared relative to.
    center: Float64
    #: ``(1344, d)``: the directions in which places differ more than views of one place.
    basis: Float64
    #: Weights of the terms in ``PAIR`` and in ``MERGE``.
    pair: Float64
    merge: Float64


@cache
def shipped_weights() -> Weights:
    """Return the weights that come with otiograde. The arrays are read-only.

    Raises ``ToolNotFoundError`` if their file is missing or damaged.
    """
    weights = read_shipped("otiograde.color", WEIGHTS, read_weights)
    for array in weights:
        array.setflags(write=False)
    return weights


def read_weights(file: IO[bytes]) -> Weights:
    """Read weights as ``benchmarks/make_grouping.py`` writes them: the basis as whole numbers and their scale.

    Raises ``ValueError`` if the arrays do not fit each other, ``KeyError`` if one is missing.
    """
    with np.load(file) as table:
        center, basis, scale, pair, merge = (
            table[name].astype(np.float64) for name in ("center", "basis", "scale", "pair", "merge")
        )
    if basis.shape != (len(center), len(scale)) or (len(pair), len(merge)) != (len(PAIR), len(MERGE)):
        raise ValueError(f"weights of other shapes: {basis.shape}, {pair.shape}, {merge.shape}")
    return Weights(center, basis * scale, pair, merge)


def pair_terms(traits: Traits, shares: Mapping[str, Float64], weights: Weights) -> Float64:
    """Return the terms of all pairs ``(n, n, 10)``, in the order of ``PAIR``.

    ``shares`` are how much of their "colors" and of their "content" two shots share ``(n, n)``, NaN for pairs that were
    not asked. Distances count relative to
    the nearest shots and to all shots of the edit: what is near among faces is not near among forests.
    """
    return np.concatenate([*_term_blocks(traits, shares, weights)] or [np.zeros((0, 0, len(PAIR)))])


def _term_blocks(traits: Traits, shares: Mapping[str, Float64], weights: Weights) -> Iterator[Float64]:
    """Yield the terms of all pairs, some rows ``(r, n, 10)`` at a time."""
    count = len(traits.patterns)
    if not count:
        return
    directions = (np.hstack([traits.patterns, traits.palettes]) - weights.center) @ weights.basis
    directions /= np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-9)
    distance = np.sqrt(np.maximum(2 - 2 * directions @ directions.T, 0))
    others = np.sort(distance + 9 * np.eye(count), axis=1)[:, : max(count - 1, 1)]
    levels = [usual(others) for usual in (_nearest, _middle)]
    del others
    kinds = [shares.get(kind, np.broadcast_to(np.nan, (count, count))) for kind in ("colors", "content")]
    usuals = [np.array([np.median(row[mask]) if (mask := np.isfinite(row)).any() else 0.0 for row in s]) for s in kinds]
    for first in range(0, count, BLOCK):
        rows = slice(first, first + BLOCK)
        terms = [distance[rows], *(_relative(distance[rows], usual, rows) for usual in levels)]
        for share, usual in zip(kinds, usuals, strict=True):
            asked = np.isfinite(share[rows])
            shared = np.where(asked, share[rows], 0)
            terms += [asked.astype(np.float64), shared, np.where(asked, _relative(shared, usual, rows), 0)]
        yield np.stack([*terms, np.ones_like(terms[0])], axis=-1)


def same_place(traits: Traits, shares: Mapping[str, Float64], weights: Weights) -> Float64:
    """Return the log-odds ``(n, n)`` that two shots show one place, in nats."""
    blocks = [np.clip(terms @ weights.pair, LOWEST, HIGHEST) for terms in _term_blocks(traits, shares, weights)]
    odds = np.concatenate(blocks or [np.zeros((0, 0))])
    odds[_unlike_any(traits)] = LOWEST
    return np.asarray(odds)


def _unlike_any(traits: Traits) -> NDArray[np.bool_]:
    """Return a mask ``(n, n)`` of the pairs with a shot without a picture."""
    blank = np.asarray(traits.patterns == 0).all(axis=1)
    return np.asarray(np.logical_or.outer(blank, blank))


def _nearest(others: Float64) -> Float64:
    return np.asarray(others[:, :NEAR].mean(axis=1))


def _middle(others: Float64) -> Float64:
    return np.asarray(np.median(others, axis=1))


def _relative(values: Float64, usual: Float64, rows: slice) -> Float64:
    return np.asarray(values - (usual[rows, None] + usual) / 2)

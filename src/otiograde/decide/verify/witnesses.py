"""Evidence for people: the links and hints between graded shots, summed up for the record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import nan

import numpy as np

from otiograde.decide.verify.case import Case, difference
from otiograde.record.evidence import Evidence, Spot
from otiograde.survey import kinds
from otiograde.survey.link import Hint, Link

#: Most places of a link in the record: enough to see what was matched, and a thousand links stay small.
PLACES = 32


def evidence_of(case: Case) -> list[Evidence]:
    """Sum up the links and hints between graded shots, kind by kind: one piece of evidence for each link.

    The share of a hint is the confidence of the links of its kind between the same shots. Without such a link the hint
    becomes a piece of evidence itself.
    """
    listed = (hint for hint in case.survey.hints if kinds.KINDS[hint.kind].listed)
    hints = {(hint.kind, hint.a, hint.b): hint for hint in listed}
    links: dict[tuple[str, str, str], list[Link]] = {key: [] for key in hints}
    for link in case.links:
        links.setdefault((link.kind, link.a, link.b), []).append(link)
    order = list(kinds.KINDS)
    return [
        piece
        for kind, a, b in sorted(links, key=lambda key: order.index(key[0]))
        if a in case.grades and b in case.grades
        for piece in _pieces(case, links[kind, a, b], hints.get((kind, a, b)))
    ]


def _pieces(case: Case, links: Sequence[Link], hint: Hint | None) -> Iterator[Evidence]:
    for link in links:
        yield _summary(case, link, link.confidence if hint is None else hint.share)
    if hint is not None and not links:
        yield Evidence(hint.a, hint.b, hint.kind, 0, 0, nan, nan, "ΔE00", round(hint.share, 4), (0, 0))


def _summary(case: Case, link: Link, confidence: float) -> Evidence:
    before = after = nan
    if case.evident(link):
        before = difference(case, [link], None).median
        after = difference(case, [link], case.balances).median
    return Evidence(
        link.a,
        link.b,
        link.kind,
        link.inliers,
        link.proofs,
        round(before, 4),
        round(after, 4),
        "ΔE00",
        round(confidence, 4),
        link.at,
        _drawn_places(link),
    )


def _drawn_places(link: Link) -> tuple[Spot, ...]:
    """Draw at most ``PLACES`` of a link's places evenly, rounded to a thousandth of the picture."""
    chosen = np.unique(np.linspace(0, len(link.places) - 1, min(PLACES, len(link.places))).astype(int))
    rows = link.places[chosen].astype(np.float64).round(3).tolist()
    return tuple((xa, ya, xb, yb) for xa, ya, xb, yb in rows)

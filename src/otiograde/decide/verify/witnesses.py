"""What the links say of the grades, kept for people: one piece of evidence a link."""

from __future__ import annotations

from math import nan

import numpy as np

from otiograde.decide.verify.case import Case, difference
from otiograde.record.evidence import Evidence, Place
from otiograde.survey.link import Link

#: So many places of a link are kept: enough to see what was matched, and an edit of a thousand links stays small.
PLACES = 32


def evidence_of(case: Case) -> list[Evidence]:
    """Sum up each link whose two shots are graded: how far its held-out pairs lie apart before and after."""
    return [_summed_up(case, link) for link in case.links if link.a in case.grades and link.b in case.grades]


def _summed_up(case: Case, link: Link) -> Evidence:
    before = after = nan
    if case.evident(link):
        before = difference(case, [link], None).median
        after = difference(case, [link], case.balances).median
    return Evidence(
        link.a,
        link.b,
        link.kind,
        link.inliers,
        int(link.held_out.sum()),
        round(before, 4),
        round(after, 4),
        case.survey.unit(link.a),
        round(link.confidence, 4),
        link.at,
        _some_places(link),
    )


def _some_places(link: Link) -> tuple[Place, ...]:
    """At most ``PLACES`` of a link's places, evenly drawn from all of them, to a thousandth of the picture."""
    chosen = np.unique(np.linspace(0, len(link.places) - 1, min(PLACES, len(link.places))).astype(int))
    rows = link.places[chosen].astype(np.float64).round(3).tolist()
    return tuple((xa, ya, xb, yb) for xa, ya, xb, yb in rows)

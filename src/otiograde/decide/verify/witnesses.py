"""What the links say of the grades, kept for people: one piece of evidence a link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan
from types import MappingProxyType

import numpy as np

from otiograde.color.encodings import Encoding
from otiograde.decide.verify.case import Case, difference
from otiograde.record.evidence import Evidence, Place
from otiograde.record.grade import Grade
from otiograde.record.scene import Scene
from otiograde.survey.link import Link
from otiograde.survey.sample import Sample

#: So many places of a link are kept: enough to see what was matched, and an edit of a thousand links stays small.
PLACES = 32


def evidence_of(
    scenes: Sequence[Scene],
    grades: Sequence[Grade],
    samples: Mapping[str, Sample],
    links: Sequence[Link],
    lut_size: int,
    *,
    encodings: Mapping[str, Encoding] = MappingProxyType({}),
) -> list[Evidence]:
    """Sum up each link whose two shots are graded: how far its held-out pairs lie apart before and after."""
    case = Case(scenes, {grade.shot: grade for grade in grades}, samples, links, lut_size, encodings)
    return [_summed_up(case, link) for link in links if link.a in case.grades and link.b in case.grades]


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
        case.unit(link.a),
        round(link.confidence, 4),
        link.at,
        _some_places(link),
    )


def _some_places(link: Link) -> tuple[Place, ...]:
    """At most ``PLACES`` of a link's places, evenly drawn from all of them, to a thousandth of the picture."""
    chosen = np.unique(np.linspace(0, len(link.places) - 1, min(PLACES, len(link.places))).astype(int))
    rows = link.places[chosen].astype(np.float64).round(3).tolist()
    return tuple((xa, ya, xb, yb) for xa, ya, xb, yb in rows)

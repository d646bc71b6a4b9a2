"""Links by a common source: shots cut from one media file share one grade, unless the light changes inside the file.

Whether it does is seen on the surfaces that both shots show: what differs by no more there than matches do anyway is
the same light. Each color of either shot is then paired with itself, so that the two are graded alike in all colors,
those included that the surfaces in common do not show.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from otiograde.color.prior import weighted_median
from otiograde.survey import kinds
from otiograde.survey.link import Clues, Link
from otiograde.survey.links.search import Search

#: How much more than its own fit leaves may a link leave without any correction, in encoded units.
SAME_LIGHT = 0.006

#: Colors of each of the two shots that are paired with themselves.
COLORS = 1000


def find(search: Search, known: Sequence[Link]) -> Clues:
    """The links of shots of one media file that show surfaces in common, in the same light."""
    media = {shot.id: shot.media for shot in search.shots}
    # Not by links that may be faint: their colors are too uncertain to say that two lights are one.
    firm = (link for link in known if kinds.KINDS[link.kind].faint is None)
    of_one_file = (link for link in firm if media[link.a] == media[link.b])
    return Clues([_tie(search, link) for link in of_one_file if same_light(link)])


def same_light(link: Link) -> bool:
    """Whether the colors of a link agree as they are as well as they would corrected."""
    used = ~link.held_out
    apart = np.linalg.norm(link.colors_a[used] - link.colors_b[used], axis=1)
    return weighted_median(apart, link.weights[used]) <= link.mad + SAME_LIGHT


def _tie(search: Search, link: Link) -> Link:
    # Nothing is held out: that a color is like itself proves nothing.
    pools = [search.samples[shot].colors(COLORS, search.linking.seed) for shot in (link.a, link.b)]
    colors = np.concatenate(pools).astype(np.float64)
    alike, none = np.ones(len(colors)), np.zeros(len(colors), np.bool_)
    known = link.inliers, link.mad, link.confidence
    return Link(link.a, link.b, colors, colors, alike, none, *known, kind="source", at=link.at, places=link.places)

"""Links by a common source: shots cut from one media file share one grade, unless the light changes inside the file.

The surfaces that both shots show decide: the light is the same if their colors differ no more than matches usually do.
Colors of both shots are then paired with themselves. Both shots are so graded alike in all colors, including those
that their common surfaces do not show.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from otiograde.color.prior import weighted_median
from otiograde.survey import kinds
from otiograde.survey.link import Clues, Link
from otiograde.survey.links.search import Search
from otiograde.survey.stored import put_away

#: How much larger a link's residual may be without any correction than after its fit, in code values.
SAME_LIGHT = 0.006

#: Colors drawn from each of the two shots, to be paired with themselves.
COLORS = 1000


def find(search: Search, links: Sequence[Link]) -> Clues:
    """Find the links of shots of one media file that show common surfaces in the same light."""
    media = {shot.id: shot.media for shot in search.shots}
    # Links of kinds that may be faint are no proof: their colors are too uncertain to show that the light is the same.
    firm = (link for link in links if kinds.KINDS[link.kind].faint is None)
    of_one_file = (link for link in firm if media[link.a] == media[link.b] and same_light(link))
    # One tie is enough for two shots that several kinds of links join.
    proofs: dict[frozenset[str], Link] = {}
    for link in of_one_file:
        proofs.setdefault(frozenset((link.a, link.b)), link)
    return Clues([put_away(_tie(search, link), search.put) for link in proofs.values()])


def same_light(link: Link) -> bool:
    """Whether the colors of a link agree uncorrected about as well as after its fit."""
    fitted = ~link.held_out
    distances = np.linalg.norm(link.colors_a[fitted] - link.colors_b[fitted], axis=1)
    return weighted_median(distances, link.weights[fitted]) <= link.mad + SAME_LIGHT


def _tie(search: Search, link: Link) -> Link:
    # Nothing is held out: a color that equals itself proves nothing.
    pools = [search.samples[shot].colors(COLORS, search.linking.seed) for shot in (link.a, link.b)]
    colors = np.concatenate(pools).astype(np.float64)
    weights, held_out = np.ones(len(colors)), np.zeros(len(colors), np.bool_)
    trust = link.inliers, link.mad, link.confidence
    pairs = colors, colors, weights, held_out
    return Link(link.a, link.b, *pairs, *trust, kind="source", at=link.at, places=link.places)

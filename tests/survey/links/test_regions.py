"""Hints by resemblance: shots that matches do not join, told by what they have in common at best."""

from __future__ import annotations

import numpy as np

from making.pictures import seen, wall
from making.shots import nth_shot
from otiograde.means.means import Means
from otiograde.record.settings import Linking
from otiograde.survey.link import Hint, Link
from otiograde.survey.links import regions
from otiograde.survey.links.search import Search

SHOTS = [nth_shot(f"s{k}", k) for k in range(4)]
SAMPLES = {
    "s0": seen("s0", wall(1, 40, 90), 0, 60),
    "s1": seen("s1", wall(1, 40, 90), 5, 60, {"exposure": 0.3, "warmth": 0.1}),
    "s2": seen("s2", 0.3 * wall(2, 40, 90) * [0.2, 0.5, 1.5], 0, 60),
    "s3": seen("s3", wall(1, 40, 90), 0, 60),
}


def found(links: list[Link]) -> dict[tuple[str, str], Hint]:
    pairs = [("s0", "s1"), ("s0", "s2"), ("s0", "s3")]
    made, hints = regions.find(Search(SHOTS, SAMPLES, pairs, Linking(), Means()), links)
    assert not made
    return {(hint.a, hint.b): hint for hint in hints}


def test_what_is_one_place_has_more_in_common_than_what_is_not() -> None:
    hints = found([])
    assert list(hints) == [("s0", "s1"), ("s0", "s2"), ("s0", "s3")]
    assert hints["s0", "s1"].share > hints["s0", "s2"].share + 0.2
    assert hints["s0", "s3"].share > 0.99
    assert {hint.kind for hint in hints.values()} == {"regions"}


def test_only_pairs_that_no_match_joins_are_looked_at() -> None:
    colors = np.full((10, 3), 0.5)
    sure = Link("s0", "s1", colors, colors, np.ones(10), np.zeros(10, bool), 100, 0.01, 0.9)
    assert list(found([sure])) == [("s0", "s2"), ("s0", "s3")]

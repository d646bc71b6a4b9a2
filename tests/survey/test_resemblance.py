"""Resemblance: what two pictures have in common whatever they show, and which pictures tell enough to be compared.

Tests: survey/link.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from otiograde.record.settings import Sampling
from otiograde.survey.links.regions import common, picture_of
from otiograde.survey.resemblance import KINDS, cloud
from otiograde.survey.sample import make_sample


def test_clouds_know_how_rough_the_picture_is(world: Any) -> None:
    drawn = cloud(world.shot("a"))
    assert sorted(set(drawn.kinds.tolist())) == list(range(KINDS))
    assert np.bincount(drawn.kinds).max() - np.bincount(drawn.kinds).min() <= 1


@pytest.mark.slow
@pytest.mark.parametrize("gray", [True, False])
def test_only_pictures_that_tell_something_are_compared(world: Any, gray: bool) -> None:
    first = picture_of(world.shot("a"))
    frame = world.window().mean(-1, keepdims=True).repeat(3, -1) if gray else np.full((72, 96, 3), 0.4)
    second = picture_of(make_sample("b", frame[None].astype(np.float32), (0,), Sampling()))
    assert common(first, first) == pytest.approx(1, abs=1e-3)
    assert common(first, second) is None

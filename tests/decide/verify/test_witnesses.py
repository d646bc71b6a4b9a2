"""Evidence: each link of graded shots summed up, as the checks would see it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from making.cases import case
from otiograde.color.affine import Affine
from otiograde.color.encodings import encoding
from otiograde.color.transform import Identity
from otiograde.decide.verify import difference, evidence_of

CAST = Affine(((1.1, 0, 0), (0, 1, 0), (0, 0, 0.85)), (0, 0, 0.02))
UNCAST = Affine(((1 / 1.1, 0, 0), (0, 1, 0), (0, 0, 1 / 0.85)), (0, 0, -0.02 / 0.85))
PLACES = np.random.default_rng(0).random((200, 4)).astype(np.float32)


def test_a_link_is_summed_up(stage: Any) -> None:
    scene = stage({"a": Identity(), "b": CAST})
    link = replace(scene.link("a", "b"), at=(4, 9), places=PLACES)
    grades = scene.grades({"b": UNCAST})
    linked = case([scene.scene], grades, scene.samples, [link])
    (said,) = evidence_of(linked)
    assert said.before == pytest.approx(difference(linked, [link], None).median, abs=1e-4)
    assert said.before > 5
    assert said.after < 0.2
    assert (said.a, said.b, said.kind, said.matches, said.pairs, said.at) == ("a", "b", "surfaces", 100, 200, (4, 9))
    assert len(said.places) == 32
    assert said.places[0] == pytest.approx(PLACES[0].tolist(), abs=6e-4)
    assert said.places[-1] == pytest.approx(PLACES[-1].tolist(), abs=6e-4)


def test_what_cannot_be_compared_has_no_figures(stage: Any) -> None:
    scene = stage({"a": Identity(), "b": CAST})
    few = replace(scene.link("a", "b"), held_out=np.zeros(1000, np.bool_))
    mixed = {"a": encoding("bt709"), "b": encoding("pq")}
    for links, encodings in (([few], {}), (scene.links("ab"), mixed)):
        (said,) = evidence_of(case([scene.scene], scene.grades({}), scene.samples, links, 33, encodings=encodings))
        assert math.isnan(said.before)
        assert math.isnan(said.after)
        assert said.places == ()


def test_links_of_shots_without_a_grade_are_left_out(stage: Any) -> None:
    scene = stage({"a": Identity(), "b": CAST})
    grades = scene.grades({})[:1]
    assert evidence_of(case([scene.scene], grades, scene.samples, scene.links("ab"), 33)) == []

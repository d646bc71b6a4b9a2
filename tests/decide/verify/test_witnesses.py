"""Evidence: each link of graded shots summed up, as the checks would see it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from making.cases import case
from otiograde.color.affine import Affine
from otiograde.color.transform import Identity
from otiograde.decide.verify import difference, evidence_of
from otiograde.survey.link import Hint

CAST = Affine(((1.1, 0, 0), (0, 1, 0), (0, 0, 0.85)), (0, 0, 0.02))
UNCAST = Affine(((1 / 1.1, 0, 0), (0, 1, 0), (0, 0, 1 / 0.85)), (0, 0, -0.02 / 0.85))
PLACES = np.random.default_rng(0).random((200, 4)).astype(np.float32)


def test_a_link_is_summed_up(stage: Any) -> None:
    scene = stage({"a": Identity(), "b": CAST})
    link = replace(scene.link("a", "b"), at=(4, 9), places=PLACES)
    grades = scene.grades({"b": UNCAST})
    linked = case([scene.scene], grades, scene.samples, [link])
    (piece,) = evidence_of(linked)
    assert piece.before == pytest.approx(difference(linked, [link], None).median, abs=1e-4)
    assert piece.before > 5
    assert piece.after < 0.2
    assert (piece.a, piece.b, piece.kind, piece.matches, piece.pairs, piece.at) == (
        "a",
        "b",
        "surfaces",
        100,
        200,
        (4, 9),
    )
    assert len(piece.places) == 32
    assert piece.places[0] == pytest.approx(PLACES[0].tolist(), abs=6e-4)
    assert piece.places[-1] == pytest.approx(PLACES[-1].tolist(), abs=6e-4)


def test_what_cannot_be_compared_has_no_figures(stage: Any) -> None:
    scene = stage({"a": Identity(), "b": CAST})
    few = replace(scene.link("a", "b"), held_out=np.zeros(1000, np.bool_))
    (piece,) = evidence_of(case([scene.scene], scene.grades({}), scene.samples, [few], 33))
    assert math.isnan(piece.before)
    assert math.isnan(piece.after)
    assert piece.places == ()


def test_links_of_shots_without_a_grade_are_left_out(stage: Any) -> None:
    scene = stage({"a": Identity(), "b": CAST})
    grades = scene.grades({})[:1]
    assert evidence_of(case([scene.scene], grades, scene.samples, scene.links("ab"), 33)) == []


def test_a_hint_is_the_confidence_of_its_link_and_a_piece_where_there_is_none(stage: Any) -> None:
    scene = stage({"a": Identity(), "b": CAST, "c": CAST})
    things = replace(scene.link("b", "c", 0.0), kind="content", inliers=0, held_out=np.zeros(1000, np.bool_))
    hints = [Hint("a", "b", "regions", 0.41234), Hint("a", "b", "content", 0.2), Hint("b", "c", "content", 0.7)]
    links = [things, scene.link("a", "b"), scene.link("a", "c")]
    found = evidence_of(case([scene.scene], scene.grades({}), scene.samples, links, hints=hints))
    assert [(piece.kind, piece.a, piece.b, piece.matches, piece.confidence) for piece in found] == [
        ("surfaces", "a", "b", 100, 0.9),
        ("surfaces", "a", "c", 100, 0.9),
        ("regions", "a", "b", 0, 0.4123),
        ("content", "a", "b", 0, 0.2),
        ("content", "b", "c", 0, 0.7),
    ]
    assert all(math.isnan(piece.before) and math.isnan(piece.after) for piece in found[2:])

"""One decision: free shots are solved towards the kept ones, wished, proven; a record names all that decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from making.cases import survey
from making.media import media
from making.shots import shot
from otiograde.color.transform import Identity
from otiograde.decide.decision import completed, decide, wished_anchor, with_drifts
from otiograde.errors import MatchError
from otiograde.record.grade import Grade
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.settings import Anchor, Matching, Settings
from otiograde.record.shot import Wishes
from otiograde.survey.drift import Drift
from otiograde.survey.survey import Survey

SETTINGS = Settings(lut_size=9)
SCENE = Scene("s", ("a", "b"))


@pytest.fixture
def seen(world: Any, look: Any) -> Survey:
    """Two shots of one wall, the second warmer and brighter, and what joins them."""
    warm = look(exposure=0.4, warmth=0.08)
    samples = {"a": world.shot("a"), "b": world.shot("b", warm)}
    return survey(samples, [world.link("a", "b", look_b=warm)])


def test_free_shots_are_solved_towards_kept_ones(seen: Survey) -> None:
    both = decide(seen, [SCENE], SETTINGS)
    assert [grade.shot for grade in both.grades] == ["a", "b"]
    assert not isinstance(both.grades[1].transform, Identity)
    kept = decide(seen, [SCENE], SETTINGS, kept={"a": Grade("a", "s")})
    assert [grade.shot for grade in kept.grades] == ["b"]
    assert {finding.shot for finding in kept.findings} == {"b", "s"}
    assert [(link.a, link.b) for link in kept.evidence] == [("a", "b")]
    wall = seen.samples["b"].colors(500).astype(np.float64)
    wanted = seen.samples["a"].colors(500).mean(0)
    before, after = (np.abs(colors.mean(0) - wanted).mean() for colors in (wall, kept.grades[0].transform(wall)))
    assert after < 0.4 * before


def test_what_was_decided_for_a_scene_is_remembered(world: Any, look: Any) -> None:
    warm = look(exposure=0.4, warmth=0.08)
    shots = {name: world.shot(name, warm) if name in "bd" else world.shot(name) for name in "abcd"}
    links = [world.link(*pair, look_b=warm) for pair in ("ab", "cd")]
    scenes = [SCENE, Scene("t", ("c", "d"))]
    memory: dict[str, Sequence[Grade]] = {}
    made: list[str] = []

    def remember(made_from: Callable[[], str], make: Callable[[], Sequence[Grade]]) -> Sequence[Grade]:
        key = made_from()
        if key not in memory:
            memory[key] = make()
            made.append(memory[key][0].scene)
        return memory[key]

    seen = survey(shots, links)
    plain = decide(seen, scenes, SETTINGS)
    assert [decide(seen, scenes, SETTINGS, remember=remember) for _ in range(2)] == [plain, plain]
    assert made == ["s", "t", "s", "t"]  # solved, then settled
    made.clear()
    bolder = replace(seen, shots=[replace(s, wishes=Wishes(boldness=0.9)) if s.id == "c" else s for s in seen.shots])
    changed = decide(bolder, scenes, SETTINGS, remember=remember)
    assert made == ["t", "t"]
    assert changed == decide(bolder, scenes, SETTINGS)
    made.clear()
    darker = survey({**shots, "b": world.shot("b", look(exposure=0.3))}, links)
    assert decide(darker, scenes, SETTINGS, remember=remember) == decide(darker, scenes, SETTINGS)
    assert made == ["s", "s"]


def test_a_scene_without_a_free_shot_is_left_out(seen: Survey) -> None:
    grades = {name: Grade(name, "s") for name in "ab"}
    decision = decide(seen, [SCENE], SETTINGS, kept=grades)
    assert (decision.grades, decision.findings, decision.evidence) == ((), (), ())


def test_wishes_are_applied_to_free_shots(seen: Survey) -> None:
    shots = [replace(shot, wishes=Wishes(verdict="rejected")) if shot.id == "b" else shot for shot in seen.shots]
    grades = decide(replace(seen, shots=shots), [SCENE], SETTINGS).grades
    assert (grades[1].strength, isinstance(grades[1].transform, Identity)) == (0.0, True)


def test_a_record_names_every_field_of_its_matcher() -> None:
    joint = completed(Settings()).matcher
    assert joint.name == "joint"
    assert {"rounds", "reach", "seed"} <= joint.fields.keys()
    assert completed(Settings(matcher=Matching("reinhard", {"strength": 0.5}))).matcher.fields == {"strength": 0.5}
    with pytest.raises(MatchError, match="unknown matcher 'wizard'"):
        completed(Settings(matcher=Matching("wizard")))
    with pytest.raises(MatchError, match="has no field wand"):
        completed(Settings(matcher=Matching("joint", {"wand": 1})))


def test_the_first_wish_for_an_anchor_counts() -> None:
    shots = [
        shot(name, media(f"{name}.mov"), wishes=Wishes(anchor=anchor))
        for name, anchor in (("other", "first"), ("a", None), ("b", "brightest"), ("c", "average"))
    ]
    scene = Scene("s", ("a", "b", "c"))
    assert wished_anchor(scene, shots, Anchor("hero")) == Anchor("brightest")
    assert wished_anchor(scene, shots[:2], Anchor("hero")) == Anchor("hero")


def test_a_shot_that_changes_in_itself_says_so() -> None:
    steady = Drift("a", (0, 10), 0.0, 0.0, 0.0, 0, 0.0, (), 1.0, words="holds")
    darkens = replace(steady, shot="b", kind="drifts", words="darkens by 0.5 stops")
    grades = with_drifts([Grade("a", "s"), Grade("b", "s")], {"a": steady, "b": darkens})
    assert [grade.reasons for grade in grades] == [
        (),
        (Reason("drift", "darkens by 0.5 stops, which one LUT cannot follow"),),
    ]


def test_each_shot_is_graded_at_the_boldness_it_wishes_for(world: Any, look: Any) -> None:
    looks = {"a": look(exposure=0.25, warmth=0.08), "b": look(exposure=-0.25, warmth=-0.05)}
    seen = survey({name: world.shot(name, own, 64 * k) for k, (name, own) in enumerate(looks.items())})
    usual = decide(seen, [SCENE], SETTINGS).grades
    assert decide(seen, [SCENE], replace(SETTINGS, boldness=0.5)).grades == usual
    none = decide(seen, [SCENE], replace(SETTINGS, boldness=0.0)).grades
    assert all(isinstance(grade.transform, Identity) for grade in none)
    shots = [replace(shot, wishes=Wishes(boldness=0.0)) if shot.id == "a" else shot for shot in seen.shots]
    mixed = decide(replace(seen, shots=shots), [SCENE], SETTINGS).grades
    assert (isinstance(mixed[0].transform, Identity), mixed[1].transform) == (True, usual[1].transform)


def test_statistics_prove_nothing_so_boldness_0_leaves_them_out(world: Any, look: Any) -> None:
    seen = survey({"a": world.shot("a"), "b": world.shot("b", look(exposure=0.4))})
    statistics = replace(SETTINGS, matcher=Matching("reinhard"))
    assert not all(isinstance(grade.transform, Identity) for grade in decide(seen, [SCENE], statistics).grades)
    bare = decide(seen, [SCENE], replace(statistics, boldness=0.0)).grades
    assert all(isinstance(grade.transform, Identity) for grade in bare)
    assert all("nothing proves a correction" in grade.reasons[-1].text for grade in bare)


def test_boldness_stands_once_in_a_record() -> None:
    assert "boldness" not in completed(Settings(boldness=0.8)).matcher.fields
    assert completed(Settings(boldness=0.8)).boldness == 0.8

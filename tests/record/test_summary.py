"""The line that sums up a scene: how many shots, what was done, how far they lie apart, and the verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from making.records import WARM, graded
from making.shots import edit, shot
from otiograde.record.finding import Finding
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.summary import attention, listed, summary

SCENE = Scene("kitchen", ("a", "b"))
WARMED = [Grade("a", "kitchen", WARM), Grade("b", "kitchen", WARM), Grade("c", "street", WARM)]
BEFORE = Finding("kitchen", "difference_before", 4.26, None, "ΔE00", None, "clear")
AFTER = Finding("kitchen", "difference_after", 0.81, None, "ΔE00", None, "imperceptible")


def test_what_was_done_is_counted_in_the_scene_alone() -> None:
    assert summary(SCENE, WARMED, []) == "2 shots   balanced   all corrected   ok"
    half = [WARMED[0], replace(WARMED[1], strength=0.0)]
    assert summary(SCENE, half, []) == "2 shots   balanced   1 corrected   ok"
    assert summary(Scene("street", ("c",)), [Grade("c", "street")], []) == "1 shot   left alone   ok"


@pytest.mark.parametrize(
    ("scene", "anchor"),
    [(replace(SCENE, hero="b"), "hero b"), (replace(SCENE, locked=("a", "b")), "locked a, b"), (SCENE, "balanced")],
)
def test_the_anchor_is_named(scene: Scene, anchor: str) -> None:
    assert summary(scene, WARMED, []).split("   ")[1] == anchor


def test_the_difference_is_told_where_both_sides_were_measured() -> None:
    assert "   ΔE00 4.3 -> 0.8 (imperceptible)   ok" in summary(SCENE, WARMED, [BEFORE, AFTER])
    assert "->" not in summary(SCENE, WARMED, [AFTER])


def test_the_verdict_is_of_the_scene_and_its_shots() -> None:
    failed = Finding("b", "newly_clipped", 2.0, 0.5, "%", passed=False)
    assert summary(SCENE, WARMED, [failed]).endswith("failed: newly_clipped")
    assert summary(SCENE, WARMED, [replace(failed, shot="c")]).endswith("ok")
    unproved = Finding("kitchen", "agreement", float("nan"), 0.1, "ΔE00", None)
    assert summary(SCENE, WARMED, [unproved]).endswith("unverifiable")


def record_of(*grades: Grade, **scene: object) -> GradedTimeline:
    """A record of one scene with these grades."""
    shots = [shot(grade.shot, at=24 * number) for number, grade in enumerate(grades)]
    record = graded(edit(*shots))
    scenes = (replace(record.scenes[0], id="kitchen", **scene),)
    return replace(record, scenes=scenes, grades=grades)


LEFT = (Reason("left", "left alone: no evidence"),)


def test_what_needs_a_person() -> None:
    grades = [
        Grade("a", "kitchen", WARM, confidence="low"),
        Grade("b", "kitchen", reasons=LEFT),
        Grade("c", "kitchen", WARM, share=0.0, confidence="high"),
        Grade("d", "kitchen", WARM, confidence="high"),
    ]
    assert attention(record_of(*grades)) == [
        "b: left alone, because nothing shows how to match it",
        "c: left alone, because the correction did harm",
        "a: corrected with low confidence",
    ]
    unproved = Finding("kitchen", "agreement", float("nan"), 0.1, "ΔE00", None)
    (first, *_) = attention(replace(record_of(*grades), findings=(unproved,)))
    assert first.startswith("kitchen: no surface is seen in two of the shots")
    inside = [Finding(shot, "cut_inside", 36.0, None, "frame", None) for shot in "ad"]
    (*_, last) = attention(replace(record_of(*grades), findings=tuple(inside)))
    assert last.startswith("a (frame 36), d (frame 36): another picture begins inside: split the shot there")


def test_what_the_editor_asked_for_needs_nobody() -> None:
    left = [Grade("a", "kitchen", reasons=LEFT), Grade("b", "kitchen", WARM, confidence="high")]
    assert attention(record_of(*left, hero="a")) == []
    assert attention(record_of(*left, locked=("a",))) == []
    assert attention(record_of(left[0])) == []  # it has no other to match
    assert attention(record_of(left[1], replace(left[1], shot="c", strength=0.0))) == []


def test_long_lists_are_cut() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed([*"abcdefg"]) == "a, b, c, d, e and 2 more"
    assert listed([*"abc"], 1) == "a and 2 more"


def test_a_chain_is_named_with_its_anchor() -> None:
    chain = [Grade("a", "kitchen"), Grade("b", "kitchen", WARM)]
    join = Finding("b", "join", -3.0, 0.1, "ΔE00", passed=True)
    assert "   chain of 2 clips, anchored in a   1 corrected" in summary(SCENE, chain, [join])
    assert "   hero b   " in summary(replace(SCENE, hero="b"), chain, [join])
    assert "   balanced   " in summary(SCENE, WARMED, [join])  # the first clip moves with the rest of its scene
    assert "   balanced   " in summary(replace(SCENE, shots=("a", "b", "c")), chain, [join])

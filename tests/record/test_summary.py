"""The line that sums up a scene: how many shots, what was done, how far they lie apart, and the verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from making.records import WARM
from otiograde.record.finding import Finding
from otiograde.record.grade import Grade
from otiograde.record.scene import Scene
from otiograde.record.summary import summary

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

"""Grades on an edit that was cut again: what is there stays to the byte, what is new is matched to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from otiograde.color.affine import Affine
from otiograde.color.encodings import encoding
from otiograde.color.transform import Chain, Identity, Mix
from otiograde.color.trim import Trim
from otiograde.errors import TimelineError
from otiograde.grading.carrying import carry, match_shots
from otiograde.grading.regrading import chosen_shots, regrade
from otiograde.record.course import Course, Key
from otiograde.record.edit import Edit
from otiograde.record.evidence import Evidence
from otiograde.record.finding import Finding
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.settings import Settings
from otiograde.record.shot import FrameRange, Media, Shot, Wishes
from otiograde.survey.sample import Sample

RATE = Fraction(24)
WARM = Affine(((1.1, 0, 0), (0, 1, 0), (0, 0, 0.85)), (0.01, 0, 0), "rgb")


def media(name: str, **fields: object) -> Media:
    made = Media(Path(f"/m/{name}.mov"), "video", 64, 48, RATE, 500, "yuv420p", 8, encoding("bt709"), "container tags")
    return replace(made, **fields)  # type: ignore[arg-type]


def shot(name: str, of: Media, start: int = 100, count: int = 50, at: int = 0, **fields: object) -> Shot:
    made = Shot(name, name, of, FrameRange(start, count, RATE), FrameRange(at, count, RATE), 0, (0, at))
    return replace(made, **fields)  # type: ignore[arg-type]


def edit(*shots: Shot) -> Edit:
    return Edit("film", {"name": "film"}, RATE, shots, ())


A, B, C = media("a"), media("b"), media("c")
OLD = (shot("a1", A), shot("b1", B, at=50), shot("c1", C, at=100))


@pytest.fixture
def old() -> GradedTimeline:
    grades = tuple(
        Grade(s.id, "scene_001", WARM, share=0.8, confidence="high", reasons=(Reason("moved", "moved"),)) for s in OLD
    )
    scene = Scene("scene_001", tuple(s.id for s in OLD))
    findings = (Finding("a1", "x", 1.0, 2.0, "u", True), Finding("scene_001", "y", 1.0, 2.0, "u", True))
    return GradedTimeline(edit(*OLD), (scene,), grades, findings, Settings(lut_size=5))


def nothing_is_read(*_: object, **__: object) -> None:
    raise AssertionError("media was opened")


def test_how_shots_are_found_again() -> None:
    moved = replace(A, path=Path("/elsewhere/a.mov"))
    cases = {
        "same": (shot("n", A), "high", "same media, 100%"),
        "trimmed": (shot("n", A, 110, 20), "high", "100%"),
        "longer": (shot("n", A, 100, 90), "high", "56%"),
        "much longer": (shot("n", A, 0, 400), "medium", "only 12%"),
        "moved": (shot("n", moved), "high", "moved"),
        "other part": (shot("n", A, 300), "none", ""),
        "other encoding": (shot("n", replace(A, encoding=encoding("pq"))), "none", ""),
        "locked": (shot("n", A, wishes=Wishes(lock=True)), "none", ""),
        "proxy": (shot("n", replace(moved, path=Path("/p/a.mp4"), width=32)), "medium", "media of the same name"),
        "stranger": (shot("n", media("z")), "none", ""),
        "only the name": (shot("a1", media("z")), "low", "clip name"),
    }
    for name, (new, confidence, why) in cases.items():
        match = match_shots(OLD, [new]).get("a1" if name == "only the name" else "n")
        assert (match.confidence if match else "none") == confidence, name
        assert match is None or (match.old == "a1" and why in match.why), name


def test_digest_and_time_code_decide() -> None:
    mine = replace(A, digest="1", timecode=1000)
    replaced = shot("n", replace(A, digest="2", timecode=90000))
    assert match_shots([shot("a1", mine)], [replaced]) == {}
    conformed = shot("a1", replace(media("a_online"), digest="2", timecode=1080), 20)
    found = match_shots([shot("a1", mine)], [conformed])["a1"]
    assert (found.confidence, "time code" in found.why) == ("medium", True)
    copied = shot("n", replace(mine, path=Path("/x/other.mov")))
    assert match_shots([shot("a1", mine)], [copied])["n"].why.startswith("same media, moved")


def test_a_recut_without_new_shots_opens_nothing(old: GradedTimeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otiograde.grading.carrying.look_at", nothing_is_read)
    cut = edit(shot("b", B, 110, 20), shot("a", A, at=20), shot("a-2", A, 120, 10, at=70))
    carried = carry(old, cut)
    assert (carried.new, carried.dropped) == ((), ("c1",))
    assert [grade.shot for grade in carried.record.grades] == ["b", "a", "a-2"]
    for grade, was in zip(carried.record.grades, ("b1", "a1", "a1"), strict=True):
        assert np.array_equal(grade.lut(5).lattice, old.lut(was).lattice)
        assert grade.reasons[0].text.startswith(f"carried from {was} (confidence high): same media")
    assert carried.record.scenes[0].shots == ("b", "a", "a-2")
    assert carried.record.scenes[0].reasons[0] == Reason("carried", "carried with its scene", "b")
    assert [finding.shot for finding in carried.record.findings] == ["a", "a-2"]
    again = carry(carried.record, cut)
    assert all(sum(reason.kind == "carried" for reason in grade.reasons) == 1 for grade in again.record.grades)


def test_the_same_edit_carries_to_itself(old: GradedTimeline) -> None:
    record = carry(old, old.edit).record
    assert [grade.balance for grade in record.grades] == [grade.balance for grade in old.grades]
    assert sorted(map(repr, record.findings)) == sorted(map(repr, old.findings))


def carried(old: GradedTimeline, **wishes: Any) -> Grade:
    """The grade of a1, carried to the same edit with other wishes for it."""
    record = carry(old, edit(replace(OLD[0], wishes=Wishes(**wishes)), *OLD[1:])).record
    assert (record.grade("b1").transform, record.grade("c1").transform) == (Mix(WARM, 0.8), Mix(WARM, 0.8))
    return record.grade("a1")


def test_a_carried_grade_takes_the_trim_of_the_new_edit(old: GradedTimeline) -> None:
    trim = Trim(exposure=1)
    grade = carried(old, trim=trim)
    assert grade.transform == Chain((Mix(WARM, 0.8), trim.cdl))
    assert grade.reasons[1:] == (Reason("moved", "moved"), Reason("wish", "trimmed by exposure +1, as asked"))


def test_a_carried_grade_takes_the_rejection_of_the_new_edit(old: GradedTimeline) -> None:
    grade = carried(old, verdict="rejected")
    assert grade.transform == Identity()
    assert grade.reasons[1:] == (Reason("moved", "moved"), Reason("wish", "rejected: no strength, as asked"))


def test_a_carried_grade_at_a_wished_strength_keeps_what_do_no_harm_took(old: GradedTimeline) -> None:
    grade = carried(old, strength=0.5)
    assert grade.transform == Mix(WARM, 0.4)
    assert grade.reasons[1:] == (Reason("moved", "moved"), Reason("wish", "strength 0.5, as asked"))


def test_earlier_wishes_stay_where_the_new_edit_is_silent(old: GradedTimeline) -> None:
    trim = Trim(tint=4)
    first = carry(old, edit(replace(OLD[0], wishes=Wishes(strength=0.5, trim=trim)), *OLD[1:])).record
    silent = carry(first, old.edit).record
    assert silent.edit.shots[0].wishes == Wishes(strength=0.5, trim=trim)
    assert silent.grade("a1") == first.grade("a1")
    again = edit(replace(OLD[0], wishes=Wishes(strength=1.0, verdict="accepted")), *OLD[1:])
    louder = carry(silent, again).record
    assert louder.edit.shots[0].wishes == Wishes(strength=1.0, verdict="accepted", trim=trim)
    assert (louder.grade("a1").share, louder.grade("a1").strength, louder.grade("a1").trim) == (0.8, 1.0, trim.cdl)


@pytest.fixture
def proven(old: GradedTimeline) -> GradedTimeline:
    """The record with a finding on every shot and its scene, and with evidence between the shots."""
    findings = tuple(Finding(name, "x", 1.0, 2.0, "u", True) for name in ("a1", "b1", "c1", "scene_001"))
    pairs = (("a1", "b1"), ("b1", "c1"))
    evidence = tuple(Evidence(a, b, "surfaces", 40, 9, 4.5, 0.5, "ΔE00", 0.9, (0, 0)) for a, b in pairs)
    return replace(old, findings=findings, evidence=evidence)


@pytest.mark.parametrize("wishes", [{"trim": Trim(exposure=1)}, {"strength": 0.5}, {"verdict": "rejected"}])
def test_of_a_grade_that_a_new_wish_changes_nothing_is_known(proven: GradedTimeline, wishes: dict[str, Any]) -> None:
    record = carry(proven, edit(replace(OLD[0], wishes=Wishes(**wishes)), *OLD[1:])).record
    found = {finding.shot: finding for finding in record.findings}
    assert sorted(found) == ["a1", "b1", "c1"]  # of its scene nothing is known either
    assert (found["b1"], found["c1"]) == proven.findings[1:3]
    assert (found["a1"].check, found["a1"].passed, isnan(found["a1"].value)) == ("agreement", None, True)
    assert "`otiograde verify` checks it" in found["a1"].note
    assert [(link.a, link.b, isnan(link.after)) for link in record.evidence] == [
        ("a1", "b1", True),
        ("b1", "c1", False),
    ]


@pytest.mark.parametrize("wishes", [{}, {"strength": 1.0}, {"verdict": "accepted"}])
def test_of_a_grade_that_stays_what_it_was_all_is_known(proven: GradedTimeline, wishes: dict[str, Any]) -> None:
    record = carry(proven, edit(replace(OLD[0], wishes=Wishes(**wishes)), *OLD[1:])).record
    assert sorted(map(repr, record.findings)) == sorted(map(repr, proven.findings))
    assert record.evidence == proven.evidence


def test_an_empty_edit_is_refused(old: GradedTimeline) -> None:
    with pytest.raises(TimelineError, match="no shot"):
        carry(old, edit())


def texture(seed: int = 1, shift: int = 0) -> np.ndarray:
    import cv2

    noise = np.random.default_rng(seed).random((240, 400, 3)).astype(np.float32)
    soft = sum(cv2.GaussianBlur(noise, (0, 0), sigma) * weight for sigma, weight in ((1.5, 4), (5, 10), (20, 30)))
    soft = (soft - soft.min()) / (soft.max() - soft.min())
    return np.ascontiguousarray((0.1 + 0.6 * soft)[:, shift : shift + 320], np.float32)


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Shots of one surface, by id: each with a gain of its own. Returns what was sampled."""
    asked: list[str] = []

    def install(gains: dict[str, tuple[float, float, float]], seeds: dict[str, int] | None = None) -> list[str]:
        def sample_all(shots: list[Shot], *_: object) -> dict[str, Sample]:
            asked.extend(each.id for each in shots)
            made = {}
            for number, each in enumerate(shots):
                seed = (seeds or {}).get(each.id, 1)
                frames = np.stack([texture(seed, 4 * number + 2 * at) for at in range(2)])
                frames = np.clip(frames * np.array(gains[each.id], np.float32), 0, 1)
                made[each.id] = Sample.of(each.id, frames, np.ones(frames.shape[:3], bool), (0, 1))
            return made

        monkeypatch.setattr("otiograde.grading.study.sample_all", sample_all)
        return asked

    return install


@pytest.mark.slow
def test_a_new_shot_is_matched_to_the_carried_ones(old: GradedTimeline, pictures: Callable[..., list[str]]) -> None:
    gains = {"a1": (1.0, 1.0, 1.0), "b1": (1.0, 1.0, 1.0), "new": (0.85, 1.0, 1.15)}
    pictures(gains)
    carried = carry(old, edit(OLD[0], OLD[1], shot("new", media("n"), at=100)))
    assert (carried.new, carried.dropped) == (("new",), ("c1",))
    record = carried.record
    assert record.scenes[0].shots == ("a1", "b1", "new")
    assert record.scenes[0].locked == ()
    assert np.array_equal(record.lut("a1").lattice, old.lut("a1").lattice)
    colors = texture()[::8, ::8].reshape(-1, 3)
    wanted = np.clip(old.grade("a1").transform(colors * np.float32(gains["a1"])), 0, 1)
    before = np.abs(colors * np.float32(gains["new"]) - wanted).mean()
    after = np.abs(record.grade("new").transform(colors * np.float32(gains["new"])) - wanted).mean()
    assert not isinstance(record.grade("new").balance, Identity)
    assert after < 0.35 * before
    assert any(finding.shot == "new" for finding in record.findings)


@pytest.mark.slow
def test_a_new_shot_takes_the_look_of_its_scene(old: GradedTimeline, pictures: Callable[..., list[str]]) -> None:
    look = Affine(((0.9, 0, 0), (0, 0.9, 0), (0, 0, 0.9)), (0.02, 0.02, 0.02), "rgb")
    looked = replace(old, grades=tuple(replace(grade, balance=Identity(), look=look) for grade in old.grades))
    pictures(dict.fromkeys(("a1", "b1", "new"), (1.0, 1.0, 1.0)))
    record = carry(looked, edit(OLD[0], OLD[1], shot("new", media("n"), at=100))).record
    assert record.grade("new").look == look
    assert isinstance(record.grade("new").balance, Identity)  # it matches already, looks aside


@pytest.mark.slow
def test_a_part_is_graded_again_and_the_rest_is_not(old: GradedTimeline, pictures: Callable[..., list[str]]) -> None:
    gains = {"a1": (1.0, 1.0, 1.0), "b1": (0.9, 1.0, 1.1), "c1": (1.0, 1.0, 1.0), "d1": (1.0, 1.0, 1.0)}
    asked = pictures(gains)
    other = shot("d1", media("d"), at=150)
    scenes = (*old.scenes, Scene("scene_002", ("d1",)))
    record = replace(old, edit=edit(*OLD, other), scenes=scenes, grades=(*old.grades, Grade("d1", "scene_002", WARM)))
    done = regrade(record, record.edit, chosen_shots(record, ["B1"], []))
    assert asked == ["a1", "b1", "c1"]
    for name in ("a1", "c1", "d1"):
        assert done.grade(name) == record.grade(name)
    assert done.grade("b1") != record.grade("b1")
    assert done.scenes == record.scenes
    assert [grade.shot for grade in done.grades] == [grade.shot for grade in record.grades]
    assert done.findings[0] == old.findings[0]


@pytest.mark.slow
def test_a_scene_is_graded_again(old: GradedTimeline, pictures: Callable[..., list[str]]) -> None:
    pictures({"a1": (1.0, 1.0, 1.0), "b1": (0.8, 1.0, 1.2), "c1": (1.0, 1.0, 1.0)})
    half = edit(*(replace(each, wishes=Wishes(strength=0.5)) for each in OLD))
    done = regrade(old, half, chosen_shots(old, [], ["SCENE_001"]))
    assert all(grade.strength == 0.5 for grade in done.grades)
    assert all(each.wishes.strength == 0.5 for each in done.edit.shots)


def test_what_cannot_be_graded_again(old: GradedTimeline) -> None:
    with pytest.raises(TimelineError, match="no shot has the id"):
        chosen_shots(old, ["nobody"], [])
    with pytest.raises(TimelineError, match="scene_001"):
        chosen_shots(old, [], ["nowhere"])
    with pytest.raises(TimelineError, match="carry"):
        regrade(old, edit(*OLD[:2]), {"a1"})


@pytest.mark.parametrize(("of", "stays"), [(A, True), (replace(A, path=Path("/p/a.mp4"), width=32), False)])
def test_keys_are_carried_within_the_same_media_only(
    old: GradedTimeline, monkeypatch: pytest.MonkeyPatch, of: Media, stays: bool
) -> None:
    """Keys are frames of one file: in another of the same name, something else may have changed there."""
    monkeypatch.setattr("otiograde.grading.carrying.look_at", nothing_is_read)
    course = Course((Key(100, Identity()), Key(149, WARM)))
    keyed = replace(old, grades=(replace(old.grades[0], course=course), *old.grades[1:]))
    grade = carry(keyed, edit(shot("a", of, 110, 40, at=5))).record.grade("a")
    assert grade.course == (course if stays else None)
    assert any("measured in other media" in reason.text for reason in grade.reasons) is not stays
    assert grade.transform == old.grade("a1").transform


def test_a_look_that_changes_is_carried_within_the_same_media_only(old: GradedTimeline) -> None:
    course = Course((Key(100, Identity()), Key(149, Identity())), reference=120, kind="look")
    keyed = replace(old.grades[0], course=course, look=WARM, key_looks=(Identity(), WARM))
    elsewhere = edit(shot("a", replace(A, path=Path("/p/a.mp4"), width=32), 110, 40, at=5))
    grade = carry(replace(old, grades=(keyed, *old.grades[1:])), elsewhere).record.grade("a")
    assert (grade.course, grade.key_looks, grade.look) == (None, (), WARM)
    assert any("frames of other media" in reason.text for reason in grade.reasons)
    assert not any("measured in other media" in reason.text for reason in grade.reasons)

"""A scene of real pictures solved again: which shots keep a grade, which lead, and what is checked and compared."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from making.pictures import Look, wall
from making.small_record import small_record, small_shot
from otiograde.color.transform import Identity
from otiograde.color.trim import Trim
from otiograde.errors import MediaError
from otiograde.grading.pipeline import grade_timeline
from otiograde.means.means import Means
from otiograde.record.graded import GradedTimeline
from otiograde.record.settings import Settings
from otiograde.review.changes import ChangeError, Draft, SetAnchor, SetHero, SetLock, SetStrength, SetTrim, SetVerdict
from otiograde.review.solving import check_changes, compare_scene, missing_media, solve_scene

GRADES = {"a": {}, "b": {"exposure": 0.5, "warmth": 0.1}, "c": {"exposure": -0.4, "warmth": -0.08}}


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> GradedTimeline:
    """Three windows on one wall, each through a grade of its own."""
    folder, picture = tmp_path_factory.mktemp("wall"), wall(3)
    for step, (name, grade) in enumerate(GRADES.items()):
        window = Look(**grade)(picture[:, 20 * step : 20 * step + 480])
        cv2.imwrite(str(folder / f"{name}.png"), np.rint(window[..., ::-1] * 255))
    return grade_timeline([folder / f"{name}.png" for name in GRADES], settings=Settings(lut_size=9))


@pytest.fixture
def draft(record: GradedTimeline) -> Draft:
    assert [scene.shots for scene in record.scenes] == [("a", "b", "c")]
    assert not any(isinstance(grade.transform, Identity) for grade in record.grades)
    return Draft(record)


def again(draft: Draft) -> Draft:
    return solve_scene(draft, draft.record.scenes[0].id, Means())(draft)


@pytest.mark.slow
def test_an_accepted_grade_stays_and_leads(draft: Draft) -> None:
    asked = SetStrength(("a",), 0.5)(SetVerdict(("b",), "accepted")(draft))
    solved = again(asked)
    assert solved.record.grade("b") == asked.record.grade("b")
    assert solved.record.grade("a").balance != asked.record.grade("a").balance
    assert solved.unsolved == solved.unchecked == set()
    everyone = SetVerdict(("a", "b", "c"), "accepted")(draft)
    assert again(everyone).record.grades == everyone.record.grades


@pytest.mark.slow
def test_hero_lock_and_anchor_lead(draft: Draft) -> None:
    scene = draft.record.scenes[0].id
    assert isinstance(again(SetHero(scene, "b")(draft)).record.grade("b").transform, Identity)
    assert isinstance(again(SetLock(("c",), lock=True)(draft)).record.grade("c").transform, Identity)
    first = again(SetAnchor(scene, "first")(draft)).record
    assert isinstance(first.grade("a").transform, Identity)
    assert not isinstance(first.grade("b").transform, Identity)


@pytest.mark.slow
def test_strength_trim_and_rejection_outlive_a_solution(draft: Draft) -> None:
    trim = Trim(exposure=0.5, temperature=10)
    asked = SetVerdict(("c",), "rejected")(SetTrim(("b",), trim)(SetStrength(("b",), 0.25)(draft)))
    solved = again(asked).record
    assert (solved.grade("b").strength, solved.grade("b").trim) == (0.25, trim.cdl)
    texts = {"strength 0.25, as asked", "trimmed by exposure +0.5, temperature +10, as asked"}
    assert texts <= {reason.text for reason in solved.grade("b").reasons if reason.kind == "wish"}
    assert isinstance(solved.grade("c").transform, Identity)
    assert not isinstance(solved.grade("c").balance, Identity)


@pytest.mark.slow
def test_what_changed_is_compared(draft: Draft) -> None:
    scene = draft.record.scenes[0].id
    half = check_changes(SetStrength(("a", "b", "c"), 0.5)(draft), Means())
    comparison = compare_scene(draft.record, half.record, scene, ("a", "b", "c"))
    assert (comparison.unit, comparison.after > comparison.before + 0.5) == ("ΔE00", True)
    assert max(comparison.moved.values()) > 1
    nothing = compare_scene(draft.record, draft.record, scene, ("a",))
    assert nothing.moved == {"a": 0.0}
    assert math.isnan(compare_scene(replace(draft.record, findings=()), draft.record, scene, ()).before)


@pytest.mark.slow
def test_checks_are_made_of_what_changed_and_of_nothing_else(draft: Draft) -> None:
    assert check_changes(draft, Means()) is draft
    changed = check_changes(SetStrength(("b",), 0.0)(draft), Means())
    assert changed.unchecked == set()
    before, after = (
        {(finding.shot, finding.check): finding.value for finding in record.findings}
        for record in (draft.record, changed.record)
    )
    assert before.keys() - after.keys() == {("b", "correction")}
    assert after["b", "second_difference"] == 0 < before["b", "second_difference"]
    assert after["a", "second_difference"] == before["a", "second_difference"]


def test_without_media_it_says_what_is_missing() -> None:
    little = Draft(small_record())
    with pytest.raises(
        MediaError, match=r"^kitchen cannot be solved without its media: wide: /nowhere/wide.mov; close"
    ):
        solve_scene(little, "kitchen", Means())
    with pytest.raises(ChangeError, match="no scene"):
        solve_scene(little, "attic", Means())
    unverified = check_changes(SetStrength(("wide",), 0.5)(little), Means()).record.findings
    assert [finding for finding in unverified if finding.shot == "street"] == [little.record.findings[1]]
    assert not any(finding.passed for finding in unverified if finding.check == "agreement")


def test_missing_sequences(tmp_path: Path) -> None:
    shot = small_shot("wide", 0)
    media = replace(shot.media, kind="sequence", path=tmp_path / "f.%04d.png", first=7, rate=Fraction(24))
    there, odd = replace(shot, media=media), replace(shot, id="odd", media=replace(media, path=tmp_path / "f.%q.png"))
    assert missing_media([there, odd]) == {"wide": str(tmp_path / "f.0007.png"), "odd": str(tmp_path / "f.%q.png")}
    (tmp_path / "f.0007.png").touch()
    assert missing_media([there]) == {}

"""Settling: harm is taken back, good grades are left as they are, and the record says which round won."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from making.cases import case
from otiograde.color.affine import Affine
from otiograde.color.encodings import encoding
from otiograde.color.transform import Identity
from otiograde.color.views import from_light, to_light
from otiograde.decide.verify import check_all, settle
from otiograde.record.grade import Grade
from otiograde.record.reason import Reason

DARKER = Affine((0.85 * np.eye(3)).tolist())
BACK = Affine((np.eye(3) / 0.85).tolist())
TOO_FAR = Affine((np.eye(3) / 0.85**2.2).tolist())
WRONG = Affine((0.9 * np.eye(3)).tolist())
HEALTH = ("second_difference", "neutral_step", "newly_clipped")


def settled(stage, balances, links):
    scenes, samples = stage.everything
    grades = settle(case(scenes, stage.grades(balances), samples, links, 33))
    assert [grade.shot for grade in grades] == list(stage.casts)
    return {grade.shot: grade for grade in grades}, check_all(case(scenes, grades, samples, links, 33))


def test_right_correction_is_kept_and_said_to_be_right(stage) -> None:
    two = stage({"a": Identity(), "b": DARKER})
    grades, findings = settled(two, {"b": BACK}, two.links("ab"))
    assert grades["b"].balance == BACK
    assert (grades["b"].share, grades["b"].strength) == (1, 1)
    assert grades["b"].confidence == "high"
    assert grades["b"].reasons[0].text.startswith("moved by ΔE00 ")
    assert grades["b"].reasons[1].text == "as solved"
    assert "200 held-out pairs: ΔE00" in grades["b"].reasons[-1].text
    assert all(finding.passed is not False for finding in findings)


def test_grades_that_were_settled_before_are_not_settled_again(stage) -> None:
    two = stage({"a": Identity(), "b": DARKER})
    scenes, samples = two.everything
    this = case(scenes, two.grades({"b": BACK}), samples, two.links("ab"), 33)
    seen = []

    def before(made_from, make):
        seen.append((made_from(), make()))
        return [Grade("a", "scene"), Grade("b", "scene")]

    assert settle(this, remember=before) == [Grade("a", "scene"), Grade("b", "scene")]
    (words, grades), *more = seen
    assert (more, grades) == ([], settle(this))
    for other in (
        case(scenes, two.grades({"b": TOO_FAR}), samples, two.links("ab"), 33),
        case(scenes, two.grades({"b": BACK}), samples, [], 33),
        case(scenes, two.grades({"b": BACK}), samples, two.links("ab"), 17),
    ):
        settle(other, remember=before)
        assert seen[-1][0] != words
    settle(this, {"a": 0.9}, remember=before)
    assert seen[-1][0] != words


def test_correction_that_nothing_proves_is_taken_back(stage) -> None:
    """Both shots move alike: their surfaces agree no better for it."""
    two = stage({"a": Identity(), "b": DARKER})
    same = Affine((0.99 * np.eye(3)).tolist())
    grades, _ = settled(two, {"a": same, "b": same}, two.links("ab"))
    for shot in "ab":
        assert grades[shot].balance == Identity()
        assert "nothing proves that it helps" in grades[shot].reasons[-1].text


def test_overshooting_correction_wins_at_half_strength(stage) -> None:
    two = stage({"a": Identity(), "b": DARKER})
    grades, findings = settled(two, {"b": TOO_FAR}, two.links("ab"))
    assert (grades["b"].share, grades["b"].strength) == (0.5, 1)
    assert any(
        reason.text.startswith("50% strength: as solved, its held-out pairs went from")
        for reason in grades["b"].reasons
    )
    assert all(finding.passed for finding in findings if finding.check == "agreement")


@pytest.mark.parametrize("casts", [{"a": Identity(), "b": Identity()}, {"a": Identity(), "b": DARKER}])
def test_harm_is_taken_back(stage, casts) -> None:
    two = stage(casts)
    grades, findings = settled(two, {"b": WRONG}, two.links("ab"))
    assert grades["b"].balance == Identity()
    assert grades["b"].confidence == "none"
    assert any(reason.text.startswith("left as it was") for reason in grades["b"].reasons)
    assert all(finding.passed for finding in findings if finding.check == "agreement")


def test_a_correction_that_was_taken_back_leaves_no_word_of_itself(stage) -> None:
    two = stage({"a": Identity(), "b": DARKER})
    scenes, samples = two.everything
    claims = (Reason("evidence", "30 matches with a, ΔE00 8.0 -> 2.0"), Reason("wish", "strength 0.5, as asked"))
    for balance, strength in ((WRONG, 0.0), (TOO_FAR, 0.5)):
        solved = [Grade("a", "scene"), Grade("b", "scene", balance, confidence="high", reasons=claims)]
        grade = settle(case(scenes, solved, samples, two.links("ab"), 33))[1]
        assert claims[0] not in grade.reasons
        assert claims[1] in grade.reasons
        moved = [reason for reason in grade.reasons if reason.text.startswith("moved by")]
        assert len(moved) == (strength > 0)


def test_a_link_too_uncertain_to_correct_by_is_too_uncertain_to_judge_by(stage) -> None:
    two = stage({"a": Identity(), "b": DARKER})
    grades, findings = settled(two, {"b": WRONG}, [two.link("a", "b", confidence=0.04)])
    assert grades["b"].balance == WRONG
    assert all(finding.passed is None for finding in findings if finding.check == "agreement")


def test_one_bad_shot_does_not_cost_the_good_ones(stage) -> None:
    three = stage({"a": Identity(), "b": DARKER, "c": Identity()})
    grades, findings = settled(three, {"b": BACK, "c": WRONG}, three.links("ab", "bc", "ac"))
    assert grades["b"].balance == BACK
    assert grades["c"].balance == Identity()
    assert all(finding.passed for finding in findings if finding.check == "agreement")


def test_a_group_that_only_got_worse_is_left_alone_together(stage) -> None:
    """Two shots moved apart: taking one of them back helps the other too."""
    three = stage({"a": Identity(), "b": Identity(), "c": Identity()})
    brighter = Affine((1.1 * np.eye(3)).tolist())
    grades, _ = settled(three, {"a": WRONG, "b": brighter, "c": WRONG}, three.links("ab", "bc"))
    lut = {shot: grade.lut(17) for shot, grade in grades.items()}
    colors = three.colors
    assert np.abs(lut["a"](colors) - lut["b"](colors)).max() < 1e-3


def test_a_group_in_which_one_loses_more_than_all_gain_is_left_alone(stage) -> None:
    """Moving a towards b helps the many pairs of one link a little; c, tied to a by few pairs, loses much."""
    three = stage({"a": Identity(), "b": Affine((0.97 * np.eye(3)).tolist()), "c": Identity()})
    links = [three.link("a", "b"), three.link("a", "c", confidence=0.2)]
    grades, findings = settled(three, {"a": Affine((0.96 * np.eye(3)).tolist())}, links)
    assert all(finding.passed for finding in findings if finding.check == "agreement")
    assert grades["a"].balance == Identity()
    assert ", c by +" in grades["a"].reasons[-1].text


def test_without_pairs_agreement_takes_nothing_back(stage) -> None:
    two = stage({"a": Identity(), "b": DARKER})
    grades, _ = settled(two, {"b": WRONG}, [])
    assert grades["b"].balance == WRONG
    assert grades["b"].reasons[1:] == (Reason("evidence", "as solved"),)


def test_clipping_is_rolled_off(stage) -> None:
    two = stage({"a": Identity(), "b": Identity()})
    brighter = Affine((1.35 * np.eye(3)).tolist())
    grades, findings = settled(two, {"b": brighter}, [])
    assert grades["b"].balance != Identity()
    assert (grades["b"].share, grades["b"].strength) == (1, 1)
    assert "of its colors clip" in grades["b"].reasons[-1].text
    assert all(finding.passed for finding in findings if finding.check in HEALTH)


@pytest.mark.parametrize(
    "bad", [lambda rgb: rgb + 0.05 * np.sin(60 * rgb), Affine((-np.eye(3)).tolist(), (1.0, 1.0, 1.0))]
)
def test_every_lut_ends_healthy(stage, bad) -> None:
    two = stage({"a": Identity(), "b": Identity()})
    grades, findings = settled(two, {"b": bad}, [])
    assert len(grades["b"].reasons) > 1
    assert all(finding.passed for finding in findings if finding.check in HEALTH)


def test_unbelievable_correction_without_proof_is_not_applied_whole(stage) -> None:
    two = stage({"a": Identity(), "b": Identity()})
    grades, findings = settled(two, {"b": Affine((0.3 * np.eye(3)).tolist())}, [])
    assert "without proof is not believed" in grades["b"].reasons[-1].text
    assert all(finding.passed is not False for finding in findings if finding.check == "correction")


def test_settling_twice_changes_no_color(stage) -> None:
    three = stage({"a": Identity(), "b": DARKER, "c": Identity()})
    links = three.links("ab", "bc", "ac")
    scenes, samples = three.everything
    once = settle(case(scenes, three.grades({"b": TOO_FAR, "c": WRONG}), samples, links, 33))
    twice = settle(case(scenes, once, samples, links, 33))
    assert [(grade.balance, grade.share) for grade in once] == [(grade.balance, grade.share) for grade in twice]
    assert all(grade.strength == 1 for grade in twice)


def test_order_of_links_and_grades_does_not_matter(stage) -> None:
    three = stage({"a": Identity(), "b": DARKER, "c": Identity()})
    links = three.links("ab", "bc", "ac")
    scenes, samples = three.everything
    grades = three.grades({"b": BACK, "c": WRONG})
    one = {grade.shot: grade.balance for grade in settle(case(scenes, grades, samples, links, 33))}
    other = {grade.shot: grade.balance for grade in settle(case(scenes, grades[::-1], samples, links[::-1], 33))}
    assert one == other


def test_black_shot_and_empty_sample(stage) -> None:
    two = stage({"a": Identity(), "b": Affine(np.zeros((3, 3)).tolist())})
    grades, _ = settled(two, {}, [])
    assert all(grade.balance == Identity() for grade in grades.values())


def test_what_changes_inside_a_shot_is_said_whatever_its_balance(stage) -> None:
    two = stage({"a": Identity(), "b": DARKER})
    drift = Reason("drift", "drifts: taken out, by 3 keys")
    scenes, samples = two.everything
    for balance in (WRONG, TOO_FAR):
        grades = [replace(grade, reasons=(drift,)) for grade in two.grades({"b": balance})]
        done = settle(case(scenes, grades, samples, two.links("ab"), 33))
        assert [grade.reasons.count(drift) for grade in done] == [1, 1]


class TestSdrBesideLog:
    """SDR becomes light through the inverse of the view; where that brings it nowhere, it is left alone."""

    LOG = encoding("slog3-cine")

    def settled(self, stage, look, balance):
        def camera(colors):
            return np.clip(from_light(to_light(colors, encoding("bt709")), self.LOG), 0, 1)

        two = stage({"a": camera, "b": look})
        samples = two.samples | {"a": two.samples["a"].coded(self.LOG)}
        grades = settle(case([two.scene], two.grades({"b": balance}), samples, two.links("ab"), 33))
        return {grade.shot: grade for grade in grades}["b"]

    def test_a_look_that_is_the_views_is_corrected(self, stage) -> None:
        assert self.settled(stage, DARKER, BACK).balance == BACK

    def test_another_look_is_left_alone(self, stage) -> None:
        """The correction takes back the half of the difference that is light, and not the look."""
        swapped = Affine(((0.5, 0.4, 0.1), (0.1, 0.5, 0.4), (0.4, 0.1, 0.5)))
        grade = self.settled(stage, swapped, Affine((1.1 * np.eye(3)).tolist()))
        assert grade.balance == Identity()
        assert "its look is not that of the view" in grade.reasons[-1].text

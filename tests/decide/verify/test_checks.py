"""The checks: right grades pass, wrong ones fail, and what cannot be known is said to be unverifiable.

Tests: decide/verify/case.py
"""

from __future__ import annotations

from dataclasses import replace
from math import isnan

import numpy as np
import pytest

from making.cases import case
from otiograde.color.affine import Affine
from otiograde.color.encodings import encoding
from otiograde.color.transform import Identity
from otiograde.decide.verify import CHECKS, check_all
from otiograde.record.finding import Finding
from otiograde.record.grade import Grade
from otiograde.record.summary import summary
from otiograde.survey.drift import Drift
from otiograde.survey.families import Doubt

DARKER = Affine((0.85 * np.eye(3)).tolist())
BACK = Affine((np.eye(3) / 0.85).tolist())
WARM = Affine(np.diag([1.08, 1.0, 0.9]).tolist())
HEALTH = ("second_difference", "neutral_step", "newly_clipped")


def found(findings: list[Finding], check: str, shot: str) -> Finding:
    matching = [finding for finding in findings if (finding.check, finding.shot) == (check, shot)]
    assert len(matching) == 1, f"{check} of {shot}: {matching}"
    return matching[0]


class TestAgreement:
    def test_right_correction_passes(self, stage) -> None:
        two = stage({"a": Identity(), "b": DARKER})
        scenes, samples = two.everything
        grades = two.grades({"b": BACK})
        findings = check_all(case(scenes, grades, samples, two.links("ab"), 33))
        before, after = (found(findings, f"difference_{when}", "scene") for when in ("before", "after"))
        assert before.value > 4
        assert after.value < 0.3
        assert after.note == "imperceptible"
        assert (before.passed, before.limit) == (None, None)
        for shot in ("scene", "a", "b"):
            agreement = found(findings, "agreement", shot)
            assert agreement.passed is True
            assert "200 held-out pairs" in agreement.note
        assert "-> 0." in summary(two.scene, grades, findings)
        assert summary(two.scene, grades, findings).endswith("ok")

    def test_wrong_correction_fails(self, stage) -> None:
        two = stage({"a": Identity(), "b": DARKER})
        scenes, samples = two.everything
        grades = two.grades({"b": DARKER})
        findings = check_all(case(scenes, grades, samples, two.links("ab"), 33))
        assert found(findings, "agreement", "scene").passed is False
        assert found(findings, "agreement", "b").value > 3
        assert "failed: agreement" in summary(two.scene, grades, findings)

    def test_fitted_pairs_are_not_evidence(self, stage) -> None:
        """A correction that is right on the pairs of the fit and wrong on those held out must fail."""
        two = stage({"a": Identity(), "b": DARKER})
        scenes, samples = two.everything
        link = two.link("a", "b")
        swapped = np.where(link.held_out[:, None], link.colors_a, link.colors_b)
        findings = check_all(case(scenes, two.grades({"b": BACK}), samples, [replace(link, colors_b=swapped)], 33))
        assert found(findings, "agreement", "scene").passed is False

    @pytest.mark.parametrize("few", [False, True])
    def test_without_pairs_it_is_unverifiable_never_passed(self, stage, few) -> None:
        two = stage({"a": Identity(), "b": DARKER})
        scenes, samples = two.everything
        link = two.link("a", "b")
        links = [replace(link, held_out=np.arange(len(link.held_out)) < 3)] if few else []
        grades = two.grades({"b": BACK})
        findings = check_all(case(scenes, grades, samples, links, 33))
        for shot in ("scene", "a", "b"):
            agreement = found(findings, "agreement", shot)
            assert agreement.passed is None
            assert isnan(agreement.value)
            assert "unverifiable" in agreement.note
        statistics = found(findings, "statistics", "scene")
        assert (statistics.passed, statistics.limit) == (None, None)
        assert summary(two.scene, grades, findings).endswith("unverifiable")

    def test_a_look_is_not_held_against_the_balance(self, stage) -> None:
        """A look with more contrast makes every difference larger; the shots agree no less for it."""
        two = stage({"a": Identity(), "b": DARKER})
        scenes, samples = two.everything
        look = Affine((1.3 * np.eye(3)).tolist(), (-0.15, -0.15, -0.15))
        plain = two.grades({"b": BACK})
        looked = [replace(grade, look=look) for grade in plain]
        links = two.links("ab")
        for one, other in zip(
            check_all(case(scenes, plain, samples, links, 33)),
            check_all(case(scenes, looked, samples, links, 33)),
            strict=True,
        ):
            assert (one.check, one.value, one.passed) == (other.check, other.value, other.passed)
            assert "with look and trim" in other.note or one.check not in HEALTH

    def test_scene_of_one_shot_has_nothing_to_agree_with(self, stage) -> None:
        one = stage({"a": Identity()})
        scenes, samples = one.everything
        findings = check_all(case(scenes, one.grades({}), samples, [], 33))
        assert {finding.check for finding in findings} == set(HEALTH)
        assert summary(one.scene, one.grades({}), findings) == "1 shot   left alone   ok"


class TestSeams:
    def test_cuts_between_linked_neighbors_worst_first(self, stage) -> None:
        four = stage({"a": Identity(), "b": DARKER, "c": WARM, "d": Identity()})
        scenes, samples = four.everything
        findings = check_all(case(scenes, four.grades({"b": BACK}), samples, four.links("ba", "bc", "ac"), 33))
        seams = [finding for finding in findings if finding.check == "seam"]
        assert [seam.shot for seam in seams] == ["c", "b"]
        assert seams[1].note.startswith("cut from a: ")
        assert seams[1].passed is True


class TestLutHealth:
    def test_rough_inverting_and_clipping_luts_fail(self, stage) -> None:
        balances = {
            "rough": lambda rgb: rgb + 0.05 * np.sin(60 * rgb),
            "inverting": Affine((-np.eye(3)).tolist(), (1.0, 1.0, 1.0)),
            "clipping": Affine((1.5 * np.eye(3)).tolist()),
            "fine": Affine((1.02 * np.eye(3)).tolist()),
        }
        shots = stage(dict.fromkeys(balances, Identity()))
        scenes, samples = shots.everything
        findings = check_all(case(scenes, shots.grades(balances), samples, [], 33))
        failed = {(f.shot, f.check) for f in findings if f.check in HEALTH and f.passed is False}
        assert {("rough", "second_difference"), ("inverting", "neutral_step"), ("clipping", "newly_clipped")} <= failed
        assert "fine" not in {shot for shot, _ in failed}

    def test_every_shot_is_checked(self, stage) -> None:
        two = stage({"a": Identity(), "b": Identity()})
        scenes, samples = two.everything
        findings = check_all(case(scenes, two.grades({}), samples, [], 33))
        assert {(f.shot, f.check) for f in findings if f.check in HEALTH} == {(s, c) for s in "ab" for c in HEALTH}
        assert all(f.passed for f in findings if f.check in HEALTH)


class TestSkin:
    def test_skin_turned_without_evidence_fails(self, stage) -> None:
        greener = Affine(np.diag([0.85, 1.0, 0.8]).tolist())
        skin = np.clip(np.random.default_rng(0).normal((0.72, 0.55, 0.45), 0.02, (1000, 3)), 0, 1)
        two = stage({"a": Identity(), "b": Identity()}, colors=skin)
        scenes, samples = two.everything
        findings = check_all(case(scenes, two.grades({"b": greener}), samples, [], 33))
        assert found(findings, "skin_hue", "b").passed is False
        findings = check_all(case(scenes, two.grades({"b": Affine((1.05 * np.eye(3)).tolist())}), samples, [], 33))
        assert found(findings, "skin_hue", "b").passed is True

    def test_skin_turned_to_that_of_linked_shots_passes(self, stage) -> None:
        greener = Affine(np.diag([0.85, 1.0, 0.8]).tolist())
        undone = Affine(np.diag([1 / 0.85, 1.0, 1 / 0.8]).tolist())
        skin = np.clip(np.random.default_rng(0).normal((0.72, 0.55, 0.45), 0.02, (1000, 3)), 0, 1)
        two = stage({"a": Identity(), "b": greener}, colors=skin)
        scenes, samples = two.everything
        finding = found(
            check_all(case(scenes, two.grades({"b": undone}), samples, two.links("ab"), 33)), "skin_hue", "b"
        )
        assert finding.passed is True
        assert finding.value < 2


class TestCorrection:
    def test_huge_correction_without_proof_fails(self, stage) -> None:
        two = stage({"a": Identity(), "b": Identity()})
        scenes, samples = two.everything
        grades = two.grades({"b": Affine((0.3 * np.eye(3)).tolist())})
        assert found(check_all(case(scenes, grades, samples, [], 33)), "correction", "b").passed is False

    def test_its_size_is_told_where_links_judge(self, stage) -> None:
        two = stage({"a": Identity(), "b": DARKER})
        scenes, samples = two.everything
        finding = found(
            check_all(case(scenes, two.grades({"b": BACK}), samples, two.links("ab"), 33)), "correction", "b"
        )
        assert (finding.passed, finding.limit) == (None, None)


class TestHdr:
    def test_hdr_is_compared_as_it_is_seen_and_as_light(self, stage) -> None:
        two = stage({"a": Identity(), "b": Affine((0.95 * np.eye(3)).tolist())})
        scenes, samples = two.everything
        grades = two.grades({"b": Affine((np.eye(3) / 0.95).tolist())})
        pq = dict.fromkeys("ab", encoding("pq"))
        findings = check_all(case(scenes, grades, samples, two.links("ab"), 33, encodings=pq))
        after = found(findings, "difference_after", "scene")
        assert after.unit == "ΔE00"
        assert after.note == "imperceptible"
        assert found(findings, "agreement", "scene").passed is True
        assert "correction" in {finding.check for finding in findings}
        before, light = (found(findings, f"light_{when}", "scene") for when in ("before", "after"))
        assert (before.unit, light.unit) == ("ΔE ITP", "ΔE ITP")
        assert light.value < before.value / 4

    def test_an_encoding_in_doubt_is_reported_and_not_judged(self, stage) -> None:
        two = stage({"a": Identity(), "b": Identity()})
        scenes, samples = two.everything
        made = case(scenes, two.grades({}), samples, two.links("ab"), 33)
        doubt = Doubt("looks_log", 1.2, 0.79, "its pictures are as flat as log")
        doubted = replace(made, survey=replace(made.survey, doubts={"a": doubt}))
        finding = found(check_all(doubted), "looks_log", "a")
        assert (finding.passed, finding.value) == (None, 1.2)
        assert "as flat as log" in finding.note


def test_every_check_is_in_the_table_and_documented() -> None:
    assert all(check.__doc__ for check in CHECKS.values())
    assert list(CHECKS) == [
        "lut_health", "correction", "agreement", "skin_hue", "seams", "join", "drift", "light", "encodings",
    ]  # fmt: skip


def test_black_shot(stage) -> None:
    two = stage({"a": Identity(), "b": Affine(np.zeros((3, 3)).tolist())})
    scenes, samples = two.everything
    findings = check_all(case(scenes, two.grades({}), samples, [], 33))
    assert found(findings, "newly_clipped", "b").passed is True


def test_findings_are_plain_numbers(stage) -> None:
    two = stage({"a": Identity(), "b": DARKER})
    scenes, samples = two.everything
    for finding in check_all(case(scenes, two.grades({"b": BACK}), samples, two.links("ab"), 33)):
        assert type(finding.value) is float
        assert finding.passed is None or type(finding.passed) is bool


def test_grades_may_come_in_any_order(stage) -> None:
    two = stage({"a": Identity(), "b": DARKER})
    scenes, samples = two.everything
    grades: list[Grade] = two.grades({"b": BACK})
    key = lambda finding: (finding.check, finding.shot)  # noqa: E731
    first, second = (check_all(case(scenes, order, samples, two.links("ab"), 33)) for order in (grades, grades[::-1]))
    assert sorted(first, key=key) == sorted(second, key=key)


class TestDrift:
    @pytest.mark.parametrize(
        ("kind", "passed", "limit", "note"),
        [
            ("steady", True, 0.12, ""),
            ("drifts", None, None, "brightens by 0.30 stop between frames 3 and 33 (limit 0.12)"),
            ("unknown", None, 0.12, "unverifiable: brightens by 0.30 stop between frames 3 and 33"),
        ],
    )
    def test_told_but_not_held_against_the_grade(self, stage, kind, passed, limit, note) -> None:
        two = stage({"a": Identity(), "b": Identity()})
        words = "" if kind == "steady" else "brightens by 0.30 stop between frames 3 and 33"
        drift = Drift("b", (3, 33), 0.3, 0.0, 0.3, 1, 0.0, (), 0.9, kind, 0.3, 0.12, words)
        scenes, samples = two.everything
        findings = check_all(case(scenes, two.grades({}), samples, two.links("ab"), 33, drifts={"b": drift}))
        finding = found(findings, "drift", "b")
        assert (finding.passed, finding.limit, finding.note) == (passed, limit, note)
        assert not any((one.check, one.shot) == ("drift", "a") for one in findings)

    def test_another_picture_inside_is_told_with_its_frame(self, stage) -> None:
        two = stage({"a": Identity(), "b": Identity()})
        scenes, samples = two.everything
        made = case(scenes, two.grades({}), samples, two.links("ab"), 33)
        finding = found(check_all(replace(made, survey=replace(made.survey, inside={"b": 36}))), "cut_inside", "b")
        assert (finding.passed, finding.value, finding.unit) == (None, 36.0, "frame")
        assert "`otiograde cut`" in finding.note

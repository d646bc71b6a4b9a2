"""Words agree with the numbers beside them: a law over generated records.

Tests: exporters/report/sentences.py
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite, nan

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from making.records import BLUER, SWAP, WARM, WARMISH, graded
from making.shots import edit, nth_shot
from otiograde.color.affine import Affine
from otiograde.color.describing import describe
from otiograde.color.difference import mean_change
from otiograde.color.transform import Identity, Transform
from otiograde.exporters.report import sentences
from otiograde.exporters.report.differences import mean_difference
from otiograde.record.cuts import worst_pairs
from otiograde.record.evidence import Evidence
from otiograde.record.finding import Finding
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.summary import attention, summary, unproved_words

NAMES = ("a", "b", "c", "d")
#: Moves colors by less than the eye sees, and turns hues without a change of gray.
TINY = Affine((1.004 * np.eye(3)).tolist())
TURNED = Affine(((0.9, 0.1, 0.0), (0.0, 0.9, 0.1), (0.1, 0.0, 0.9)))
BALANCES: tuple[Transform, ...] = (Identity(), WARM, WARMISH, BLUER, SWAP, TINY, TURNED)

differences = st.floats(0, 30) | st.just(nan)
evidences = st.builds(
    Evidence,
    st.sampled_from("ab"),
    st.sampled_from("cd"),
    st.sampled_from(["surfaces", "learned", "source", "layout", "regions", "content"]),
    st.integers(0, 200),
    st.integers(0, 100),
    differences,
    differences,
    st.sampled_from(["ΔE00", "ΔE ITP"]),
    st.floats(0, 1),
    st.just((0, 0)),
)


@st.composite
def records(draw: st.DrawFn) -> GradedTimeline:
    """A record of four shots in one or two scenes, with any balances, evidence and findings."""
    record = graded(edit(*(nth_shot(name, number) for number, name in enumerate(NAMES))))
    cut = draw(st.integers(1, 4))
    ids = [("kitchen", NAMES[:cut]), ("street", NAMES[cut:])]
    scenes = tuple(Scene(name, shots) for name, shots in ids if shots)
    grades = []
    for scene in scenes:
        for shot in scene.shots:
            reasons = draw(st.sampled_from([(), (Reason("unproven", "unproven: all of it"),)]))
            balance, confidence = draw(st.sampled_from(BALANCES)), draw(st.sampled_from(["high", "low", "none"]))
            strength = draw(st.sampled_from([1.0, 0.5, 0.0]))
            grades.append(Grade(shot, scene.id, balance, strength=strength, confidence=confidence, reasons=reasons))
    findings = []
    for scene in scenes:
        passed = draw(st.sampled_from([True, False, None]))
        findings.append(Finding(scene.id, "agreement", nan if passed is None else 0.0, 0.1, "ΔE00", passed))
        if passed is not None:
            before, after = draw(st.floats(0, 30)), draw(st.floats(0, 30))
            findings.append(Finding(scene.id, "difference_before", before, None, "ΔE00", None, "unacceptable"))
            findings.append(Finding(scene.id, "difference_after", after, None, "ΔE00", None, "unacceptable"))
    evidence = tuple(draw(st.lists(evidences, max_size=4)))
    return replace(record, scenes=scenes, grades=tuple(grades), findings=tuple(findings), evidence=evidence)


@given(records())
def test_no_surface_is_said_only_where_none_was_matched(record: GradedTimeline) -> None:
    lines = attention(record)
    for scene in record.scenes:
        pairs = [(piece.a in scene.shots and piece.b in scene.shots) for piece in record.evidence if piece.matches]
        why = unproved_words(scene, record)
        text = sentences.scene_summary(scene, record)
        if any(pairs):
            assert "no surface" not in why + text
        if why:
            assert any(scene.id in line and why in line for line in lines)
            assert summary(scene, record.grades, record.findings).split("   ")[-1] in {
                "unverifiable",
                "failed: agreement",
            }
        for shot in scene.shots if "left alone." in text and "," not in text else ():
            assert isinstance(record.grade(shot).transform, Identity)


@given(records())
def test_no_fault_is_named_where_every_check_passed(record: GradedTimeline) -> None:
    verdict = sentences.verdict(record)
    standing = sentences.standing(mean_difference(record.evidence))
    lines = [summary(scene, record.grades, record.findings) for scene in record.scenes]
    if record.passed:
        assert "unacceptable" not in " ".join([verdict, standing, *lines])
    else:
        assert "passed" not in verdict
    left = [pair.difference.after for pair in worst_pairs(record) if pair.difference.unit == "ΔE00"]
    if "passed" in verdict and any(after >= 5 for after in left):
        assert "light" in verdict


@given(records())
def test_a_difference_is_described_as_its_number_is(record: GradedTimeline) -> None:
    difference = mean_difference(record.evidence)
    text = sentences.standing(difference)
    if difference.unit != "ΔE00" or not difference.measured:
        assert "before" not in text
    if isfinite(difference.after) and difference.unit == "ΔE00" and difference.after < 1:
        assert "imperceptible" in text
    assert " before,  now" not in text


@given(records())
def test_the_opening_counts_what_the_grades_do(record: GradedTimeline) -> None:
    corrected = sum(not isinstance(grade.transform, Identity) for grade in record.grades)
    text = sentences.opening(record)
    assert ("All left alone." in text) is (corrected == 0)
    assert ("All corrected." in text) is (corrected == len(record.grades))
    for grade in record.grades:
        words = sentences.grade_summary(grade)
        assert ("Keeps its own colors." in words) is isinstance(grade.transform, Identity)
        unproven = any(reason.kind == "unproven" for reason in grade.reasons)
        assert (sentences.confidence(grade) == "unproven") is unproven


@given(st.sampled_from(BALANCES), st.lists(st.tuples(*[st.floats(0, 1)] * 3), min_size=1, max_size=20))
def test_hardly_any_change_moves_no_color_visibly(balance: Transform, colors: list[tuple[float, float, float]]) -> None:
    words = describe(balance)
    change = mean_change(balance, np.array(colors))
    assert (words == "no change") is isinstance(balance, Identity)
    if words == "hardly any change":
        assert change < 1.05


def test_a_change_that_grays_do_not_show_is_named() -> None:
    assert describe(TINY) == "hardly any change"
    assert "some colors change" in describe(TURNED) or "saturated" in describe(TURNED)

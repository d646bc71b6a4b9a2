"""The frames at a cut at which a clip continues must not differ more than before, and a grade that parts them goes.

Tests: decide/verify/checks.py, decide/verify/settling.py
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from making.cases import case
from making.pictures import Stage
from otiograde.color.affine import Affine
from otiograde.color.transform import Identity, Transform
from otiograde.decide.verify import check_all, settle
from otiograde.record.finding import Finding
from otiograde.record.grade import Grade
from otiograde.survey.link import Link

DARKER = Affine((0.85 * np.eye(3)).tolist())
BACK = Affine((np.eye(3) / 0.85).tolist())


def join(stage: Stage, a: str, b: str) -> Link:
    return replace(stage.link(a, b), kind="joins")


def settled(
    stage: Stage, balances: Mapping[str, Transform], links: Sequence[Link]
) -> tuple[dict[str, Grade], list[Finding]]:
    scenes, samples = stage.everything
    grades = settle(case(scenes, stage.grades(balances), samples, links, 33))
    return {grade.shot: grade for grade in grades}, check_all(case(scenes, grades, samples, links, 33))


def test_a_join_is_judged_by_itself() -> None:
    two = Stage({"a": Identity(), "b": DARKER})
    grades, findings = settled(two, {"b": BACK}, [join(two, "a", "b")])
    assert grades["b"].balance == BACK
    (finding,) = [finding for finding in findings if finding.check == "join"]
    assert (finding.shot, finding.passed, finding.unit) == ("b", True, "ΔE00")
    assert finding.value < -3
    assert finding.note.startswith("the frames at the cut from a: ")
    assert not [finding for finding in findings if finding.check == "seam"]


def test_a_correction_that_parts_the_frames_at_a_cut_is_taken_back() -> None:
    """b agrees with c after its correction, which it shares more surfaces with, and no longer continues a."""
    three = Stage({"a": Identity(), "b": Identity(), "c": BACK})
    wide = [three.link("b", "c"), replace(three.link("b", "c"), kind="learned")]
    grades, findings = settled(three, {"b": BACK}, [join(three, "a", "b"), *wide])
    assert grades["b"].balance == Identity() or grades["b"].share < 1
    assert any("the frames at the cut from a went from 0.0" in reason.text for reason in grades["b"].reasons)
    assert not [finding for finding in findings if finding.check == "join" and finding.value > 5]


def test_the_report_of_a_join_that_grows_fails() -> None:
    two = Stage({"a": Identity(), "b": Identity()})
    scenes, samples = two.everything
    findings = check_all(case(scenes, two.grades({"b": DARKER}), samples, [join(two, "a", "b")], 33))
    (finding,) = [finding for finding in findings if finding.check == "join"]
    assert finding.passed is False


def test_shots_that_the_edit_parts_are_not_judged() -> None:
    two = Stage({"a": Identity(), "b": DARKER})
    scenes = [replace(two.scene, id=shot, shots=(shot,)) for shot in "ab"]
    findings = check_all(case(scenes, two.grades({}), two.samples, [join(two, "a", "b")], 33))
    assert not [finding for finding in findings if finding.check == "join"]

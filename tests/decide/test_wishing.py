"""What is wished of a grade, applied: a wish scales what the checks left, and said again it changes nothing."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from otiograde.color.cdl import Cdl
from otiograde.color.transform import Identity
from otiograde.color.trim import LIMITS, Trim
from otiograde.decide.wishing import as_wished, wished_before, with_wishes
from otiograde.record.course import Course, Key
from otiograde.record.grade import Grade
from otiograde.record.reason import Reason
from otiograde.record.shot import Wishes

parts = st.floats(0, 1)
wishes = st.builds(
    Wishes,
    strength=st.none() | parts,
    boldness=st.none() | parts,
    trim=st.builds(Trim, **{name: st.floats(*ends) for name, ends in LIMITS.items()}),
    verdict=st.sampled_from(["accepted", "rejected", None]),
)


def grade(share: float = 1.0) -> Grade:
    return Grade("a", "scene", Cdl((1.1, 1.0, 0.9)), share=share, reasons=(Reason("moved", "moved"),))


@given(parts, wishes, wishes)
def test_the_last_wishes_hold_and_the_share_stays(share: float, first: Wishes, last: Wishes) -> None:
    wished = with_wishes(with_wishes(grade(share), first), last)
    assert wished == with_wishes(grade(share), last)
    assert wished == with_wishes(wished, last)
    assert wished.share == share
    assert 0 <= wished.amount <= share
    assert with_wishes(wished, Wishes()) == grade(share)


def test_a_wish_scales_what_was_left() -> None:
    wished = with_wishes(grade(0.5), Wishes(strength=0.8))
    assert (wished.share, wished.strength, wished.amount) == (0.5, 0.8, 0.4)
    assert wished.reasons == (Reason("moved", "moved"), Reason("wish", "strength 0.8, as asked"))


def test_a_rejected_grade_has_no_strength_whatever_is_wished() -> None:
    rejected = with_wishes(grade(0.5), Wishes(strength=0.8, verdict="rejected"))
    assert (rejected.share, rejected.strength) == (0.5, 0)
    assert rejected.transform == Identity()
    assert rejected.reasons == (Reason("moved", "moved"), Reason("wish", "rejected: no strength, as asked"))


def test_grades_of_other_shots_stay() -> None:
    assert as_wished([grade(0.5)], ()) == [grade(0.5)]


@given(wishes, wishes)
def test_what_is_wished_now_wins(now: Wishes, before: Wishes) -> None:
    assert wished_before(now, now) == wished_before(now, Wishes()) == now
    assert wished_before(Wishes(scene="kitchen"), before) == Wishes(
        scene="kitchen",
        strength=before.strength,
        boldness=before.boldness,
        verdict=before.verdict,
        trim=before.trim,
    )


def test_a_shot_that_is_rejected_or_not_to_be_steadied_has_no_course() -> None:
    course = Course((Key(3, Cdl((0.9, 0.9, 0.9))),))
    steadied = replace(grade(), course=course)
    assert with_wishes(steadied, Wishes()).course == course
    assert with_wishes(steadied, Wishes(steady="steps")).course == course
    assert with_wishes(steadied, Wishes(steady="off")).course is None
    assert with_wishes(steadied, Wishes(verdict="rejected")).course is None


def test_a_look_stays_where_the_changes_inside_a_shot_do() -> None:
    looks = (Cdl((1.0, 1.0, 0.8)), Cdl((0.8, 1.0, 1.0)))
    course = Course((Key(10, Identity()), Key(20, Cdl((0.9, 0.9, 0.9)))), reference=10, words="drifts")
    taken = Reason("drift", course.taken_out)
    whole = replace(grade(), course=course, key_looks=looks, look=looks[0], reasons=(*grade().reasons, taken))
    for wished in (Wishes(steady="off"), Wishes(verdict="rejected")):
        left = with_wishes(whole, wished)
        assert left.course is not None
        assert (left.course.kind, [key.transform for key in left.course.keys]) == ("look", [Identity()] * 2)
        assert (left.key_looks, left.look, left.bare.course) == (looks, looks[0], None)
        assert taken not in left.reasons
        assert with_wishes(left, wished) == left

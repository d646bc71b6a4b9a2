"""What a change does to a draft, and that undo is the draft before: laws over any changes in any order.

Tests: review/history.py, review/draft.py
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from making.records import WARM
from making.small_record import SHOTS, small_record, small_shot
from otiograde.color.transform import Identity, Mix
from otiograde.color.trim import LIMITS, Trim
from otiograde.record.codec import encode
from otiograde.record.course import Course, Key
from otiograde.record.finding import Finding
from otiograde.record.graded import format_record, parse_record
from otiograde.record.reason import Reason
from otiograde.record.settings import Steadying, SteadyKind
from otiograde.review.changes import (
    KINDS,
    Change,
    ChangeError,
    Draft,
    Move,
    SetAnchor,
    SetBoldness,
    SetHero,
    SetLock,
    SetSteady,
    SetStrength,
    SetTrim,
    SetVerdict,
    Solved,
    parse_change,
)
from otiograde.review.history import History, replay
from otiograde.review.scene_looks import SetLook

shots = st.lists(st.sampled_from(SHOTS), min_size=1, unique=True).map(tuple)
scenes = st.sampled_from(["kitchen", "street", "new", "<script>", "ночь 🎬"])
trims = st.builds(Trim, **{name: st.floats(*ends) for name, ends in LIMITS.items()})
strengths = st.none() | st.floats(0, 1)
changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(Move, shots, scenes),
    st.builds(SetHero, scenes, st.none() | st.sampled_from(SHOTS)),
    st.builds(SetLock, shots, st.booleans()),
    st.builds(SetStrength, shots, strengths),
    st.builds(SetBoldness, shots, strengths),
    st.builds(SetTrim, shots, trims),
    st.builds(SetVerdict, shots, st.sampled_from(["accepted", "rejected", None])),
    st.builds(SetAnchor, scenes, st.sampled_from(["first", "hero", None])),
    st.builds(SetSteady, shots, st.sampled_from(["off", "steps", None])),
    st.builds(
        SetLook,
        st.none() | scenes,
        st.sampled_from([Path("/o/looks/a.cube"), Path("/o/looks/b.png"), None]),
        st.sampled_from(["grade", "palette", None]),
        st.floats(-0.1, 1.6),
        st.sampled_from([0.0, 0.0, 0.5]),
    ),
)


def draft() -> Draft:
    return Draft(small_record())


def after(*steps: Change) -> Draft:
    now = draft()
    for step in steps:
        now = step(now)
    return now


@given(st.lists(changes, max_size=12))
def test_undo_is_the_draft_before_and_redo_the_one_after(steps: list[Change]) -> None:
    history = History.of(draft())
    for step in steps:
        try:
            done = history.do(step)
        except ChangeError:
            continue
        assert done.undo().draft is history.draft
        assert done.undo().redo() == done
        history = done
    back = history
    while back.done:
        back = back.undo()
    assert back.draft is history.base
    while back.undone:
        back = back.redo()
    assert back == history


@pytest.mark.slow
@given(st.lists(changes, max_size=12))
def test_any_changes_leave_a_record_that_holds_together(steps: list[Change]) -> None:
    history, _ = replay(draft(), steps)
    record = history.draft.record
    assert sorted(shot for scene in record.scenes for shot in scene.shots) == sorted(SHOTS)
    assert all(scene.shots for scene in record.scenes)
    assert len({scene.id for scene in record.scenes}) == len(record.scenes)
    for scene in record.scenes:
        wishes = {shot.id: shot.wishes for shot in record.edit.shots if shot.id in scene.shots}
        assert [shot for shot in wishes if wishes[shot].hero] == ([scene.hero] if scene.hero else [])
        assert set(scene.locked) == {shot for shot in wishes if wishes[shot].lock}
        assert len({each.anchor for each in wishes.values()}) == len({each.look for each in wishes.values()}) == 1
    for grade, shot in zip(record.grades, record.edit.shots, strict=True):
        assert grade.shot == shot.id
        assert shot.id in history.draft.scene(grade.scene).shots
        wished = 1 if shot.wishes.strength is None else shot.wishes.strength
        assert grade.strength == (0 if shot.wishes.verdict == "rejected" else wished)
        assert grade.share == small_record().grade(shot.id).share
        assert grade.trim == (Identity() if shot.wishes.trim == Trim() else shot.wishes.trim.cdl)
    assert history.draft.unsolved <= {scene.id for scene in record.scenes}
    assert parse_record(format_record(record)) == record


@given(st.lists(changes, max_size=8))
def test_the_same_changes_again_give_the_same(steps: list[Change]) -> None:
    history, dropped = replay(draft(), steps)
    again, nothing = history.replayed(draft())
    assert again.draft == history.draft
    assert nothing == ()
    assert len(dropped) + len(history.done) == len(steps)


def test_a_moved_shot_tells_every_shot_its_scene() -> None:
    moved = after(Move(("close",), "street"))
    assert [scene.shots for scene in moved.record.scenes] == [("wide",), ("close", "walk", "door")]
    assert [shot.wishes.scene for shot in moved.record.edit.shots] == ["kitchen", "street", "street", "street"]
    assert moved.record.grade("close").scene == "street"
    assert moved.unsolved == moved.unchecked == {"kitchen", "street"}
    assert Reason("wish", "put here by hand", "close") in moved.scene("street").reasons
    assert moved.scene("street").reasons[0] == Reason("grouped", "linked", "door")
    assert moved.scene("kitchen").reasons == ()


def test_the_last_shot_takes_its_scene_along() -> None:
    moved = after(Move(("wide", "close"), "street"))
    assert [scene.id for scene in moved.record.scenes] == ["street"]
    assert moved.unsolved == {"street"}


def test_a_scene_keeps_its_hero_and_its_look_when_a_shot_comes() -> None:
    look = Path("/o/looks/a.cube")
    moved = after(
        SetHero("kitchen", "close"), SetHero("street", "door"), SetLook("street", look), Move(("close",), "street")
    )
    assert moved.scene("street").hero == "door"
    assert {shot.wishes.look for shot in moved.record.edit.shots if shot.id in moved.scene("street").shots} == {look}
    alone = after(SetHero("kitchen", "close"), Move(("close",), "street"))
    assert (alone.scene("street").hero, alone.scene("kitchen").hero) == ("close", None)


def test_strength_comes_back_to_what_was_solved() -> None:
    weak = after(SetStrength(("door",), 0.2)).record.grade("door")
    assert (weak.share, weak.strength, weak.amount) == (0.5, 0.2, 0.1)
    solved = after(SetStrength(("door",), 0.2), SetStrength(("door",), None))
    assert solved.record.grade("door") == draft().record.grade("door")
    rejected = after(SetVerdict(("door",), "rejected")).record.grade("door")
    assert isinstance(rejected.transform, Identity)
    assert rejected.reasons == (Reason("moved", "moved"), Reason("wish", "rejected: no strength, as asked"))
    assert after(SetVerdict(("door",), "rejected"), SetVerdict(("door",), None)).record.grade(
        "door"
    ) == draft().record.grade("door")


def test_the_same_wish_again_keeps_what_do_no_harm_took() -> None:
    """Graded at a wish of 0.8, of which "do no harm" left half: 0.4 is in the record of format 2."""
    values = {**encode(small_record(small_shot("wide", 0, strength=0.8))), "otiograde": 2}
    values["grades"] = [grade for grade in values["grades"] if grade["shot"] == "wide"]
    values["grades"][0].pop("share", None)
    values["grades"][0] |= {"strength": 0.4, "reasons": ["moved", "strength 0.8, as asked"]}
    values["scenes"] = [{"id": "kitchen", "shots": ["wide"]}]
    values["findings"] = values["findings"][:1]
    before = Draft(parse_record(json.dumps(values)))
    assert before.record.grade("wide").transform == Mix(WARM, 0.4)
    again = SetStrength(("wide",), 0.8)(before)
    assert again.record.grade("wide").transform == Mix(WARM, 0.4)
    assert [reason.text for reason in again.record.grade("wide").reasons] == ["moved", "strength 0.8, as asked"]
    assert SetStrength(("wide",), None)(again).record.grade("wide").transform == Mix(WARM, 0.5)
    assert SetVerdict(("wide",), None)(SetVerdict(("wide",), "rejected")(again)).record.grade("wide").transform == Mix(
        WARM, 0.4
    )


def test_only_what_the_solver_sees_asks_for_a_solution() -> None:
    assert (
        after(SetStrength(("wide",), 0.2), SetTrim(("wide",), Trim(1)), SetVerdict(("wide",), "accepted")).unsolved
        == set()
    )
    assert after(SetStrength(("wide",), 0.2)).unchecked == {"kitchen"}
    for change in (SetHero("kitchen", "wide"), SetLock(("wide",), lock=True), SetAnchor("kitchen", "first")):
        assert after(change).unsolved == {"kitchen"}


def test_a_solution_takes_over_its_scene() -> None:
    before = after(SetLock(("wide",), lock=True), SetLock(("walk",), lock=True))
    record = before.record
    grades = tuple(replace(grade, share=0.25) if grade.shot == "wide" else grade for grade in record.grades)
    solved = Solved("kitchen", replace(record, grades=grades))(before)
    assert solved.unsolved == {"street"}
    assert (solved.record.grade("wide").share, solved.record.grade("door").share) == (0.25, 0.5)


def test_an_encoding_in_doubt_stays_apart_and_one_that_is_certain_does_not() -> None:
    mixed = [small_shot(name, at, encoding="pq" if name == "door" else "bt709") for at, name in enumerate(SHOTS)]
    record = small_record(*mixed)
    moved = Move(("door",), "kitchen")(Draft(record)).record
    assert "door" in next(scene.shots for scene in moved.scenes if scene.id == "kitchen")
    doubt = Finding("door", "encoding_unknown", 0.0, 0.0, "score", None)
    with pytest.raises(ChangeError, match="the encoding of door is in doubt"):
        Move(("door",), "kitchen")(Draft(replace(record, findings=(*record.findings, doubt))))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (Move((), "kitchen"), "no shot"),
        (Move(("nobody",), "kitchen"), "no shot 'nobody'"),
        (Move(("wide",), "kitchen"), "already"),
        (Move(("wide",), " "), "name"),
        (Move(("wide",), "a\nb"), "name"),
        (Move(("wide",), "x" * 65), "name"),
        (SetHero("nowhere", None), "no scene"),
        (SetHero("kitchen", "door"), "not in scene"),
        (SetLock(("nobody",), lock=True), "no shot"),
        (SetStrength(("wide",), 1.5), "0 to 1"),
        (SetStrength(("wide",), float("nan")), "0 to 1"),
    ],
)
def test_changes_that_make_no_sense(change: Change, why: str) -> None:
    with pytest.raises(ChangeError, match=why):
        change(draft())


def test_saving_and_undoing_past_it() -> None:
    history = History.of(draft()).do(SetLock(("wide",), lock=True))
    assert history.dirty
    saved = history.saving(replace(history.draft, unchecked=frozenset()))
    assert not saved.dirty
    assert saved.undo().dirty
    assert not saved.undo().redo().dirty
    assert not History.of(draft()).saving(draft()).dirty


@given(changes)
def test_changes_from_json(change: Change) -> None:
    kind = next(name for name, of in KINDS.items() if type(change) is of)
    assert parse_change({"kind": kind, **encode(change)}) == change
    assert change.label


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"kind": "solved", "scene": "kitchen", "record": {}},
        {"kind": "lock", "shots": ["wide"]},
        {"kind": "lock", "shots": ["wide"], "lock": 1},
        {"kind": "lock", "shots": 3, "lock": True},
        {"kind": "lock", "shots": [3], "lock": True},
        {"kind": "lock", "shots": ["wide"], "lock": True, "more": 1},
        {"kind": "trim", "shots": ["wide"], "trim": {"exposure": 40}},
        {"kind": "trim", "shots": ["wide"], "trim": {"exposure": None}},
        {"kind": "trim", "shots": ["wide"], "trim": [1]},
        {"kind": "verdict", "shots": ["wide"], "verdict": "maybe"},
        {"kind": "anchor", "scene": "kitchen", "anchor": "boat"},
        {"kind": ["lock"]},
        [],
    ],
)
def test_json_that_is_no_change(values: Any) -> None:
    with pytest.raises(ChangeError, match="not understood"):
        parse_change(values)


def test_a_boldness_is_wished_and_solved_for() -> None:
    bold = SetBoldness((SHOTS[0],), 1.0)(draft())
    assert bold.record.edit.shot(SHOTS[0]).wishes.boldness == 1.0
    assert bold.record.grade(SHOTS[0]).scene in bold.unsolved
    assert parse_change({"kind": "boldness", "shots": [SHOTS[0]], "boldness": None})(bold).record == draft().record
    with pytest.raises(ChangeError, match="0 to 1"):
        SetBoldness((SHOTS[0],), 1.5)(draft())


def test_a_move_leaves_no_trace_of_the_command_line() -> None:
    before = draft()
    shots = tuple(
        replace(shot, wishes=replace(shot.wishes, scene="one", scene_origin="one")) for shot in before.record.edit.shots
    )
    before = replace(before, record=replace(before.record, edit=replace(before.record.edit, shots=shots)))
    after = Move((SHOTS[0],), "new")(before)
    assert {shot.wishes.scene_origin for shot in after.record.edit.shots} == {"edit"}


def test_changes_inside_a_shot_are_left_in_it_where_that_is_wished() -> None:
    course = Course((Key(0, Identity()), Key(20, WARM)))
    record = small_record()
    record = replace(record, grades=tuple(replace(grade, course=course) for grade in record.grades))
    off = SetSteady(("walk",), "off")(Draft(record))
    assert [grade.shot for grade in off.record.grades if grade.course is None] == ["walk"]
    assert not off.unsolved
    assert off.unchecked == {"street"}
    again = SetSteady(("walk",), None)(off)
    assert again.unsolved == {"street"}
    assert again.record.edit.shot("walk").wishes.steady is None


@pytest.mark.parametrize("mode", ["off", "all"])
def test_a_shot_that_is_rejected_no_more_is_steadied_by_solving(mode: SteadyKind) -> None:
    record = small_record()
    record = replace(record, settings=replace(record.settings, steadying=Steadying(mode)))
    rejected = SetVerdict(("walk",), "rejected")(Draft(record))
    assert not rejected.unsolved
    assert SetVerdict(("walk",), "accepted")(rejected).unsolved == frozenset()
    assert SetVerdict(("walk",), None)(rejected).unsolved == (frozenset() if mode == "off" else {"street"})

"""The worst cuts of a record, and the words for their differences."""

from __future__ import annotations

from dataclasses import replace
from math import nan

from making.hostile_record import hostile_record
from making.shots import edit, nth_shot
from otiograde.record.cuts import Difference, abutting, worst_pairs
from otiograde.record.edit import Join


def test_the_worst_cut_comes_first() -> None:
    pairs = worst_pairs(hostile_record())
    assert [(pair.first, pair.second, pair.cut, pair.difference.after) for pair in pairs] == [
        ("close", "hero", True, 2.75),
        ("wide", "close", True, 1.2),
    ]
    assert pairs[0].at == (39, 0)  # the last frame before the cut and the first after it


def test_what_was_not_measured_is_no_pair() -> None:
    record = hostile_record()
    unmeasured = tuple(replace(evidence, after=nan) for evidence in record.evidence)
    assert worst_pairs(replace(record, evidence=unmeasured)) == []


def test_bands_are_those_of_the_colors() -> None:
    assert [Difference(0, after).level() for after in (0.99, 1.0, 3.4, 3.5, 5.0, 40.0)] == [0, 1, 2, 3, 4, 4]
    assert Difference(nan, nan).level() == -1
    assert Difference(12, 1.5).word() == "slight"
    assert Difference(12, 1.5, "ΔE ITP").word() == ""


def test_shots_abut_in_plain_cuts_alone() -> None:
    a, b, c = (nth_shot(name, number) for number, name in enumerate("abc"))
    names = [(one.id, other.id) for one, other in abutting(edit(a, b, c))]
    assert names == [("a", "b"), ("b", "c")]
    gap = replace(c, record=replace(c.record, start=c.record.start + 1))
    above = replace(b, track=1, where=(1, 0))
    mixed = Join("SMPTE_Dissolve", (0, 1), b.record.start, 4, 4)
    for shots, joins, left in (
        ((a, b, gap), (), [("a", "b")]),
        ((a, above, c), (), []),
        ((a, b, c), (mixed,), [("b", "c")]),
        ((a, b, c), (replace(mixed, sound=True),), names),
        ((replace(a, shared=(0, 4)), replace(b, shared=(4, 0)), c), (), [("b", "c")]),
    ):
        assert [(one.id, other.id) for one, other in abutting(edit(*shots, joins=joins))] == left


def test_a_cut_is_listed_once_by_the_frames_at_it() -> None:
    record = hostile_record()
    wide, *_ = record.evidence
    at_cut = replace(wide, kind="joins", before=5.0, after=0.25)
    pairs = worst_pairs(replace(record, evidence=(*record.evidence, at_cut)))
    shown = [pair.difference.after for pair in pairs if {pair.first, pair.second} == {wide.a, wide.b}]
    assert shown == [0.25]

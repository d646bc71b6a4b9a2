"""The worst cuts of a record, and the words for their differences."""

from __future__ import annotations

from dataclasses import replace
from math import nan

from making.hostile_record import hostile_record
from otiograde.record.cuts import Difference, worst_pairs


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

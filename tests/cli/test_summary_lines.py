"""Lines about what is taken out inside shots.

Tests: cli/summary.py
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from making.records import graded
from making.shots import edit, nth_shot
from otiograde.cli.console import Console
from otiograde.cli.summary import MOST_STEADIED, print_grades
from otiograde.color.steady import Steady
from otiograde.color.transform import Identity
from otiograde.record.course import Course, CourseKind, Key
from otiograde.record.graded import GradedTimeline
from otiograde.record.settings import Steadying, SteadyKind


def steadied(count: int, kind: CourseKind, mode: SteadyKind, wished: SteadyKind | None = None) -> GradedTimeline:
    """Seven shots, ``count`` of them with a course."""
    record = graded(edit(*(nth_shot(f"s{number}", number, steady=wished) for number in range(7))))
    course = Course((Key(0, Identity()), Key(9, Steady(saturation=0.1))), kind=kind, words="drifts by ΔE00 3.0")
    grades = [replace(grade, course=course) if number < count else grade for number, grade in enumerate(record.grades)]
    settings = replace(record.settings, steadying=Steadying(mode))
    return replace(record, grades=tuple(grades), settings=settings)


def lines_of(record: GradedTimeline, capsys: pytest.CaptureFixture[str], *, verbose: bool = False) -> list[str]:
    with Console(verbose=verbose) as console:
        print_grades(record, console)
    lines = capsys.readouterr().err.splitlines()
    first = next((number for number, line in enumerate(lines) if line.startswith("  steadied")), None)
    if first is None:
        return []
    end = next(number for number in range(first + 1, len(lines)) if lines[number][2:12].strip())
    return [line[13:] for line in lines[first:end]]


def test_what_is_taken_out_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    two = ["2 of 7 shots", "s0 drifts by ΔE00 3.0", "s1 drifts by ΔE00 3.0"]
    assert lines_of(steadied(2, "drift", "all"), capsys) == two
    assert lines_of(steadied(2, "drift", "off"), capsys) == two  # as one shot wished
    assert lines_of(steadied(0, "drift", "steps"), capsys) == ["0 of 7 shots"]
    assert lines_of(steadied(0, "drift", "off", "all"), capsys) == ["0 of 7 shots"]


def test_many_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    record = steadied(7, "drift", "all")
    lines = lines_of(record, capsys)
    assert len(lines) == MOST_STEADIED + 2
    assert lines[-1] == f"and {7 - MOST_STEADIED} more; --verbose prints them all"
    assert len(lines_of(record, capsys, verbose=True)) == 8


def test_where_nothing_was_asked_for_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines_of(steadied(0, "drift", "off"), capsys) == []
    assert lines_of(steadied(2, "look", "off", "off"), capsys) == []

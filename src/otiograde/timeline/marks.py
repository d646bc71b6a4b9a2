"""Markers that carry wishes, and the children of a track or stack that they lie over."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from otiograde.record.clock import BadTime, Span, seconds

#: Start of the name of a marker that carries wishes.
PREFIX = "otiograde:"


@dataclass(frozen=True, slots=True)
class Mark:
    """A marker that carries wishes."""

    #: First second, in the time of the item that holds the marker.
    start: Fraction
    #: Last second; equal to ``start`` for a marker without a duration.
    end: Fraction
    #: Name of the marker, with its prefix.
    name: str

    def in_child(self, position: Fraction, trimmed: Span) -> Mark:
        """Return the mark in the time of a child that begins at second ``position`` and has the range ``trimmed``."""
        return Mark(self.start - position + trimmed.start, self.end - position + trimmed.start, self.name)


def marks_of(item: dict[str, Any]) -> tuple[Mark, ...]:
    """Return the markers of an item whose names begin with ``otiograde:``."""
    marks = []
    for marker in item.get("markers") or ():
        name = str((marker or {}).get("name") or "").strip()
        if name.casefold().startswith(PREFIX):
            start, length = _times(marker.get("marked_range") or {})
            marks.append(Mark(start, start + length, name))
    return tuple(marks)


def _times(marked: dict[str, Any]) -> tuple[Fraction, Fraction]:
    """Return start and duration of a marked range in seconds; zeros if they cannot be used."""
    try:
        start = seconds(marked["start_time"])[0]
        return start, max(seconds(marked["duration"])[0], Fraction(0))
    except (BadTime, KeyError, TypeError):
        return Fraction(0), Fraction(0)


def marks_by_child(
    marks: Iterable[Mark], ranges: Sequence[tuple[Fraction, Fraction]], trimmed: Span
) -> dict[int, tuple[Mark, ...]]:
    """Return the marks over each child, by the child's number.

    ``ranges`` are the start and end of the children in seconds. On a track children follow one another, so bisection
    finds the first one under a mark; in a stack all begin at 0. A mark outside ``trimmed``, the visible range of the
    track or stack, lies over no child.
    """
    over: dict[int, tuple[Mark, ...]] = {}
    ends = [end for _, end in ranges]
    ordered = all(one <= other for one, other in pairwise(ends))
    for mark in marks:
        if mark.end < trimmed.start or mark.start >= trimmed.end:
            continue
        for number in range(bisect_right(ends, mark.start) if ordered else 0, len(ranges)):
            start, end = ranges[number]
            if start > mark.end and ordered:
                break
            if end > mark.start and (start < mark.end or start <= mark.start):
                over[number] = (*over.get(number, ()), mark)
    return over

"""Marks: markers that carry a wish, on a clip or above it, and the children they lie over."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from otiograde.record.clock import BadTime, Span, seconds

PREFIX = "otiograde:"


@dataclass(frozen=True, slots=True)
class Mark:
    """A marker's name over seconds ``[start, end]`` of its holder's own time; start and end are one for a point."""

    start: Fraction
    end: Fraction
    name: str

    def moved(self, place: Fraction, own: Span) -> Mark:
        """The same mark in the own time of a child that begins at ``place``."""
        return Mark(self.start - place + own.start, self.end - place + own.start, self.name)


def marks_of(item: dict[str, Any]) -> tuple[Mark, ...]:
    """The markers of an item whose names begin with ``otiograde:``."""
    found = []
    for marker in item.get("markers") or ():
        name = str((marker or {}).get("name") or "").strip()
        if name.casefold().startswith(PREFIX):
            start, length = _times(marker.get("marked_range") or {})
            found.append(Mark(start, start + length, name))
    return tuple(found)


def _times(marked: dict[str, Any]) -> tuple[Fraction, Fraction]:
    try:
        start = seconds(marked["start_time"])[0]
        return start, max(seconds(marked["duration"])[0], Fraction(0))
    except (BadTime, KeyError, TypeError):
        return Fraction(0), Fraction(0)


def marks_by_child(
    marks: Iterable[Mark], places: Sequence[tuple[Fraction, Fraction]], own: Span
) -> dict[int, tuple[Mark, ...]]:
    """The marks over each child, by its number; ``places`` are where children begin and end.

    On a track children follow each other, so the first under a mark is found by bisection; in a stack all begin at 0.
    A mark outside ``own``, the seen part of the holder, is over nothing.
    """
    over: dict[int, tuple[Mark, ...]] = {}
    ends = [end for _, end in places]
    ordered = all(one <= other for one, other in pairwise(ends))
    for mark in marks:
        if mark.end < own.start or mark.start >= own.end:
            continue
        for number in range(bisect_right(ends, mark.start) if ordered else 0, len(places)):
            start, end = places[number]
            if start > mark.end and ordered:
                break
            if end > mark.start and (start < mark.end or start <= mark.start):
                over[number] = (*over.get(number, ()), mark)
    return over

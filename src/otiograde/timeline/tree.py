"""Tree: walk an edit's tracks and stacks, and place every clip and everything that is not one in the edit's own time.

The tree is OTIO's JSON. Positions are summed up here, once for every item: OTIO's own ``range_in_parent`` adds up a
track anew for each child, which takes hours for tens of thousands of clips.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeAlias

from otiograde.errors import TimelineError
from otiograde.record.clock import BadTime, Span, nearest, seconds, span
from otiograde.record.edit import Join, Skip
from otiograde.timeline.marks import Mark, marks_by_child, marks_of
from otiograde.timeline.reading import Notes, one_line
from otiograde.timeline.view import View

Item: TypeAlias = dict[str, Any]
DEEPEST = 60
ZERO = Fraction(0)
HOLDERS = ("Track", "Stack")


@dataclass(frozen=True, slots=True)
class Use:
    """One clip where it is seen: ``view`` is in seconds of the clip's own (media) time, ``marks`` nearest first."""

    clip: Item
    name: str
    view: View
    own: Span
    track: int
    where: tuple[int, ...]
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Holder:
    """A track or stack being walked: what is seen of it, where it is, and the marks over it."""

    view: View
    track: int = 0
    where: tuple[int, ...] = ()
    marks: tuple[Mark, ...] = ()


def schema(item: Item) -> str:
    """The schema's name without its version: ``Clip`` of ``Clip.2``."""
    return str(item.get("OTIO_SCHEMA", "")).partition(".")[0]


def is_audio(item: Item) -> bool:
    """Whether this is an audio track."""
    return schema(item) == "Track" and str(item.get("kind", "")).casefold() == "audio"


def is_video(item: Item) -> bool:
    """Whether this is a video track."""
    return schema(item) == "Track" and str(item.get("kind", "")).casefold() == "video"


def speed_of(item: Item, notes: Notes) -> Fraction:
    """The product of an item's speed effects; one that is not understood counts as 1 and is noted."""
    speed = Fraction(1)
    for effect in item.get("effects") or ():
        kind = schema(effect or {})
        if not effect or kind not in {"LinearTimeWarp", "FreezeFrame", "TimeEffect"} or effect.get("enabled") is False:
            continue
        scalar = effect.get("time_scalar")
        if isinstance(scalar, (int, float)) and math.isfinite(scalar) and abs(scalar) < 1e6:
            speed *= Fraction(scalar).limit_denominator(1_000_000)
        else:
            notes.add("speed effect not understood, read as normal speed", one_line(item.get("name") or "unnamed"))
    return speed


class Walk:
    """One walk through an edit's pictures, or its ``sound``: ``found`` holds the uses and skips in the tree's order.

    ``measure`` gives the media range of a clip that has no source range of its own (raising ``BadTime``). ``joins`` are
    the transitions, ``length`` the edit's frames.
    """

    def __init__(self, rate: Fraction, measure: Callable[[Item], Span], notes: Notes, *, sound: bool = False) -> None:
        self.found: list[Use | Skip] = []
        self.joins: list[Join] = []
        self.length = 0
        self._sound = sound
        self._other, self._own = (is_video, is_audio) if sound else (is_audio, is_video)
        self._rate, self._measure, self._notes = rate, measure, notes
        self._totals: dict[int, Fraction] = {}

    def top(self, stack: Item) -> None:
        """Walk the edit's top stack. Raises ``TimelineError`` when stacks are nested too deeply."""
        try:
            own = self._range(stack)
        except BadTime as why:
            if stack.get("source_range"):
                self._notes.add(f"the edit's own range cannot be used ({why}): the whole edit is read")
            own = Span(ZERO, max(self._total(stack), ZERO), self._rate)
        self.length = nearest(own.length * self._rate)
        if own.length > 0:
            self._holder(stack, Holder(View(own.start, own.length, ZERO, own.length), -1), own)

    def _range(self, item: Item) -> Span:
        """The trimmed range of an item in its own time. Raises ``BadTime``."""
        if item.get("source_range"):
            return span(item["source_range"])
        if schema(item) in HOLDERS:
            total = self._total(item)
            if total <= 0:
                raise BadTime("a duration of zero")
            return Span(ZERO, total, self._rate)
        if schema(item) == "Clip":
            return self._measure(item)
        raise BadTime("a duration of zero")

    def _length(self, item: Item) -> Fraction:
        if schema(item) == "Transition":
            return ZERO
        try:
            return self._range(item).length
        except BadTime:
            return ZERO

    def _total(self, holder: Item, depth: int = 0) -> Fraction:
        if depth > DEEPEST:
            raise TimelineError(f"stacks are nested more than {DEEPEST} deep; flatten the edit and try again")
        known = self._totals.get(id(holder))
        if known is None:
            children = [child for child in holder.get("children") or () if child]
            for child in children:  # the innermost first, so that depth is counted and each is added up once
                if schema(child) in HOLDERS and not child.get("source_range"):
                    self._total(child, depth + 1)
            lengths = [self._length(child) for child in children]
            known = max(lengths, default=ZERO) if schema(holder) == "Stack" else sum(lengths, ZERO)
            self._totals[id(holder)] = known
        return known

    def _places(self, holder: Item) -> Iterator[tuple[int, Item, Fraction, Fraction]]:
        """Index, child, and where it begins and ends in the holder's own time."""
        place = ZERO
        for index, child in enumerate(holder.get("children") or ()):
            if child:
                length = self._length(child)
                yield index, child, place, place + length
                place = ZERO if schema(holder) == "Stack" else place + length

    def _holder(self, holder: Item, seen: Holder, own: Span) -> None:
        if len(seen.where) > DEEPEST:
            raise TimelineError(f"stacks are nested more than {DEEPEST} deep; flatten the edit and try again")
        placed = list(self._places(holder))
        marks = marks_by_child((*marks_of(holder), *seen.marks), [place[2:] for place in placed], own)
        track = seen.track
        for number, (index, child, start, end) in enumerate(placed):
            if self._other(child):
                continue
            if not seen.where and (schema(child) != "Track" or self._own(child)):
                track += 1
            inner = replace(seen, track=track, where=(*seen.where, index), marks=marks.get(number, ()))
            self._child(child, start, end, inner)

    def _child(self, child: Item, start: Fraction, end: Fraction, seen: Holder) -> None:
        kind = schema(child)
        view = seen.view.part(start, end)
        if kind == "Transition":
            self._transition(child, start, seen)
        elif child.get("enabled") is False:
            self._skip("disabled", child, f"this {kind.lower()} is disabled", view, seen)
        elif kind == "Gap":
            if view:
                self._skip("gap", child, "nothing to grade", view, seen)
        elif kind == "Track" and not self._own(child):
            self._skip("track", child, f"its kind is {one_line(child.get('kind'))!r}, not Video", view, seen)
        elif kind in {"Clip", *HOLDERS}:
            self._placed(child, start, seen)
        else:
            self._skip("unknown", child, f"nobody here knows the schema {one_line(kind)}", view, seen)

    def _placed(self, child: Item, start: Fraction, seen: Holder) -> None:
        kind = schema(child)
        try:
            own = self._range(child)
        except BadTime as why:
            if kind == "Clip" or child.get("source_range"):
                self._skip("bad range", child, f"its range has {why}", None, seen)
            return
        view = seen.view.child(start, own, speed_of(child, self._notes))
        if view is None:
            if kind == "Clip":
                self._skip("hidden", child, "trimmed away by the track or stack that holds it", None, seen)
        elif kind == "Clip":
            names = (*(mark.name for mark in marks_of(child)), *(mark.name for mark in seen.marks))
            self.found.append(Use(child, name_of(child), view, own, seen.track, seen.where, names))
        else:
            marks = tuple(mark.moved(start, own) for mark in seen.marks)
            self._holder(child, Holder(view, seen.track, seen.where, marks), own)

    def _transition(self, item: Item, cut: Fraction, seen: Holder) -> None:
        before, after = (_offset(item.get(key)) for key in ("in_offset", "out_offset"))
        kind = one_line(item.get("transition_type") or "transition")
        view = seen.view.part(cut - before, cut + after)
        if view and view.speed > 0:
            start, count = (record := view.record(self._rate)).start, record.count
            middle = nearest((view.at + (cut - view.start) * view.lasts / view.length) * self._rate)
            middle = min(max(middle, start), start + count)
            self.joins.append(Join(kind, seen.where, middle, middle - start, start + count - middle, self._sound))
        self._skip("transition", item, f"{kind} is not graded", view, seen)

    def _skip(self, what: str, item: Item, why: str, view: View | None, seen: Holder) -> None:
        record = (view or replace(seen.view, lasts=ZERO)).record(self._rate)
        self.found.append(Skip(what, name_of(item), why, seen.track, record.start, record.count))


def _offset(time: Item | None) -> Fraction:
    try:
        return max(seconds(time or {})[0], ZERO)
    except BadTime:
        return ZERO


def name_of(item: Item) -> str:
    """An item's name: its own, else that of its media, else what it is."""
    name = str(item.get("name") or "")
    if not name and schema(item) == "Clip":
        reference = reference_of(item)
        url = reference.get("target_url") or reference.get("name_prefix") or reference.get("name")
        name = str(url or "").replace("\\", "/").rstrip("/").rpartition("/")[2].rpartition(".")[0]
    return name or schema(item).lower()


def reference_of(clip: Item) -> Item:
    """The clip's active media reference, or an empty mapping."""
    references = clip.get("media_references") or {}
    return references.get(clip.get("active_media_reference_key")) or {}

"""Walk an edit's tracks and stacks, and compute when each clip, gap and transition is visible.

The tree is OTIO's JSON. Positions are summed up once. OTIO's ``range_in_parent`` sums up a track again for each child,
which takes hours for tens of thousands of clips.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeAlias

from otiograde.errors import TimelineError
from otiograde.record.clock import BadTime, Span, nearest, seconds, span
from otiograde.record.edit import EMPTY, Join, Skip
from otiograde.timeline.marks import Mark, marks_by_child, marks_of
from otiograde.timeline.reading import Notes, one_line
from otiograde.timeline.speeds import speed_of
from otiograde.timeline.view import View

Item: TypeAlias = dict[str, Any]
#: Deepest nesting of stacks that is read, well below Python's recursion limit.
MAX_DEPTH = 60

ZERO = Fraction(0)

#: Schemas that hold other items.
HOLDERS = ("Track", "Stack")


@dataclass(frozen=True, slots=True)
class Use:
    """One clip, and the part of it that the edit shows."""

    clip: Item
    name: str
    #: The visible part, in seconds of the clip (of its media).
    view: View
    #: The clip's trimmed range, in seconds of its media.
    trimmed: Span
    #: Video track, from 0 at the bottom; of sound, audio track.
    track: int
    #: Path of child indices from the edit's top stack.
    where: tuple[int, ...]
    #: Names of the markers that carry wishes, nearest first.
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """The state of the walk inside one track or stack."""

    #: The visible part, in seconds of the track or stack.
    view: View
    #: Number of the track, from 0 at the bottom; -1 above the tracks.
    track: int = 0
    #: Path of child indices from the edit's top stack.
    where: tuple[int, ...] = ()
    #: Marks that lie over it.
    marks: tuple[Mark, ...] = ()


def schema(item: Item) -> str:
    """Return the name of an item's schema, without its version.

    >>> schema({"OTIO_SCHEMA": "Clip.2"})
    'Clip'
    """
    return str(item.get("OTIO_SCHEMA", "")).partition(".")[0]


def is_audio(item: Item) -> bool:
    """Tell whether an item is an audio track."""
    return schema(item) == "Track" and str(item.get("kind", "")).casefold() == "audio"


def is_video(item: Item) -> bool:
    """Tell whether an item is a video track."""
    return schema(item) == "Track" and str(item.get("kind", "")).casefold() == "video"


class Walk:
    """A walk through an edit's video tracks, or with ``sound`` through its audio tracks.

    ``rate`` is the edit's, in frames a second. ``measure`` returns the media range of a clip without a source range, or
    raises ``BadTime``. After the walk, ``entries`` holds the uses and skips in the order of the tree, ``joins`` the
    transitions, and ``length`` the edit's duration in frames.
    """

    def __init__(self, rate: Fraction, measure: Callable[[Item], Span], notes: Notes, *, sound: bool = False) -> None:
        self.entries: list[Use | Skip] = []
        self.joins: list[Join] = []
        self.length = 0
        self._sound = sound
        self._is_other, self._is_wanted = (is_video, is_audio) if sound else (is_audio, is_video)
        self.rate, self._measure, self._notes = rate, measure, notes
        self._totals: dict[int, Fraction] = {}

    def walk_top(self, stack: Item) -> None:
        """Walk the edit's top stack. Raises ``TimelineError`` if stacks are nested too deeply."""
        try:
            trimmed = self._range(stack)
        except BadTime as why:
            if stack.get("source_range"):
                self._notes.add(f"the edit's own range cannot be used ({why}): the whole edit is read")
            trimmed = Span(ZERO, max(self._total(stack), ZERO), self.rate)
        self.length = nearest(trimmed.length * self.rate)
        if trimmed.length > 0:
            self._walk_children(stack, Context(View(trimmed.start, trimmed.length, ZERO, trimmed.length), -1), trimmed)

    def _range(self, item: Item) -> Span:
        """Return the trimmed range of an item, in seconds of the item. Raises ``BadTime``."""
        if item.get("source_range"):
            return span(item["source_range"])
        if schema(item) in HOLDERS:
            total = self._total(item)
            if total <= 0:
                raise BadTime("a duration of zero")
            return Span(ZERO, total, self.rate)
        if schema(item) == "Clip":
            return self._measure(item)
        raise BadTime("a duration of zero")

    def _length(self, item: Item) -> Fraction:
        """Return the duration of an item in seconds: 0 of a transition, and of an unusable range."""
        if schema(item) == "Transition":
            return ZERO
        try:
            return self._range(item).length
        except BadTime:
            return ZERO

    def _total(self, holder: Item, depth: int = 0) -> Fraction:
        """Return the untrimmed duration of a track or stack in seconds, cached. Raises ``TimelineError``."""
        if depth > MAX_DEPTH:
            raise TimelineError(f"stacks are nested more than {MAX_DEPTH} deep; flatten the edit and try again")
        total = self._totals.get(id(holder))
        if total is None:
            children = [child for child in holder.get("children") or () if child]
            for child in children:  # innermost first: this counts the depth and sums up each one once
                if schema(child) in HOLDERS and not child.get("source_range"):
                    self._total(child, depth + 1)
            lengths = [self._length(child) for child in children]
            total = max(lengths, default=ZERO) if schema(holder) == "Stack" else sum(lengths, ZERO)
            self._totals[id(holder)] = total
        return total

    def _child_ranges(self, holder: Item) -> Iterator[tuple[int, Item, Fraction, Fraction]]:
        """Yield index, child, and its start and end in seconds of the track or stack."""
        position = ZERO
        for index, child in enumerate(holder.get("children") or ()):
            if child:
                length = self._length(child)
                yield index, child, position, position + length
                position = ZERO if schema(holder) == "Stack" else position + length

    def _walk_children(self, item: Item, context: Context, trimmed: Span) -> None:
        """Walk the children of a track or stack. Raises ``TimelineError`` if it is nested too deeply."""
        if len(context.where) > MAX_DEPTH:
            raise TimelineError(f"stacks are nested more than {MAX_DEPTH} deep; flatten the edit and try again")
        ranges = list(self._child_ranges(item))
        marks = marks_by_child((*marks_of(item), *context.marks), [position[2:] for position in ranges], trimmed)
        track = context.track
        for number, (index, child, start, end) in enumerate(ranges):
            if self._is_other(child):
                continue
            if not context.where and (schema(child) != "Track" or self._is_wanted(child)):
                track += 1
            inner = replace(context, track=track, where=(*context.where, index), marks=marks.get(number, ()))
            self._visit(child, start, end, inner)

    def _visit(self, child: Item, start: Fraction, end: Fraction, context: Context) -> None:
        """Record one child of a track or stack, which lasts from ``start`` to ``end`` there."""
        kind = schema(child)
        view = context.view.part(start, end)
        if kind == "Transition":
            self._transition(child, start, context)
        elif child.get("enabled") is False:
            self._skip("disabled", child, f"this {kind.lower()} is disabled", view, context)
        elif kind == "Gap":
            if view:
                self._skip("gap", child, "nothing to grade", view, context)
        elif kind == "Track" and not self._is_wanted(child):
            self._skip("track", child, f"its kind is {one_line(child.get('kind'))!r}, not Video", view, context)
        elif kind in {"Clip", *HOLDERS}:
            self._visit_item(child, start, context)
        else:
            self._skip("unknown", child, f"nobody here knows the schema {one_line(kind)}", view, context)

    def _visit_item(self, child: Item, start: Fraction, context: Context) -> None:
        """Record a clip, or walk a track or stack, as far as it is visible."""
        kind = schema(child)
        try:
            trimmed = self._range(child)
        except BadTime as why:
            if kind == "Clip" or child.get("source_range"):
                self._skip("bad range", child, f"its range has {why}", None, context)
            else:
                name = child.get("name") or f"V{context.track + 1}"
                self._skip(EMPTY, child | {"name": name}, f"this {kind.lower()} holds nothing", None, context, start)
            return
        view = context.view.child(start, trimmed, speed_of(child, self._notes))
        if view is None:
            self._skip("hidden", child, "trimmed away by the track or stack that holds it", None, context)
        elif kind == "Clip":
            names = (*(mark.name for mark in marks_of(child)), *(mark.name for mark in context.marks))
            self.entries.append(Use(child, name_of(child), view, trimmed, context.track, context.where, names))
        elif not any(child.get("children") or ()):
            self._skip(EMPTY, child, f"this {kind.lower()} takes up time and holds nothing", view, context)
        else:
            marks = tuple(mark.in_child(start, trimmed) for mark in context.marks)
            self._walk_children(child, Context(view, context.track, context.where, marks), trimmed)

    def _transition(self, item: Item, cut: Fraction, context: Context) -> None:
        """Record a transition as a join, or as a skip where it cannot be seen."""
        before, after = (_offset(item.get(key)) for key in ("in_offset", "out_offset"))
        kind = one_line(item.get("transition_type") or "transition")
        view = context.view.part(cut - before, cut + after)
        if view and view.speed > 0:
            start, count = (record := view.record(self.rate)).start, record.count
            middle = nearest((view.at + (cut - view.start) * view.lasts / view.length) * self.rate)
            middle = min(max(middle, start), start + count)
            self.joins.append(Join(kind, context.where, middle, middle - start, start + count - middle, self._sound))
        else:
            why = "trimmed away by what holds it" if view is None else "a cut, as what holds it does not run forwards"
            self._skip("transition", item, f"{kind} is {why}", view, context)

    def _skip(
        self, what: str, item: Item, why: str, view: View | None, context: Context, start: Fraction | None = None
    ) -> None:
        """Record an item that gets no grade; without a view it has no frames, and lies at ``start`` of its holder."""
        around = context.view
        if view is None:
            before = ZERO if start is None else max(start - around.start, ZERO) * around.lasts / around.length
            view = replace(around, at=around.at + min(before, around.lasts), lasts=ZERO)
        record = view.record(self.rate)
        self.entries.append(Skip(what, name_of(item), why, context.track, record.start, record.count))


def _offset(time: Item | None) -> Fraction:
    """Return an offset of a transition in seconds, 0 if it is missing or unusable."""
    try:
        return max(seconds(time or {})[0], ZERO)
    except BadTime:
        return ZERO


def name_of(item: Item) -> str:
    """Return an item's name, else that of its media, else its schema."""
    name = str(item.get("name") or "")
    if not name and schema(item) == "Clip":
        reference = reference_of(item)
        url = reference.get("target_url") or reference.get("name_prefix") or reference.get("name")
        name = str(url or "").replace("\\", "/").rstrip("/").rpartition("/")[2].rpartition(".")[0]
    return name or schema(item).lower()


def reference_of(clip: Item) -> Item:
    """Return a clip's active media reference, or an empty mapping."""
    references = clip.get("media_references") or {}
    return references.get(clip.get("active_media_reference_key")) or {}

"""Take the account of an AAF file from its mobs.

A composition mob has a slot for each track. A slot holds a sequence of source clips, fillers, transitions, effects
(operation groups), choices (selectors, essence groups) and nested scopes. A transition overlaps both its neighbors; the
cut is at its cut point. Source: AAF Object Specification 1.1, and Avid's Edit Protocol for muted clips and speed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from otiograde.timeline.accounts import MOST_DEPTH, MOST_EVENTS, ONE, ZERO, Account, NoAccount, Part, account_of, labels

#: Most control points of a speed curve that are looked at.
_MOST_POINTS = 10_000


def accounts(path: Path) -> list[Account]:
    """Take the account of each composition of a file. Raises ``NoAccount``, and whatever ``aaf2`` raises."""
    import aaf2  # noqa: PLC0415  (it takes 200 ms to import)

    with aaf2.open(str(path), "r") as file:
        mobs = list(file.content.toplevel()) or list(file.content.compositionmobs())
        return [_Reader().account(mob) for mob in mobs or list(file.content.mastermobs())]


def _kind(item: Any) -> str:
    """Return the name of an object's class: ``SourceClip``."""
    return type(item).__name__


def _is_picture(item: Any) -> bool:
    """Tell whether a segment is one of pictures."""
    return "picture" in str(getattr(item, "media_kind", "")).casefold()


def _value(item: Any, name: str, default: Any = None) -> Any:
    """Return the value of a property; ``default`` if it is missing."""
    value = item.getvalue(name, default)
    return default if value is None else value


class _Reader:
    """Counts the segments of a composition. Each mob is counted once, however often it is used."""

    def __init__(self) -> None:
        self._mobs: dict[tuple[str, int], Part | None] = {}
        self._count = 0

    def account(self, mob: Any) -> Account:
        """Take the account of a mob."""
        slots = [slot for slot in mob.slots if _kind(slot) == "TimelineMobSlot" and slot.segment is not None]
        tracks, length = [], ZERO
        for slot in slots:
            kind = str(getattr(slot.segment, "media_kind", "")).casefold()
            rate = Fraction(slot.edit_rate)
            if "picture" in kind or "sound" in kind:
                length = max(length, Fraction(_length(slot.segment), 1) / rate)
            if "picture" in kind and (part := self.part(slot.segment, rate, 0, f"slot {slot.slot_id}")):
                tracks.append(Part(slot.name or "", ZERO, part.lasts, parts=(part,)))
        return account_of(mob.name or "", tracks, length)

    def part(self, item: Any, rate: Fraction, depth: int, place: str) -> Part | None:
        """Return a segment as a part at second 0; None for one that is never seen. Raises ``NoAccount``."""
        self._count += 1
        if depth > 2 * MOST_DEPTH or self._count > MOST_EVENTS:
            raise NoAccount("it has too many segments, or they are nested too deeply")
        lasts = Fraction(_length(item)) / rate
        kind = _kind(item)
        if kind == "Sequence":
            return Part("", ZERO, lasts, parts=tuple(self._row(list(item.components), rate, depth + 1, place)))
        if kind == "SourceClip":
            return self._source_clip(item, rate, depth, place)
        if kind == "OperationGroup":
            return self._operation(item, rate, depth, place)
        if kind == "NestedScope":
            inner = [self.part(slot, rate, depth + 1, place) for slot in item.slots]
            return Part("", ZERO, lasts, parts=tuple(part for part in inner if part))
        if kind == "Selector":
            return self._selector(item, rate, depth, place)
        if kind == "EssenceGroup":
            choices = list(_value(item, "Choices", ()))
            return self.part(choices[0], rate, depth + 1, place) if choices else None
        if kind == "Pulldown":
            inner = _value(item, "InputSegment")
            return self.part(inner, rate, depth + 1, place) if inner is not None else None
        return Part("", ZERO, lasts, parts=())

    def _row(self, components: Sequence[Any], rate: Fraction, depth: int, place: str) -> Iterator[Part]:
        """Yield the components of a sequence where they are seen: up to the cuts of the transitions beside them."""
        at = ZERO
        for number, component in enumerate(components):
            shown = f"{place} component {number + 1}"
            if _kind(component) == "Transition":
                lasts, before = Fraction(component.length) / rate, Fraction(_value(component, "CutPoint", 0)) / rate
                yield Part("transition", at - lasts + before, lasts, before, place=shown, transition=True)
                at -= lasts
                continue
            part = self.part(component, rate, depth, shown)
            lasts = Fraction(_length(component)) / rate
            if part is not None:
                head, tail = _cut_off(components, number, rate)
                if part.lasts - head - tail > 0:
                    pace = abs(part.speed)
                    yield replace(part, at=at + head, lasts=part.lasts - head - tail, start=part.start + head * pace)
            at += lasts

    def _source_clip(self, item: Any, rate: Fraction, depth: int, place: str) -> Part | None:
        """Return a source clip: of a master mob a clip, of a composition what the slot holds."""
        mob = item.mob
        start, lasts = Fraction(item.start) / rate, Fraction(_length(item)) / rate
        if mob is None:
            return (
                None
                if not _is_reference(item)
                else Part("media that is not in the file", ZERO, lasts, start, place=place)
            )
        if _kind(mob) == "SourceMob":
            return Part(mob.name or "clip", ZERO, lasts, start, place=place, rate=rate, labels=labels(*_names(mob)))
        held = self._slot(mob, item.slot_id, depth)
        if held is None:
            return Part(mob.name or "clip", ZERO, lasts, start, place=place, rate=rate, labels=labels(mob.name))
        if held.parts is None:
            return replace(held, lasts=lasts, start=held.start + start, place=place)
        return Part(mob.name or "", ZERO, lasts, start, parts=(held,), place=place)

    def _slot(self, mob: Any, number: int, depth: int) -> Part | None:
        """Return what a slot of a mob holds, counted once."""
        key = (str(mob.mob_id), number)
        if key not in self._mobs:
            self._mobs[key] = None  # a mob that uses itself shows nothing there
            for slot in mob.slots:
                if slot.slot_id == number and slot.segment is not None:
                    rate = Fraction(slot.edit_rate)
                    shown = f"{mob.name or 'mob'} slot {number}"
                    take = self._master if _kind(mob) == "MasterMob" else self.part
                    held = take(slot.segment, rate, depth + 1, shown)
                    if held and _kind(mob) == "MasterMob":
                        held = _named(held, labels(mob.name, *_names(mob)), mob.name or "clip")
                    self._mobs[key] = held
        return self._mobs[key]

    def _master(self, segment: Any, rate: Fraction, depth: int, place: str) -> Part | None:
        """Return the media of a master mob: a clip whose media begins at second 0."""
        part = self.part(segment, rate, depth, place)
        while part is not None and part.parts is not None and len(part.parts) == 1 and part.speed == 1:
            inner = part.parts[0]
            if inner.at != 0 or part.start != 0:
                break
            part = inner
        return part

    def _operation(self, item: Any, rate: Fraction, depth: int, place: str) -> Part | None:
        """Return an effect: its inputs one above the other, at the speed of a motion effect."""
        lasts = Fraction(_length(item)) / rate
        inputs = [self.part(segment, rate, depth + 1, place) for segment in _value(item, "InputSegments", ())]
        parts = [part for part in inputs if part]
        speed = _speed(item)
        if len(parts) == 1 and parts[0].parts is None:
            return replace(parts[0], lasts=lasts, speed=parts[0].speed * speed)
        return Part("", ZERO, lasts, ZERO, speed, parts=tuple(parts), place=place)

    def _selector(self, item: Any, rate: Fraction, depth: int, place: str) -> Part | None:
        """Return what a selector shows. Avid mutes a clip by selecting filler and keeping the clip as alternate."""
        selected, others = _value(item, "Selected"), list(_value(item, "Alternates", ()))
        if selected is not None and _kind(selected) not in {"Filler", "ScopeReference"}:
            return self.part(selected, rate, depth + 1, place)
        muted = self.part(others[0], rate, depth + 1, place) if others else None
        return replace(muted, enabled=False) if muted else None


def _length(item: Any) -> int:
    """Return the length of a segment in edit units; 0 if it has none."""
    with suppress(AttributeError, TypeError, ValueError):
        return max(int(item.length or 0), 0)
    return 0


def _cut_off(components: Sequence[Any], number: int, rate: Fraction) -> tuple[Fraction, Fraction]:
    """Return the seconds of a component that lie beyond the cuts of the transitions before and after it."""
    head = tail = ZERO
    if number and _kind(components[number - 1]) == "Transition":
        head = Fraction(_value(components[number - 1], "CutPoint", 0)) / rate
    if number + 1 < len(components) and _kind(after := components[number + 1]) == "Transition":
        tail = (Fraction(after.length) - Fraction(_value(after, "CutPoint", 0))) / rate
    return head, tail


def _is_reference(item: Any) -> bool:
    """Tell whether a source clip names a mob; one that names none is black."""
    return bool(getattr(item.mob_id, "int", 0))


def _named(part: Part, names: frozenset[str], name: str) -> Part:
    """Return the clips of a part under the name of their master mob."""
    if part.parts is None:
        return replace(part, name=name, labels=part.labels | names)
    return replace(part, parts=tuple(_named(inner, names, name) for inner in part.parts))


def _names(mob: Any) -> Iterator[str]:
    """Yield the name of a source mob and those of its files."""
    yield mob.name or ""
    with suppress(AttributeError, KeyError, TypeError):
        for locator in mob.descriptor["Locator"].value:
            yield str(locator["URLString"].value or "")


def _speed(item: Any) -> Fraction:
    """Return the constant or mean speed of an effect; 1 for one that does not change speed."""
    operation = getattr(item, "operation", None)
    if operation is None or not _value(operation, "IsTimeWarp", default=False):
        return ONE
    parameters = {parameter.name: parameter for parameter in _value(item, "Parameters", ())}
    curve = parameters.get("PARAM_SPEED_OFFSET_MAP_U")
    points = list(_value(curve, "PointList", ()))[:_MOST_POINTS] if curve is not None else []
    if len(points) >= 2 and points[-1].time != points[0].time:
        mean = _fraction(points[-1].value - points[0].value) / _fraction(points[-1].time - points[0].time)
        return mean.limit_denominator(1_000_000)
    ratio = parameters.get("SpeedRatio")
    value = _fraction(ratio.value) if ratio is not None else ONE
    # The ratio is that of lengths, seen to media. A freeze frame has its own length as ratio.
    return ZERO if value == _length(item) or value == 0 else 1 / value


def _fraction(value: Any) -> Fraction:
    """Return a number of AAF. Raises ``TypeError`` for a text: ``1e999999999`` would count for hours."""
    if isinstance(value, str | bytes):
        raise TypeError("a text where a number is needed")
    return Fraction(str(value))

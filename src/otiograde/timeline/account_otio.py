"""Take the account of OTIO's JSON as it is written, before OpenTimelineIO reads it.

Earlier schemas are understood as they are (``Clip.1``, ``Sequence.1``, ``Filler.1``), and references to an object that
was written before (``SerializableObjectRef.1``) are followed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Any

from otiograde.record.clock import BadTime, Span, seconds, span
from otiograde.timeline.accounts import MOST_DEPTH, ONE, ZERO, Account, NoAccount, Part, account_of, labels, row

Object = dict[str, Any]
#: Returns the media range of a clip that states none. Raises ``BadTime``.
Measure = Callable[[Object], Span]

_TRACKS, _PILES, _GAPS = ("Track", "Sequence"), ("Stack",), ("Gap", "Filler")


def accounts(top: Any, measure: Measure) -> list[Account]:
    """Take the account of each timeline in a document, in its order. Raises ``NoAccount``."""
    document = _Document(top, measure)
    timelines = list(document.timelines(top, 0))
    if timelines:
        return [document.account(timeline) for timeline in timelines]
    return [document.account_of_parts(top)]


def _schema(value: Any) -> str:
    """Return the name of a schema without its version; empty for anything else."""
    return str(value.get("OTIO_SCHEMA", "")).partition(".")[0] if isinstance(value, dict) else ""


class _Document:
    """The objects of a document, and how each is counted."""

    def __init__(self, top: Any, measure: Measure) -> None:
        self._measure = measure
        self._by_id: dict[str, Object] = {}
        todo = [top]
        while todo:
            value = todo.pop()
            if isinstance(value, dict):
                if isinstance(name := value.get("OTIO_REF_ID"), str):
                    self._by_id[name] = value
                todo.extend(value.values())
            elif isinstance(value, list):
                todo.extend(value)

    def timelines(self, value: Any, depth: int) -> Iterator[Object]:
        """Yield the timelines of a collection at any depth."""
        value = self._object(value)
        if _schema(value) == "Timeline":
            yield value
        elif _schema(value) in {"SerializableCollection", "Bin"} and depth < MOST_DEPTH:
            for child in value.get("children") or ():
                yield from self.timelines(child, depth + 1)

    def account(self, timeline: Object) -> Account:
        """Take the account of a timeline."""
        stack = self._object(timeline.get("tracks"))
        whole = self.part(stack, 0, "")
        name = str(timeline.get("name") or "")
        if whole is None or whole.parts is None:
            return account_of(name, [])
        pictures = [part for part in whole.parts if part.name != _SOUND]
        trimmed = [Part(part.name, ZERO, whole.lasts, whole.start, parts=(part,), enabled=True) for part in pictures]
        return account_of(name, trimmed, whole.lasts)

    def account_of_parts(self, top: Any) -> Account:
        """Take the account of clips, of a track or of a stack that no timeline holds."""
        loose = list(self._loose(top, 0))
        kinds = {_schema(value) for value in loose}
        if not loose or len(kinds) > 1:
            raise NoAccount("it holds no timeline")
        if kinds == {"Clip"}:
            clips = [self.part(clip, 0, f"clip {number}") for number, clip in enumerate(loose, 1)]
            track = row(clip for clip in clips if clip is not None)
            return account_of("", [Part("V1", ZERO, sum((clip.lasts for clip in track), ZERO), parts=track)])
        part = self.part(loose[0], 0, "")
        if part is None or part.parts is None:
            raise NoAccount("it holds no timeline")
        tracks = part.parts if kinds == {"Stack"} else (part,)
        return account_of("", [track for track in tracks if track.name != _SOUND])

    def _loose(self, value: Any, depth: int) -> Iterator[Object]:
        """Yield the clips, tracks and stacks of a collection."""
        value = self._object(value)
        if _schema(value) in {"Clip", "Track", "Stack", "Sequence"}:
            yield value
        elif _schema(value) in {"SerializableCollection", "Bin"} and depth < MOST_DEPTH:
            for child in value.get("children") or ():
                yield from self._loose(child, depth + 1)

    def _object(self, value: Any) -> Object:
        """Return an object, or the one that a reference means."""
        if _schema(value) == "SerializableObjectRef":
            value = self._by_id.get(str(value.get("id")))
        return value if isinstance(value, dict) else {}

    def part(self, value: Any, depth: int, place: str) -> Part | None:
        """Return an object as a part at second 0 of what holds it; None for one that is never seen."""
        if depth > MOST_DEPTH:
            raise NoAccount(f"it is nested more than {MOST_DEPTH} deep")
        item = self._object(value)
        kind = _schema(item)
        name = str(item.get("name") or "")
        if kind == "Transition":
            before, after = (_duration(item.get(key)) for key in ("in_offset", "out_offset"))
            return Part(name or "transition", ZERO, before + after, before, place=place, transition=True)
        if kind in _GAPS:
            return Part("", ZERO, self._trimmed(item, ZERO).length, parts=())
        if kind == "Clip":
            return self._clip(item, name, place)
        if kind in _TRACKS or kind in _PILES:
            return self._holder(item, name, depth, place)
        with suppress(BadTime, KeyError, TypeError, AttributeError):  # something that nobody here knows
            trimmed = span(item["source_range"])
            return Part(name or kind, ZERO, trimmed.length, trimmed.start, place=place, labels=labels(name or kind))
        return None

    def _clip(self, item: Object, name: str, place: str) -> Part | None:
        """Return a clip; None if its range cannot be used, which the walk through the edit says."""
        reference = self._object(self._reference(item))
        available = None
        with suppress(BadTime, KeyError, TypeError, AttributeError):
            available = span(reference["available_range"])
        try:
            trimmed = span(item["source_range"]) if item.get("source_range") else available or self._measure(item)
        except (BadTime, KeyError, TypeError, AttributeError):
            return None
        url = str(reference.get("target_url") or reference.get("name_prefix") or "")
        return Part(
            name or url.rpartition("/")[2] or "clip",
            ZERO,
            trimmed.length,
            trimmed.start,
            _speed(item),
            item.get("enabled") is not False,
            place=place,
            origin=available.start if available else None,
            rate=trimmed.rate,
            labels=labels(name, url, reference.get("name")),
        )

    def _reference(self, item: Object) -> Any:
        """Return the active media reference of a clip of any version."""
        references = item.get("media_references")
        if isinstance(references, dict):
            return references.get(str(item.get("active_media_reference_key") or "DEFAULT_MEDIA"))
        return item.get("media_reference")

    def _holder(self, item: Object, name: str, depth: int, place: str) -> Part:
        """Return a track or stack with what it holds."""
        is_track = _schema(item) in _TRACKS
        if is_track and str(item.get("kind") or "Video").casefold() != "video":
            name = _SOUND
        shown = f"{place} > " if place else ""
        children = [
            part
            for number, child in enumerate(item.get("children") or (), 1)
            if child and (part := self.part(child, depth + 1, f"{shown}{name or _schema(item)} item {number}"))
        ]
        if is_track:
            children = list(row(children))
        whole = max((child.at + child.lasts for child in children if not child.transition), default=ZERO)
        seen = [child for child in children if child.name != _SOUND or depth == 0]
        trimmed = self._trimmed(item, whole)
        enabled = item.get("enabled") is not False
        return Part(name, ZERO, trimmed.length, trimmed.start, _speed(item), enabled, tuple(seen), place)

    def _trimmed(self, item: Object, whole: Fraction) -> Span:
        """Return the range of a gap, track or stack; the whole of it if it states none that can be used."""
        with suppress(BadTime, KeyError, TypeError, AttributeError):
            return span(item["source_range"])
        return Span(ZERO, ZERO if item.get("source_range") and whole else whole, ONE)


#: Name of a track of sound or data, which is not seen.
_SOUND = "\0sound"


def _duration(time: Any) -> Fraction:
    """Return a duration in seconds; 0 if it cannot be used."""
    with suppress(BadTime, TypeError, AttributeError):
        return max(seconds(time)[0], ZERO)
    return ZERO


def _speed(item: Object) -> Fraction:
    """Return the product of an item's constant speeds."""
    speed = ONE
    for effect in item.get("effects") or ():
        if not isinstance(effect, dict) or effect.get("enabled") is False:
            continue
        scalar = effect.get("time_scalar", 0 if _schema(effect) == "FreezeFrame" else None)
        if isinstance(scalar, int | float) and abs(scalar) < 1e6:
            speed *= Fraction(scalar).limit_denominator(1_000_000)
        elif scalar is None:
            speed *= _ramp(effect)
    return speed


def _ramp(effect: Object) -> Fraction:
    """Return the mean speed between the outermost keyframes that Resolve writes; 1 without any."""
    with suppress(AttributeError, TypeError, ValueError, KeyError, IndexError, ZeroDivisionError, OverflowError):
        points = sorted(effect["metadata"]["Resolve_OTIO"]["Key Frames"])
        (begin, low), (end, high) = (map(Fraction, points[index][:2]) for index in (0, -1))
        return ((high - low) / (end - begin)).limit_denominator(1_000_000)
    return ONE

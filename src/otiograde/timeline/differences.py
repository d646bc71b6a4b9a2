"""Compare the account of a document with what was read, and name each difference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction

from otiograde.record.clock import BadTime, nearest, span
from otiograde.record.edit import MISREAD, NOT_READ, Join, Skip
from otiograde.timeline.accounts import Account, Event, Part, labels
from otiograde.timeline.reading import one_line
from otiograde.timeline.tree import Use, Walk, reference_of

#: Most differences that are named; the rest are counted.
MOST_NAMED = 100

#: Most items of one frame that are compared with one another.
MOST_ALIKE = 200

#: Kind of skip that names an item which nobody can show.
_UNKNOWN = "unknown"

HALF = Fraction(1, 2)

#: Times that are no farther apart, in frames, are equal: readers round to whole frames.
NEARLY = Fraction(51, 100)


@dataclass(slots=True)
class _Pool:
    """Events that were read and that no event of the document is matched with yet, by their first frame."""

    rate: Fraction
    by_frame: dict[int, list[Event]]

    @classmethod
    def of(cls, events: Iterable[Event], rate: Fraction) -> _Pool:
        by_frame = defaultdict(list)
        for event in events:
            by_frame[nearest(event.view.at * rate)].append(event)
        return cls(rate, by_frame)

    def take(self, stated: Event) -> Event | None:
        """Remove and return the event that is the same as ``stated``, the one of its name and track first."""
        frame = nearest(stated.view.at * self.rate)
        same = []
        for near in (frame, frame - 1, frame + 1):
            events = self.by_frame.get(near, ())
            same += [(near, event) for event in events[:MOST_ALIKE] if not unlike(stated, event, self.rate)]
        if not same:
            return None
        near, event = max(
            same, key=lambda pair: (pair[1].part.labels == stated.part.labels, pair[1].track == stated.track)
        )
        _remove(self.by_frame[near], event)
        return event

    def rest(self) -> list[Event]:
        """Return the events that are left."""
        return [event for events in self.by_frame.values() for event in events]


def differences(stated: Account, walk: Walk) -> list[Skip]:
    """Return what the walk through an edit shows otherwise than its document states.

    Times are equal if they are at most half a frame apart.
    """
    rate = walk.rate
    read = [_read_event(entry) for entry in walk.entries if isinstance(entry, Use)]
    skips = [entry for entry in walk.entries if isinstance(entry, Skip)]
    pool = _Pool.of(read, rate)
    pairs = [(event, pool.take(event)) for event in stated.events if event.enabled]
    missed = [event for event, found in pairs if found is None]
    surplus = pool.rest()
    told = [skip for skip in skips if skip.what == _UNKNOWN]
    missed = [event for event in missed if not _is_told(event, told, rate)]
    disabled = [skip for skip in skips if skip.what == "disabled"]
    stated_off = [event for event in stated.events if not event.enabled]
    lines = list(_explained(missed, surplus, disabled, stated_off, rate))
    lines += [
        _skip(NOT_READ, event, f"a disabled clip, and nothing of it was read ({_place(event, rate)})", rate)
        for event in stated_off
        if event.view.lasts * rate >= HALF
        and not any(_overlap(event, skip, rate) for skip in (*disabled, *told))
        and not any(_is_shown(event, other, rate) for other in surplus)
    ]
    lines += _crossed([(event, found) for event, found in pairs if found is not None], rate)
    lines += _transitions(stated.transitions, walk.joins, skips, rate)
    return _few(sorted([*lines, *_length(stated, walk)], key=lambda skip: (skip.start, skip.track)))


def _few(skips: Sequence[Skip]) -> list[Skip]:
    """Return the first differences, and one that counts the rest."""
    named, rest = list(skips[:MOST_NAMED]), skips[MOST_NAMED:]
    if rest:
        named.append(replace(rest[0], name="", why=f"and {len(rest)} more differences, from here on"))
    return named


def _read_event(use: Use) -> Event:
    """Make an event of a use."""
    reference = reference_of(use.clip)
    origin = None
    with suppress(BadTime, KeyError, TypeError, AttributeError):
        origin = span(reference["available_range"]).start
    url = reference.get("target_url") or reference.get("name_prefix") or ""
    names = labels(use.name, url, reference.get("name"))
    part = Part(use.name, use.view.at, use.view.lasts, origin=origin, rate=use.trimmed.rate, labels=names)
    return Event(part, use.view, use.track)


def unlike(stated: Event, read: Event, rate: Fraction) -> list[str]:
    """Return in which points two events differ."""
    one, other = stated.view, read.view
    points = []
    ends = abs(one.at + one.lasts - other.at - other.lasts)
    if max(abs(one.at - other.at), ends) * rate > NEARLY:
        points.append("record")
    if stated.part.drawn:
        return points
    allowed = max(Fraction(1), abs(one.speed)) / 10_000 + stated.part.slack
    if abs(one.speed - other.speed) > allowed:
        points.append("speed")
    elif not _same_start(stated, read, rate):
        points.append("source")
    if not _same_name(stated.part.labels, read.part.labels):
        points.append("name")
    return points


def _same_name(stated: frozenset[str], read: frozenset[str]) -> bool:
    """Tell whether two items may have one name: readers cut off what a program appends, such as ``FF`` of a freeze."""
    if not stated or not read or stated & read:
        return True
    return any(one.startswith(other) or other.startswith(one) for one in stated for other in read)


def _same_start(stated: Event, read: Event, rate: Fraction) -> bool:
    """Tell whether two events show their media from the same frame on.

    Both are counted from the start of the media where both say when it begins; else readers may count either way.
    """
    finest = max(rate, read.part.rate, min(stated.part.rate, Fraction(1000)) if stated.part.rate != 1000 else rate)
    one, other = stated.view.start, read.view.start
    begin, origin = stated.part.origin, read.part.origin
    pairs = [(one, other)]
    if begin is not None and origin is not None:
        pairs = [(one - begin, other - origin)]
    elif begin is not None or origin is not None:
        pairs.append((one - (begin or 0), other - (origin or 0)))
    return any(abs(mine - theirs) * finest <= NEARLY for mine, theirs in pairs)


def _is_told(event: Event, told: list[Skip], rate: Fraction) -> bool:
    """Tell whether a skip speaks of an event, and remove the skip: each speaks of one."""
    for skip in told[:MOST_ALIKE]:
        if labels(skip.name) & event.part.labels and _overlap(event, skip, rate):
            _remove(told, skip)
            return True
    return False


def _is_shown(stated: Event, read: Event, rate: Fraction) -> bool:
    """Tell whether what is disabled in the document was read at its place."""
    return not {"record", "name"} & set(unlike(stated, read, rate))


def _overlap(event: Event, skip: Skip, rate: Fraction) -> bool:
    """Tell whether a skip and an event share a frame; one without frames lies at its place."""
    first = nearest(event.view.at * rate)
    last = nearest((event.view.at + event.view.lasts) * rate)
    return (
        skip.start <= last and skip.start + skip.count >= first
        if skip.count == 0
        else (skip.start < max(last, first + 1) and skip.start + skip.count > first)
    )


def _explained(
    missed: list[Event], surplus: list[Event], disabled: list[Skip], stated_off: list[Event], rate: Fraction
) -> Iterator[Skip]:
    """Yield a skip for each event that only the document has, or only the reading."""
    by_label = defaultdict(list)
    for event in surplus:
        for name in event.part.labels:
            by_label[name].append(event)
    used: set[int] = set()
    for event in missed:
        alike = [
            other
            for name in event.part.labels
            for other in by_label.get(name, ())[:MOST_ALIKE]
            if id(other) not in used
        ]
        if alike:
            other = min(alike, key=lambda found: abs(found.view.at - event.view.at))
            used.add(id(other))
            yield _skip(MISREAD, event, f"the document has {_place(event, rate)}; read was {_place(other, rate)}", rate)
        elif any(labels(skip.name) & event.part.labels and _overlap(event, skip, rate) for skip in disabled):
            yield _skip(MISREAD, event, f"enabled in the document ({_place(event, rate)}), and read as disabled", rate)
        else:
            yield _skip(NOT_READ, event, f"the document has {_place(event, rate)}", rate)
    for event in surplus:
        if id(event) in used:
            continue
        off = any(_is_shown(other, event, rate) for other in stated_off)
        why = "disabled in the document, and shown" if off else "the document has no such item there"
        yield _skip(MISREAD, event, f"{why}: {_place(event, rate)} was read", rate)


def _crossed(pairs: Iterable[tuple[Event, Event]], rate: Fraction) -> Iterator[Skip]:
    """Yield a skip for each item that lies above another one in the document, and below it in the reading."""
    running: list[tuple[Event, Event]] = []
    for event, found in sorted(pairs, key=lambda pair: pair[0].view.at):
        running = [pair for pair in running if pair[0].view.at + pair[0].view.lasts > event.view.at][-MOST_ALIKE:]
        for other, other_found in running:
            if (event.track - other.track) * (found.track - other_found.track) < 0:
                why = f"lies otherwise over or under {one_line(other.part.name)!r} than in the document"
                yield _skip(MISREAD, event, f"{why} ({_place(event, rate)})", rate)
                break
        running.append((event, found))


def _transitions(
    stated: Iterable[Event], joins: Iterable[Join], skips: Iterable[Skip], rate: Fraction
) -> Iterator[Skip]:
    """Yield a skip for each transition that only the document has, or only the reading."""
    left = [(join.cut - join.before, join.before + join.after) for join in joins if not join.sound]
    silent = [(skip.start, skip.count) for skip in skips if skip.what == "transition"]
    for event in stated:
        start = nearest(event.view.at * rate)
        count = nearest((event.view.at + event.view.lasts) * rate) - start
        near = [(first, length) for first, length in left if abs(first - start) <= 1 and abs(length - count) <= 1]
        if near:
            left.remove(near[0])
        elif not any(abs(first - start) <= 1 and length in (0, count) for first, length in silent):
            yield _skip(NOT_READ, event, f"a transition of the document at {start}+{count}", rate)
    for start, count in left:
        yield Skip(MISREAD, "transition", f"the document has no transition at {start}+{count}", 0, start, count)


def _length(stated: Account, walk: Walk) -> Iterator[Skip]:
    """Yield a skip if the edit is not as long as the document says."""
    length = nearest((stated.length or 0) * walk.rate)
    if stated.length is not None and abs(length - walk.length) > 1:
        why = f"the document states {length} frames in all, and {walk.length} were read"
        yield Skip(MISREAD, one_line(stated.name), why, 0, min(length, walk.length), abs(length - walk.length))


def _skip(what: str, event: Event, why: str, rate: Fraction) -> Skip:
    """Make the skip of an event."""
    start = nearest(event.view.at * rate)
    count = nearest((event.view.at + event.view.lasts) * rate) - start
    return Skip(what, one_line(event.part.name), why, event.track, start, count)


def _place(event: Event, rate: Fraction) -> str:
    """Describe when an event is shown, and from where in its media."""
    start = nearest(event.view.at * rate)
    count = nearest((event.view.at + event.view.lasts) * rate) - start
    origin = event.part.origin or 0
    speed = "" if event.view.speed == 1 else f" at speed {float(event.view.speed):g}"
    where = f" ({one_line(event.part.place)})" if event.part.place else ""
    return f"V{event.track + 1} {start}+{count} from second {float(event.view.start - origin):.3f} on{speed}{where}"


def _remove(items: list[Event] | list[Skip], item: Event | Skip) -> None:
    """Remove one item by identity."""
    for index, other in enumerate(items):
        if other is item:
            del items[index]
            return

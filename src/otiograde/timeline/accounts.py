"""Account: what an edit's document states, counted without its reader, and compared with what was read.

A reader that leaves something out says nothing, so nobody hears of it. An account is taken of the document itself:
every picture that it shows, when, from which second of its media on, and at what speed. The same is taken of what was
read. A difference between the two is a skip, with the name of the item and its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count
from urllib.parse import unquote

from otiograde.record.clock import Span
from otiograde.timeline.view import View

#: Most items of which an account is taken, and deepest nesting. A sequence counts as often as it is used.
MOST_EVENTS, MOST_DEPTH = 200_000, 60

ZERO, ONE = Fraction(0), Fraction(1)

#: A length that cuts nothing, in seconds.
FOREVER = Fraction(10**12)


class NoAccount(Exception):  # noqa: N818  (a reason, not an error)
    """No account can be taken of a document. The message says why."""


@dataclass(frozen=True, slots=True)
class Part:
    """One item of a document: a clip, or with ``parts`` a track, stack or sequence that holds others.

    All times are exact seconds. ``at`` and ``lasts`` are in the time of what holds it, ``start`` is in its time.
    """

    name: str
    at: Fraction
    lasts: Fraction
    start: Fraction = ZERO
    speed: Fraction = ONE
    enabled: bool = True
    #: What it holds, the lowest first; None for a clip.
    parts: tuple[Part, ...] | None = None
    #: Where it is written in the document, for people: "event 003".
    place: str = ""
    #: Second at which its media begins, in its time; None if the document does not say.
    origin: Fraction | None = None
    #: Frames a second in which its time is counted.
    rate: Fraction = Fraction(1000)
    #: Names of its media, beside its own.
    labels: frozenset[str] = frozenset()
    #: Whether it is a transition: ``lasts`` is its length, and ``start`` how much of it lies before the cut.
    transition: bool = False
    #: How far its speed may be from ``speed``: some formats write rounded speeds.
    slack: Fraction = ZERO
    #: Whether a program draws it: then only its place counts.
    drawn: bool = False
    #: How far it lies above what holds it; negative below. 0 for what is part of it.
    lane: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """A part, as far as the edit shows it."""

    part: Part
    view: View
    #: Video track, from 0 at the bottom.
    track: int
    enabled: bool = True
    #: Its lanes, from the track inwards.
    lanes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """What a document states of an edit."""

    #: Name of the sequence.
    name: str
    #: Its duration in seconds; None if the document does not state it.
    length: Fraction | None
    #: Its clips, disabled ones too, and its transitions.
    events: tuple[Event, ...]
    transitions: tuple[Event, ...] = ()

    @property
    def last_out(self) -> Fraction:
        """The second at which the last enabled item ends."""
        return max((event.view.at + event.view.lasts for event in self.events if event.enabled), default=ZERO)

    @property
    def totals(self) -> dict[str, int]:
        """The numbers of items, enabled ones, tracks, speed changes and transitions."""
        enabled = [event for event in self.events if event.enabled]
        return {
            "items": len(self.events),
            "enabled items": len(enabled),
            "tracks": len({event.track for event in self.events}),
            "speed changes": sum(event.view.speed != 1 for event in enabled),
            "transitions": len(self.transitions),
        }


def account_of(name: str, tracks: Sequence[Part], length: Fraction | None = None) -> Account:
    """Take the account of a sequence's video tracks, the lowest first. Raises ``NoAccount`` if it has too many items.

    >>> track = Part("V1", ZERO, Fraction(2), parts=(Part("a", Fraction(1), ONE, speed=Fraction(2)),))
    >>> account_of("film", [track]).totals["speed changes"]
    1
    """
    whole = max((track.at + track.lasts for track in tracks), default=ZERO) if length is None else length
    events: list[Event] = []
    if whole > 0:
        view = View(ZERO, whole, ZERO, whole)
        visited = count(1)
        for number, track in enumerate(tracks):
            events += _events((track,), Event(track, view, number), 0, visited)
    if any(event.lanes for event in events):
        events = _with_tracks(events)
    clips = tuple(event for event in events if not event.part.transition)
    return Account(name, length, clips, tuple(event for event in events if event.part.transition and event.enabled))


def _with_tracks(events: list[Event]) -> list[Event]:
    """Give a track to each lane, from the lowest on."""
    depth = max(len(event.lanes) for event in events)
    paths = [(event.track, *event.lanes, *(0,) * (depth - len(event.lanes))) for event in events]
    numbers = {path: number for number, path in enumerate(sorted({*paths, (0,) * (depth + 1)}))}
    return [replace(event, track=numbers[path]) for event, path in zip(events, paths, strict=True)]


def _events(parts: Iterable[Part], holder: Event, depth: int, visited: Iterator[int]) -> Iterator[Event]:
    """Yield what the view of ``holder`` shows of parts. Raises ``NoAccount`` if they are too many, or too deep."""
    if depth > MOST_DEPTH:
        raise NoAccount(f"its sequences are nested more than {MOST_DEPTH} deep")
    view = holder.view
    for part in parts:
        if next(visited) > MOST_EVENTS:
            raise NoAccount(f"it shows more than {MOST_EVENTS} items")
        enabled = holder.enabled and part.enabled
        lanes = (*holder.lanes, part.lane) if part.lane else holder.lanes
        if part.transition:
            seen = view.part(part.at - part.start, part.at - part.start + part.lasts)
            if seen:
                yield Event(part, seen, holder.track, enabled, lanes)
            continue
        seen = view.child(part.at, Span(part.start, part.lasts, part.rate), part.speed) if part.lasts > 0 else None
        if seen is None:
            continue
        event = Event(part, seen, holder.track, enabled, lanes)
        if part.parts is None:
            yield event
        else:
            yield from _events(part.parts, event, depth + 1, visited)


def row(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Place parts one after another, as the items of a track."""
    placed, at = [], ZERO
    for part in parts:
        placed.append(moved(part, at))
        at += ZERO if part.transition else part.lasts
    return tuple(placed)


def moved(part: Part, at: Fraction) -> Part:
    """Return the part at another second of what holds it."""
    return replace(part, at=at)


def label(text: object) -> str:
    """Return a name as it is compared: without folders, case, suffix and outer space.

    >>> label("file:///D:/day%201/A001.MOV")
    'a001'
    """
    name = unquote(str(text or "")).replace("\\", "/").rstrip("/").rpartition("/")[2].strip().casefold()
    stem, dot, suffix = name.rpartition(".")
    return stem if dot and stem and len(suffix) <= 5 else name


def labels(*texts: object) -> frozenset[str]:
    """Return the names that are not empty, as they are compared."""
    return frozenset(filter(None, map(label, texts)))

"""Take the account of a CMX 3600 list from its lines.

An event is counted by its record timecode, wherever it stands in the list. Source: CMX 3600 and the extensions that
editing programs write (``M2``, ``FROM CLIP NAME``, ``SOURCE FILE``, drop-frame timecode with ``;``).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from otiograde.record.clock import nominal
from otiograde.timeline.accounts import ONE, ZERO, Account, Part, account_of, labels

_CODE = r"\d{1,2}[:;.,]\d{2}[:;.,]\d{2}[:;.,]\d{2,3}"
#: An event: number, reel, channel, kind of edit with its length, and four timecodes.
_EVENT = re.compile(
    rf"\s*(\d+)\s+(\S.*?)\s+(\S+)\s+(K\s+[BO]|[A-Z]\w*)(?:\s+(\d+))?\s+({_CODE})\s+({_CODE})\s+({_CODE})\s+({_CODE})\s*",
    re.IGNORECASE,
)
_MOTION = re.compile(r"\s*M2\s+(\S.*?)\s+([+-]?\d+(?:\.\d+)?)\s+", re.IGNORECASE)
_DROP = re.compile(r"\s*FCM:\s*(NON[- ]?DROP|DROP)", re.IGNORECASE)
_FREEZE = re.compile(r"\s*\*[*\s]*FREEZE FRAME", re.IGNORECASE)
_NAME = re.compile(
    r"\s*\*?\s*(FROM CLIP NAME|TO CLIP NAME|CLIP NAME|SOURCE FILE|FROM CLIP|FROM FILE)\s*(?:IS)?\s*:\s*(.*)",
    re.IGNORECASE,
)
_BLACK = frozenset({"BL", "BLK", "BLACK"})
_DRAWN = _BLACK | {"BARS"}

#: Most characters of a line; the rest is cut off.
_LONGEST = 1000


@dataclass(slots=True)
class _Event:
    """One event of the list."""

    number: str
    reel: str
    channel: str
    #: Kind of edit and its length in frames.
    kind: str
    frames: int
    #: Source in and out, record in and out, in frames.
    codes: tuple[int, int, int, int]
    #: Source frames a second as ``M2`` writes them, and half of the last digit written; None without ``M2``.
    motion: tuple[Fraction, Fraction] | None = None
    frozen: bool = False
    #: Names of the clip, by the word that gives them.
    names: dict[str, str] = field(default_factory=dict)

    #: The event's first line: what a transition comes from.
    before: _Event | None = None

    def speed(self, rate: Fraction) -> tuple[Fraction, Fraction]:
        """Return the speed, and how far the true one may be from it: ``M2`` is rounded.

        Programs write 30 and 29.97 frames a second for one another.
        """
        if self.frozen or self.motion is None:
            return (ZERO, ZERO) if self.frozen else (ONE, ZERO)
        pace, rounding = self.motion
        return pace / nominal(rate), rounding / nominal(rate) + abs(pace / rate - pace / nominal(rate))

    @property
    def tracks(self) -> list[str]:
        """The video tracks that it is on."""
        parts = re.split(r"[/+]", self.channel.upper())
        return ["V" if part in {"B", "V1"} else part for part in parts if re.fullmatch(r"V\d*|B", part)]

    @property
    def is_on_any(self) -> bool:
        """Whether it is on a track of pictures or sound."""
        return bool(self.tracks) or re.match(r"A\d*|B", self.channel.upper()) is not None

    @property
    def is_black(self) -> bool:
        """Whether its reel is black."""
        return self.reel.upper() in _BLACK


def account(text: str, rate: Fraction) -> Account:
    """Take the account of a list whose frames are counted at ``rate`` frames a second."""
    events = _after_midnight(list(_events(text, rate)), rate)
    shown = [event for event in events if event.is_on_any and event.codes[3] > event.codes[2]]
    begin = min((event.codes[2] for event in shown), default=0)
    length = (max((event.codes[3] for event in shown), default=0) - begin) / rate
    backgrounds = {(event.codes[2], track) for event in shown if event.kind == "KB" for track in event.tracks}
    tracks: dict[str, list[Part]] = defaultdict(list)
    last: dict[str, _Event] = {}
    for event in sorted(shown, key=lambda event: event.codes[2]):
        for track in event.tracks:
            over = event.kind in {"K", "KO"} and (event.codes[2], track) in backgrounds
            for part in _parts(event, last.get(track), begin, rate):
                tracks[track].append(replace(part, enabled=not over))
            last[track] = event
    ordered = sorted(tracks, key=lambda name: int(name[1:] or 1))
    return account_of("", [Part(name, ZERO, length, parts=tuple(tracks[name])) for name in ordered], length)


def _after_midnight(events: list[_Event], rate: Fraction) -> list[_Event]:
    """Return events whose record timecode goes on after midnight."""
    day = 24 * 3600 * nominal(rate)
    if any(event.codes[3] + day // 2 < event.codes[2] for event in events):
        for event in events:
            source_in, source_out, *record = event.codes
            begin, end = (code + day if code < day // 2 else code for code in record)
            event.codes = (source_in, source_out, begin, end)
    return events


def _parts(event: _Event, last: _Event | None, begin: int, rate: Fraction) -> Iterator[Part]:
    """Yield the clip of an event, after the transition that it begins with.

    What a transition comes from goes on through it. Where that is not what lies before it, its first half is a clip.
    """
    source_in, _, record_in, record_out = event.codes
    length, place, lead = record_out - record_in, f"event {event.number}", 0
    if event.kind[0] in "DW" and (frames := min(event.frames, length)):
        yield Part(event.kind, (record_in - begin) / rate, frames / rate, transition=True, place=place)
        lead = frames // 2 if frames > 1 and not _goes_on(event, last) else 0
        if lead and event.before:
            outgoing = replace(event.before, codes=(event.before.codes[0], 0, record_in, record_in + lead))
            yield _clip(outgoing, begin, rate, event.before.speed(rate), {**event.before.names, **event.names})
    speed, slack = event.speed(rate)
    skipped = Fraction(lead) * abs(speed) if speed >= 0 else ZERO  # backwards, the last frames come first
    moved = replace(event, codes=(source_in, 0, record_in + lead, record_out))
    part = _clip(moved, begin, rate, (speed, slack), {**(event.before.names if event.before else {}), **event.names})
    name = event.names.get("TO CLIP NAME") if event.kind[0] != "C" else None
    yield replace(part, start=part.start + skipped / rate, name=name or part.name)


def _clip(event: _Event, begin: int, rate: Fraction, speed: tuple[Fraction, Fraction], names: dict[str, str]) -> Part:
    """Return the clip of an event."""
    source_in, _, record_in, record_out = event.codes
    return Part(
        names.get("FROM CLIP NAME") or names.get("CLIP NAME") or event.reel,
        (record_in - begin) / rate,
        (record_out - record_in) / rate,
        source_in / rate,
        speed[0],
        slack=speed[1],
        place=f"event {event.number}",
        rate=rate,
        labels=labels(event.reel, *names.values()),
        drawn=event.reel.upper() in _DRAWN,
    )


def _goes_on(event: _Event, last: _Event | None) -> bool:
    """Tell whether what a transition comes from is what lies before it on the track."""
    before = event.before
    if before is None:
        return True
    adjoins = last is not None and last.codes[3] == event.codes[2]
    if last is None or not adjoins or before.is_black or last.is_black:
        return before.is_black and (last is None or not adjoins or last.is_black)
    names = [named.get("FROM CLIP NAME") for named in (last.names, event.names)]
    if last.reel.casefold() != before.reel.casefold() or (all(names) and names[0] != names[1]):
        return False
    lengths = last.codes[1] - last.codes[0], last.codes[3] - last.codes[2]
    retimed = last.motion is not None or lengths[0] != lengths[1]
    return retimed or abs(last.codes[1] - before.codes[0]) <= 1


def _events(text: str, rate: Fraction) -> Iterator[_Event]:
    """Yield the events of a list, each with the speed and the names that follow it."""
    drop, event = False, None
    for line in (whole[:_LONGEST] for whole in text.splitlines()):
        if match := _DROP.match(line):
            drop = match[1].upper() == "DROP"
        elif match := _EVENT.fullmatch(line):
            first = event if event and event.number == match[1] and event.codes[2] == event.codes[3] else None
            if event and not first:
                yield event
            begin, end, at, until = (_frames(match[index], rate, drop) for index in range(6, 10))
            frames = int(match[5] or 0) or int(re.sub(r"\D", "", match[4]) or 0) * (match[4][0] not in "Ww")
            event = _Event(
                match[1],
                match[2],
                match[3],
                re.sub(r"\s", "", match[4].upper()),
                frames,
                (begin, end, at, until),
                before=first,
            )
        elif event and (match := _MOTION.match(line)):
            digits = len(match[2].partition(".")[2])
            holder = event.before if event.before and match[1] not in {event.reel, ""} else None
            (holder if holder and holder.reel == match[1] else event).motion = (
                Fraction(match[2]),
                Fraction(1, 2 * 10**digits),
            )
        elif event and _FREEZE.match(line):
            event.frozen = True
        elif event and (match := _NAME.match(line)):
            event.names.setdefault(match[1].upper(), match[2].strip())
    if event:
        yield event


def _frames(code: str, rate: Fraction, drop: bool) -> int:
    """Return the frame that a timecode counts. Source of drop-frame: SMPTE ST 12-1, 5.2.2."""
    hours, minutes, seconds, frames = map(int, re.split(r"[:;.,]", code))
    whole = nominal(rate)
    count = ((hours * 60 + minutes) * 60 + seconds) * whole + frames
    if rate.denominator != 1 and whole % 30 == 0 and (drop or re.search(r"[;,]\d+$", code)):
        all_minutes = hours * 60 + minutes
        count -= whole // 15 * (all_minutes - all_minutes // 10)
    return count

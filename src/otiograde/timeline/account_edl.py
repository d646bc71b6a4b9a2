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
    rf"\s*(\d+)\s+(\S.*?)\s+(\S+)\s+([A-Z]\w*)(?:\s+(\d+))?\s+({_CODE})\s+({_CODE})\s+({_CODE})\s+({_CODE})\s*",
    re.IGNORECASE,
)
_MOTION = re.compile(r"\s*M2\s+(\S.*?)\s+([+-]?\d+(?:\.\d+)?)\s+", re.IGNORECASE)
_DROP = re.compile(r"\s*FCM:\s*(NON[- ]?DROP|DROP)", re.IGNORECASE)
_NAME = re.compile(
    r"\s*\*?\s*(FROM CLIP NAME|TO CLIP NAME|CLIP NAME|SOURCE FILE|FROM CLIP|FROM FILE)\s*(?:IS)?\s*:\s*(.*)",
    re.IGNORECASE,
)
_BLACK = frozenset({"BL", "BLACK"})

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
    speed: Fraction | None = None
    #: Names of the clip, by the word that gives them.
    names: dict[str, str] = field(default_factory=dict)

    @property
    def tracks(self) -> Iterator[str]:
        """The video tracks that it is on."""
        for part in re.split(r"[/+]", self.channel.upper()):
            if re.fullmatch(r"V\d*|B", part):
                yield "V" if part in {"B", "V1"} else part


def account(text: str, rate: Fraction) -> Account:
    """Take the account of a list whose frames are counted at ``rate`` frames a second."""
    events = list(_events(text, rate))
    begin = min((event.codes[2] for event in events), default=0)
    tracks: dict[str, list[Part]] = defaultdict(list)
    before: dict[str, _Event] = {}
    for event in events:
        for track in event.tracks:
            tracks[track] += _parts(event, before.get(event.number), begin, rate)
            before[event.number] = event
    ordered = sorted(tracks, key=lambda name: int(name[1:] or 1))
    end = max((event.codes[3] for event in events), default=0)
    length = (end - begin) / rate
    return account_of("", [Part(name, ZERO, length, parts=tuple(tracks[name])) for name in ordered], length)


def _parts(event: _Event, first: _Event | None, begin: int, rate: Fraction) -> Iterator[Part]:
    """Yield the clip of an event, and the transition that it begins with."""
    source_in, _, record_in, record_out = event.codes
    at, lasts = (record_in - begin) / rate, (record_out - record_in) / rate
    place = f"event {event.number}"
    if event.kind[0] in "DWK" and event.frames and lasts > 0:
        yield Part(event.kind, at, min(event.frames / rate, lasts), transition=True, place=place)
    if event.reel.upper() in _BLACK or lasts <= 0:
        return
    names = {**(first.names if first else {}), **event.names}
    part = Part(
        names.get("FROM CLIP NAME") or names.get("CLIP NAME") or event.reel,
        at,
        lasts,
        source_in / rate,
        ONE if event.speed is None else event.speed,
        place=place,
        rate=rate,
        labels=labels(event.reel, *names.values()),
    )
    yield part if event.kind[0] == "C" else replace(part, name=names.get("TO CLIP NAME") or part.name)


def _events(text: str, rate: Fraction) -> Iterator[_Event]:
    """Yield the events of a list, each with the speed and the names that follow it."""
    drop, event = False, None
    for line in text.splitlines():
        line = line[:_LONGEST]
        if match := _DROP.match(line):
            drop = match[1].upper() == "DROP"
        elif match := _EVENT.fullmatch(line):
            if event:
                yield event
            codes = [_frames(match[index], rate, drop) for index in range(6, 10)]
            frames = int(match[5] or 0) or int(re.sub(r"\D", "", match[4]) or 0) * (match[4][0] not in "Ww")
            event = _Event(match[1], match[2], match[3], match[4].upper(), frames, (*codes,))
        elif event and (match := _MOTION.match(line)):
            event.speed = Fraction(match[2]) / nominal(rate)
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

"""Parse CMX 3600 lists (EDL) to events, as CMX, Avid, Premiere, Final Cut and Resolve write them.

A list has one line for each event, and statements about it on the lines below. An event is a source range on one or
more channels, at a record range. A transition has two lines: the outgoing source, which lasts no frame, and the
incoming one. Nothing here knows the rate: timecodes stay as they are written (``edl_rate`` counts them).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache

from otiograde.errors import TimelineError
from otiograde.timeline.edl_remarks import (
    NO_REMARKS,
    Remarks,
    Source,
    Statement,
    colons,
    long_reel,
    remarks_of,
    statement_of,
)
from otiograde.timeline.reading import Notes, one_line

#: A timecode. A semicolon or a comma before the frames marks drop-frame; a period is field 1 of a non-drop code.
CODE = re.compile(r"(\d{1,3})[:;.,]([0-5]?\d)[:;.,]([0-5]?\d)([:;.,])(\d{1,3})")

#: A frame number in place of a timecode.
FRAMES = re.compile(r"\d{1,9}")

#: Number of an event; some programs put a letter on it.
NUMBER = re.compile(r"[A-Za-z]{0,2}\d{1,9}[A-Za-z]?")

#: Codes of cuts, dissolves, wipes and keys. The length may stand against the code.
KIND = re.compile(r"(C|D|W\d{0,3}|KB|KO|K)", re.IGNORECASE)

#: Parts of a channel: ``AA`` is both sound channels, ``A12`` is A1 and A2, ``V2`` is the second picture track.
CHANNEL = re.compile(r"(AA|A\d*|V\d*)", re.IGNORECASE)

#: A statement of Resolve's lists of markers, which have the form of events.
MARKER = re.compile(r"\|C:\w+\s+\|M:")

#: Channels that are not spelled by their parts.
CHANNELS = {"B": ("V1", "A1"), "NONE": (), "ASMBL": ("V1", "A1", "A2"), "VIDEO": ("V1",), "AUDIO": ("A1",)}


@dataclass(frozen=True, slots=True)
class Code:
    """A timecode as it is written."""

    text: str
    #: Hours, minutes and seconds, in seconds; 0 for a frame number.
    seconds: int
    frames: int
    #: Whether it is marked as drop-frame.
    marked: bool = False
    #: Whether it is a frame number.
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """The line of an event."""

    #: The event's number as it is written, and the line's number in the file.
    number: str
    row: int
    reel: str
    #: ``V1`` …, ``A1`` …; empty for an event on no channel.
    channels: tuple[str, ...]
    #: ``C``, ``D``, ``W001``, ``K``, ``KB`` or ``KO``.
    kind: str
    #: Frames of the transition.
    length: int
    source_in: Code
    source_out: Code
    record_in: Code
    record_out: Code
    #: Whether the FCM statement in force says drop-frame; None without one.
    drop: bool | None = None
    #: Frames a second of the source codes, where the list states them; they are marked then if they are drop-frame.
    rate: Fraction | None = None

    @property
    def lasts(self) -> bool:
        """Whether it has record frames."""
        return (self.record_in.seconds, self.record_in.frames) != (self.record_out.seconds, self.record_out.frames)


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a list."""

    line: Line
    remarks: Remarks
    #: Of a transition, the outgoing source; None if the list does not state it.
    before: Line | None = None
    before_remarks: Remarks = NO_REMARKS


@dataclass(frozen=True, slots=True)
class EventList:
    """A list as it is written."""

    title: str
    #: In the order of the file.
    events: tuple[Event, ...]
    #: Whether the list's first FCM statement says drop-frame; None without one.
    drop: bool | None

    def lines(self) -> Iterator[Line]:
        """Yield the line of every event, without those of outgoing sources."""
        return (event.line for event in self.events)


@dataclass
class _Draft:
    """Lines of one event or more, and the statements below them."""

    lines: list[Line] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)


def parse(text: str, notes: Notes) -> EventList:
    """Parse a list. What is passed over is noted. Raises ``TimelineError``, which names the line."""
    title, header, current = "", None, None
    drafts: list[_Draft] = []
    reels: dict[str, str] = {}
    for row, raw in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        words = raw.split()
        if not words:
            continue
        if (line := _line(words, row, current, notes)) is not None:
            _add_line(drafts, line)
            continue
        statement = statement_of(raw.strip("\0\x1a \t"), row)
        if statement.key == "title":
            title = title or statement.value
        elif statement.key == "fcm":
            current = not statement.value.upper().startswith("NON")
            header = current if header is None else header
        elif statement.key == "long_reel":
            long, short = long_reel(statement)
            reels[short] = long
        elif MARKER.search(raw):
            raise TimelineError(f"line {row}: a list of markers, not of an edit")
        elif drafts and statement.key != "split":
            drafts[-1].statements.append(statement)
        elif statement.unknown:
            notes.add("statements of the EDL passed over", one_line(raw.strip(), 60))
    events = tuple(_renamed(event, reels) for draft in drafts for event in _events(draft, notes))
    if not events:
        raise TimelineError("no event in this EDL")
    return EventList(title, events, header)


def _line(words: Sequence[str], row: int, drop: bool | None, notes: Notes) -> Line | None:
    """Parse the words of an event's line; None for a statement. Raises ``TimelineError``."""
    if not NUMBER.fullmatch(words[0]) or len(words) < 5:
        return None
    end = _codes_at(words)
    if end is None:
        if sum(1 for word in words if CODE.fullmatch(word)) >= 2:
            shown = one_line(" ".join(words), 80)
            raise TimelineError(f"line {row}: an event needs source in and out and record in and out: {shown}")
        return None
    source_in, source_out, record_in, record_out = (code_of(word) for word in words[end : end + 4])
    middle, kind, length = _kind(list(words[1:end]))
    if kind is None:
        shown = one_line(" ".join(words), 80)
        raise TimelineError(f"line {row}: an event needs a C, D, W or K before its timecodes: {shown}")
    reel, channel = _reel_and_channel(middle)
    channels = channels_of(channel)
    if channels is None:
        notes.add("events on unknown channels passed over", f"{words[0]} on {one_line(channel, 20)}")
        channels = ()
    if len(words) > end + 4:
        notes.add("words behind an event's timecodes passed over", f"line {row}")
    codes = (source_in, source_out, record_in, record_out)
    return Line(words[0], row, reel, channels, kind, length, *codes, drop=drop)


def _codes_at(words: Sequence[str]) -> int | None:
    """Return where the four timecodes of an event begin among its words; None if there are not four."""
    found = 0
    for number, word in enumerate(words[2:], 2):
        found = found + 1 if len(word) > 6 and CODE.fullmatch(word) else 0
        if found == 4:
            return number - 3
    plain = words[-4:]
    numbers = len(words) >= 7 and all(CODE.fullmatch(word) or FRAMES.fullmatch(word) for word in plain)
    return len(words) - 4 if numbers and _kind(list(words[1:-4]))[1] else None


@lru_cache(maxsize=4096)
def code_of(word: str) -> Code:
    """Make a timecode of a word that is one, or of a frame number."""
    if (match := CODE.fullmatch(word)) is None:
        return Code(word, 0, int(word), plain=True)
    seconds = (int(match[1]) * 60 + int(match[2])) * 60 + int(match[3])
    return Code(word, seconds, int(match[5]), marked=match[4] in ";,")


def _kind(words: list[str]) -> tuple[list[str], str | None, int]:
    """Take the transition off the end of an event's words; return the rest, its code and its frames."""
    length = 0
    if len(words) > 1 and words[-1].isdecimal() and len(words[-1]) < 6 and _is_transition(words[-2]):
        length = int(words.pop())
    elif len(words) > 1 and (match := re.fullmatch(r"([DK][BO]?)(\d{2,5})", words[-1], re.IGNORECASE)):
        words, length = [*words[:-1], match[1]], int(match[2])
    if len(words) > 1 and words[-1].upper() in {"B", "O"} and words[-2].upper() == "K":
        words = [*words[:-2], f"K{words[-1]}"]
    if not words or not KIND.fullmatch(words[-1]):
        return words, None, length
    return words[:-1], words[-1].upper(), length


def _is_transition(word: str) -> bool:
    """Tell whether a word is a code before the frames of a transition; ``B`` and ``O`` stand behind a ``K``."""
    return bool(KIND.fullmatch(word)) or word.upper() in {"B", "O"}


def _reel_and_channel(words: Sequence[str]) -> tuple[str, str]:
    """Return reel and channel; either may be missing, and a reel may have spaces."""
    if len(words) > 2 and re.fullmatch(r"V\d*", words[-2], re.IGNORECASE) and words[-1][:1] in {"A", "a"}:
        return " ".join(words[:-2]), f"{words[-2]}/{words[-1]}"
    if len(words) > 1:
        return " ".join(words[:-1]), words[-1]
    only = words[0] if words else "B"
    return (only, "B") if channels_of(only) is None else ("AX", only)


@lru_cache(maxsize=256)
def channels_of(text: str) -> tuple[str, ...] | None:
    """Return the channels that a word names, pictures first; None if it names none.

    >>> channels_of("AA/V"), channels_of("B"), channels_of("NONE"), channels_of("REEL1")
    (('V1', 'A1', 'A2'), ('V1', 'A1'), (), None)
    """
    word = text.upper()
    if word in CHANNELS:
        return CHANNELS[word]
    parts = [part for piece in re.split(r"[/,&+]", word) for part in _parts(piece)]
    if not parts or "" in parts or len(parts) > 32:
        return None
    return tuple(sorted(set(parts), key=lambda part: (part[0] != "V", int(part[1:]))))


def _parts(piece: str) -> Iterator[str]:
    """Yield the channels of a word without slashes, or an empty text for what is none."""
    position = 0
    while position < len(piece):
        match = CHANNEL.match(piece, position)
        if match is None or len(match[1]) > 6:
            yield ""
            return
        position = match.end()
        digits = match[1].lstrip("AV")
        if match[1] == "AA":
            yield from ("A1", "A2")
        elif match[1][0] == "A" and len(digits) > 1 and digits in "1234":
            yield from (f"A{digit}" for digit in digits)
        else:
            yield f"{match[1][0]}{int(digits or 1)}"
    if not piece:
        yield ""


def _add_line(drafts: list[_Draft], line: Line) -> None:
    """Add a line to the draft of the same event, or begin a draft."""
    last = drafts[-1].lines[-1] if drafts else None
    if last is None or not (_goes_out(last, line) or (last.number == line.number and not drafts[-1].statements)):
        drafts.append(_Draft())
    drafts[-1].lines.append(line)


def _goes_out(line: Line, other: Line) -> bool:
    """Tell whether a line is the outgoing source of the transition on the line below it."""
    at = line.record_in.seconds, line.record_in.frames
    joined = at == (other.record_in.seconds, other.record_in.frames) and bool({*line.channels} & {*other.channels})
    return joined and not line.lasts and line.kind == "C" and other.kind[0] in "DWK"


def _events(draft: _Draft, notes: Notes) -> Iterator[Event]:
    """Yield the events of a draft. Lines of one number share their statements; a transition has two lines."""
    before: Line | None = None
    for number, line in enumerate(draft.lines):
        following = draft.lines[number + 1] if number + 1 < len(draft.lines) else None
        if following is not None and _goes_out(line, following):
            before = line
            continue
        source, outgoing = _source(line), None if before is None else _source(before)
        remarks, leaving = remarks_of(draft.statements, source, outgoing, notes)
        if more := [name for name in remarks.channels if name not in line.channels]:
            line = replace(line, channels=(*line.channels, *more))  # noqa: PLW2901
        yield Event(_unscaled(line, remarks), remarks, before and _unscaled(before, leaving), leaving)
        before = None


def _unscaled(line: Line, remarks: Remarks) -> Line:
    """Return a line with the media's own timecode, where the list states that beside a scaled one."""
    if remarks.native is None:
        return line
    rate, first, last = remarks.native
    return replace(line, source_in=code_of(first), source_out=code_of(last), rate=rate)


def _source(line: Line) -> Source:
    """Return reel and source in of a line."""
    return Source(line.reel, colons(line.source_in.text))


def _renamed(event: Event, reels: dict[str, str]) -> Event:
    """Give an event the long names of its reels, which a list may state once for all events."""
    line = _with_reel(event.line, event.remarks.reel, reels)
    before = event.before and _with_reel(event.before, event.before_remarks.reel, reels)
    if line is event.line and before is event.before:
        return event
    return replace(event, line=line, before=before)


def _with_reel(line: Line, reel: str, reels: dict[str, str]) -> Line:
    """Return a line with a reel that is stated below it, or for all events, if either is."""
    name = reel or (reels.get(line.reel.casefold(), line.reel) if reels else line.reel)
    return line if name == line.reel else replace(line, reel=name)

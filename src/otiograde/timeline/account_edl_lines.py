"""The lines of a CMX 3600 list as its account needs them: events, their timecodes, speeds and names.

Source: CMX 3600, and the extensions that editing programs write (``M2``, ``FROM CLIP NAME``, ``SOURCE FILE``,
drop-frame timecode with ``;``).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from otiograde.record.clock import BadTime, dropped, exact_rate, nominal
from otiograde.timeline.accounts import ONE, ZERO

_CODE = re.compile(r"(\d{1,3})[:;.,](\d\d?)[:;.,](\d\d?)([:;.,])(\d{1,3})")
_PLAIN = re.compile(r"\d{1,9}")
_NUMBER = re.compile(r"[A-Za-z]{0,2}\d{1,9}[A-Za-z]?")
#: Kind of an event, with the frames of its transition before the codes: ``C``, ``D    030``, ``W001 012``, ``K B``.
_KIND = re.compile(r"\s(C|D|W\d{0,3}|K\s?[BO]|K)\s*(?:-K)?\s*(\d{1,5})?$", re.IGNORECASE)
_CHANNELS = re.compile(r"(?:(?:AA|A\d*|V\d*)[/,&+]?)+|B|NONE|ASMBL|VIDEO|AUDIO", re.IGNORECASE)
_MOTION = re.compile(r"M2\s+(?:(\S.*?)\s+)?([+-]?\d+(?:\.\d+)?)(?=\s|$)", re.IGNORECASE)
_FREEZE = re.compile(r"\*[*\s]*FREEZE FRAME", re.IGNORECASE)
_NAME = re.compile(
    r"\*?\s*(FROM CLIP NAME|TO CLIP NAME|CLIP NAME|SOURCE FILE|FROM CLIP|FROM FILE)\s*(?:IS)?\s*:\s*(.*)",
    re.IGNORECASE,
)
#: Our statement on media at another rate than the list's, and that on a speed.
_NATIVE = re.compile(r"\*\s*SOURCE TIMECODE AT (\d+(?:[./]\d+)?) FPS: (\S+) (\S+)", re.IGNORECASE)
_SPEED = re.compile(r"\*\s*SPEED: ([-+]?\d{1,9}(?:/[1-9]\d{0,8})?)", re.IGNORECASE)
_BLACK = frozenset({"BL", "BLK", "BLACK"})

#: Frames a second of sources whose codes count more than the list's, in the order of trust; None is twice the list's.
_SOURCE_RATES = (25, 30, None, 50, 60, 48, 100, 120, 96)

#: Most characters of a line; the rest is cut off.
_LONGEST = 1000

_DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Code:
    """A timecode: seconds, and frames beyond them; of a plain frame number the frames only."""

    seconds: int
    frames: int
    #: Whether it is marked as drop-frame, and whether it is a plain number.
    marked: bool = False
    plain: bool = False

    def frame(self, rate: Fraction, *, drop: bool) -> int:
        """Return the frame that it counts."""
        whole = nominal(rate)
        count = self.seconds * whole + self.frames
        drops = drop and not self.plain and rate.denominator != 1 and whole % 30 == 0
        return dropped(count, whole) if drops else count


@dataclass(slots=True)
class Event:
    """One event of the list."""

    number: str
    reel: str
    channel: str
    #: Kind of edit, and the frames of its transition.
    kind: str
    frames: int
    #: Source in and out, record in and out.
    codes: tuple[Code, Code, Code, Code]
    #: Whether the ``FCM`` statement above it says drop-frame.
    drop: bool
    #: The same in frames, once they are counted, and the frames a second of the source.
    counted: tuple[int, int, int, int] = (0, 0, 0, 0)
    source_rate: Fraction = ONE
    #: Source frames a second as ``M2`` writes them, and half of the last digit written; None without ``M2``.
    motion: tuple[Fraction, Fraction] | None = None
    frozen: bool = False
    #: The exact speed, if the list states it.
    exact: Fraction | None = None
    #: The rate of the source codes, if the list states it.
    native: Fraction | None = None
    #: Whether statements below are about what the transition comes from.
    leaving: bool = False
    #: Names of the clip, by the word that gives them.
    names: dict[str, str] = field(default_factory=dict)
    #: What a transition comes from: a line of no length above it.
    before: Event | None = None

    def speed(self, rate: Fraction) -> tuple[Fraction, Fraction]:
        """Return the speed, and how far the true one may be from it: ``M2`` is rounded.

        Programs write 30 and 29.97 frames a second for one another.
        """
        if self.frozen or self.motion is None:
            return (ZERO, ZERO) if self.frozen else (ONE, ZERO)
        if self.exact is not None:
            return self.exact, ZERO
        pace, rounding = self.motion
        return pace / nominal(rate), rounding / nominal(rate) + abs(pace / rate - pace / nominal(rate))

    @property
    def name(self) -> str:
        """The name of the clip; a transition has that of what it comes from, too."""
        to = self.names.get("TO CLIP NAME", "") if self.kind[0] != "C" else ""
        return to or self.names.get("FROM CLIP NAME") or self.names.get("CLIP NAME") or ""

    @property
    def tracks(self) -> list[str]:
        """The video tracks that it is on."""
        channel = self.channel.upper()
        if channel in {"B", "ASMBL", "VIDEO"}:
            return ["V1"]
        numbers = (int(digits or 1) for digits in re.findall(r"V(\d{0,4})", channel) if channel != "NONE")
        return [f"V{number}" for number in dict.fromkeys(numbers)]

    @property
    def is_on_any(self) -> bool:
        """Whether it is on a track of pictures or sound."""
        return self.channel.upper() != "NONE" and _CHANNELS.fullmatch(self.channel) is not None

    @property
    def is_black(self) -> bool:
        """Whether its reel is black."""
        return self.reel.upper() in _BLACK

    @property
    def has_no_length(self) -> bool:
        """Whether it begins and ends at one record timecode."""
        return self.codes[2] == self.codes[3]


def events_of(text: str, rate: Fraction) -> list[Event]:
    """Return the events of a list, each with the speed and the names that follow it, counted at ``rate``."""
    drop, header = False, None
    events: list[Event] = []
    block: list[Event] = []  # lines of one number share the statements below them
    stated = False
    for whole in re.split(r"\r\n|\r|\n", text):
        line = whole[:_LONGEST].strip("\0\x1a \t")
        if line[:4].upper() == "FCM:":
            drop = not line[4:].strip().upper().startswith("NON")
            header = drop if header is None else header
        elif event := _event(line, drop):
            if events and _goes_out(events[-1], event):
                event.before = events.pop()
                block = [other for other in block if other is not event.before]
            alike = not stated and bool(block) and block[-1].number == event.number
            block, stated = [*(block if alike else []), event], False
            events.append(event)
        elif line:
            stated = True
            for event in block:
                _add_statement(event, line)
    _count(events, rate, bool(header))
    return events


def _event(line: str, drop: bool) -> Event | None:
    """Parse the line of an event; None for any other."""
    words = line.split()
    if len(words) < 6 or not _NUMBER.fullmatch(words[0]):
        return None
    places = [
        number
        for number in range(2, len(words) - 3)
        if all(_CODE.fullmatch(word) for word in words[number : number + 4])
    ]
    end = places[0] if places else len(words) - 4
    codes = [code for word in words[end : end + 4] if (code := _code(word))]
    kind = _KIND.search(" " + " ".join(words[1:end]))
    if len(codes) != 4 or kind is None:
        return None
    middle = (" " + " ".join(words[1:end]))[: kind.start()].split()
    reel, channel = _reel_and_channel(middle)
    first, last, begin, until = codes
    name = re.sub(r"\s", "", kind[1].upper())
    return Event(words[0], reel, channel, name, int(kind[2] or 0), (first, last, begin, until), drop)


def _code(word: str) -> Code | None:
    """Parse a timecode or a frame number."""
    if match := _CODE.fullmatch(word):
        seconds = (int(match[1]) * 60 + int(match[2])) * 60 + int(match[3])
        return Code(seconds, int(match[5]), match[4] in ";,")
    return Code(0, int(word), plain=True) if _PLAIN.fullmatch(word) else None


def _reel_and_channel(words: Sequence[str]) -> tuple[str, str]:
    """Return reel and channel; either may be missing, and a reel may have spaces."""
    if len(words) > 2 and re.fullmatch(r"V\d*", words[-2], re.IGNORECASE) and words[-1][:1] in {"A", "a"}:
        return " ".join(words[:-2]), f"{words[-2]}/{words[-1]}"
    if len(words) > 1:
        return " ".join(words[:-1]), words[-1]
    only = words[0] if words else "B"
    return ("AX", only) if _CHANNELS.fullmatch(only) else (only, "B")


def _goes_out(event: Event, other: Event) -> bool:
    """Tell whether an event is what the transition of the next one comes from."""
    joined = event.codes[2] == other.codes[2] and event.kind == "C" and other.kind[0] in "DWK"
    return joined and event.has_no_length and bool({*event.tracks} & {*other.tracks} or event.channel == other.channel)


def _add_statement(event: Event, line: str) -> None:
    """Add what a line below an event states of it."""
    if match := _MOTION.match(line):
        before = event.before
        is_outgoing = before is not None and _is_of(before, match, line) > _is_of(event, match, line)
        digits = len(match[2].partition(".")[2])
        holder = before if is_outgoing and before is not None else event
        if before is not None and not is_outgoing and event.motion and not before.motion:
            before.motion = event.motion  # two of one reel: the first is that of what the transition comes from
        holder.motion = Fraction(match[2]), Fraction(1, 2 * 10**digits)
    elif _FREEZE.match(line):
        event.frozen = True
    elif match := _NATIVE.match(line):
        _add_native(event, match)
    elif match := _SPEED.match(line):
        holder = event.before if event.leaving and event.before else event
        holder.exact = Fraction(match[1])
    elif match := _NAME.match(line):
        if match[1].upper().startswith(("FROM", "TO")):
            event.leaving = match[1].upper()[0] == "F" and event.before is not None and not event.before.is_black
        event.names.setdefault(match[1].upper(), match[2].strip())


def _is_of(event: Event, motion: re.Match[str], line: str) -> int:
    """Count what a motion effect and an event have in common: its source timecode, and its reel."""
    code = _code(line.rsplit(maxsplit=1)[-1])
    first = event.codes[0]
    same = code is not None and (code.seconds, code.frames) == (first.seconds, first.frames)
    return 2 * same + (str(motion[1]).casefold() == event.reel.casefold())


def _add_native(event: Event, match: re.Match[str]) -> None:
    """Take the source codes of media at another rate than the list's."""
    holder = event.before if event.leaving and event.before else event
    first, last = (_code(word) for word in (match[2], match[3]))
    try:
        rate = Fraction(match[1]) if "/" in match[1] else exact_rate(float(match[1]))
    except (BadTime, ZeroDivisionError):
        return
    if first and last and rate > 0:
        holder.native, holder.codes = rate, (first, last, *holder.codes[2:])


def _count(events: Sequence[Event], rate: Fraction, header: bool) -> None:
    """Count the timecodes of a list. Marked ones say themselves whether they are drop-frame; else ``FCM`` does."""
    lines = [line for event in events for line in (event.before, event) if line]
    in_record = any(code.marked for line in lines for code in line.codes[2:])
    in_any = in_record or any(code.marked for line in lines if not line.native for code in line.codes[:2])
    half = _DAY // 2
    crosses = any(line.codes[3].seconds + half < line.codes[2].seconds for line in lines)
    rates = _source_rates(lines, rate)
    for line in lines:
        first, last, begin, until = line.codes
        line.source_rate = line.native or rates.get(line.reel.casefold(), rate)
        in_any_source = in_any or line.native
        source = [
            code.frame(line.source_rate, drop=code.marked if in_any_source else line.drop) for code in (first, last)
        ]
        record = [code.frame(rate, drop=code.marked if in_record else header) for code in (begin, until)]
        day = Code(_DAY, 0).frame(rate, drop=begin.marked if in_record else header)
        late = crosses and begin.seconds < half and not begin.plain
        record = [record[0] + day * late, record[1] + day * (late or record[1] < record[0])]
        line.counted = source[0], source[1], record[0], record[1]


def _source_rates(lines: Iterable[Event], rate: Fraction) -> dict[str, Fraction]:
    """Return the rates of the reels whose codes count more frames than the list: those at which most lengths agree."""
    base = nominal(rate)
    by_reel: dict[str, list[Event]] = defaultdict(list)
    for line in (line for line in lines if not line.native):
        by_reel[line.reel.casefold()].append(line)
    rates = {}
    for reel, own in by_reel.items():
        most = max((code.frames for line in own for code in line.codes[:2] if not code.plain), default=0)
        if most >= base:
            usual = [number for number in (value or 2 * base for value in _SOURCE_RATES) if number > most]
            fits = {number * rate / base: 0 for number in (*usual, most + 1)}
            for candidate in fits:
                for line in own:
                    first, last, begin, until = (code.seconds + Fraction(code.frames, 1) / base for code in line.codes)
                    first, last = (code.seconds + Fraction(code.frames) / nominal(candidate) for code in line.codes[:2])
                    fits[candidate] += abs((last - first) - (until - begin)) * base <= 1
            rates[reel] = max(fits, key=lambda candidate: fits[candidate])
    return rates
